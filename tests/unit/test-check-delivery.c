/* tests/unit/test-check-delivery.c - what promises 1 and 2 accept, and what they catch. */

#include "story.h"

#define PLAY(...) story_play (&sim_checker_delivery, STORY_GOES_ON, 100, __VA_ARGS__, NULL)

/* Three messages on their way, as lines 9 to 11. */
#define THREE_SENT                                                                                 \
  "1.0  ruth  send  rain a1 101\n"                                                                 \
  "1.1  ruth  send  rain a1 102\n"                                                                 \
  "1.2  ruth  send  rain a1 103\n"

/* --- Promise 1: fine stories --- */

static void
test_in_order (void)
{
  g_test_summary ("Messages to two ports, requests and answers, all as they were sent.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, "1.0  ruth  send     rain a1 101\n"
                                              "1.0  ruth  send     rain b2 102\n"
                                              "1.0  ruth  send     rain - 103\n"
                                              "1.0  rain  deliver  ruth a1 1 101\n"
                                              "1.0  rain  send     ruth c3 201\n"
                                              "1.0  rain  deliver  ruth b2 1 102\n"
                                              "1.0  rain  request  ruth 1 103 time\n"
                                              "1.1  ruth  deliver  rain c3 1 201\n");
  story_is_fine (story, 1, 4);
}

static void
test_local (void)
{
  g_test_summary ("A node sends to itself: ports, a port that is not there, its node port.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, "1.0  ruth  send          ruth a1 101\n"
                                              "1.0  ruth  send          ruth xx 102\n"
                                              "1.0  ruth  send          ruth - 103\n"
                                              "1.0  ruth  deliver       ruth a1 0 101\n"
                                              "1.0  ruth  unknown_port  ruth xx 0 102\n"
                                              "1.0  ruth  request       ruth 0 103 time\n");
  story_is_fine (story, 1, 2);
}

static void
test_queued_before_up (void)
{
  g_test_summary ("What was sent before the node was up goes in front.");

  g_autoptr (Story) story = PLAY ("0.0  ruth  process_start  1 500\n"
                                  "0.0  rain  process_start  1 500\n"
                                  "0.1  ruth  send           rain a1 101\n"
                                  "0.2  ruth  send           rain a1 102\n"
                                  "1.0  ruth  link_up        rain 1 1 - x\n"
                                  "1.0  ruth  node_up        rain 1\n"
                                  "1.0  ruth  send           rain a1 103\n"
                                  "1.1  rain  link_up        ruth 1 0 - x\n"
                                  "1.1  rain  node_up        ruth 1\n"
                                  "1.1  rain  deliver        ruth a1 1 101\n"
                                  "1.1  rain  deliver        ruth a1 1 102\n"
                                  "1.1  rain  deliver        ruth a1 1 103\n");
  story_is_fine (story, 1, 3);
}

static void
test_queue_dropped (void)
{
  g_test_summary ("Dialing fails, the queue is lost; what is sent later arrives.");

  g_autoptr (Story) story = PLAY ("0.0  ruth  process_start  1 500\n"
                                  "0.0  rain  process_start  1 500\n"
                                  "0.1  ruth  send           rain a1 101\n"
                                  "2.1  ruth  dial_failed    rain connect timeout\n"
                                  "2.2  ruth  send           rain a1 102\n"
                                  "3.0  ruth  node_up        rain 1\n"
                                  "3.1  rain  deliver        ruth a1 1 102\n");
  story_is_fine (story, 1, 1);
}

static void
test_late_arrivals (void)
{
  g_test_summary ("The sender gave up, the receiver still had two of three in its hands.  The "
                  "next connection begins with what was sent after.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, THREE_SENT,
                                  "2.0  ruth  link_down  rain 1 Connection timed out\n"
                                  "2.0  ruth  send       rain a1 104\n" /* by a monitor */
                                  "2.0  ruth  node_down  rain Connection timed out\n"
                                  "2.1  rain  deliver    ruth a1 1 101\n"
                                  "2.1  rain  deliver    ruth a1 1 102\n"
                                  "2.2  rain  link_down  ruth 1 Unexpected end-of-file\n"
                                  "2.2  rain  node_down  ruth Unexpected end-of-file\n"
                                  "3.0  ruth  node_up    rain 2\n"
                                  "3.0  rain  node_up    ruth 2\n"
                                  "3.1  rain  deliver    ruth a1 2 104\n");
  story_is_fine (story, 1, 3);
}

