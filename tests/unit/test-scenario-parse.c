/* tests/unit/test-scenario-parse.c - what the language says becomes the right data. */
#include "scenario-try.h"

#include "engine/config.h"

#define SECOND_US (INT64_C (1000) * 1000)

static const ScenarioNode *
node_at (const Scenario *scenario, unsigned index)
{
  g_assert_cmpuint (index, <, scenario->nodes->len);
  return scenario->nodes->pdata[index];
}

static const ScenarioActor *
actor_at (const Scenario *scenario, unsigned index)
{
  g_assert_cmpuint (index, <, scenario->actors->len);
  return scenario->actors->pdata[index];
}

static const ScenarioAction *
action_at (const Scenario *scenario, unsigned index)
{
  g_assert_cmpuint (index, <, scenario->actions->len);
  return scenario->actions->pdata[index];
}

static const ScenarioExpect *
expect_at (const Scenario *scenario, unsigned index)
{
  g_assert_cmpuint (index, <, scenario->expects->len);
  return scenario->expects->pdata[index];
}

/* "rain worker1": the names of a set of indices. */
static void
assert_set (const Scenario *scenario, const GArray *set, const char *names)
{
  g_autoptr (GString) found = g_string_new (NULL);
  for (unsigned i = 0; i < set->len; i++)
    g_string_append_printf (found, "%s%s", i > 0 ? " " : "",
                            node_at (scenario, g_array_index (set, unsigned, i))->name);
  g_assert_cmpstr (found->str, ==, names);
}

static const ScenarioOption *
find_option (const ScenarioActor *actor, const char *key)
{
  for (unsigned i = 0; i < actor->options->len; i++)
    {
      const ScenarioOption *option = actor->options->pdata[i];
      if (g_str_equal (option->key, key))
        return option;
    }
  return NULL;
}

static void
test_nodes (void)
{
  g_test_summary ("Nodes have names, seeds that may stand further down, and settings; a numbered "
                  "group is as many nodes that are alike.");

  g_autoptr (Scenario) scenario
      = try_parse ("scenario \"who is \\\"there\\\"?\"  # a comment ; node no\n"
                   "node rain  seeds worker2..3,ruth,rain  global\r\n"
                   "\n"
                   "\tnode ruth  secret \"déjà vu\" cert brief  monitor_timeout=10s connect_interval = 1.5\n"
                   "nodes worker 1..3  seeds {rain, ruth} cert alone  framing_format=cbor,json\n");

  g_assert_cmpstr (scenario->title, ==, "who is \"there\"?");
  g_assert_cmpuint (scenario->nodes->len, ==, 5);
  const ScenarioNode *rain = node_at (scenario, 0), *ruth = node_at (scenario, 1);
  g_assert_cmpstr (rain->name, ==, "rain");
  g_assert_true (rain->global);
  g_assert_null (rain->secret);
  g_assert_cmpuint (rain->seeds->len, ==, 4);
  g_assert_cmpstr (rain->seeds->pdata[0], ==, "worker2");
  g_assert_cmpstr (rain->seeds->pdata[1], ==, "worker3");
  g_assert_cmpstr (rain->seeds->pdata[2], ==, "ruth");
  g_assert_cmpstr (rain->seeds->pdata[3], ==, "rain");
  g_assert_cmpuint (rain->line, ==, 2);
  g_assert_cmpstr (ruth->secret, ==, "déjà vu");
  g_assert_null (rain->certificate);
  g_assert_cmpstr (ruth->certificate->name, ==, "brief");
  g_assert_cmpstr (node_at (scenario, 4)->certificate->name, ==, "alone");
  g_assert_false (ruth->global);
  g_assert_cmpuint (ruth->settings->len, ==, 4);
  g_assert_cmpstr (ruth->settings->pdata[0], ==, "monitor_timeout");
  g_assert_cmpstr (ruth->settings->pdata[1], ==, "10s");
  g_assert_cmpstr (ruth->settings->pdata[2], ==, "connect_interval");
  g_assert_cmpstr (ruth->settings->pdata[3], ==, "1.5");
  g_assert_cmpuint (ruth->line, ==, 4);
  for (unsigned i = 2; i < 5; i++)
    {
      g_autofree char *name = g_strdup_printf ("worker%u", i - 1);
      g_assert_cmpstr (node_at (scenario, i)->name, ==, name);
      g_assert_cmpuint (node_at (scenario, i)->seeds->len, ==, 2);
      g_assert_cmpstr (node_at (scenario, i)->seeds->pdata[1], ==, "ruth");
      g_assert_cmpstr (node_at (scenario, i)->settings->pdata[1], ==, "cbor,json");
    }
}

