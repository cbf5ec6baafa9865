/* tests/unit/test-check-monitors.c - what promises 3 to 6 accept, and what they catch. */

#include "story.h"

#define PLAY(...) story_play (&sim_checker_monitors, STORY_GOES_ON, 120, __VA_ARGS__, NULL)
#define PLAY_CALM(...) story_play (&sim_checker_monitors, STORY_IS_CALM, 120, __VA_ARGS__, NULL)

/* rain has port a1, ruth has b1 and b2: lines 9 to 11. */
#define PORTS                                                                                      \
  "0.1  rain  port_new  a1\n"                                                                      \
  "0.1  ruth  port_new  b1\n"                                                                      \
  "0.1  ruth  port_new  b2\n"

/* ruth monitors rain#a1, and rain knows: lines 12 to 14. */
#define WATCHED                                                                                    \
  "0.5  ruth  mon_set  1 rain a1 - callback\n"                                                     \
  "0.5  ruth  send     rain - 50\n"                                                                \
  "0.6  rain  request  ruth 1 50 mon1\n"

/* … and sends a message, line 15. */
#define SENT "1.0  ruth  send  rain a1 101\n"

/* --- Promise 3: loss is told --- */

static void
test_loss_is_told (void)
{
  g_test_summary ("The connection breaks with a message under way, the monitor fires at once.");

  g_autoptr (Story) story
      = PLAY (STORY_PAIR, PORTS, WATCHED, SENT,
              "2.0  ruth  link_down  rain 1 reset\n"
              "2.0  ruth  mon_fired  1 rain a1 transport_error transport_error\n"
              "2.0  ruth  node_down  rain reset\n"
              "2.0  rain  link_down  ruth 1 reset\n"
              "9.0  ruth  listen     x\n");
  story_is_fine (story, 3, 1);
}

static void
test_told_before_reported (void)
{
  g_test_summary ("The order of events at one instant does not matter.");

  g_autoptr (Story) story
      = PLAY (STORY_PAIR, PORTS, WATCHED, SENT,
              "2.0  ruth  mon_fired  1 rain a1 transport_error transport_error\n"
              "2.0  ruth  node_down  rain reset\n"
              "2.0  ruth  link_down  rain 1 reset\n"
              "2.0  rain  link_down  ruth 1 reset\n"
              "9.0  ruth  port_new   b3\n"
              "9.5  ruth  port_new   b4\n");
  story_is_fine (story, 3, 1);
}

static void
test_loss_not_told (void)
{
  g_test_summary ("The connection breaks with a message under way, and the monitor does not fire.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, PORTS, WATCHED, SENT,
                                  "2.0  ruth  link_down  rain 1 reset\n"
                                  "2.0  ruth  node_down  rain reset\n"
                                  "2.1  rain  link_down  ruth 1 reset\n"
                                  "9.0  ruth  port_new   b3\n"
                                  "9.5  ruth  port_new   b4\n");
  story_breaks (story, 3, 18,
                "ruth → rain#a1: message 1, sent at 1.000 s, was lost, ruth knew of the loss at "
                "2.000 s, and monitor 1 was not told");
}

static void
test_told_much_later (void)
{
  g_test_summary ("… or fires long after the loss was known, by another occasion.");

  g_autoptr (Story) story
      = PLAY (STORY_PAIR, PORTS, WATCHED, SENT,
              "2.0  ruth  link_down  rain 1 reset\n"
              "2.0  rain  link_down  ruth 1 reset\n"
              "9.0  ruth  port_new   b3\n"
              "9.5  ruth  link_down  rain 7 reset\n"
              "9.5  ruth  mon_fired  1 rain a1 transport_error transport_error\n");
  story_breaks (story, 3, 17, "message 1, sent at 1.000 s, was lost");
}

static void
test_queue_loss_not_told (void)
{
  g_test_summary ("The node cannot be reached, what was queued is dropped without a word.");

  g_autoptr (Story) story = PLAY ("0.0  ruth  process_start  1 500\n"
                                  "0.1  ruth  mon_set        1 rain a1 - callback\n"
                                  "0.1  ruth  send           rain a1 101\n"
                                  "2.1  ruth  dial_failed    rain connect timeout\n"
                                  "9.0  ruth  port_new       b3\n"
                                  "9.5  ruth  port_new       b4\n");
  story_breaks (story, 3, 4, "message 1, sent at 0.100 s, was lost");
}

