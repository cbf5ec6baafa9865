/* tests/unit/test-check-database.c - what promise 11 accepts, and what it catches. */

#include "sim/checkers/roster.h"
#include "story.h"

#define PLAY(...) story_play (&sim_checker_database, STORY_GOES_ON, 100, __VA_ARGS__, NULL)
#define PLAY_CALM(...) story_play (&sim_checker_database, STORY_IS_CALM, 100, __VA_ARGS__, NULL)

/* A global node each side of the world, and a slave of each; 28 lines. */
#define UP(time, one, other)                                                                       \
  time " " one "  node_up  " other " 1\n" time " " other "  node_up  " one " 1\n"
#define NODE(name, number)                                                                         \
  "0.0 " name "  process_start  1 500\n0.0 " name "  node_start  " number "\n0.0 " name            \
  "  listen  10.0.0." number ":4040\n"
#define NETWORK                                                                                    \
  NODE ("north", "1")                                                                              \
  NODE ("south", "2")                                                                              \
  NODE ("rain", "3")                                                                               \
  NODE ("ruth", "4")                                                                               \
  "0.0  south  seed  north:4040\n"                                                                 \
  "0.0  rain   seed  north:4040\n"                                                                 \
  "0.0  ruth   seed  south:4040\n"                                                                 \
  "0.1  north  global\n"                                                                           \
  "0.1  south  global\n" UP ("0.1", "north", "south") UP ("0.2", "rain", "north")                  \
      UP ("0.2", "ruth", "south") "0.2  rain  master  north\n"                                     \
                                  "0.2  ruth  master  south\n"                                     \
                                  "0.2  world fault   9 calm\n"                                    \
                                  "0.3  rain  note\n"                                              \
                                  "0.3  ruth  note\n"

/* rain sets a key; ruth watches the family and is told: 29 to 32. */
#define WATCHED                                                                                    \
  "1.0  rain  db_set      work a 7\n"                                                              \
  "2.0  ruth  db_monitor  5 work\n"                                                                \
  "2.1  ruth  db_change   5 work a 7 added\n"                                                      \
  "2.1  ruth  db_told     5 work 7 first\n"

/* --- Told step by step --- */

static void
test_told (void)
{
  g_test_summary ("What there is, then a change, a new key and a deletion.");

  g_autoptr (Story) story = PLAY (NETWORK WATCHED, "3.0  rain  db_set     work a 8\n"
                                                   "3.0  rain  db_set     work b 1\n"
                                                   "3.1  ruth  db_change  5 work a 8 changed\n"
                                                   "3.1  ruth  db_change  5 work b 1 added\n"
                                                   "3.1  ruth  db_told    5 work 9 change\n"
                                                   "4.0  rain  db_delete  work a\n"
                                                   "4.1  ruth  db_change  5 work a 0 deleted\n"
                                                   "4.1  ruth  db_told    5 work 1 change\n"
                                                   "5.0  ruth  db_dropped 5\n");
  story_is_fine (story, 11, 3);
}

static void
test_empty_first (void)
{
  g_test_summary ("That there is nothing is told, too.");

  g_autoptr (Story) story = PLAY (NETWORK, "2.0  ruth  db_monitor  5 work\n"
                                           "2.1  ruth  db_told     5 work 0 first\n");
  story_is_fine (story, 11, 1);
}