static void
test_title (void)
{
  g_test_summary ("Without a `scenario` the name of the file is the title; byte order marks and "
                  "missing line ends do no harm.");

  g_autoptr (GError) error = NULL;
  g_autoptr (Scenario) scenario
      = scenario_parse ("\xef\xbb\xbfnode a", "some/where/small.scn", try_kinds, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (scenario->title, ==, "small.scn");
  g_assert_cmpstr (scenario->file, ==, "some/where/small.scn");
  g_assert_cmpuint (scenario->nodes->len, ==, 1);
}

static void
test_network (void)
{
  g_test_summary ("The network's statements add up; a link says some things itself and has the "
                  "rest from the network, wherever that stands in the file.");

  g_autoptr (Scenario) scenario
      = try_parse ("node rain\nnode ruth\nnodes w 1..2\n"
                   "link rain ruth  delay 5ms..40ms rate 10Mbit\n"
                   "link w* {rain ruth} buffer 64KiB\n"
                   "link ruth rain loss 100%\n"
                   "network delay 1ms..10ms loss 0.1% connect_retries=3\n"
                   "network loss 0.0001% rto_max=60s connect_retries=4\n");

  g_assert_cmpint (scenario->network.delay_min_us, ==, 1000);
  g_assert_cmpint (scenario->network.delay_max_us, ==, 10000);
  g_assert_cmpuint (scenario->network.loss_ppm, ==, 1);
  g_assert_cmpuint (scenario->network.rate_bits, ==, 0);
  g_assert_cmpuint (scenario->network_settings->len, ==, 4);
  g_assert_cmpint (scenario_network_value (scenario, "connect_retries"), ==, 4);
  g_assert_cmpint (scenario_network_value (scenario, "rto_max"), ==, 60 * SECOND_US);
  g_assert_cmpint (scenario_network_value (scenario, "data_retries"), ==, 15);

  g_assert_cmpuint (scenario->links->len, ==, 5);
  const ScenarioLink *first = scenario->links->pdata[0], *other = scenario->links->pdata[4];
  g_assert_cmpuint (first->one, ==, 0);
  g_assert_cmpuint (first->other, ==, 1);
  g_assert_cmpint (first->path.delay_min_us, ==, 5000);
  g_assert_cmpint (first->path.delay_max_us, ==, 40000);
  g_assert_cmpuint (first->path.loss_ppm, ==, 1000000);
  g_assert_cmpuint (first->path.rate_bits, ==, 10000000);
  g_assert_cmpuint (first->path.buffer_bytes, ==, 0);
  g_assert_cmpuint (other->one, ==, 1);
  g_assert_cmpuint (other->other, ==, 3);
  g_assert_cmpint (other->path.delay_max_us, ==, 10000);
  g_assert_cmpuint (other->path.loss_ppm, ==, 1);
  g_assert_cmpuint (other->path.buffer_bytes, ==, 65536);
}

static void
test_actors (void)
{
  g_test_summary ("Actors have a kind and what it takes, optional parts in any order; one "
                  "statement makes an actor on each node that fits.");

  g_autoptr (Scenario) scenario
      = try_parse ("node rain\nnodes worker 1..12\n"
                   "actor worker*.talk  flood rain.sink size 4KiB every 1.5ms\n"
                   "actor rain.sink sink\n"
                   "actor worker2..3.chat chat_client every rain.sink say \"once\\tmore\"\n"
                   "actor rain.pair  pair from rain.sink to worker1.talk 17\n"
                   "actor {worker4 rain, worker1..2 worker1}.echo echo\n");

  g_assert_cmpuint (scenario->actors->len, ==, 20);
  const ScenarioActor *talk = actor_at (scenario, 11), *chat = actor_at (scenario, 14);
  g_assert_cmpstr (talk->full_name, ==, "worker12.talk");
  g_assert_cmpstr (talk->name, ==, "talk");
  g_assert_cmpuint (talk->node, ==, 12);
  g_assert_cmpstr (talk->kind, ==, "flood");
  g_assert_cmpstr (talk->arguments, ==, "rain.sink size 4096 every 1.5ms");
  g_assert_cmpuint (talk->options->len, ==, 3);
  g_assert_cmpstr (find_option (talk, "target")->text, ==, "rain.sink");
  g_assert_cmpint (find_option (talk, "every_us")->number, ==, 1500);
  g_assert_null (find_option (talk, "every_us")->text);
  g_assert_cmpint (find_option (talk, "size_bytes")->number, ==, 4096);
  g_assert_null (find_option (talk, "count"));
  g_assert_cmpstr (actor_at (scenario, 12)->arguments, ==, "");
  g_assert_cmpstr (chat->full_name, ==, "worker3.chat");
  g_assert_cmpstr (find_option (chat, "nick")->text, ==, "every");
  g_assert_cmpstr (find_option (chat, "say")->text, ==, "once\tmore");
  g_assert_cmpint (find_option (actor_at (scenario, 15), "times")->number, ==, 17);
  g_assert_cmpstr (actor_at (scenario, 16)->full_name, ==, "rain.echo");
  g_assert_cmpstr (actor_at (scenario, 17)->full_name, ==, "worker1.echo");
  g_assert_cmpstr (actor_at (scenario, 18)->full_name, ==, "worker2.echo");
  g_assert_cmpstr (actor_at (scenario, 19)->full_name, ==, "worker4.echo");
  g_assert_cmpstr (actor_at (scenario, 19)->kind, ==, "echo");
}

static void
test_sets (void)
{
  g_test_summary ("Sets are names, patterns and ranges with blanks or commas between; inside the "
                  "scenario they are sorted and without doubles.");

  g_autoptr (Scenario) scenario = try_parse (
      "node rain\nnode ruth\nnodes worker 1..8\nnode a.b\nnode x-\n"
      "cut {rain worker1..4} | {ruth worker5..8}\n"
      "cut rain worker2 rain | {ruth,worker1} worker*8,a.b\n"
      "cut x-->rain\n"
      "heal\nheal rain ruth\nheal {rain worker1} | ruth worker2\nheal worker1,worker2 {ruth}\n"
      "kill w*r3 *8 worker3\nvanish rain,ruth\nrestart *\n"
      "reset rain worker1..2\n");

  g_assert_cmpuint (scenario->actions->len, ==, 11);
  assert_set (scenario, action_at (scenario, 0)->a, "rain worker1 worker2 worker3 worker4");
  assert_set (scenario, action_at (scenario, 0)->b, "ruth worker5 worker6 worker7 worker8");
  g_assert_false (action_at (scenario, 0)->one_way);
  assert_set (scenario, action_at (scenario, 1)->a, "rain worker2");
  assert_set (scenario, action_at (scenario, 1)->b, "ruth worker1 worker8 a.b");
  g_assert_true (action_at (scenario, 2)->one_way);
  assert_set (scenario, action_at (scenario, 2)->a, "x-");
  assert_set (scenario, action_at (scenario, 2)->b, "rain");
  g_assert_cmpuint (action_at (scenario, 3)->a->len, ==, 0);
  assert_set (scenario, action_at (scenario, 4)->b, "ruth");
  assert_set (scenario, action_at (scenario, 5)->b, "ruth worker2");
  assert_set (scenario, action_at (scenario, 6)->a, "worker1 worker2");
  assert_set (scenario, action_at (scenario, 7)->a, "worker3 worker8");
  assert_set (scenario, action_at (scenario, 8)->a, "rain ruth");
  g_assert_cmpuint (action_at (scenario, 9)->a->len, ==, 12);
  assert_set (scenario, action_at (scenario, 10)->b, "worker1 worker2");
}

static void
test_times (void)
{
  g_test_summary ("`at` counts from the start and holds for what follows, on the same line and on "
                  "the next ones; actions are sorted by time and keep their order within one.");

  g_autoptr (Scenario) scenario = try_parse ("node a\nnode b\n"
                                             "kill a\n"
                                             "at 20s  heal ; kill b\n"
                                             "vanish   a   # blanks are made one\n"
                                             "at 5s cut a->b ; at 1.5m  restart a,b\n"
                                             "at 20s reset a b\n"
                                             "at 1h calm\n");
  static const struct
  {
    ScenarioActionKind kind;
    int64_t at_us;
    const char *text;
    unsigned line;
  } expected[] = {
    { SCENARIO_KILL, 0, "kill a", 3 },
    { SCENARIO_CUT, 5 * SECOND_US, "cut a->b", 6 },
    { SCENARIO_HEAL, 20 * SECOND_US, "heal", 4 },
    { SCENARIO_KILL, 20 * SECOND_US, "kill b", 4 },
    { SCENARIO_VANISH, 20 * SECOND_US, "vanish a", 5 },
    { SCENARIO_RESET, 20 * SECOND_US, "reset a b", 7 },
    { SCENARIO_RESTART, 90 * SECOND_US, "restart a,b", 6 },
    { SCENARIO_CALM, 3600 * SECOND_US, "calm", 8 },
  };

  g_assert_cmpuint (scenario->actions->len, ==, G_N_ELEMENTS (expected));
  for (unsigned i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      const ScenarioAction *action = action_at (scenario, i);
      g_assert_cmpint (action->kind, ==, expected[i].kind);
      g_assert_cmpint (action->at_us, ==, expected[i].at_us);
      g_assert_cmpstr (action->text, ==, expected[i].text);
      g_assert_cmpuint (action->line, ==, expected[i].line);
    }
  g_assert_cmpint (scenario->until_us, ==, 3601 * SECOND_US);
}

static void
test_expects (void)
{
  g_test_summary ("Expectations count from the statement before, or from their own `at`; without "
                  "`within` they last until the end.");

  g_autoptr (Scenario) scenario = try_parse ("node rain\nnodes w 1..3\n"
                                             "actor rain.echo echo\n"
                                             "actor w2..3.watch watch rain.echo\n"
                                             "expect rain.echo ready\n"
                                             "at 5s  reset rain w*\n"
                                             "expect w*.watch told transport_error once within 1s\n"
                                             "within 30s  all connected\n"
                                             "expect rain.echo got \"once\" 3 times\n"
                                             "at 50s expect rain.echo got never within 2s\n"
                                             "expect {rain w1 w3}.watch told\n" /* w3 has one */
                                             "until 2m\n");

  g_assert_cmpuint (scenario->expects->len, ==, 7);
  g_assert_cmpstr (actor_at (scenario, expect_at (scenario, 6)->actor)->full_name, ==, "w3.watch");
  const ScenarioExpect *ready = expect_at (scenario, 0), *told = expect_at (scenario, 2);
  g_assert_cmpint (ready->from_us, ==, 0);
  g_assert_cmpint (ready->until_us, ==, 120 * SECOND_US);
  g_assert_cmpuint (ready->at_least, ==, 1);
  g_assert_cmpuint (ready->at_most, ==, G_MAXUINT);
  g_assert_true (ready->open);
  g_assert_cmpstr (actor_at (scenario, expect_at (scenario, 1)->actor)->full_name, ==, "w2.watch");
  g_assert_cmpstr (actor_at (scenario, told->actor)->full_name, ==, "w3.watch");
  g_assert_cmpstr (told->what, ==, "told");
  g_assert_cmpstr (told->value, ==, "transport_error");
  g_assert_cmpuint (told->at_least, ==, 1);
  g_assert_cmpuint (told->at_most, ==, 1);
  g_assert_cmpint (told->from_us, ==, 5 * SECOND_US);
  g_assert_cmpint (told->until_us, ==, 6 * SECOND_US);
  g_assert_cmpint (expect_at (scenario, 3)->kind, ==, SCENARIO_EXPECT_WHOLE);
  g_assert_cmpint (expect_at (scenario, 3)->until_us, ==, 35 * SECOND_US);
  g_assert_cmpstr (expect_at (scenario, 4)->value, ==, "once");
  g_assert_cmpuint (expect_at (scenario, 4)->at_least, ==, 3);
  g_assert_cmpuint (expect_at (scenario, 4)->at_most, ==, 3);
  g_assert_cmpint (expect_at (scenario, 4)->from_us, ==, 5 * SECOND_US);
  g_assert_null (expect_at (scenario, 5)->value);
  g_assert_cmpuint (expect_at (scenario, 5)->at_most, ==, 0);
  g_assert_cmpint (expect_at (scenario, 5)->from_us, ==, 50 * SECOND_US);
  g_assert_cmpint (expect_at (scenario, 5)->until_us, ==, 52 * SECOND_US);
}

static void
test_end (void)
{
  g_test_summary ("The run ends one second after the last time that is said, after ten seconds "
                  "when none is, or when `until` says.");

  g_autoptr (Scenario) untimed = try_parse ("node a\nactor a.e echo\nexpect a.e told\n");
  g_autoptr (Scenario) action = try_parse ("node a\nat 7s kill a\n");
  g_autoptr (Scenario) deadline = try_parse ("node a\nat 7s kill a\nwithin 3s all connected\n");
  g_autoptr (Scenario) open = try_parse ("node a\nactor a.e echo\nat 4s expect a.e told\nkill a\n");
  g_autoptr (Scenario) until = try_parse ("until 50ms\nnode a\n");

  g_assert_cmpint (untimed->until_us, ==, 10 * SECOND_US);
  g_assert_cmpint (expect_at (untimed, 0)->until_us, ==, 10 * SECOND_US);
  g_assert_cmpint (action->until_us, ==, 8 * SECOND_US);
  g_assert_cmpint (deadline->until_us, ==, 11 * SECOND_US);
  g_assert_cmpint (open->until_us, ==, 5 * SECOND_US);
  g_assert_cmpint (until->until_us, ==, 50 * 1000);
}

static void
test_bound (void)
{
  g_test_summary ("`within bound` is the longest wait of TCP, four monitor_timeouts, two "
                  "connect_intervals, and keepalive where a connection may be half open.");

  const char *nodes = "nodes a 1..3 monitor_timeout=10s\nnode b connect_interval=3s\n";
  const int64_t retries_us = (4 * 30 + 2 * 3) * SECOND_US;
  const int64_t keepalive_us = (7200 + 9 * 75) * SECOND_US;
  static const struct
  {
    const char *story;
    int64_t wait_us; /* TCP's */
    bool keepalive;
  } cases[] = {
    { "at 5s reset a1 b\n", 1000000, false },
    { "at 5s cut a* | b\nat 15s heal\n", 11000000, false },
    { "at 5s cut a* | b\nat 500s heal\n", 120000000, false },
    { "network rto_max=20s rto_first=3s\nat 5s cut a* | b\nat 10s heal\n", 8000000, false },
    { "network rto_max=20s\nat 5s cut a* | b\nat 100s heal\n", 20000000, false },
    { "at 5s cut a* | b\nat 6s kill a1\nat 15s heal\n", 11000000, true },
    { "at 5s cut a* | b\nat 15s heal ; kill a1\n", 11000000, false },
    { "at 5s vanish b\nat 6s restart b\n", 2000000, true },
    { "network loss 1%\nat 5s kill b ; restart b\n", 1000000, true },
    { "network loss 1%\nat 5s cut a* | b\nat 15s heal\n", 11000000, false },
    { "link a1 b loss 1%\nat 5s reset a1 b\n", 1000000, true },
    { "at 5s storm 10s kill any every 1s, reset any every 1s\n", 1000000, false },
    { "at 5s storm 10s cut any every 1s\n", 11000000, false },
    { "at 5s storm 500s cut any every 1s\n", 120000000, false },
    { "at 5s storm 10s vanish any every 1s\n", 11000000, true },
    { "at 5s storm 10s cut any every 1s, reset any every 1s\n", 11000000, true },
    { "at 5s storm 10s reset any every 1s, cut any every 1s\n", 11000000, true },
    { "at 5s storm 10s cut any every 1s\nat 9s kill b\nat 15s calm\n", 11000000, true },
    { "at 5s storm 10s kill any every 1s\nat 9s cut a1 | b\nat 15s calm\n", 7000000, true },
    { "at 5s storm 10s cut any every 1s\nat 20s kill b ; restart b\n", 16000000, false },
    { "at 5s storm 60s cut any every 1s\nat 15s calm\n", 11000000, false },
    /* Refusing: only one side is told. */
    { "at 5s cut a* -> b refusing\nat 15s heal\n", 11000000, true },
    { "at 5s storm 10s cut any refusing every 1s\n", 11000000, true },
    { "at 5s storm 10s cut any one-way every 1s\n", 11000000, false },
    /* The rest of what ends by itself, and nothing of what is over or calmed. */
    { "at 5s pause a1 for 10s\n", 11000000, false },
    { "at 5s pause a1 for 10s\nat 12s reset a1 b\n", 4000000, false },
    { "at 5s pause a1 for 10s\nat 16s reset a1 b\n", 1000000, false },
    { "at 5s pause a1 for 10s ; calm\n", 1000000, false },
    { "at 5s stall a1 -> b for 10s ; stall a2 b for 30s\n", 31000000, false },
    { "at 5s stall a1 -> b for 10s\nat 6s calm\n", 1000000, false },
    { "at 5s slow a1 to 1kbit for 10s\n", 11000000, false },
    { "at 5s accept a1 after 1h for 10s\n", 11000000, false },
    { "at 5s refuse a1 for 10s\n", 11000000, false },
    { "at 5s lookup a1 fails for 10s\n", 11000000, false },
    { "at 5s lookup a1 takes 1h for 10s\n", 11000000, false },
    { "network lookup_max=3002ms\nat 5s reset a1 b\n", 1000000 + 2 * 3000000, false },
    /* An end may be answered with a reset, which may get lost. */
    { "at 5s half-close a1 -> b\n", 1000000, false },
    { "network loss 1%\nat 5s half-close a1 -> b\n", 1000000, true },
    { "at 5s cut a* | b\nat 6s half-close a1 -> b\nat 15s heal\n", 11000000, true },
    { "at 5s storm 10s half-close any every 1s, cut any every 1s\n", 11000000, true },
    /* In a storm everything ends with it, or with a calm. */
    { "at 5s storm 10s pause any every 1s for 1h, stall any every 1s, slow any every 1s\n", 1000000,
      false },
    { "at 5s storm 10s pause any every 1s\nat 8s reset a1 b\n", 8000000, false },
    { "at 5s storm 10s accept any every 1s, refuse any every 1s, lookup any every 1s\n", 1000000,
      false },
    { "at 5s storm 10s refuse any every 1s\nat 8s calm\n", 1000000, false },
    { "at 5s storm 10s clock any every 1s\n", 1000000, false },
    /* A clock that is slow stretches all the node's own waits, 126 s: by a ninth, rounded up;
     * a fast one, or one on the wall, does not. */
    { "at 5s clock a1 drift -10%\n", 1000000 + 14000000 + 100000, false },
    { "at 5s clock a1 drift -10%\nat 8s calm\n", 1000000, false },
    { "at 5s clock a1 drift 10% ; clock b jump -1h ; clock b offset 1h\n", 1000000, false },
    { "at 5s storm 10s clock any every 1s\nat 8s reset a1 b\n", 1000000 + 14000000 + 100000,
      false },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text
          = g_strdup_printf ("%s%swithin bound all connected\n", nodes, cases[i].story);
      g_autoptr (Scenario) scenario = try_parse (text);
      const ScenarioExpect *expect = expect_at (scenario, 0);
      g_assert_true (expect->bound);
      g_assert_cmpint (expect->until_us - expect->from_us, ==,
                       cases[i].wait_us + retries_us + (cases[i].keepalive ? keepalive_us : 0));
      g_assert_cmpint (scenario->until_us, ==, expect->until_us + SECOND_US);
    }
}

static void
test_bound_of_conditions (void)
{
  g_test_summary ("One network takes longer than being connected, and equal databases longer than "
                  "that, also where TCP sends again for longer than it probes; what is asked for "
                  "together takes as long as the longest.");

  const struct
  {
    const char *conditions;
    unsigned bits;
    int64_t timeouts;
    bool gone;
  } cases[] = {
    { "all connected", SCENARIO_ALL_CONNECTED, 4, false },
    { "one network", SCENARIO_ONE_NETWORK, 5, false },
    { "one network, all connected", SCENARIO_ONE_NETWORK | SCENARIO_ALL_CONNECTED, 5, false },
    { "databases equal", SCENARIO_DATABASES_EQUAL, 7, true },
    { "databases equal, one network", SCENARIO_DATABASES_EQUAL | SCENARIO_ONE_NETWORK, 7, true },
  };
  const int64_t keepalive_us = (60 + 9 * 75) * SECOND_US;
  const int64_t again_us
      = 924600 * (SECOND_US / 1000); /* 200 ms, doubled, 120 s at most; 15 times */

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strdup_printf ("node a monitor_timeout=10s\nnode b\n"
                                               "network keepalive_time=60s\n"
                                               "at 5s vanish b\nat 6s calm\nwithin bound %s\n",
                                               cases[i].conditions);
      g_autoptr (Scenario) scenario = try_parse (text);
      const ScenarioExpect *expect = expect_at (scenario, 0);
      g_assert_cmpuint (expect->conditions, ==, cases[i].bits);
      g_assert_cmpint (expect->until_us - expect->from_us, ==,
                       2 * SECOND_US + (cases[i].timeouts * 30 + 2 * 2) * SECOND_US
                           + (cases[i].gone ? again_us : keepalive_us));
    }
}