static void
test_replaced (void)
{
  g_test_summary ("A second connection takes the place of the first; both ends say so at "
                  "different times, and each counts anew.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, THREE_SENT,
                                  "2.0  rain  deliver    ruth a1 1 101\n"
                                  "2.0  rain  link_up    ruth 2 1 71 x\n"
                                  "2.0  rain  link_down  ruth 1 replaced\n"
                                  "2.0  rain  node_down  ruth replaced\n"
                                  "2.0  rain  node_up    ruth 2\n"
                                  "2.1  ruth  send       rain a1 104\n" /* still on the first */
                                  "2.2  ruth  link_up    rain 2 0 81 x\n"
                                  "2.2  ruth  link_down  rain 1 replaced\n"
                                  "2.2  ruth  node_down  rain replaced\n"
                                  "2.2  ruth  node_up    rain 2\n"
                                  "2.3  ruth  send       rain a1 105\n"
                                  "2.4  rain  deliver    ruth a1 2 105\n");
  story_is_fine (story, 1, 2);
}

static void
test_crossed (void)
{
  g_test_summary ("Both dialed; the losing connection is refused and never carried anything.");

  g_autoptr (Story) story = PLAY ("0.0  ruth  process_start  1 500\n"
                                  "0.0  rain  process_start  1 500\n"
                                  "0.1  ruth  send           rain a1 101\n"
                                  "1.0  ruth  link_up        rain 1 0 - x\n"
                                  "1.0  ruth  node_up        rain 1\n"
                                  "1.0  ruth  link_refused   rain 2 1 another connection is up\n"
                                  "1.0  rain  link_up        ruth 1 1 - x\n"
                                  "1.0  rain  node_up        ruth 1\n"
                                  "1.1  rain  link_refused   ruth 2 0 another connection is up\n"
                                  "1.1  rain  deliver        ruth a1 1 101\n");
  story_is_fine (story, 1, 1);
}

static void
test_restarts (void)
{
  g_test_summary ("ruth is killed and back under the same name.  Her old process' messages "
                  "still arrive; the new one counts from the beginning.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, THREE_SENT,
                                  "2.0  ruth  process_end    1 killed\n"
                                  "2.0  ruth  process_start  2 500\n"
                                  "2.0  ruth  node_start     72\n"
                                  "2.1  rain  deliver        ruth a1 1 101\n"
                                  "2.1  rain  deliver        ruth a1 1 102\n"
                                  "2.2  rain  link_down      ruth 1 Connection reset by peer\n"
                                  "2.2  rain  node_down      ruth Connection reset by peer\n"
                                  "2.3  ruth  send           rain a1 101\n"
                                  "2.5  ruth  node_up        rain 2\n"
                                  "2.5  rain  node_up        ruth 2\n"
                                  "2.6  rain  deliver        ruth a1 2 101\n");
  story_is_fine (story, 1, 3);
}

static void
test_strangers_are_not_judged (void)
{
  g_test_summary ("A peer that does not tell its own story is not judged, in either direction.");

  g_autoptr (Story) story = PLAY ("0.0  rain  process_start  1 500\n"
                                  "0.1  rain  node_up        perl 1\n"
                                  "0.2  rain  deliver        perl a1 1 101\n"
                                  "0.3  rain  send           perl b2 102\n");
  story_is_fine (story, 1, 0);
}

/* --- Promise 1: broken stories --- */

static void
test_lost (void)
{
  g_test_summary ("The second of three is missing, on a connection that stays: noticed when "
                  "many later ones have come.");

  g_autoptr (GString) many = g_string_new ("2.0  rain  deliver  ruth a1 1 101\n"
                                           "2.0  rain  deliver  ruth a1 1 103\n");
  for (unsigned i = 0; i < 30; i++)
    g_string_append_printf (many,
                            "3.0  ruth  send     rain a1 %u\n"
                            "3.1  rain  deliver  ruth a1 1 %u\n",
                            200 + i, 200 + i);
  g_autoptr (Story) story = PLAY (STORY_PAIR, THREE_SENT, many->str);
  story_breaks (story, 1, 13,
                "ruth → rain#a1: message 2, sent at 1.100 s, is missing: later ones arrived");
}