static const struct
{
  const char *name;
  const char *story; /* behind WATCHED; the breach is in its last line but … */
  uint64_t line;
  const char *text;
} wrong[] = {
  { "added-twice",
    "3.1  ruth  db_change  5 work a 7 added\n"
    "3.1  ruth  db_told    5 work 7 change\n",
    33, "ruth's monitor 5 of family work is told at 3.100 s of key a as added, which it knew" },
  { "changed-unknown",
    "3.0  rain  db_set     work b 1\n"
    "3.1  ruth  db_change  5 work b 1 changed\n"
    "3.1  ruth  db_told    5 work 8 change\n",
    34, "key b as changed, which it never knew" },
  { "deleted-unknown",
    "3.1  ruth  db_change  5 work b 0 deleted\n"
    "3.1  ruth  db_told    5 work 7 change\n",
    33, "key b as deleted, which it never knew" },
  { "changed-to-the-same",
    "3.1  ruth  db_change  5 work a 7 changed\n"
    "3.1  ruth  db_told    5 work 7 change\n",
    33, "key a as changed, but its value is the one it knew" },
  { "twice-in-one-call",
    "3.1  rain  db_set     work a 8\n"
    "3.1  ruth  db_change  5 work a 0 deleted\n"
    "3.1  ruth  db_change  5 work a 8 added\n"
    "3.1  ruth  db_told    5 work 8 change\n",
    35, "key a twice in one call" },
  { "no-word",
    "3.1  rain  db_set     work a 8\n"
    "3.1  ruth  db_change  5 work a 8\n"
    "3.1  ruth  db_told    5 work 8 change\n",
    34, "without a word whether" },
  { "first-twice", "3.1  ruth  db_told  5 work 7 first\n", 33,
    "is told what there is for a second time at 3.100 s" },
  { "nothing-changed", "3.1  ruth  db_told  5 work 7 change\n", 33,
    "is told of a change, but nothing has changed" },
  { "wrong-sum",
    "3.0  rain  db_set     work b 1\n"
    "3.1  ruth  db_change  5 work b 1 added\n"
    "3.1  ruth  db_told    5 work 9 change\n"
    "3.2  rain  db_set     work b 2\n"
    "3.3  ruth  db_change  5 work b 2 changed\n"
    "3.3  ruth  db_told    5 work 10 change\n", /* wrong by the same: that was said */
    35, "is shown another family at 3.100 s than the 2 keys it was told of" },
  { "invented-value",
    "3.1  ruth  db_change  5 work a 9 changed\n"
    "3.1  ruth  db_told    5 work 9 change\n",
    33,
    "ruth's monitor 5 of family work is told at 3.100 s of a value of key a that nobody ever set; "
    "rain set another one at 1.000 s (line 29)" },
  { "invented-key",
    "3.1  ruth  db_change  5 work b 9 added\n"
    "3.1  ruth  db_told    5 work 16 change\n",
    33, "of a value of key b that nobody ever set; nobody has set the key" },
  { "another-key's-value",
    "3.0  rain  db_set     work b 1\n"
    "3.1  ruth  db_change  5 work b 7 added\n"
    "3.1  ruth  db_told    5 work 14 change\n",
    34, "value of key b that nobody ever set; rain set another one at 3.000 s (line 33)" },
  { "another-family's-value",
    "3.0  rain  db_set     play b 1\n"
    "3.1  ruth  db_change  5 work b 1 added\n"
    "3.1  ruth  db_told    5 work 8 change\n",
    34, "value of key b that nobody ever set" },
  { "dropped-told",
    "3.0  ruth  db_dropped 5\n"
    "3.1  rain  db_set     work a 8\n"
    "3.1  ruth  db_change  5 work a 8 changed\n"
    "3.1  ruth  db_told    5 work 8 change\n",
    36,
    "ruth's monitor 5 of family work is told something at 3.100 s, but it was dropped at line 33" },
  { "nobody-told", "3.1  ruth  db_told  6 work 0 first\n", 33, "but there is no such monitor" },
  { "of-another-family", "3.1  ruth  db_told  5 play 0 first\n", 33,
    "ruth's monitor 5 of family play is told something at 3.100 s, but there is no such monitor" },
  { "dropped-twice", "3.1  ruth  db_dropped  5\n3.2  ruth  db_dropped  5\n", 34,
    "ruth dropped its database monitor 5 at 3.200 s, but it has none" },
  { "number-taken", "3.1  ruth  db_monitor  5 play\n", 33, "there is one of this number since" },
  { "deleted-unset", "3.1  rain  db_delete  work b\n", 33,
    "rain deleted key b of family work at 3.100 s, which it has not set" },
  { "deleted-of-another", "3.1  ruth  db_delete  work a\n", 33, "which it has not set" },
  { "answered-twice",
    "3.0  ruth  db_query   1 work family\n"
    "3.1  ruth  db_answer  1 work 7\n"
    "3.2  ruth  db_answer  1 work 7\n",
    35, "ruth is given an answer to question 1 at 3.200 s, which it never asked, or" },
  { "answer-for-another",
    "3.0  ruth  db_query   1 work family\n"
    "3.1  rain  db_answer  1 work 7\n",
    34, "rain is given an answer to question 1" },
  { "answer-of-another-family",
    "3.0  ruth  db_query   1 work family\n"
    "3.1  ruth  db_answer  1 play 0\n",
    34, "ruth asked for family work, and is answered what play has" },
  { "asked-twice",
    "3.0  ruth  db_query   1 work family\n"
    "3.1  ruth  db_query   1 work keys\n",
    34, "ruth asks question 1 at 3.100 s, but one of this number waits since 3.000 s" },
};