static void
test_arrived_all_the_same (void)
{
  g_test_summary ("The sender lost the connection, but everything had arrived: nothing to tell.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, PORTS, WATCHED, SENT,
                                  "2.0  ruth  link_down  rain 1 reset\n"
                                  "2.1  rain  deliver    ruth a1 1 101\n"
                                  "2.2  rain  link_down  ruth 1 reset\n"
                                  "9.0  ruth  port_new   b3\n"
                                  "9.5  ruth  port_new   b4\n");
  story_is_fine (story, 3, 1);
}

static void
test_undecided (void)
{
  g_test_summary ("The receiver is dead, the sender cannot know yet: not judged.  Only when the "
                  "network had all the time it may need it is a breach.");

  const char *const story_text = "2.0  rain  process_end  1 vanished\n"
                                 "9.0  ruth  port_new     b3\n"
                                 "9.5  ruth  port_new     b4\n";
  g_autoptr (Story) story = PLAY (STORY_PAIR, PORTS, WATCHED, SENT, story_text);
  story_is_fine (story, 3, 1);

  g_autoptr (Story) calm = PLAY_CALM (STORY_PAIR, PORTS, WATCHED, SENT, story_text);
  story_breaks (calm, 3, 18,
                "ruth → rain#a1: message 1, sent at 1.000 s, was lost, and monitor 1 was not told "
                "by 120.000 s");
}

static void
test_loss_known_later (void)
{
  g_test_summary ("The receiver dies, the sender notices later and fires then.");

  g_autoptr (Story) story
      = PLAY_CALM (STORY_PAIR, PORTS, WATCHED, SENT,
                   "2.0  rain  process_end  1 vanished\n"
                   "9.0  ruth  port_new     b3\n"
                   "9.5  ruth  link_down    rain 1 Connection timed out\n"
                   "9.5  ruth  mon_fired    1 rain a1 transport_error transport_error\n"
                   "9.6  ruth  port_new     b4\n");
  story_is_fine (story, 3, 1);
}

static void
test_loss_known_later_not_told (void)
{
  g_test_summary ("… and does not fire.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, PORTS, WATCHED, SENT,
                                  "2.0  rain  process_end  1 vanished\n"
                                  "9.0  ruth  port_new     b3\n"
                                  "9.5  ruth  link_down    rain 1 Connection timed out\n"
                                  "9.6  ruth  port_new     b4\n"
                                  "9.7  ruth  port_new     b5\n");
  story_breaks (story, 3, 18, "ruth knew of the loss at 9.500 s");
}

static void
test_stuck (void)
{
  g_test_summary ("All faults are over for long, and a message still has not moved.");

  g_autoptr (Story) story = PLAY_CALM (STORY_PAIR, PORTS, WATCHED, SENT);
  story_breaks (story, 3, 15,
                "message 1, sent at 1.000 s, has not arrived, and monitor 1 was not told by");
}

static void
test_under_way_at_the_end (void)
{
  g_test_summary ("A message that was sent just before the end may be under way.");

  g_autoptr (Story) story
      = PLAY_CALM (STORY_PAIR, PORTS, WATCHED, "119.9  ruth  send  rain a1 101\n");
  story_is_fine (story, 3, 1);
}

static void
test_unknown_port (void)
{
  g_test_summary ("The message met no port any more: the monitor has to hear of the death.");

  g_autoptr (Story) story = PLAY_CALM (STORY_PAIR, PORTS, WATCHED, SENT,
                                       "1.1  rain  port_dead     a1 tea tea\n"
                                       "1.1  rain  send          ruth - 60\n"
                                       "1.2  rain  unknown_port  ruth a1 1 101\n"
                                       "1.3  ruth  request       rain 1 60 kil0\n"
                                       "1.3  ruth  mon_fired     1 rain a1 tea tea\n");
  story_is_fine (story, 3, 1);
}

/* --- Promise 4: once --- */

