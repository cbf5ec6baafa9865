/* tests/unit/test-check-ports.c - what promises 7 to 9 accept, and what they catch. */

#include "story.h"

#define PLAY(...) story_play (&sim_checker_ports, STORY_GOES_ON, 100, __VA_ARGS__, NULL)

#define SPAWN_WORD "AnyEvent::MP::_spawn"

/* ruth spawns p1 on rain, lines 9 and 10, and sends it a message, line 11. */
#define SPAWN                                                                                      \
  "1.0  ruth  spawn  rain p1 aemp::child\n"                                                        \
  "1.0  ruth  send   rain - 101\n"                                                                 \
  "1.0  ruth  send   rain p1 102\n"

/* --- Promise 7 --- */

static void
test_right_ports (void)
{
  g_test_summary ("Messages to ports that are there, to a dead one, to the node port.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, "0.5  rain  port_new      a1\n"
                                              "1.0  ruth  send          rain a1 101\n"
                                              "1.0  ruth  send          rain - 102\n"
                                              "1.0  ruth  send          rain a1 103\n"
                                              "1.1  rain  deliver       ruth a1 1 101\n"
                                              "1.1  rain  request       ruth 1 102 time\n"
                                              "1.1  rain  port_dead     a1 coffee coffee\n"
                                              "1.1  rain  unknown_port  ruth a1 1 103\n");
  story_is_fine (story, 7, 3);
}

static void
test_never_made (void)
{
  g_test_summary ("A message reaches a port that nobody made.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, "1.0  ruth  send     rain a1 101\n"
                                              "1.1  rain  deliver  ruth a1 1 101\n");
  story_breaks (story, 7, 10,
                "a message from ruth reached rain#a1 at 1.100 s, a port that was never made");
}

static void
test_dead_port (void)
{
  g_test_summary ("A message reaches a port that is dead.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, "0.5  rain  port_new   a1\n"
                                              "1.0  ruth  send       rain a1 101\n"
                                              "1.0  rain  port_dead  a1 coffee coffee\n"
                                              "1.1  rain  deliver    ruth a1 1 101\n");
  story_breaks (story, 7, 12, "a port that was gone since 1.000 s");
}

static void
test_after_restart (void)
{
  g_test_summary ("A message for a port of rain's former process reaches the new one; its sender "
                  "does not tell its own story.");

  g_autoptr (Story) story = PLAY ("0.0  rain  process_start  1 500\n"
                                  "0.1  rain  port_new       a1\n"
                                  "1.0  rain  process_end    1 killed\n"
                                  "2.0  rain  process_start  2 500\n"
                                  "2.1  rain  deliver        perl a1 3 101\n");
  story_breaks (story, 7, 5,
                "a message from perl reached rain#a1 at 2.100 s, a port that was gone");
}

static void
test_name_again (void)
{
  g_test_summary ("A port has the name of one that is dead.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, "0.5  rain  port_new   a1\n"
                                              "0.6  rain  port_dead  a1 normal\n"
                                              "0.7  rain  port_new   a1\n");
  story_breaks (story, 7, 11, "a port named rain#a1 began at 0.700 s, as one was named before");
}

static void
test_name_again_later (void)
{
  g_test_summary ("A port has the name of one of the former process.");

  g_autoptr (Story) story = PLAY ("0.0  rain  process_start  1 500\n"
                                  "0.1  rain  port_new       a1\n"
                                  "1.0  rain  process_end    1 killed\n"
                                  "2.0  rain  process_start  2 500\n"
                                  "2.1  rain  port_new       a1\n");
  story_breaks (story, 7, 5, "as one was named before, until 1.000 s");
}

static void
test_name_twice (void)
{
  g_test_summary ("Two living ports have one name.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, "0.5  rain  port_new  a1\n"
                                              "0.6  rain  port_new  a1\n");
  story_breaks (story, 7, 10, "a second port named rain#a1 began at 0.600 s");
}

