/* tests/unit/test-scenario-print.c - a scenario that is written parses to the same one. */
#include "scenario-try.h"

#include <string.h>

/* Everything that the language can say. */
static const char everything[]
    = "scenario \"all of \\\\ \\\"it\\\"\\tand\\nmore\"\n"
      "node rain seeds worker3,worker1..2,ruth global\n"
      "node ruth secret \"a b#c\" cert brief framing_format=\"cbor,json\" monitor_timeout=1500ms\n"
      "nodes worker 8..12 seeds rain,ruth\n"
      "nodes worker 1..7 seeds worker1..7 cert other\n"
      "node a01\nnode a02\nnode a03\nnode x.y:/-\nnode z\n"
      "network delay 0s..1ms loss 0.015% rate 64kbit buffer 64KiB connect_retries=0 rto_max=90s "
      "lookup_max=1s\n"
      "link rain ruth rate unlimited\n"
      "link rain worker1..2 delay 1.5ms loss 2.5% buffer usual\n"
      "actor rain.sink sink\n"
      "actor worker*.talk flood rain.sink count 0 every 10ms size 3\n"
      "actor x.y:/-.chat chat_client \"\" rain.sink say \"say\"\n"
      "expect rain.sink \"once\"\n"
      "expect worker3.talk \"never\" \"within\" never\n"
      "expect worker4.talk told 3 3 times within 0s\n"
      "expect worker4.talk \"times\" \"times\" within 1s\n"
      "at 5s cut {worker1..4 rain} | {worker5..9 ruth a01}\n"
      "cut a* -> x*\n"
      "at 20s heal\n"
      "at 10s heal rain ruth ; expect rain.sink got once within bound\n"
      "within bound all connected\n"
      "within 1m databases equal,one network\n"
      "at 20s kill a01 a02 a03 worker9..10\n"
      "at 90s vanish *y* ; restart * ; reset a* | worker9..11\n"
      "at 100s storm 20s cut any every 3s..5s for 1s,cut one of a* every 3s,kill any of a02 rain "
      "every 2s..2s, vanish any every 1s..20s for 0s..7s, reset one every 2.5s\n"
      "kill a03\n"
      "at 130s pause worker5..7 rain for 1500ms\n"
      "clock rain,worker1..3 jump -90m ; clock ruth offset 1500us ; clock * drift -0.02%\n"
      "cut rain -> ruth refusing ; cut worker1 | worker2 worker3 refusing\n"
      "at 140s stall rain -> ruth for 2s ; stall a* | {rain worker6} for 1500us ; stall worker6 "
      "rain for 1m\n"
      "half-close rain -> ruth worker1 ; half-close a* | worker6\n"
      "slow worker1..3 rain to 64kbit for 5s ; accept rain after 1s for 10s\n"
      "accept ruth after 0s..1.5s for 10s ; refuse a* for 9s\n"
      "lookup rain,ruth fails for 5s ; lookup a* fails 12.5% for 5s ; lookup worker6 takes 1s..2s "
      "for 9s\n"
      "at 142s heal\n"
      "at 150s storm 20s cut any one-way every 1s, cut one of a* refusing every 2s for 1s, "
      "cut any of rain ruth one-way refusing every 3s, pause any every 1s, clock any every 1s, "
      "stall one every 1s, stall any every 1s for 3s, half-close any every 9s, half-close one "
      "every 8s, "
      "slow any every 9s, accept any of worker6 every 1s, refuse any every 5s, lookup any every "
      "5s\n"
      "at 3m calm\n"
      "within 2.5s all connected\n"
      "check monitors 1 13\n"
      "seed 18446744073709551615\n"
      "decide link/rain-ruth/1/there/loss 1448 1\n"
      "decide \"nothing\" 0 0 ; decide \"a b\" 18446744073709551615 4294967295\n"
      "decide nothing else\n"
      "reach \"pair: both dialed, the lower node's connection stays\"\n"
      "reach node_down rain ruth ; reach listen x.y:/-\n"
      "until 1h\n";

