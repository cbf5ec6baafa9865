/* tests/unit/test-check-network.c - what promise 12 accepts, and what it catches. */

#include "sim/checkers/roster.h"
#include "story.h"

#define PLAY(...) story_play (&sim_checker_network, STORY_IS_CALM, 100, __VA_ARGS__, NULL)

/* Two seeds that know each other, and ruth, whose seeds they are; 12 lines. */
#define BEGIN                                                                                      \
  "0.0  north  process_start  1 500\n"                                                             \
  "0.0  north  node_start     61\n"                                                                \
  "0.0  north  listen         10.0.0.1:4040\n"                                                     \
  "0.0  north  seed           south:4040\n"                                                        \
  "0.0  south  process_start  1 500\n"                                                             \
  "0.0  south  node_start     71\n"                                                                \
  "0.0  south  listen         10.0.0.2:4040\n"                                                     \
  "0.0  south  seed           10.0.0.1:4040\n"                                                     \
  "0.0  ruth   process_start  1 500\n"                                                             \
  "0.0  ruth   node_start     81\n"                                                                \
  "0.0  ruth   seed           north:4040\n"                                                        \
  "0.0  ruth   seed           south:4040\n"

/* 2 lines. */
#define UP(time, one, other)                                                                       \
  time " " one "  node_up  " other " 1\n" time " " other "  node_up  " one " 1\n"

#define GLOBALS "0.1  north  global\n0.1  south  global\n"

/* 20 lines, together with BEGIN. */
#define WHOLE                                                                                      \
  GLOBALS UP ("0.1", "north", "south") UP ("0.2", "ruth", "north") "0.2  ruth  master  north\n"    \
                                                                   "0.3  world  fault  7 calm\n"

static void
test_one (void)
{
  g_test_summary ("Global nodes are connected, and everybody else has a master: all are counted.");

  g_autoptr (Story) story = PLAY (BEGIN WHOLE);
  story_is_fine (story, 12, 3);
}

static void
test_not_calm (void)
{
  g_test_summary ("While faults go on nothing is judged.");

  g_autoptr (Story) story = story_play (&sim_checker_network, STORY_GOES_ON, 100, BEGIN, NULL);
  story_is_fine (story, 12, 0);
}

static void
test_no_master (void)
{
  g_test_summary ("ruth lost her master and never found another one.");

  g_autoptr (Story) story = PLAY (BEGIN WHOLE, "5.0  ruth   node_down  north reset\n"
                                               "5.0  north  node_down  ruth reset\n"
                                               "5.0  ruth   master     -\n");
  story_breaks (story, 12, 23,
                "ruth has no master since 5.000 s (line 23); of its seeds, ruth lost north at "
                "5.000 s (line 21), ruth was never connected with south");
}

static void
test_half_a_link (void)
{
  g_test_summary ("ruth takes north for her master and up, but north lost her.");

  g_autoptr (Story) story = PLAY (BEGIN WHOLE, "5.0  north  node_down  ruth reset\n");
  story_breaks (story, 12, 19,
                "ruth has the master north since 0.200 s (line 19), and is not connected with it: "
                "ruth got connected with north at 0.200 s (line 17), north lost ruth at 5.000 s");
}

static void
test_dead_master (void)
{
  g_test_summary ("The master is dead, and ruth has not noticed.");

  g_autoptr (Story) story = PLAY (BEGIN WHOLE, "5.0  north  process_end  1 vanished\n");
  story_breaks (story, 12, 19, "ruth has the master north since 0.200 s (line 19), which is dead");
}

static void
test_reborn_master (void)
{
  g_test_summary ("A new process of the master knows nothing of ruth.");

  g_autoptr (Story) story = PLAY (BEGIN WHOLE,
                                  "5.0  north  process_start  2 500\n"
                                  "5.0  north  node_start     62\n"
                                  "5.0  north  listen         10.0.0.1:4040\n"
                                  "5.0  north  global\n",
                                  UP ("5.1", "north", "south"));
  story_breaks (story, 12, 19, "north was never connected with ruth");
}