static void
test_rest (void)
{
  g_test_summary (
      "Whose database is judged runs on after the calm, and after what comes behind it, "
      "until all should be well; an `until` before that is an error.");
  static const char story[] = "node a\nnode b\nat 5s reset a b\ncalm\nat 10s restart a\n";
  g_autofree char *one = g_strconcat (story, "check 12\n", NULL);
  g_autofree char *both = g_strconcat (story, "check database\n", NULL);
  g_autofree char *neither = g_strconcat (story, "check delivery\n", NULL);
  g_autofree char *early = g_strconcat (both, "until 3m\n", NULL);
  g_autoptr (Scenario) network = try_parse (one);
  g_autoptr (Scenario) database = try_parse (both);
  g_autoptr (Scenario) messages = try_parse (neither);
  g_autoptr (Scenario) stormy = try_parse ("node a\nnode b\nat 5s reset a b\ncheck database\n");
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (network->until_us, ==, (10 + 1 + 5 * 30 + 2 * 2 + 1) * SECOND_US);
  g_assert_cmpint (database->until_us, ==, (10 + 1 + 7 * 30 + 2 * 2 + 1) * SECOND_US);
  g_assert_cmpint (scenario_rest_us (database), ==, database->until_us - SECOND_US);
  g_assert_cmpint (messages->until_us, ==, 11 * SECOND_US);
  g_assert_cmpint (stormy->until_us, ==, 6 * SECOND_US);
  g_assert_cmpint (scenario_rest_us (stormy), ==, -1);
  g_assert_null (scenario_parse (early, "try.scn", try_kinds, &error));
  g_assert_error (error, SCENARIO_ERROR, SCENARIO_ERROR_SYNTAX);
  g_assert_true (g_str_has_prefix (error->message, "try.scn:5:8: expected an `until` of at least"));
}