static void
test_same_name_elsewhere (void)
{
  g_test_summary ("Ports of different nodes may have one name.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, "0.5  rain  port_new  a1\n"
                                              "0.6  ruth  port_new  a1\n"
                                              "1.0  ruth  send      rain a1 101\n"
                                              "1.1  rain  deliver   ruth a1 1 101\n");
  story_is_fine (story, 7, 1);
}

static void
test_wrong_node (void)
{
  g_test_summary ("What ruth sends to rain comes out at sun.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, "0.0  sun   process_start  1 500\n"
                                              "1.0  ruth  send           rain - 101\n"
                                              "1.1  sun   request        ruth 1 101 time\n");
  story_breaks (story, 7, 11, "a message that ruth sent to rain reached sun at 1.100 s");
}

static void
test_dropped (void)
{
  g_test_summary ("A message is dropped, though its port is there.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, "0.5  rain  port_new      a1\n"
                                              "1.0  ruth  send          rain a1 101\n"
                                              "1.1  rain  unknown_port  ruth a1 1 101\n");
  story_breaks (story, 7, 11, "for rain#a1 was dropped at 1.100 s");
}

static void
test_untraced (void)
{
  g_test_summary ("Of a node whose beginning was not seen nobody knows the ports.");

  g_autoptr (Story) story = PLAY ("1.0  perl  deliver  ruth a1 1 101\n");
  story_is_fine (story, 7, 0);
}

/* --- Promise 8 --- */

#define LOCAL                                                                                      \
  "0.0  rain  process_start  1 500\n"                                                              \
  "0.1  rain  port_new       a1\n"                                                                 \
  "0.1  rain  port_new       b2\n"

static void
test_local (void)
{
  g_test_summary ("Messages and kills in one queue; what is sent to a port that was killed in "
                  "front of it finds none.");

  g_autoptr (Story) story = PLAY (LOCAL, "1.0  rain  send          rain a1 101\n"
                                         "1.0  rain  kill          rain a1 coffee coffee\n"
                                         "1.0  rain  send          rain a1 102\n"
                                         "1.0  rain  send          rain b2 103\n"
                                         "1.0  rain  deliver       rain a1 0 101\n"
                                         "1.0  rain  send          rain b2 104 a1\n"
                                         "1.0  rain  port_dead     a1 coffee coffee\n"
                                         "1.0  rain  unknown_port  rain a1 0 102\n"
                                         "1.0  rain  deliver       rain b2 0 103\n"
                                         "1.0  rain  deliver       rain b2 0 104\n"
                                         "1.1  rain  port_new      c3\n");
  story_is_fine (story, 8, 3);
}

static void
test_local_of_real_node (void)
{
  g_test_summary ("A real node needs some time, and more for a long queue that moves.");

  g_autoptr (Story) story = PLAY ("0.000  rain  node_start  1\n"
                                  "0.000  rain  port_new    a1\n"
                                  "1.000  rain  send        rain a1 101\n"
                                  "1.000  rain  send        rain a1 102\n"
                                  "1.900  rain  deliver     rain a1 0 101\n"
                                  "2.800  rain  port_new    b2\n"
                                  "2.800  rain  deliver     rain a1 0 102\n"
                                  "9.000  rain  port_new    c3\n");
  story_is_fine (story, 8, 2);
}

static void
test_local_stands_still (void)
{
  g_test_summary ("A real node's local message stays behind.");

  g_autoptr (Story) story = PLAY ("0.000  rain  node_start  1\n"
                                  "0.000  rain  port_new    a1\n"
                                  "1.000  rain  send        rain a1 101\n"
                                  "2.500  rain  port_new    b2\n"
                                  "2.600  rain  port_new    c3\n");
  story_breaks (story, 8, 5, "local message 1, sent at 1.000 s, did not arrive");
}

static void
test_local_late (void)
{
  g_test_summary ("A local message takes its time, a millisecond only.");

  g_autoptr (Story) story = PLAY (LOCAL, "1.000  rain  send     rain a1 101\n"
                                         "1.001  rain  deliver  rain a1 0 101\n");
  story_breaks (story, 8, 5,
                "rain → rain#a1: local message 1, sent at 1.000 s, did not arrive before");
}