static void
test_round_trip (void)
{
  g_test_summary ("Everything that can be said is written so that it parses to an equal scenario, "
                  "and writing that one gives the same text.");

  g_autoptr (Scenario) scenario = try_parse (everything);
  g_autofree char *text = scenario_print (scenario);
  g_autoptr (Scenario) again = try_parse (text);
  g_autofree char *text_again = scenario_print (again);

  g_assert_cmpstr (text, ==, text_again);
  g_assert_true (scenario_equal (scenario, again));
}

static void
test_text (void)
{
  g_test_summary ("What is written is readable: ranges are ranges, units fit, the story is in the "
                  "order of time and says each time once.");

  g_autoptr (Scenario) scenario
      = try_parse ("node rain\nnodes w 1..4 seeds rain\nactor rain.s sink\n"
                   "network loss 1.50% rate 2000000bit\n"
                   "actor w2.f flood every 1500us rain.s\n"
                   "at 20s heal ; at 5s cut rain w4 | w1..3 ; kill w1 w3\n"
                   "expect w2.f told transport_error once within 500ms\n"
                   "at 20s within 30s databases equal, all connected\ncheck 1 delivery\n"
                   "storm 10s cut any every 1s..2000ms,kill any of w2..4 rain every 1s for 5s\n"
                   "calm\n");
  g_autofree char *text = scenario_print (scenario);

  g_assert_cmpstr (text, ==,
                   "scenario \"try.scn\"\n"
                   "node rain\n"
                   "node w1  seeds rain\n"
                   "node w2  seeds rain\n"
                   "node w3  seeds rain\n"
                   "node w4  seeds rain\n"
                   "network  delay 1ms..10ms  loss 1.5%  rate 2Mbit\n"
                   "actor rain.s  sink\n"
                   "actor w2.f  flood every 1.5ms rain.s\n"
                   "at 5s  cut {rain w4} | {w1..3}\n"
                   "kill {w1 w3}\n"
                   "expect w2.f told transport_error once within 500ms\n"
                   "at 20s  heal\n"
                   "storm 10s  cut any every 1s..2s for 1s..10s, kill any of {rain w2..4} every 1s "
                   "for 5s\n"
                   "at 20s  within 30s  all connected, databases equal\n"
                   "at 30s  calm\n"
                   "check delivery 1\n");
}