static void
test_storm (void)
{
  g_test_summary (
      "A storm lasts, and what follows it comes after it; each of its faults says among "
      "whom, how often, and how long, or the usual is meant.");

  g_autoptr (Scenario) scenario = try_parse (
      "node rain\nnode ruth\nnodes w 1..3\n"
      "at 10s  storm 1m  cut any every 10s..20s for 5s, cut one of w1,w2 ruth every 3s,\t"
      "kill any of w* every 30s for 0s..1s , vanish any every 1m, reset any every 5s\n"
      "calm\nwithin 5s all connected\n");
  static const struct
  {
    ScenarioActionKind kind;
    bool one;
    const char *of;
    int64_t seconds[4]; /* every from, to, for from, to */
  } expected[] = {
    { SCENARIO_CUT, false, "rain ruth w1 w2 w3", { 10, 20, 5, 5 } },
    { SCENARIO_CUT, true, "ruth w1 w2", { 3, 3, 1, 10 } },
    { SCENARIO_KILL, false, "w1 w2 w3", { 30, 30, 0, 1 } },
    { SCENARIO_VANISH, false, "rain ruth w1 w2 w3", { 60, 60, 1, 10 } },
    { SCENARIO_RESET, false, "rain ruth w1 w2 w3", { 5, 5, 0, 0 } },
  };
  const ScenarioAction *storm = action_at (scenario, 0);

  g_assert_cmpint (storm->kind, ==, SCENARIO_STORM);
  g_assert_cmpint (storm->at_us, ==, 10 * SECOND_US);
  g_assert_cmpint (storm->duration_us, ==, 60 * SECOND_US);
  g_assert_cmpuint (storm->line, ==, 4);
  g_assert_cmpuint (storm->faults->len, ==, G_N_ELEMENTS (expected));
  for (unsigned i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      const ScenarioFault *fault = storm->faults->pdata[i];
      g_assert_cmpint (fault->kind, ==, expected[i].kind);
      g_assert_cmpint (fault->one, ==, expected[i].one);
      assert_set (scenario, fault->of, expected[i].of);
      g_assert_cmpint (fault->every_min_us, ==, expected[i].seconds[0] * SECOND_US);
      g_assert_cmpint (fault->every_max_us, ==, expected[i].seconds[1] * SECOND_US);
      g_assert_cmpint (fault->for_min_us, ==, expected[i].seconds[2] * SECOND_US);
      g_assert_cmpint (fault->for_max_us, ==, expected[i].seconds[3] * SECOND_US);
    }
  g_assert_cmpint (action_at (scenario, 1)->at_us, ==, 70 * SECOND_US);
  g_assert_cmpint (expect_at (scenario, 0)->until_us, ==, 75 * SECOND_US);

  g_autoptr (Scenario) last = try_parse ("node a\nstorm 20s kill any every 1s\n");
  g_assert_cmpint (last->until_us, ==, 21 * SECOND_US);
}