static void
test_master_not_global (void)
{
  g_test_summary ("ruth's master is no global node, though a seed.");

  g_autoptr (Story) story = PLAY (BEGIN,
                                  "0.1  north  global\n"
                                  "0.1  south  master  north\n",
                                  UP ("0.1", "north", "south") UP ("0.2", "ruth", "south"),
                                  "0.2  ruth  master  south\n");
  g_assert_cmpuint (story->findings.breaches[12], ==, 2);
  g_assert_cmpstr (((SimBreach *)story->findings.kept->pdata[0])->text, ==,
                   "south is a seed of north, but no global node: it has the master north");
  g_assert_cmpstr (((SimBreach *)story->findings.kept->pdata[1])->text, ==,
                   "ruth has the master south since 0.200 s (line 19), which is no global node");
}

static void
test_globals_apart (void)
{
  g_test_summary ("Two global nodes lost each other: two networks.");

  g_autoptr (Story) story = PLAY (BEGIN WHOLE, "5.0  south  node_down  north reset\n"
                                               "5.1  north  node_down  south reset\n");
  story_breaks (story, 12, 22,
                "the global nodes north and south are not connected: north lost south at 5.100 s "
                "(line 22), south lost north at 5.000 s (line 21)");
}

static void
test_global_by_choice (void)
{
  g_test_summary ("A third global node, which is nobody's seed, has to know all others; if "
                  "neither of two listens, they cannot meet.");
#define THIRD(listens)                                                                             \
  "1.0  east  process_start  1 500\n"                                                              \
  "1.0  east  node_start     91\n" listens "1.0  east  seed           north:4040\n"                \
  "1.0  east  global\n"
#define EAST_LISTENS "1.0  east  listen  10.0.0.4:4040\n"
  g_autoptr (Story) known = PLAY (BEGIN WHOLE THIRD (EAST_LISTENS), UP ("1.1", "east", "north"),
                                  UP ("1.1", "east", "south"));
  story_is_fine (known, 12, 4);

  g_autoptr (Story) unknown = PLAY (BEGIN WHOLE THIRD (EAST_LISTENS), UP ("1.1", "east", "north"));
  story_breaks (unknown, 12, 21,
                "the global nodes south and east are not connected: south was "
                "never connected with east");

  g_autoptr (Story) deaf
      = PLAY (BEGIN WHOLE THIRD (""), UP ("1.1", "east", "north"), UP ("1.1", "east", "south"),
              "2.0  west  process_start  1 500\n"
              "2.0  west  node_start     92\n"
              "2.0  west  seed           north:4040\n"
              "2.0  west  global\n",
              UP ("2.1", "west", "north"), UP ("2.1", "west", "south"));
  story_is_fine (deaf, 12, 5);
}

static void
test_incomplete (void)
{
  g_test_summary ("Two seeds of which neither has the other as a seed are promised nothing.");

  g_autoptr (Story) story = PLAY ("0.0  north  process_start  1 500\n"
                                  "0.0  north  node_start     61\n"
                                  "0.0  north  listen         10.0.0.1:4040\n"
                                  "0.0  south  process_start  1 500\n"
                                  "0.0  south  node_start     71\n"
                                  "0.0  south  listen         10.0.0.2:4040\n"
                                  "0.0  ruth   process_start  1 500\n"
                                  "0.0  ruth   node_start     81\n"
                                  "0.0  ruth   seed           north:4040\n"
                                  "0.0  ruth   seed           south:4040\n");
  story_is_fine (story, 12, 0);
}