static void
test_wrong (void)
{
  g_test_summary ("Each wrong step is told once, at its line.");

  for (unsigned i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_test_message ("%s", wrong[i].name);
      g_autoptr (Story) story = PLAY (NETWORK WATCHED, wrong[i].story);
      story_breaks (story, 11, wrong[i].line, wrong[i].text);
    }
}

static void
test_change_first (void)
{
  g_test_summary ("A change is told before what there is.");

  g_autoptr (Story) story = PLAY (NETWORK, "1.0  rain  db_set      work a 7\n"
                                           "2.0  ruth  db_monitor  5 work\n"
                                           "2.1  ruth  db_change   5 work a 7 added\n"
                                           "2.1  ruth  db_told     5 work 7 change\n");
  story_breaks (story, 11, 32, "is told of a change before it was told what there is");
}

static void
test_old_values (void)
{
  g_test_summary (
      "A value that was replaced, or whose node is dead, may still be under way: it was "
      "set once.");

  g_autoptr (Story) story = PLAY (NETWORK, "1.0  rain  db_set      work a 7\n"
                                           "1.1  rain  db_set      work a 8\n"
                                           "1.2  rain  db_set      work b 1\n"
                                           "1.3  rain  db_delete   work b\n"
                                           "1.4  rain  process_end 1 killed\n"
                                           "2.0  ruth  db_monitor  5 work\n"
                                           "2.1  ruth  db_change   5 work a 7 added\n"
                                           "2.1  ruth  db_change   5 work b 1 added\n"
                                           "2.1  ruth  db_told     5 work 8 first\n"
                                           "2.2  ruth  db_change   5 work a 8 changed\n"
                                           "2.2  ruth  db_told     5 work 9 change\n");
  story_is_fine (story, 11, 2);
}

static void
test_perl (void)
{
  g_test_summary ("With a node that tells no story in the network, values may be from there.");

  g_autoptr (Story) story = PLAY_CALM (NETWORK WATCHED, "3.0  south db_set     work z 1\n"
                                                        "3.0  ruth  node_up    perl 7\n"
                                                        "3.1  ruth  db_change  5 work p 9 added\n"
                                                        "3.1  ruth  db_told    5 work 16 change\n");
  story_is_fine (story, 11, 2);
}

static void
test_restart (void)
{
  g_test_summary ("A new process has no monitors, questions and keys of the old one.");

  g_autoptr (Story) story = PLAY (NETWORK WATCHED, "3.0  ruth  db_query       1 work keys\n"
                                                   "4.0  ruth  process_end    1 killed\n"
                                                   "4.0  ruth  process_start  2 500\n"
                                                   "4.0  ruth  node_start     41\n"
                                                   "5.0  ruth  db_monitor     5 work\n"
                                                   "5.1  ruth  db_change      5 work a 7 added\n"
                                                   "5.1  ruth  db_told        5 work 7 first\n"
                                                   "6.0  ruth  db_query       1 work keys\n");
  story_is_fine (story, 11, 2);
}

/* --- At the end --- */

static void
test_equal (void)
{
  g_test_summary ("All know what the others have set, and every answer says so.");

  const AempValue key = { .type = AEMP_TEXT, .length = 1, .as.string = "a" };
  g_autofree char *keys = g_strdup_printf ("60.1  rain  db_answer  2 work %" G_GUINT64_FORMAT "\n",
                                           aemp_value_hash (&key));
  g_autoptr (Story) story = PLAY_CALM (NETWORK WATCHED,
                                       "60.0  ruth  db_query   1 work family\n"
                                       "60.0  rain  db_query   2 work keys\n"
                                       "60.0  rain  db_query   3 work values\n"
                                       "60.1  ruth  db_answer  1 work 7\n",
                                       keys, "60.1  rain  db_answer  3 work 4\n");
  story_is_fine (story, 11, 4);
}