static void
test_once (void)
{
  g_test_summary ("One monitor fires, another one is dropped; dropping the first does nothing.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, PORTS, WATCHED,
                                  "0.7  ruth  mon_set      2 rain a1 - callback\n"
                                  "0.8  ruth  mon_dropped  2\n"
                                  "2.0  rain  port_dead    a1 tea tea\n"
                                  "2.1  ruth  mon_fired    1 rain a1 tea tea\n"
                                  "2.2  ruth  mon_dropped  1\n");
  story_is_fine (story, 4, 2);
}

static void
test_fired_twice (void)
{
  g_test_summary ("A monitor fires a second time.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, PORTS, WATCHED,
                                  "2.0  rain  port_dead  a1 tea tea\n"
                                  "2.1  ruth  mon_fired  1 rain a1 tea tea\n"
                                  "2.2  ruth  mon_fired  1 rain a1 tea tea\n");
  story_breaks (story, 4, 17, "ruth: monitor 1 fired, but it had fired already at 2.100 s");
}

static void
test_fired_after_drop (void)
{
  g_test_summary ("A monitor fires after its guard was dropped.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, PORTS, WATCHED,
                                  "1.0  ruth  mon_dropped  1\n"
                                  "2.0  rain  port_dead    a1 tea tea\n"
                                  "2.1  ruth  mon_fired    1 rain a1 tea tea\n");
  story_breaks (story, 4, 17, "ruth: monitor 1 fired, but it was dropped at 1.000 s");
}

static void
test_fired_unset (void)
{
  g_test_summary ("A monitor fires that nobody set, as far as this process goes.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, PORTS, WATCHED,
                                  "2.0  ruth  process_end    1 killed\n"
                                  "2.0  ruth  process_start  2 500\n"
                                  "2.1  ruth  mon_fired      1 rain a1 tea tea\n");
  story_breaks (story, 4, 17, "none of that number is set");
}

static void
test_number_twice (void)
{
  g_test_summary ("Two monitors with one number.");

  g_autoptr (Story) story
      = PLAY (STORY_PAIR, PORTS, WATCHED, "0.7  ruth  mon_set  1 rain a1 - callback\n");
  story_breaks (story, 4, 15, "number 1 names a second monitor");
}

/* --- Promise 5: death is told --- */

static void
test_death_is_told (void)
{
  g_test_summary ("A port dies, with a reason and normally; the monitors hear just that.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, PORTS, WATCHED,
                                  "0.7  ruth  mon_set    2 ruth b1 - callback\n"
                                  "1.9  ruth  port_dead  b1 normal\n"
                                  "1.9  ruth  mon_fired  2 ruth b1 normal\n"
                                  "2.0  rain  port_dead  a1 tea tea\n"
                                  "2.0  rain  send       ruth - 60\n"
                                  "2.1  ruth  request    rain 1 60 kil0\n"
                                  "2.1  ruth  mon_fired  1 rain a1 tea tea\n");
  story_is_fine (story, 5, 2);
}

static void
test_no_such_port (void)
{
  g_test_summary ("Monitors on ports that are not there: here, there, and one whose port died "
                  "while the request was under way.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, PORTS,
                                  "0.5  ruth  mon_set    1 ruth xx - callback\n"
                                  "0.5  ruth  mon_fired  1 ruth xx no_such_port no_such_port\n"
                                  "0.5  ruth  mon_set    2 rain xx - callback\n"
                                  "0.5  ruth  send       rain - 50\n"
                                  "0.6  ruth  mon_set    3 rain a1 - callback\n"
                                  "0.6  ruth  send       rain - 51\n"
                                  "0.6  rain  request    ruth 1 50 mon1\n"
                                  "0.6  rain  port_dead  a1 tea tea\n"
                                  "0.7  rain  request    ruth 1 51 mon1\n"
                                  "0.7  ruth  mon_fired  2 rain xx no_such_port no_such_port\n"
                                  "0.8  ruth  mon_fired  3 rain a1 no_such_port no_such_port\n");
  story_is_fine (story, 5, 3);
}