static void
test_checks (void)
{
  g_test_summary ("`check` takes groups, which stand for those of their promises that this build "
                  "judges, and numbers, which are remembered as such.");

  g_autoptr (Scenario) scenario = try_parse ("node a\ncheck delivery, admission 3\ncheck 1\n");

  for (unsigned i = 0; i < G_N_ELEMENTS (scenario->promises); i++)
    {
      g_assert_cmpint (scenario->promises[i], ==,
                       (i >= 1 && i <= 3) || (i >= 7 && i <= 9) || i == 13 || i == 14);
      g_assert_cmpint (scenario->promise_by_number[i], ==, i == 1 || i == 3);
    }
}

static void
test_set (void)
{
  g_test_summary ("`--set` changes a setting of the network or of every node; deadlines and links "
                  "follow, and what cannot be is refused and changes nothing.");

  g_autoptr (Scenario) scenario
      = try_parse ("node a\nnode b secret \"x\" monitor_timeout=5s\nlink a b loss 1%\n"
                   "at 5s heal\nwithin bound all connected\n");
  const ScenarioLink *link = scenario->links->pdata[0];
  const ScenarioExpect *expect = expect_at (scenario, 0);
  g_autoptr (GError) error = NULL;

  g_assert_true (scenario_set (scenario, "delay=7ms", &error));
  g_assert_true (scenario_set (scenario, "loss=2%", &error));
  g_assert_true (scenario_set (scenario, "rto_first=2s", &error));
  g_assert_true (scenario_set (scenario, "monitor_timeout=1", &error));
  g_assert_true (scenario_set (scenario, "global=on", &error));
  g_assert_true (scenario_set (scenario, "secret=tea=green", &error));
  g_assert_true (scenario_set (scenario, "cert=signed", &error));
  g_assert_no_error (error);
  g_assert_cmpint (link->path.delay_min_us, ==, 7000);
  g_assert_cmpint (link->path.delay_max_us, ==, 7000);
  g_assert_cmpuint (link->path.loss_ppm, ==, 10000);
  g_assert_cmpint (expect->until_us, ==, (5 + 2 + 4 * 1 + 2 * 2) * SECOND_US);
  for (unsigned i = 0; i < 2; i++)
    {
      g_assert_cmpstr (node_at (scenario, i)->settings->pdata[1], ==, "1");
      g_assert_true (node_at (scenario, i)->global);
      g_assert_cmpstr (node_at (scenario, i)->secret, ==, "tea=green");
      g_assert_cmpstr (node_at (scenario, i)->certificate->name, ==, "signed");
    }
}