static void
test_local_lost (void)
{
  g_test_summary ("A local message is lost; nothing else happens until the end.");

  g_autoptr (Story) story = PLAY (LOCAL, "1.0  rain  send     rain a1 101\n"
                                         "1.0  rain  send     rain a1 102\n"
                                         "1.0  rain  deliver  rain a1 0 101\n");
  story_breaks (story, 8, 6, "local message 2, sent at 1.000 s, did not arrive");
}

static void
test_local_lost_with_process (void)
{
  g_test_summary ("What was under way when the process was killed, at that instant, is no loss.");

  g_autoptr (Story) story = PLAY (LOCAL, "1.0  rain  send         rain a1 101\n"
                                         "1.0  rain  process_end  1 killed\n"
                                         "2.0  rain  process_start  2 500\n");
  story_is_fine (story, 8, 0);
}

static void
test_local_swapped (void)
{
  g_test_summary ("One local message overtakes another.");

  g_autoptr (Story) story = PLAY (LOCAL, "1.0  rain  send     rain a1 101\n"
                                         "1.0  rain  send     rain b2 102\n"
                                         "1.0  rain  deliver  rain b2 0 102\n"
                                         "1.0  rain  deliver  rain a1 0 101\n");
  story_breaks (story, 8, 7, "rain → rain#a1: a local message was lost, doubled");
}

static void
test_local_dropped (void)
{
  g_test_summary ("A local message is dropped, though its port is there.");

  g_autoptr (Story) story = PLAY (LOCAL, "1.0  rain  send          rain a1 101\n"
                                         "1.0  rain  unknown_port  rain a1 0 101\n");
  story_breaks (story, 8, 5, "a message from rain for rain#a1 was dropped");
}

static void
test_kill_overtakes (void)
{
  g_test_summary ("A kill is done inside of the call, in front of what was sent before.");

  g_autoptr (Story) story = PLAY (LOCAL, "1.0  rain  send          rain a1 101\n"
                                         "1.0  rain  kill          rain a1 coffee coffee\n"
                                         "1.0  rain  port_dead     a1 coffee coffee\n"
                                         "1.0  rain  unknown_port  rain a1 0 101\n");
  story_breaks (story, 8, 6, "rain#a1 was killed at 1.000 s, before 1 local messages");
}

static void
test_kill_from_outside (void)
{
  g_test_summary ("A kill from outside waits for nobody, even with the same reason.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, "0.1  rain  port_new      a1\n"
                                              "0.9  ruth  send          rain - 201\n"
                                              "1.0  rain  send          rain a1 101\n"
                                              "1.0  rain  kill          rain a1 coffee coffee\n"
                                              "1.0  rain  request       ruth 1 201 kil1\n"
                                              "1.0  rain  port_dead     a1 coffee coffee\n"
                                              "1.0  rain  unknown_port  rain a1 0 101\n");
  story_is_fine (story, 8, 0);
}

static void
test_kill_overtaken (void)
{
  g_test_summary ("A message that was sent after the kill arrives.");

  g_autoptr (Story) story = PLAY (LOCAL, "1.0  rain  kill       rain a1 coffee coffee\n"
                                         "1.0  rain  send       rain a1 101\n"
                                         "1.0  rain  deliver    rain a1 0 101\n"
                                         "1.0  rain  port_dead  a1 coffee coffee\n");
  story_breaks (story, 8, 6, "local message 1 arrived, though the port had been killed before");
}

static void
test_dead_context (void)
{
  g_test_summary ("A port kills itself, is dead at once, and its callback goes on.");

  g_autoptr (Story) story = PLAY (LOCAL, "1.0  rain  kill       rain a1 normal\n"
                                         "1.0  rain  port_dead  a1 normal\n"
                                         "1.0  rain  note       walker a1 0 still here\n");
  story_breaks (story, 8, 6, "rain#a1 did something at 1.000 s, though it was gone since 1.000 s");
}

/* --- Promise 9 --- */

