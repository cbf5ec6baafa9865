/* tests/unit/test-check-functions.c - what promise 14 accepts, and what it catches. */

#include "story.h"

#define PLAY(...) story_play (&sim_checker_functions, STORY_GOES_ON, 100, __VA_ARGS__, NULL)

#define SPAWN_WORD "AnyEvent::MP::_spawn"
#define SECURE "0.0  rain  node_start  81 secure\n"
#define LISTED "0.0  rain  node_start  81 secure aemp::actor,aemp::child\n"

static void
test_refused (void)
{
  g_test_summary ("A function, code and a spawn are asked for, and refused.");

  g_autoptr (Story) story = PLAY (SECURE, "1.0  rain  request  ruth 1 101 aemp::echo\n"
                                          "1.0  rain  refused  ruth aemp::echo\n"
                                          "1.0  rain  request  ruth 1 102 eval\n"
                                          "1.0  rain  refused  ruth eval\n"
                                          "1.0  rain  request  ruth 1 103 " SPAWN_WORD "\n"
                                          "1.0  rain  refused  ruth aemp::child\n");
  story_is_fine (story, 14, 3);
}

static void
test_allowed (void)
{
  g_test_summary ("What stands in the list may run, and be spawned.");

  g_autoptr (Story) story = PLAY (LISTED, "0.5  ruth  spawn     rain p1 aemp::child\n"
                                          "1.0  rain  request   ruth 1 101 aemp::actor\n"
                                          "1.0  rain  send      ruth x1 201\n"
                                          "1.0  rain  request   ruth 1 103 " SPAWN_WORD "\n"
                                          "1.0  rain  port_new  p1\n");
  story_is_fine (story, 14, 2);
}

static void
test_other_requests (void)
{
  g_test_summary ("Requests that run nothing, and what the node asks itself, are no matter.");

  g_autoptr (Story) story = PLAY (SECURE, "1.0  rain  request   ruth 1 101 time\n"
                                          "1.0  rain  send      ruth x1 201\n"
                                          "1.1  rain  request   rain 0 102 " SPAWN_WORD "\n"
                                          "1.1  rain  port_new  p1\n"
                                          "1.1  rain  request   rain 0 103 aemp::echo\n"
                                          "1.1  rain  port_new  p2\n");
  story_is_fine (story, 14, 0);
}

static void
test_not_secure (void)
{
  g_test_summary ("A node that is not secure, or no more, runs what it is asked for.");

  g_autoptr (Story) story = PLAY (SECURE, "1.0  rain  process_end    1 killed\n"
                                          "1.0  rain  process_start  2 500\n"
                                          "1.0  rain  node_start     82\n"
                                          "1.0  rain  request        ruth 1 101 aemp::echo\n"
                                          "1.0  rain  port_new       a1\n");
  story_is_fine (story, 14, 0);
}

static void
test_ran (void)
{
  g_test_summary ("A function is not refused, whatever the node does next, or if that is nothing.");

  g_autoptr (Story) story = PLAY (LISTED, "1.0  rain  request   ruth 1 101 aemp::echo\n"
                                          "1.0  rain  port_new  a1\n");
  story_breaks (story, 14, 2,
                "rain is secure, and did not refuse a function for ruth at 1.000 s (aemp::echo)");

  g_autoptr (Story) silent = PLAY (SECURE, "1.0  rain  request   ruth 1 101 eval\n"
                                           "2.0  ruth  refused   rain eval\n");
  story_breaks (silent, 14, 2, "for ruth at 1.000 s (eval)");
}

static void
test_spawned (void)
{
  g_test_summary ("A port is spawned on a node that allows none.");

  g_autoptr (Story) story = PLAY (SECURE, "1.0  rain  request   ruth 1 101 " SPAWN_WORD "\n"
                                          "1.0  rain  port_new  p1\n");
  story_breaks (story, 14, 2, "rain is secure, and spawned a port for ruth at 1.000 s");
}

static void
test_spawned_another (void)
{
  g_test_summary ("A port is spawned with a function that is not in the list.");

  g_autoptr (Story) story = PLAY (LISTED, "0.5  ruth  spawn     rain p1 aemp::echo\n"
                                          "1.0  rain  request   ruth 1 101 " SPAWN_WORD "\n"
                                          "1.0  rain  port_new  p1\n");
  story_breaks (story, 14, 3, "spawned a port for ruth");
}

static void
test_relayed (void)
{
  g_test_summary ("A peer has the node send the request to itself: refused, or not.");

  g_autoptr (Story) fine = PLAY (SECURE, "1.0  rain  request  ruth 1 101 snd\n"
                                         "1.0  rain  send     rain - 102\n"
                                         "1.0  rain  request  rain 0 102 aemp::echo\n"
                                         "1.0  rain  refused  rain aemp::echo\n");
  story_is_fine (fine, 14, 1);

  g_autoptr (Story) story = PLAY (SECURE, "1.0  rain  request   ruth 1 101 snd\n"
                                          "1.0  rain  send      rain - 102\n"
                                          "1.0  rain  request   rain 0 102 aemp::echo\n"
                                          "1.0  rain  port_new  a1\n");
  story_breaks (story, 14, 4, "did not refuse a function for a peer, by way of itself");
}

static void
test_vacuous (void)
{
  g_test_summary ("Where nobody asks for anything nothing was judged.");

  g_autoptr (Story) story = PLAY (SECURE);
  story_is_fine (story, 14, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add_func ("/check-functions/" name, function)
  ADD ("refused", test_refused);
  ADD ("allowed", test_allowed);
  ADD ("other-requests", test_other_requests);
  ADD ("not-secure", test_not_secure);
  ADD ("ran", test_ran);
  ADD ("spawned", test_spawned);
  ADD ("spawned-another", test_spawned_another);
  ADD ("relayed", test_relayed);
  ADD ("vacuous", test_vacuous);
  return g_test_run ();
}