static void
test_wrong_reason (void)
{
  g_test_summary ("The port died of tea, its monitor is told coffee.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, PORTS, WATCHED,
                                  "2.0  rain  port_dead  a1 tea tea\n"
                                  "2.1  ruth  mon_fired  1 rain a1 coffee coffee\n");
  story_breaks (story, 5, 16,
                "ruth: monitor 1 on rain#a1 fired with coffee at 2.100 s, but the port died of "
                "another reason");
}

static void
test_fired_for_the_living (void)
{
  g_test_summary ("A monitor is told a death, and the port is alive.");

  g_autoptr (Story) story
      = PLAY (STORY_PAIR, PORTS, WATCHED, "2.1  ruth  mon_fired  1 rain a1 tea tea\n");
  story_breaks (story, 5, 15, "fired with tea at 2.100 s, but that port is alive");
}

static void
test_fired_for_the_vanished (void)
{
  g_test_summary ("A process is killed: its ports do not die of tea.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, PORTS, WATCHED,
                                  "2.0  rain  process_end  1 killed\n"
                                  "2.1  ruth  mon_fired    1 rain a1 tea tea\n");
  story_breaks (story, 5, 16, "but the port did not die of anything");
}

static void
test_no_such_port_of_the_living (void)
{
  g_test_summary ("no_such_port, although it is there.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, PORTS, WATCHED,
                                  "2.1  ruth  mon_fired  1 rain a1 no_such_port no_such_port\n");
  story_breaks (story, 5, 15, "fired with no_such_port at 2.100 s, but that port is there");
}

static void
test_no_such_port_in_place (void)
{
  g_test_summary ("The monitor was in place when the port died: it has to hear the reason.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, PORTS, WATCHED,
                                  "2.0  rain  port_dead  a1 tea tea\n"
                                  "2.1  ruth  mon_fired  1 rain a1 no_such_port no_such_port\n");
  story_breaks (story, 5, 16, "it was in place when the port died of another reason");
}

static void
test_transport_error_of_nothing (void)
{
  g_test_summary ("transport_error, and no connection was lost.");

  g_autoptr (Story) story
      = PLAY (STORY_PAIR, PORTS, WATCHED,
              "2.0  ruth  mon_fired  1 rain a1 transport_error transport_error\n"
              "9.0  ruth  port_new   b3\n"
              "9.5  ruth  port_new   b4\n");
  story_breaks (story, 5, 15, "but ruth lost no connection to rain then");
}

static void
test_other_port_named (void)
{
  g_test_summary ("The monitor fires for a port that it is not on.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, PORTS, WATCHED,
                                  "2.0  rain  port_dead  a2 tea tea\n"
                                  "2.1  ruth  mon_fired  1 rain a2 tea tea\n");
  story_breaks (story, 5, 16, "the event names another port");
}