static const struct
{
  const char *name;
  const char *story; /* behind WATCHED */
  uint64_t line;     /* 0: it is fine */
  const char *text;
} ends[] = {
  { "equal", "", 0, NULL },
  { "missing", "3.0  rain  db_set  work b 1\n", 33,
    "ruth's monitor 5 of family work does not know key b, which rain set at 3.000 s (line 33): "
    "south "
    "speaks for ruth, north for rain, and they are connected" },
  { "missing-and-apart",
    "3.0  east   process_start  1 500\n"
    "3.0  east   node_start  9\n"
    "3.0  east   global\n" UP ("3.1", "east", "north")
        UP ("3.1", "east", "south") "3.5  north  node_down  south reset\n"
                                    "3.5  south  node_down  north reset\n"
                                    "4.0  rain   db_set  work b 1\n",
    42,
    "does not know key b, which rain set at 4.000 s (line 42): south speaks for ruth, north for "
    "rain, and they are not connected: south lost north at 3.500 s (line 41)" },
  { "other-network", /* promise 12 tells of that */
    "3.0  ruth   db_change  5 work a 0 deleted\n"
    "3.0  ruth   db_told    5 work 0 change\n"
    "3.5  north  node_down  south reset\n"
    "3.5  south  node_down  north reset\n",
    0, NULL },
  { "other-network-left-over",
    "3.5  north  node_down  south reset\n"
    "3.5  south  node_down  north reset\n",
    31,
    "ruth's monitor 5 of family work still has key a, told at 2.100 s, which only rain has set, "
    "who is not in its network" },
  { "stale", "3.0  rain  db_set  work a 8\n", 33,
    "has another value of key a than rain set at 3.000 s (line 33), the one of rain (line 29): "
    "south" },
  { "left-over", "3.0  rain  db_delete  work a\n", 31,
    "still has key a, told at 2.100 s, which rain took back at 3.000 s" },
  { "left-over-of-the-dead", "3.0  rain  process_end  1 killed\n", 31,
    "still has key a, told at 2.100 s, which rain had set until its process ended at 3.000 s" },
  { "left-over-of-old", /* told again after everybody had forgotten it */
    "3.0  rain  db_set     work b 1\n"
    "3.1  rain  db_delete  work b\n"
    "3.2  ruth  db_change  5 work b 1 added\n"
    "3.2  ruth  db_told    5 work 8 change\n",
    35, "still has key b, told at 3.200 s, which nobody has set any more" },
  { "late", /* half of the time is over: it may be under way */
    "60.0  rain  db_set     work b 1\n"
    "60.0  rain  db_delete  work a\n",
    0, NULL },
  { "untold", "3.0  rain  db_monitor  6 play\n", 33,
    "rain's monitor 6 of family play waits since 3.000 s to be told what there is: north speaks "
    "for it" },
  { "untold-late", "60.0  rain  db_monitor  6 play\n", 0, NULL },
  { "untold-without-master",
    "3.0  ruth  node_down   south reset\n"
    "3.0  ruth  master      -\n"
    "4.0  ruth  db_monitor  6 play\n",
    35,
    "waits since 4.000 s to be told what there is: ruth has no master since 3.000 s (line 34); of "
    "its seeds, ruth lost south" },
  { "unfinished", "3.0  rain  db_set  work b 1\n3.1  ruth  db_change  5 work b 1 added\n", 34,
    "was about to be told of 1 keys at 3.100 s, and never was" },
  { "unanswered", "3.0  ruth  db_query  1 work keys\n", 33,
    "ruth waits since 3.000 s for the answer to question 1, what family work has: south speaks for "
    "it" },
  { "unanswered-late", "60.0  ruth  db_query  1 work keys\n", 0, NULL },
  { "answered", "9.0  ruth  db_query  1 work family\n9.1  ruth  db_answer  1 work 7\n", 0, NULL },
  { "wrong-answer", "60.0  ruth  db_query  1 work family\n60.1  ruth  db_answer  1 work 8\n", 33,
    "ruth asked at 60.000 s for the keys and values of family work, and the answer (line 34) is "
    "not "
    "what the nodes have set" },
  { "wrong-keys", "60.0  ruth  db_query  1 work keys\n60.1  ruth  db_answer  1 work 8\n", 33,
    "for the keys of family work" },
  { "answer-while-it-changes",
    "9.0  ruth  db_query  1 work family\n9.1  ruth  db_answer  1 work 0\n", 0, NULL },
  { "answer-after-a-late-change", /* later than monitors are judged, and quiet since */
    "60.0  rain  db_set     work b 5\n"
    "60.1  ruth  db_change  5 work b 5 added\n"
    "60.1  ruth  db_told    5 work 12 change\n"
    "85.0  ruth  db_query   1 work family\n"
    "85.1  ruth  db_answer  1 work 12\n",
    0, NULL },
  { "wrong-answer-after-a-late-change",
    "60.0  rain  db_set     work b 5\n"
    "60.1  ruth  db_change  5 work b 5 added\n"
    "60.1  ruth  db_told    5 work 12 change\n"
    "85.0  ruth  db_query   1 work family\n"
    "85.1  ruth  db_answer  1 work 7\n",
    36, "is not what the nodes have set" },
  { "values-differ",
    "60.0  ruth  db_query  1 work values\n60.1  ruth  db_answer  1 work 4\n"
    "61.0  rain  db_query  1 work values\n61.1  rain  db_answer  1 work 5\n",
    35, "is not the one that ruth was given (line 34)" },
  { "wrong-answers-of-one", /* one fault, told once */
    "60.0  ruth  db_query  1 work family\n60.1  ruth  db_answer  1 work 8\n"
    "60.2  ruth  db_query  2 work family\n60.3  ruth  db_answer  2 work 9\n",
    33, "is not what the nodes have set" },
  { "values-of-nothing", "60.0  ruth  db_query  1 play values\n60.1  ruth  db_answer  1 play 4\n",
    33, "for the values of family play, and the answer (line 34) is not what the nodes have set" },
};