static void
test_one_way_is_enough (void)
{
  g_test_summary ("One of two seeds has to have the other, not both; a name of a host that is no "
                  "node's is known by where it led.");

  g_autoptr (Story) story = PLAY ("0.0  north  process_start  1 500\n"
                                  "0.0  north  node_start     61\n"
                                  "0.0  north  listen         10.0.0.1:4040\n"
                                  "0.0  south  process_start  1 500\n"
                                  "0.0  south  node_start     71\n"
                                  "0.0  south  listen         10.0.0.2:4040\n"
                                  "0.0  south  seed           seeds.example:4040\n"
                                  "0.0  south  dial           - 10.0.0.1:4040\n"
                                  "0.0  ruth   process_start  1 500\n"
                                  "0.0  ruth   node_start     81\n"
                                  "0.0  ruth   seed           10.0.0.2:4040\n",
                                  WHOLE);
  story_is_fine (story, 12, 3);
}

static void
test_dead_seed (void)
{
  g_test_summary (
      "What is dead joins nobody: the rest is judged by the seeds that live, and who has "
      "none left is not judged.");
#define SOUTH_DIES                                                                                 \
  "5.0  south  process_end  1 killed\n"                                                            \
  "5.0  north  node_down    south reset\n"
  g_autoptr (Story) rest = PLAY (BEGIN WHOLE SOUTH_DIES);
  story_is_fine (rest, 12, 2);

  g_autoptr (Story) orphan = PLAY (BEGIN WHOLE SOUTH_DIES "6.0  north  process_end  1 killed\n"
                                                          "6.0  ruth   node_down    north reset\n"
                                                          "6.0  ruth   master       -\n");
  story_is_fine (orphan, 12, 0);
}

static void
test_strangers (void)
{
  g_test_summary ("Whose secret is another one belongs to nobody here.");

  g_autoptr (Story) story = PLAY (BEGIN WHOLE, "1.0  mallory  process_start  1 666\n"
                                               "1.0  mallory  node_start     99\n"
                                               "1.0  mallory  listen         10.0.0.9:4040\n"
                                               "1.0  mallory  seed           north:4040\n");
  story_is_fine (story, 12, 3);
}

static void
test_two_networks (void)
{
  g_test_summary ("Two networks whose seeds have nothing to do with each other are judged each by "
                  "itself.");

  g_autoptr (Story) story = PLAY (BEGIN WHOLE, "1.0  moon   process_start  1 500\n"
                                               "1.0  moon   node_start     99\n"
                                               "1.0  moon   listen         10.0.0.9:4040\n"
                                               "1.0  moon   global\n"
                                               "1.0  luna   process_start  1 500\n"
                                               "1.0  luna   node_start     98\n"
                                               "1.0  luna   seed           moon:4040\n");
  story_breaks (story, 12, 25,
                "luna has no master since 1.000 s (line 25); of its seeds, luna was "
                "never connected with moon");
}

static void
test_perl_master (void)
{
  g_test_summary ("Whether a node that tells no story is a good master, nobody can say.");

  g_autoptr (Story) story = PLAY (BEGIN WHOLE, "5.0  ruth  node_down  north reset\n"
                                               "5.0  ruth  node_up    perl 3\n"
                                               "5.0  ruth  master     perl\n");
  story_is_fine (story, 12, 3);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add_func ("/check-network/" name, function)
  ADD ("one", test_one);
  ADD ("not-calm", test_not_calm);
  ADD ("no-master", test_no_master);
  ADD ("half-a-link", test_half_a_link);
  ADD ("dead-master", test_dead_master);
  ADD ("reborn-master", test_reborn_master);
  ADD ("master-not-global", test_master_not_global);
  ADD ("globals-apart", test_globals_apart);
  ADD ("global-by-choice", test_global_by_choice);
  ADD ("incomplete", test_incomplete);
  ADD ("one-way-is-enough", test_one_way_is_enough);
  ADD ("dead-seed", test_dead_seed);
  ADD ("strangers", test_strangers);
  ADD ("two-networks", test_two_networks);
  ADD ("perl-master", test_perl_master);
  return g_test_run ();
}