static void
test_spawn (void)
{
  g_test_summary ("A port is spawned, begins, and gets what was sent right after.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, SPAWN,
                                  "1.1  rain  request  ruth 1 101 " SPAWN_WORD "\n"
                                  "1.1  rain  port_new p1\n"
                                  "1.1  rain  send     ruth x1 201 p1\n"
                                  "1.1  rain  deliver  ruth p1 1 102\n");
  story_is_fine (story, 9, 1);
}

static void
test_spawn_local (void)
{
  g_test_summary ("A local spawn goes through the queue like everything else.");

  g_autoptr (Story) story = PLAY (LOCAL, "1.0  rain  spawn    rain p1 aemp::child\n"
                                         "1.0  rain  send     rain - 101\n"
                                         "1.0  rain  send     rain p1 102\n"
                                         "1.0  rain  request  rain 0 101 " SPAWN_WORD "\n"
                                         "1.0  rain  port_new p1\n"
                                         "1.0  rain  deliver  rain p1 0 102\n");
  story_is_fine (story, 9, 1);
}

static void
test_spawn_refused (void)
{
  g_test_summary ("A spawn is refused; what is sent to the port finds none.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, SPAWN,
                                  "1.1  rain  request       ruth 1 101 " SPAWN_WORD "\n"
                                  "1.1  rain  refused       ruth aemp::child\n"
                                  "1.1  rain  unknown_port  ruth p1 1 102\n");
  story_is_fine (story, 9, 1);
}

static void
test_spawn_dies (void)
{
  g_test_summary ("The function fails, the port dies before its first message.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, SPAWN,
                                  "1.1  rain  request       ruth 1 101 " SPAWN_WORD "\n"
                                  "1.1  rain  port_new      p1\n"
                                  "1.1  rain  failure       p1 0 no such function\n"
                                  "1.1  rain  port_dead     p1 die die\n"
                                  "1.1  rain  unknown_port  ruth p1 1 102\n");
  story_is_fine (story, 9, 1);
}

static void
test_spawn_lost (void)
{
  g_test_summary ("The request is lost with its connection; what is sent over the next one finds "
                  "no port, and that is told otherwise.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, SPAWN,
                                  "1.1  ruth  link_down     rain 1 reset\n"
                                  "1.1  ruth  node_down     rain reset\n"
                                  "1.1  rain  link_down     ruth 1 reset\n"
                                  "1.1  rain  node_down     ruth reset\n"
                                  "1.2  ruth  node_up       rain 2\n"
                                  "1.2  rain  node_up       ruth 2\n"
                                  "1.3  ruth  send          rain p1 103\n"
                                  "1.4  rain  unknown_port  ruth p1 2 103\n");
  story_is_fine (story, 9, 0);
}

static void
test_spawn_in_call (void)
{
  g_test_summary ("A local spawn begins inside of the call, without a request.");

  g_autoptr (Story) story = PLAY (LOCAL, "1.0  rain  spawn     rain p1 aemp::child\n"
                                         "1.0  rain  port_new  p1\n");
  story_breaks (story, 9, 5, "rain#p1 began at 1.000 s, before the request of rain for it");
}