static void
test_differences (void)
{
  g_test_summary ("Two scenarios that differ in one thing are not equal, whichever it is.");

  static const struct
  {
    const char *from;
    const char *to;
  } changes[] = {
    { "all of", "some of" },
    { " global\n", "\n" },
    { "a b#c", "a b" },
    { "cbor,json", "json,cbor" },
    { "1500ms\n", "1501ms\n" },
    { "worker3,worker1..2", "worker1..3" },
    { "node z", "node zz" },
    { "0s..1ms", "0s..2ms" },
    { "databases equal,one", "all connected,one" },
    { "0.015%", "0.01%" },
    { "64kbit", "65kbit" },
    { "64KiB", "65KiB" },
    { "connect_retries=0", "connect_retries=1" },
    { "rain ruth rate unlimited", "rain ruth loss 0.015%" },
    { "link rain ruth", "link rain a01" },
    { "rain.sink sink", "rain.sink echo" },
    { "every 10ms", "every 11ms" },
    { "count 0 every 10ms", "every 10ms count 0" },
    { "say \"say\"", "" },
    { "rain.sink \"once\"", "rain.sink twice" },
    { "\"within\" never", "\"within\" once" },
    { "told 3 3 times", "told 4 3 times" },
    { "3 times", "4 times" },
    { "within 0s", "within 1us" },
    { "worker5..9 ruth a01", "worker5..9 ruth a02" },
    { "a* -> x*", "a* | x*" },
    { "at 20s heal", "at 20s reset rain ruth" },
    { "at 20s heal", "at 21s heal" },
    { "within bound all", "within 11h all" },
    { "got once within bound", "got once" },
    { "storm 20s", "storm 20001ms" },
    { "storm 20s", "storm 20s vanish any every 1s," },
    { "cut any every", "kill any every" },
    { "3s..5s for", "4s..5s for" },
    { "3s..5s for", "3s..6s for" },
    { "for 0s..7s", "for 1s..7s" },
    { "for 0s..7s", "for 0s..8s" },
    { "of a02 rain", "of a02 ruth" },
    { "reset one", "reset any" },
    { "any one-way every", "any every" },
    { "a* refusing every", "a* every" },
    { "stall rain -> ruth", "stall rain | ruth" },
    { "ruth for 2s", "ruth for 3s" },
    { "half-close rain ->", "half-close rain |" },
    { "to 64kbit", "to 65kbit" },
    { "after 0s..1.5s", "after 1s..1.5s" },
    { "after 0s..1.5s", "after 0s..1.6s" },
    { "fails 12.5%", "fails 12%" },
    { "fails 12.5%", "takes 12s" },
    { "pause any every", "refuse any every" },
    { "check monitors 1", "check monitors delivery" },
    { "check monitors 1 13", "check monitors 1" },
    { "until 1h", "until 2h" },
  };
  g_autoptr (Scenario) scenario = try_parse (everything);

  for (unsigned i = 0; i < G_N_ELEMENTS (changes); i++)
    {
      g_autoptr (GString) text = g_string_new (everything);
      g_autoptr (GError) error = NULL;
      g_assert_cmpuint (g_string_replace (text, changes[i].from, changes[i].to, 1), ==, 1);
      if (g_str_equal (changes[i].to, "within 11h all"))
        g_string_replace (text, "until 1h", "until 12h", 1);
      g_autoptr (Scenario) other = scenario_parse (text->str, "try.scn", try_kinds, &error);
      g_assert_no_error (error);
      if (scenario_equal (scenario, other))
        g_error ("no difference between %s and %s", changes[i].from, changes[i].to);
    }
}

static void
test_explain (void)
{
  g_test_summary ("A scenario is explained in sentences: nodes that are alike together, each thing "
                  "that happens with its time and line.");

  g_autoptr (Scenario) scenario
      = try_parse ("scenario \"a cut\"\n"
                   "node rain global\nnodes w 1..4 seeds rain monitor_timeout=10s\n"
                   "link rain w1 loss 5%\n"
                   "actor rain.sink sink\nactor w*.talk flood rain.sink every 20ms\n"
                   "expect w*.talk told transport_error once\n"
                   "at 5s cut w1..2 | rain\n"
                   "at 9s heal ; storm 20s cut one every 1s for 2s, reset any of w* every 1s..9s, "
                   "kill any every 5s, vanish any every 3s\n"
                   "at 9s within 20s all connected\n"
                   "check 1 2\n");
  g_autofree char *text = scenario_explain (scenario);

  g_assert_cmpstr (
      text, ==,
      "a cut\n"
      "5 nodes:\n"
      "  rain is a global node\n"
      "  w1..4 connect to rain; monitor_timeout is 10s\n"
      "Between them a packet takes 1ms..10ms, none is lost, the rate is unlimited.\n"
      "  between rain and w1 a packet takes 1ms..10ms, 5% is lost, the rate is "
      "unlimited\n"
      "Actors:\n"
      "  sink on rain: sink\n"
      "  talk on w1..4: flood rain.sink every 20ms\n"
      "What happens:\n"
      "  at 5s nothing passes any more between w1, w2 and rain  (line 8)\n"
      "  at 9s heals what is cut anywhere  (line 9)\n"
      "  at 9s begins a storm of 20s, by chance: nothing passes any more between two of "
      "rain, w1..4, every 1s, for 2s; all connections are reset between two sides of "
      "w1..4, every 1s..9s; the process is killed of one of rain, w1..4, every 5s, for "
      "1s..10s; the power is taken from one of rain, w1..4, every 3s, for 1s..10s  "
      "(line 9)\n"
      "What is expected:\n"
      "  from 0s to 30s talk on w1..4 each remark told transport_error once  "
      "(line 7)\n"
      "  from 9s to 29s the network becomes whole  (line 10)\n"
      "Judged by the promises 1 2.\n"
      "It ends at 30s.\n");
}