static void
test_ends (void)
{
  g_test_summary ("What is missing at the end is told, and who waits for what.");

  for (unsigned i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      g_test_message ("%s", ends[i].name);
      g_autoptr (Story) story = PLAY_CALM (NETWORK WATCHED, ends[i].story);
      if (ends[i].line > 0)
        story_breaks (story, 11, ends[i].line, ends[i].text);
      else
        g_assert_cmpuint (story->findings.kept->len, ==, 0);
      if (!g_str_has_prefix (ends[i].name, "unfinished"))
        {
          g_autoptr (Story) goes_on = PLAY (NETWORK WATCHED, ends[i].story);
          g_assert_cmpuint (goes_on->findings.kept->len, ==, 0);
        }
    }
}

/* --- One key, several values --- */

/* south has set another value of a, and rain watches, too: 33 to 34. */
#define CONFLICT                                                                                   \
  "3.0  south  db_set      work a 20\n"                                                            \
  "3.0  rain   db_monitor  6 work\n"

static void
test_conflict (void)
{
  g_test_summary ("A key that two nodes have set has one of the values, the same everywhere.");

  g_autoptr (Story) same
      = PLAY_CALM (NETWORK WATCHED CONFLICT, "3.1  rain  db_change  6 work a 7 added\n"
                                             "3.1  rain  db_told    6 work 7 first\n");
  story_is_fine (same, 11, 2);

  g_autoptr (Story) differs
      = PLAY_CALM (NETWORK WATCHED CONFLICT, "3.1  rain  db_change  6 work a 20 added\n"
                                             "3.1  rain  db_told    6 work 20 first\n");
  story_breaks (
      differs, 11, 33,
      "rain's monitor 6 of family work has for key a what south set at 3.000 s (line 33), "
      "but ruth's monitor 5 has what rain set at 1.000 s (line 29)");

  g_autoptr (Story) neither
      = PLAY_CALM (NETWORK WATCHED "2.5  rain  db_set     work a 8\n"
                                   "2.6  ruth  db_change  5 work a 8 changed\n"
                                   "2.6  ruth  db_told    5 work 8 change\n",
                   "3.0  south  db_set  work a 20\n"
                   "3.1  rain   db_set  work a 7\n");
  story_breaks (neither, 11, 36,
                "ruth's monitor 5 of family work has another value of key a than south set at");

  g_autoptr (Story) none
      = PLAY_CALM (NETWORK WATCHED CONFLICT, "3.1  rain  db_told  6 work 0 first\n");
  story_breaks (none, 11, 29, "rain's monitor 6 of family work does not know key a");
}

static void
test_agreed (void)
{
  g_test_summary ("Several nodes set the same value: that is no conflict; one of them is gone, and "
                  "the other's stays.");

  g_autoptr (Story) story = PLAY_CALM (NETWORK WATCHED "3.0  south  db_set       work a 7\n"
                                                       "4.0  rain   process_end  1 killed\n");
  story_is_fine (story, 11, 1);
}

static void
test_vacuous (void)
{
  g_test_summary ("Without monitors and questions nothing was judged.");

  g_autoptr (Story) story = PLAY_CALM (NETWORK, "1.0  rain  db_set  work a 7\n");
  story_is_fine (story, 11, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add_func ("/check-database/" name, function)
  ADD ("told", test_told);
  ADD ("empty-first", test_empty_first);
  ADD ("wrong", test_wrong);
  ADD ("change-first", test_change_first);
  ADD ("old-values", test_old_values);
  ADD ("perl", test_perl);
  ADD ("restart", test_restart);
  ADD ("equal", test_equal);
  ADD ("ends", test_ends);
  ADD ("conflict", test_conflict);
  ADD ("agreed", test_agreed);
  ADD ("vacuous", test_vacuous);
  return g_test_run ();
}