static void
test_spawn_too_early (void)
{
  g_test_summary ("The port begins while its request is under way.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, SPAWN, "1.1  rain  port_new  p1\n");
  story_breaks (story, 9, 12, "rain#p1 began at 1.100 s, before the request of ruth for it");
}

static void
test_spawn_of_known (void)
{
  g_test_summary ("The port was there before it was spawned.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, "0.5  rain  port_new  p1\n", SPAWN);
  story_breaks (story, 9, 10, "ruth spawned rain#p1 at 1.000 s, though there was such a port");
}

static void
test_spawn_acts_early (void)
{
  g_test_summary ("The function runs before its port begins.");

  g_autoptr (Story) story = PLAY (LOCAL, "1.0  rain  spawn     rain p1 aemp::child\n"
                                         "1.0  rain  send      rain - 101\n"
                                         "1.0  rain  note      child p1 0 hello\n"
                                         "1.0  rain  request   rain 0 101 " SPAWN_WORD "\n"
                                         "1.0  rain  port_new  p1\n");
  story_breaks (story, 9, 6, "rain#p1, spawned by rain at 1.000 s, did something at 1.000 s");
}

static void
test_spawn_gets_early (void)
{
  g_test_summary ("A message reaches the port before it begins.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, SPAWN,
                                  "1.1  rain  request   ruth 1 101 " SPAWN_WORD "\n"
                                  "1.1  rain  deliver   ruth p1 1 102\n"
                                  "1.1  rain  port_new  p1\n");
  story_breaks (story, 9, 13, "got a message at 1.100 s, before it began");
}

static void
test_spawn_ignored (void)
{
  g_test_summary ("The request arrives, and nothing comes of it.");

  g_autoptr (Story) story
      = PLAY (STORY_PAIR, SPAWN, "1.1  rain  request  ruth 1 101 " SPAWN_WORD "\n");
  story_breaks (story, 9, 12, "arrived at 1.100 s, and the port neither began nor was refused");

  g_autoptr (Story) unknown = PLAY (STORY_PAIR, SPAWN,
                                    "1.1  rain  request       ruth 1 101 " SPAWN_WORD "\n"
                                    "1.1  rain  unknown_port  ruth p1 1 102\n");
  story_breaks (unknown, 9, 12, "neither began nor was refused");
}

static void
test_spawn_unknown (void)
{
  g_test_summary ("The port began, and its message is dropped all the same.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, SPAWN,
                                  "1.1  rain  request       ruth 1 101 " SPAWN_WORD "\n"
                                  "1.1  rain  port_new      p1\n"
                                  "1.1  rain  unknown_port  ruth p1 1 102\n");
  story_breaks (story, 9, 14, "a message from ruth for rain#p1 was dropped at 1.100 s");
}

static void
test_vacuous (void)
{
  g_test_summary ("Where nothing is sent nothing is judged.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, "0.5  rain  port_new  a1\n");
  story_is_fine (story, 7, 0);
  story_is_fine (story, 8, 0);
  story_is_fine (story, 9, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add_func ("/check-ports/" name, function)
  ADD ("right-ports", test_right_ports);
  ADD ("never-made", test_never_made);
  ADD ("dead-port", test_dead_port);
  ADD ("after-restart", test_after_restart);
  ADD ("name-again", test_name_again);
  ADD ("name-again-later", test_name_again_later);
  ADD ("name-twice", test_name_twice);
  ADD ("same-name-elsewhere", test_same_name_elsewhere);
  ADD ("wrong-node", test_wrong_node);
  ADD ("dropped", test_dropped);
  ADD ("untraced", test_untraced);
  ADD ("local", test_local);
  ADD ("local-of-real-node", test_local_of_real_node);
  ADD ("local-stands-still", test_local_stands_still);
  ADD ("local-late", test_local_late);
  ADD ("local-lost", test_local_lost);
  ADD ("local-lost-with-process", test_local_lost_with_process);
  ADD ("local-swapped", test_local_swapped);
  ADD ("local-dropped", test_local_dropped);
  ADD ("kill-overtakes", test_kill_overtakes);
  ADD ("kill-from-outside", test_kill_from_outside);
  ADD ("kill-overtaken", test_kill_overtaken);
  ADD ("dead-context", test_dead_context);
  ADD ("spawn", test_spawn);
  ADD ("spawn-local", test_spawn_local);
  ADD ("spawn-refused", test_spawn_refused);
  ADD ("spawn-dies", test_spawn_dies);
  ADD ("spawn-lost", test_spawn_lost);
  ADD ("spawn-in-call", test_spawn_in_call);
  ADD ("spawn-too-early", test_spawn_too_early);
  ADD ("spawn-of-known", test_spawn_of_known);
  ADD ("spawn-acts-early", test_spawn_acts_early);
  ADD ("spawn-gets-early", test_spawn_gets_early);
  ADD ("spawn-ignored", test_spawn_ignored);
  ADD ("spawn-unknown", test_spawn_unknown);
  ADD ("vacuous", test_vacuous);
  return g_test_run ();
}