static void
test_explain_faults (void)
{
  g_test_summary ("Each fault is explained in words of its own, by itself and in a storm.");

  static const struct
  {
    const char *said;
    const char *explained;
  } cases[] = {
    { "stall rain -> ruth for 2s", "nothing is delivered from rain to ruth for 2s" },
    { "stall rain rose for 2s", "nothing is delivered between rain and rose for 2s" },
    { "half-close rain -> ruth", "ends what is sent from rain to ruth" },
    { "slow rain ruth to 64kbit for 5s", "slows down the reading of rain, ruth to 64kbit for 5s" },
    { "accept rain after 1s..2s for 5s", "lets connections wait for rain, each 1s..2s, for 5s" },
    { "refuse rain for 5s", "lets nobody dial rain for 5s" },
    { "lookup ruth fails 12.5% for 5s", "disturbs the lookups of ruth: 12.5% fail, for 5s" },
    { "lookup ruth takes 1s for 9s", "disturbs the lookups of ruth: each takes 1s, for 9s" },
    { "pause rain for 1s", "pauses rain for 1s" },
    { "cut rain -> ruth refusing", "nothing passes any more from rain to ruth, with resets" },
    { "storm 5s pause any every 1s", "the process is paused of one of rain, ruth, rose, every 1s" },
    { "storm 5s clock any of ruth every 1s", "the clock goes wrong of one of ruth, every 1s" },
    { "storm 5s stall one every 1s for 1s",
      "nothing is delivered between two of rain, ruth, rose, every 1s, for 1s  (" },
    { "storm 5s half-close any every 1s",
      "what is sent is ended between two sides of rain, ruth, rose, every 1s  (" },
    { "storm 5s slow any every 1s", "the reading is slowed down of one of rain, ruth, rose" },
    { "storm 5s accept any every 1s", "connections have to wait for one of rain, ruth, rose" },
    { "storm 5s refuse any every 1s", "nobody can dial one of rain, ruth, rose" },
    { "storm 5s lookup any every 1s", "names are not found by one of rain, ruth, rose" },
    { "storm 5s cut any one-way refusing every 1s",
      "nothing passes any more between two sides of rain, ruth, rose, one way, with resets" },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *said
          = g_strconcat ("node rain\nnode ruth\nnode rose\n", cases[i].said, "\n", NULL);
      g_autoptr (Scenario) scenario = try_parse (said);
      g_autofree char *text = scenario_explain (scenario);
      if (!strstr (text, cases[i].explained))
        g_error ("%s:\n%s", cases[i].said, text);
    }
}

static void
test_after_pause (void)
{
  g_test_summary ("What is said of the end of a pause keeps its time, which only a storm moves.");

  g_autoptr (Scenario) scenario = try_parse ("node rain\nnode ruth\n"
                                             "at 1s pause rain for 2s\nat 3s reset rain ruth\n"
                                             "at 4s storm 1s kill any every 1s\nat 5s calm\n");
  g_autofree char *text = scenario_print (scenario);

  g_assert_nonnull (strstr (text, "\nat 1s  pause rain for 2s\nat 3s  reset rain | ruth\n"
                                  "at 4s  storm 1s  kill any every 1s for 1s..10s\ncalm\n"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/scenario/print/round-trip", test_round_trip);
  g_test_add_func ("/scenario/print/text", test_text);
  g_test_add_func ("/scenario/equal/differences", test_differences);
  g_test_add_func ("/scenario/explain", test_explain);
  g_test_add_func ("/scenario/explain/faults", test_explain_faults);
  g_test_add_func ("/scenario/print/after-pause", test_after_pause);
  return g_test_run ();
}
