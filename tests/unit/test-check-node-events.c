/* tests/unit/test-check-node-events.c - what promise 10 accepts, and what it catches. */

#include "story.h"

#define PLAY(...) story_play (&sim_checker_node_events, STORY_GOES_ON, 100, __VA_ARGS__, NULL)

/* ruth monitors two ports of rain, lines 9 and 10. */
#define TWO_MONITORS                                                                               \
  "1.0  ruth  mon_set  1 rain a1 - callback\n"                                                     \
  "1.0  ruth  mon_set  2 rain b2 - callback\n"

static void
test_up_and_down (void)
{
  g_test_summary ("A connection comes, goes, and comes again; monitors are told in between, and "
                  "one that is set meanwhile belongs to the next connection.");

  g_autoptr (Story) story
      = PLAY (STORY_PAIR, TWO_MONITORS,
              "2.0  ruth  link_down  rain 1 reset\n"
              "2.0  ruth  mon_fired  1 rain a1 transport_error transport_error\n"
              "2.0  ruth  mon_set    3 rain a1 - callback\n"
              "2.0  ruth  mon_fired  2 rain b2 transport_error transport_error\n"
              "2.0  ruth  node_down  rain reset\n"
              "2.0  rain  link_down  ruth 1 reset\n"
              "2.0  rain  node_down  ruth reset\n"
              "3.0  ruth  node_up    rain 2\n"
              "3.0  rain  node_up    ruth 2\n");
  story_is_fine (story, 10, 6);
}

static void
test_several_peers (void)
{
  g_test_summary ("Each peer has its own ups and downs, and each end its own opinion.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, "1.0  ruth  node_up    sun 2\n"
                                              "1.1  ruth  mon_set    1 sun a1 - callback\n"
                                              "1.2  ruth  link_down  rain 1 reset\n"
                                              "1.2  ruth  node_down  rain reset\n"
                                              "1.3  ruth  node_up    rain 3\n");
  story_is_fine (story, 10, 5);
}

static void
test_new_process (void)
{
  g_test_summary ("A new process begins with nobody up, whatever the old one saw last.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, "1.0  ruth  process_end    1 killed\n"
                                              "2.0  ruth  process_start  2 500\n"
                                              "2.1  ruth  node_up        rain 2\n");
  story_is_fine (story, 10, 3);
}

static void
test_untraced (void)
{
  g_test_summary ("Of a node whose beginning was not seen nobody knows who was up.");

  g_autoptr (Story) story = PLAY ("1.0  perl  node_down  ruth reset\n"
                                  "1.1  perl  node_up    ruth 2\n"
                                  "1.1  perl  node_up    ruth 2\n");
  story_is_fine (story, 10, 0);
}

static void
test_up_twice (void)
{
  g_test_summary ("A second connection replaces the first, and the down in between is missing.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, "1.0  ruth  link_down  rain 1 replaced\n"
                                              "1.0  ruth  node_up    rain 2\n");
  story_breaks (story, 10, 10, "ruth says at 1.000 s that rain is up, which it was already");
}

static void
test_down_twice (void)
{
  g_test_summary ("A node is down twice.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, "1.0  ruth  link_down  rain 1 reset\n"
                                              "1.0  ruth  node_down  rain reset\n"
                                              "1.1  ruth  node_down  rain reset\n");
  story_breaks (story, 10, 11, "ruth says at 1.100 s that rain is down, but it was not up");
}

static void
test_never_up (void)
{
  g_test_summary ("A node that could not be reached was never up, and is not down.");

  g_autoptr (Story) story = PLAY ("0.0  ruth  process_start  1 500\n"
                                  "1.0  ruth  dial_failed    rain no known address\n"
                                  "1.0  ruth  node_down      rain no known address\n");
  story_breaks (story, 10, 3, "but it was not up");
}

static void
test_down_unsaid (void)
{
  g_test_summary ("The connection is over, and nobody says that the node is down.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, "1.0  ruth  link_down  rain 1 reset\n");
  story_breaks (story, 10, 9, "ruth lost its connection to rain at 1.000 s, and never said");
}

static void
test_monitor_left (void)
{
  g_test_summary ("One of two monitors was not told when the node is called down.");

  g_autoptr (Story) story
      = PLAY (STORY_PAIR, TWO_MONITORS,
              "2.0  ruth  link_down  rain 1 reset\n"
              "2.0  ruth  mon_fired  1 rain a1 transport_error transport_error\n"
              "2.0  ruth  node_down  rain reset\n");
  story_breaks (story, 10, 13, "before its monitor 2 on rain#b2, set at 1.000 s, was told");
}

static void
test_monitor_late (void)
{
  g_test_summary ("The monitor fires, but the other way round: the node is called down first.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, "1.0  ruth  mon_set    1 rain a1 - callback\n"
                                              "2.0  ruth  link_down  rain 1 reset\n"
                                              "2.0  ruth  node_down  rain reset\n"
                                              "2.0  ruth  mon_fired  1 rain a1 transport_error "
                                              "transport_error\n");
  story_breaks (story, 10, 11, "before its monitor 1 on rain#a1");
}

static void
test_other_reason (void)
{
  g_test_summary ("While the node goes down a monitor fires with another reason.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, "0.5  rain  port_new   a1\n"
                                              "1.0  ruth  mon_set    1 rain a1 - callback\n"
                                              "1.5  rain  port_dead  a1 coffee coffee\n"
                                              "2.0  ruth  link_down  rain 1 reset\n"
                                              "2.0  ruth  mon_fired  1 rain a1 coffee coffee\n"
                                              "2.0  ruth  node_down  rain reset\n");
  story_breaks (story, 10, 13, "fired with coffee at 2.000 s, while rain went down");
}

static void
test_vacuous (void)
{
  g_test_summary ("Where nobody meets there is nothing to judge.");

  g_autoptr (Story) story = PLAY ("0.0  ruth  process_start  1 500\n"
                                  "1.0  ruth  dial_failed    rain no known address\n");
  story_is_fine (story, 10, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add_func ("/check-node-events/" name, function)
  ADD ("up-and-down", test_up_and_down);
  ADD ("several-peers", test_several_peers);
  ADD ("new-process", test_new_process);
  ADD ("untraced", test_untraced);
  ADD ("up-twice", test_up_twice);
  ADD ("down-twice", test_down_twice);
  ADD ("never-up", test_never_up);
  ADD ("down-unsaid", test_down_unsaid);
  ADD ("monitor-left", test_monitor_left);
  ADD ("monitor-late", test_monitor_late);
  ADD ("other-reason", test_other_reason);
  ADD ("vacuous", test_vacuous);
  return g_test_run ();
}