static void
test_lost_at_end (void)
{
  g_test_summary ("The first two of three are missing, and nothing comes any more.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, THREE_SENT, "2.0  rain  deliver  ruth a1 1 103\n");
  story_breaks (story, 1, 12, "message 1, sent at 1.000 s, is missing");
}

static void
test_duplicated (void)
{
  g_test_summary ("The first comes twice, then the rest.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, THREE_SENT,
                                  "2.0  rain  deliver  ruth a1 1 101\n"
                                  "2.0  rain  deliver  ruth a1 1 101\n"
                                  "2.0  rain  deliver  ruth a1 1 102\n"
                                  "2.0  rain  deliver  ruth a1 1 103\n");
  story_breaks (story, 1, 13, "ruth → rain#a1: message 1, sent at 1.000 s, arrived a second time");
}

static void
test_duplicated_last (void)
{
  g_test_summary ("The last one comes twice: nothing else is under way.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, THREE_SENT,
                                  "2.0  rain  deliver  ruth a1 1 101\n"
                                  "2.0  rain  deliver  ruth a1 1 102\n"
                                  "2.0  rain  deliver  ruth a1 1 103\n"
                                  "2.0  rain  deliver  ruth a1 1 103\n");
  story_breaks (story, 1, 15, "message 3, sent at 1.200 s, arrived a second time");
}

static void
test_swapped (void)
{
  g_test_summary ("The second overtakes the first.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, THREE_SENT,
                                  "2.0  rain  deliver  ruth a1 1 102\n"
                                  "2.0  rain  deliver  ruth a1 1 101\n"
                                  "2.0  rain  deliver  ruth a1 1 103\n");
  story_breaks (story, 1, 13, "message 1, sent at 1.000 s, arrived after one that was sent later");
}

static void
test_delayed (void)
{
  g_test_summary ("The first comes last.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, THREE_SENT,
                                  "2.0  rain  deliver  ruth a1 1 102\n"
                                  "2.0  rain  deliver  ruth a1 1 103\n"
                                  "2.0  rain  deliver  ruth a1 1 101\n");
  story_breaks (story, 1, 14, "message 1, sent at 1.000 s, arrived after one that was sent later");
}

static void
test_altered (void)
{
  g_test_summary ("The second has another content when it arrives.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, THREE_SENT,
                                  "2.0  rain  deliver  ruth a1 1 101\n"
                                  "2.0  rain  deliver  ruth a1 1 999\n"
                                  "2.0  rain  deliver  ruth a1 1 103\n");
  story_breaks (story, 1, 13, "message 2, sent at 1.100 s, arrived with another content");
}

static void
test_slipped_in (void)
{
  g_test_summary ("One more message comes than was sent: it looks like an altered one at first, "
                  "but the right one follows.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, THREE_SENT,
                                  "2.0  rain  deliver  ruth a1 1 101\n"
                                  "2.0  rain  deliver  ruth a1 1 999\n"
                                  "2.0  rain  deliver  ruth a1 1 102\n"
                                  "2.0  rain  deliver  ruth a1 1 103\n");
  story_breaks (story, 1, 13, "ruth → rain#a1");
}

static void
test_never_sent (void)
{
  g_test_summary ("A message that nobody sent, and one over a connection that nobody has.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, "1.0  rain  deliver  ruth a1 1 101\n");
  story_breaks (story, 1, 9, "ruth → rain#a1: a message arrived that was never sent");

  g_autoptr (Story) other = PLAY (STORY_PAIR, "1.0  rain  deliver  ruth a1 77 101\n"
                                              "1.0  rain  deliver  ruth a1 77 102\n");
  story_breaks (other, 1, 9, "ruth → rain#a1: a message arrived that was never sent");
}

static void
test_wrong_port (void)
{
  g_test_summary ("A message for a1 comes to b2.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, THREE_SENT,
                                  "2.0  rain  deliver  ruth a1 1 101\n"
                                  "2.0  rain  deliver  ruth b2 1 102\n"
                                  "2.0  rain  deliver  ruth a1 1 103\n");
  story_breaks (story, 1, 13,
                "ruth → rain#a1: message 2, sent at 1.100 s, arrived at another port, rain#b2");
}

static void
test_resent (void)
{
  g_test_summary ("The connection breaks, and the sender sends again what had arrived already.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, THREE_SENT,
                                  "2.0  rain  deliver    ruth a1 1 101\n"
                                  "2.0  ruth  link_down  rain 1 reset\n"
                                  "2.0  rain  link_down  ruth 1 reset\n"
                                  "3.0  ruth  node_up    rain 2\n"
                                  "3.1  rain  deliver    ruth a1 2 101\n");
  story_breaks (story, 1, 16, "message 1, sent at 1.000 s, arrived again over another connection");
}

static void
test_lost_queue_comes (void)
{
  g_test_summary ("A queue that was given up for lost comes all the same.");

  g_autoptr (Story) story = PLAY ("0.0  ruth  process_start  1 500\n"
                                  "0.0  rain  process_start  1 500\n"
                                  "0.1  ruth  send           rain a1 101\n"
                                  "2.1  ruth  dial_failed    rain connect timeout\n"
                                  "3.0  ruth  node_up        rain 1\n"
                                  "3.1  rain  deliver        ruth a1 1 101\n");
  story_breaks (story, 1, 6, "message 1, sent at 0.100 s, was lost with its connection and came");
}

static void
test_older_connection (void)
{
  g_test_summary ("The receiver reads from the new connection first, then from the old one.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, "1.0  ruth  send       rain a1 101\n"
                                              "2.0  ruth  link_down  rain 1 reset\n"
                                              "3.0  ruth  node_up    rain 2\n"
                                              "3.0  ruth  send       rain a1 102\n"
                                              "3.1  rain  deliver    ruth a1 2 102\n"
                                              "3.2  rain  deliver    ruth a1 1 101\n");
  story_breaks (story, 1, 14, "message 1, sent at 1.000 s, arrived after one that was sent later");
}

static void
test_local_lost (void)
{
  g_test_summary ("A local message is skipped.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, "1.0  ruth  send     ruth a1 101\n"
                                              "1.0  ruth  send     ruth a1 102\n"
                                              "1.0  ruth  deliver  ruth a1 0 102\n");
  story_breaks (story, 1, 11, "ruth → ruth#a1: message 1, sent at 1.000 s, is missing");
}

/* --- Promise 2 --- */

static void
test_no_hole (void)
{
  g_test_summary ("A loss under a monitor, which fires; only then later messages arrive.");

  g_autoptr (Story) story
      = PLAY (STORY_PAIR, "0.5  ruth  mon_set    1 rain a1 - callback\n", THREE_SENT,
              "2.0  rain  deliver    ruth a1 1 101\n"
              "2.0  ruth  link_down  rain 1 reset\n"
              "2.0  ruth  mon_fired  1 rain a1 transport_error transport_error\n"
              "2.0  rain  link_down  ruth 1 reset\n"
              "3.0  ruth  node_up    rain 2\n"
              "3.0  ruth  send       rain a1 104\n"
              "3.1  rain  deliver    ruth a1 2 104\n");
  story_is_fine (story, 2, 1);
}

static void
test_hole_without_monitor (void)
{
  g_test_summary ("Without a monitor that was set before the loss a hole is nobody's business.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, THREE_SENT,
                                  "2.0  ruth  link_down  rain 1 reset\n"
                                  "2.0  rain  link_down  ruth 1 reset\n"
                                  "2.5  ruth  mon_set    1 rain a1 - callback\n"
                                  "3.0  ruth  node_up    rain 2\n"
                                  "3.0  ruth  send       rain a1 104\n"
                                  "3.1  rain  deliver    ruth a1 2 104\n");
  story_is_fine (story, 2, 1);
}

static void
test_hole (void)
{
  g_test_summary ("The connection is lost with a message, the next one arrives over a new one, "
                  "and the monitor was not told in between.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, "0.5  ruth  mon_set    1 rain a1 - callback\n"
                                              "1.0  ruth  send       rain a1 101\n"
                                              "2.0  ruth  link_down  rain 1 reset\n"
                                              "2.0  rain  link_down  ruth 1 reset\n"
                                              "3.0  ruth  node_up    rain 2\n"
                                              "3.0  ruth  send       rain a1 102\n"
                                              "3.1  rain  deliver    ruth a1 2 102\n");
  story_breaks (story, 2, 15,
                "ruth → rain#a1: message 2 arrived though message 1 was lost, and monitor 1, set "
                "at 0.500 s, was not told in between");
}

static void
test_hole_noticed_late (void)
{
  g_test_summary ("The receiver says only later that the first connection was over: it is known "
                  "for sure then that there was a hole.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, "0.5  ruth  mon_set    1 rain a1 - callback\n"
                                              "1.0  ruth  send       rain a1 101\n"
                                              "2.0  ruth  link_down  rain 1 reset\n"
                                              "3.0  ruth  node_up    rain 2\n"
                                              "3.0  ruth  send       rain a1 102\n"
                                              "3.1  rain  deliver    ruth a1 2 102\n"
                                              "3.2  rain  link_down  ruth 1 reset\n");
  story_breaks (story, 2, 15, "message 2 arrived though message 1 was lost");
}

static void
test_hole_in_queue (void)
{
  g_test_summary ("Dialing fails, the queue is dropped without a word, the next message arrives.");

  g_autoptr (Story) story = PLAY ("0.0  ruth  process_start  1 500\n"
                                  "0.0  rain  process_start  1 500\n"
                                  "0.1  ruth  mon_set        5 rain a1 - callback\n"
                                  "0.1  ruth  send           rain a1 101\n"
                                  "2.1  ruth  dial_failed    rain connect timeout\n"
                                  "2.2  ruth  send           rain a1 102\n"
                                  "3.0  ruth  node_up        rain 1\n"
                                  "3.1  rain  deliver        ruth a1 1 102\n");
  story_breaks (story, 2, 8, "monitor 5, set at 0.100 s");
}

static void
test_bounded_by_what_is_under_way (void)
{
  g_test_summary ("A long flood with a few messages under way at a time, through rings that wrap "
                  "around and grow.");

  g_autoptr (GString) flood = g_string_new (NULL);
  unsigned sent = 0, arrived = 0;
  for (unsigned round = 0; round < 200; round++)
    {
      for (unsigned i = 0; i < round % 40; i++)
        g_string_append_printf (flood, "1.0  ruth  send     rain a%u %u\n", sent % 3, 1000 + sent),
            sent++;
      while (arrived < sent && (round % 7 != 3 || arrived + 20 < sent))
        g_string_append_printf (flood, "1.0  rain  deliver  ruth a%u 1 %u\n", arrived % 3,
                                1000 + arrived),
            arrived++;
    }
  g_autoptr (Story) story = PLAY (STORY_PAIR, flood->str);
  story_is_fine (story, 1, arrived);
}

static void
test_vacuous (void)
{
  g_test_summary ("Where nothing arrives nothing was judged.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, THREE_SENT);
  story_is_fine (story, 1, 0);
  story_is_fine (story, 2, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add_func ("/check-delivery/" name, function)
  ADD ("in-order", test_in_order);
  ADD ("local", test_local);
  ADD ("queued-before-up", test_queued_before_up);
  ADD ("queue-dropped", test_queue_dropped);
  ADD ("late-arrivals", test_late_arrivals);
  ADD ("replaced", test_replaced);
  ADD ("crossed", test_crossed);
  ADD ("restarts", test_restarts);
  ADD ("strangers", test_strangers_are_not_judged);
  ADD ("lost", test_lost);
  ADD ("lost-at-end", test_lost_at_end);
  ADD ("duplicated", test_duplicated);
  ADD ("duplicated-last", test_duplicated_last);
  ADD ("swapped", test_swapped);
  ADD ("delayed", test_delayed);
  ADD ("altered", test_altered);
  ADD ("slipped-in", test_slipped_in);
  ADD ("never-sent", test_never_sent);
  ADD ("wrong-port", test_wrong_port);
  ADD ("resent", test_resent);
  ADD ("lost-queue-comes", test_lost_queue_comes);
  ADD ("older-connection", test_older_connection);
  ADD ("local-lost", test_local_lost);
  ADD ("no-hole", test_no_hole);
  ADD ("hole-without-monitor", test_hole_without_monitor);
  ADD ("hole", test_hole);
  ADD ("hole-noticed-late", test_hole_noticed_late);
  ADD ("hole-in-queue", test_hole_in_queue);
  ADD ("bounded", test_bounded_by_what_is_under_way);
  ADD ("vacuous", test_vacuous);
  return g_test_run ();
}