static void
test_death_not_told (void)
{
  g_test_summary ("The port died, everything has arrived both ways, and nobody said so.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, PORTS, WATCHED, "2.0  rain  port_dead  a1 tea tea\n");
  story_breaks (story, 5, 15, "rain#a1 died, and monitor 1 of ruth was not told by 120.000 s");
}

static void
test_death_not_told_in_time (void)
{
  g_test_summary ("What was sent after the death arrives, the news of the death does not: in a "
                  "network that is never idle, and is even lost later.");

  g_autoptr (Story) story
      = PLAY (STORY_PAIR, PORTS, WATCHED,
              "2.0  rain  port_dead  a1 tea tea\n"
              "2.0  rain  send       ruth - 60\n"
              "2.5  rain  send       ruth b1 61\n"
              "2.6  rain  send       ruth b1 62\n"
              "2.7  ruth  request    rain 1 60 time\n"
              "2.7  ruth  deliver    rain b1 1 61\n"
              "2.8  ruth  deliver    rain b1 1 62\n"
              "9.0  ruth  link_down  rain 1 reset\n"
              "9.0  ruth  mon_fired  1 rain a1 transport_error transport_error\n");
  story_breaks (story, 5, 20,
                "rain#a1 died at 2.000 s, and monitor 1 of ruth was not told, though later "
                "messages from there have arrived");
}

static void
test_death_under_way (void)
{
  g_test_summary ("… but while the news may be under way, nothing is wrong.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, PORTS, WATCHED,
                                  "2.0  rain  port_dead  a1 tea tea\n"
                                  "2.0  rain  send       ruth - 60\n");
  story_is_fine (story, 5, 0);
}

static void
test_local_death_not_told (void)
{
  g_test_summary ("A local port dies, and its local monitor is not told at once.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, PORTS,
                                  "0.5  ruth  mon_set    1 ruth b1 - callback\n"
                                  "2.0  ruth  port_dead  b1 tea tea\n"
                                  "9.0  ruth  port_new   b3\n"
                                  "9.5  ruth  port_new   b4\n");
  story_breaks (story, 5, 13, "ruth#b1 was not there (any more) at 2.000 s");
}

static void
test_local_spawn (void)
{
  g_test_summary ("A port that is spawned here begins after its monitor.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, PORTS,
                                  "0.5  ruth  spawn      ruth s1 f\n"
                                  "0.5  ruth  mon_set    1 ruth s1 - callback\n"
                                  "0.5  ruth  port_new   s1\n"
                                  "9.0  ruth  port_new   b3\n"
                                  "9.5  ruth  port_new   b4\n");
  story_is_fine (story, 5, 0);
}

/* --- Promise 6: links --- */

/* b1 is linked to rain#a1. */
#define LINKED                                                                                     \
  "0.5  ruth  mon_set  1 rain a1 b1 kill\n"                                                        \
  "0.5  ruth  send     rain - 50\n"                                                                \
  "0.6  rain  request  ruth 1 50 mon1\n"

static void
test_link_kills (void)
{
  g_test_summary ("a1 dies of tea, and so does b1.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, PORTS, LINKED,
                                  "2.0  rain  port_dead  a1 tea tea\n"
                                  "2.1  ruth  mon_fired  1 rain a1 tea tea\n"
                                  "2.1  ruth  kill       ruth b1 tea tea\n"
                                  "2.1  ruth  port_dead  b1 tea tea\n"
                                  "9.0  ruth  port_new   b3\n"
                                  "9.5  ruth  port_new   b4\n");
  story_is_fine (story, 6, 1);
}

static void
test_link_spares (void)
{
  g_test_summary ("a1 dies a normal death, b1 lives on, until somebody kills it much later.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, PORTS, LINKED,
                                  "2.0  rain  port_dead  a1 normal\n"
                                  "2.1  ruth  mon_fired  1 rain a1 normal\n"
                                  "2.1  ruth  port_new   b3\n"
                                  "2.1  ruth  kill       ruth b1 normal\n"
                                  "2.1  ruth  port_dead  b1 normal\n");
  story_is_fine (story, 6, 1);
}

static void
test_link_of_the_dead (void)
{
  g_test_summary ("The linked port is dead already, or is being killed: nothing to judge, or "
                  "whoever came first.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, PORTS, LINKED,
                                  "0.7  ruth  mon_set    2 rain a1 b2 kill\n"
                                  "1.0  ruth  port_dead  b1 normal\n"
                                  "2.0  rain  port_dead  a1 tea tea\n"
                                  "2.1  ruth  kill       ruth b2 coffee coffee\n"
                                  "2.1  ruth  mon_fired  1 rain a1 tea tea\n"
                                  "2.1  ruth  mon_fired  2 rain a1 tea tea\n"
                                  "2.1  ruth  kill       ruth b2 tea tea\n"
                                  "2.1  ruth  port_dead  b2 coffee coffee\n");
  story_is_fine (story, 6, 1);
}

static void
test_link_does_not_kill (void)
{
  g_test_summary ("a1 dies of tea, b1 lives on.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, PORTS, LINKED,
                                  "2.0  rain  port_dead  a1 tea tea\n"
                                  "2.1  ruth  mon_fired  1 rain a1 tea tea\n"
                                  "9.0  ruth  port_new   b3\n"
                                  "9.5  ruth  port_new   b4\n");
  story_breaks (story, 6, 16,
                "monitor 1 linked ruth#b1 to rain#a1, whose abnormal death was told at 2.100 s, "
                "but ruth#b1 lived on");
}

static void
test_link_kills_on_normal_death (void)
{
  g_test_summary ("a1 dies a normal death, and the link kills b1.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, PORTS, LINKED,
                                  "2.0  rain  port_dead  a1 normal\n"
                                  "2.1  ruth  mon_fired  1 rain a1 normal\n"
                                  "2.1  ruth  kill       ruth b1 normal\n"
                                  "2.1  ruth  port_dead  b1 normal\n");
  story_breaks (story, 6, 18,
                "ruth#b1 died (a normal death) at 2.100 s by its link to a port that had died a "
                "normal death");
}

static void
test_link_kills_with_another_reason (void)
{
  g_test_summary ("a1 dies of tea, b1 of coffee.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, PORTS, LINKED,
                                  "2.0  rain  port_dead  a1 tea tea\n"
                                  "2.1  ruth  mon_fired  1 rain a1 tea tea\n"
                                  "2.1  ruth  kill       ruth b1 coffee coffee\n"
                                  "2.1  ruth  port_dead  b1 coffee coffee\n");
  story_breaks (
      story, 6, 18,
      "ruth#b1 died of coffee at 2.100 s, which is not the reason that its link was told");
}

static void
test_link_and_other_deaths (void)
{
  g_test_summary ("At the instant of a normal link the port dies of its own fault.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, PORTS, LINKED,
                                  "2.0  rain  port_dead  a1 normal\n"
                                  "2.1  ruth  mon_fired  1 rain a1 normal\n"
                                  "2.1  ruth  failure    b1 - oops\n"
                                  "2.1  ruth  port_dead  b1 die die\n");
  story_is_fine (story, 6, 1);
}

static void
test_vacuous (void)
{
  g_test_summary ("Where nothing is monitored nothing was judged.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, PORTS, SENT);
  for (int promise = 3; promise <= 6; promise++)
    story_is_fine (story, promise, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add_func ("/check-monitors/" name, function)
  ADD ("loss-is-told", test_loss_is_told);
  ADD ("told-before-reported", test_told_before_reported);
  ADD ("loss-not-told", test_loss_not_told);
  ADD ("told-much-later", test_told_much_later);
  ADD ("queue-loss-not-told", test_queue_loss_not_told);
  ADD ("arrived-all-the-same", test_arrived_all_the_same);
  ADD ("undecided", test_undecided);
  ADD ("loss-known-later", test_loss_known_later);
  ADD ("loss-known-later-not-told", test_loss_known_later_not_told);
  ADD ("stuck", test_stuck);
  ADD ("under-way-at-the-end", test_under_way_at_the_end);
  ADD ("unknown-port", test_unknown_port);
  ADD ("once", test_once);
  ADD ("fired-twice", test_fired_twice);
  ADD ("fired-after-drop", test_fired_after_drop);
  ADD ("fired-unset", test_fired_unset);
  ADD ("number-twice", test_number_twice);
  ADD ("death-is-told", test_death_is_told);
  ADD ("no-such-port", test_no_such_port);
  ADD ("wrong-reason", test_wrong_reason);
  ADD ("fired-for-the-living", test_fired_for_the_living);
  ADD ("fired-for-the-vanished", test_fired_for_the_vanished);
  ADD ("no-such-port-of-the-living", test_no_such_port_of_the_living);
  ADD ("no-such-port-in-place", test_no_such_port_in_place);
  ADD ("transport-error-of-nothing", test_transport_error_of_nothing);
  ADD ("other-port-named", test_other_port_named);
  ADD ("death-not-told", test_death_not_told);
  ADD ("death-not-told-in-time", test_death_not_told_in_time);
  ADD ("death-under-way", test_death_under_way);
  ADD ("local-death-not-told", test_local_death_not_told);
  ADD ("local-spawn", test_local_spawn);
  ADD ("link-kills", test_link_kills);
  ADD ("link-spares", test_link_spares);
  ADD ("link-of-the-dead", test_link_of_the_dead);
  ADD ("link-does-not-kill", test_link_does_not_kill);
  ADD ("link-kills-on-normal-death", test_link_kills_on_normal_death);
  ADD ("link-kills-with-another-reason", test_link_kills_with_another_reason);
  ADD ("link-and-other-deaths", test_link_and_other_deaths);
  ADD ("vacuous", test_vacuous);
  return g_test_run ();
}