static void
test_set_refused (void)
{
  g_test_summary ("A `--set` that is not understood, or does not fit, says what was expected.");

  static const struct
  {
    const char *set;
    const char *message; /* a pattern */
  } cases[] = {
    { "loss", "expected key=value, *found `loss`" },
    { "=5", "expected key=value, *found `=5`" },
    { "los=5%",
      "expected a setting of the network or of a node, found `los` (did you mean `loss`?)" },
    { "monitor_timeot=5", "expected*(did you mean `monitor_timeout`?)" },
    { "conect_retries=5", "expected*(did you mean `connect_retries`?)" },
    { "delay=-5ms", "expected a duration*-5ms*" },
    { "connect_retries=many", "expected a number from 0 to 30, found `many`" },
    { "connect_retries=31", "expected a number from 0 to 30, found `31`" },
    { "rto_min=0s", "expected a duration of at least 1ms, found `0s`" },
    { "monitor_timeout=soon", "monitor_timeout: expected a duration*soon*" },
    { "secret=", "expected a secret *" },
    { "cert=sined", "expected a certificate, found `sined` (did you mean `signed`?)" },
    { "global=perhaps", "expected on or off, *" },
    { "nodeid=rain", "`nodeid` is not set so: the name of a node is its node ID" },
    { "monitor_timeout=200s", "try.scn:4:1: expected an `until` of at least *" },
    { "rto_first=100s", "try.scn:4:1: expected an `until` of at least *" },
  };
  g_autoptr (Scenario) scenario
      = try_parse ("node a\nnode b\nat 5s heal\nwithin bound all connected\nuntil 3m\n");
  g_autoptr (Scenario) before
      = try_parse ("node a\nnode b\nat 5s heal\nwithin bound all connected\nuntil 3m\n");

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_false (scenario_set (scenario, cases[i].set, &error));
      g_assert_nonnull (error);
      if (!g_pattern_match_simple (cases[i].message, error->message))
        g_error ("%s: %s", cases[i].set, error->message);
      g_assert_true (scenario_equal (scenario, before));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/scenario/parse/nodes", test_nodes);
  g_test_add_func ("/scenario/parse/title", test_title);
  g_test_add_func ("/scenario/parse/network", test_network);
  g_test_add_func ("/scenario/parse/actors", test_actors);
  g_test_add_func ("/scenario/parse/sets", test_sets);
  g_test_add_func ("/scenario/parse/times", test_times);
  g_test_add_func ("/scenario/parse/expects", test_expects);
  g_test_add_func ("/scenario/parse/end", test_end);
  g_test_add_func ("/scenario/parse/bound", test_bound);
  g_test_add_func ("/scenario/parse/bound-of-conditions", test_bound_of_conditions);
  g_test_add_func ("/scenario/parse/rest", test_rest);
  g_test_add_func ("/scenario/parse/storm", test_storm);
  g_test_add_func ("/scenario/parse/checks", test_checks);
  g_test_add_func ("/scenario/set/changes", test_set);
  g_test_add_func ("/scenario/set/refused", test_set_refused);
  return g_test_run ();
}
