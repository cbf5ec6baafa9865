/* sim/run.c - one scenario, one seed, one run, judged.
 *
 * The run makes hosts and processes in a world, does to them what the scenario says at
 * its times, and hands every trace event to the digest, the trace's writer, the
 * checkers and the scenario's expectations, in this order. */

#include "sim/run.h"

#include "engine/node.h"
#include "engine/planted.h"
#include "sim/actors/actors.h"
#include "sim/checkers/jury.h"
#include "sim/deeds.h"
#include "sim/paths.h"
#include "sim/expect.h"
#include "sim/inspect.h"
#include "sim/reach.h"
#include "sim/storm.h"
#include "sim/verdicts.h"
#include "sim/world.h"

#include <string.h>

#define TRACE_FORMAT 1

typedef struct Run Run;

/* One of the scenario's nodes: its host, and its process while it has one. */
typedef struct
{
  Run *run;
  const ScenarioNode *node;
  AempName *name;
  SimHost *host;
  SimProcess *process; /* NULL: killed, vanished */
  AempNode *engine;
} Member;

struct Run
{
  AempTracer tracer; /* every tracer begins with this */
  const Scenario *scenario;
  const SimRunOptions *options;
  SimResult *result;
  SimWorld *world;
  AempName *world_name; /* who reports what happens to the nodes */
  Member *members;
  SimDeeds *deeds;
  SimExpectations *expectations;
  SimJury jury;
  GString *line;
  bool calm; /* all faults are over */
  bool rested; /* so long that the end was judged */
};

/* --- The trace ---------------------------------------------------------------------------------- */

/* Actors that check what they get say so in a word of their own. */
static bool
is_broken (const char *note)
{
  return g_str_has_prefix (note, "broken") && (note[6] == 0 || note[6] == ' ');
}

static void
see_broken (Run *run, const AempTraceEvent *event)
{
  SimResult *result = run->result;
  if (result->broken++ == 0)
    result->first_broken = g_strdup_printf ("%s: %s (line %" G_GUINT64_FORMAT ")",
                                            event->other->text, event->text, result->trace_lines);
}

static void
write_event (Run *run, const AempTraceEvent *event)
{
  g_string_truncate (run->line, 0);
  aemp_trace_write_json (run->line, event, run->result->trace_lines);
  g_string_append_c (run->line, '\n');
  run->options->trace_line (run->line->str, run->line->len, run->options->trace_data);
}

static void
see_exact (Run *run, const AempTraceEvent *event)
{
  SimResult *result = run->result;
  result->trace_lines++;
  if (run->options->observe)
    run->options->observe (event, result->trace_lines, run->options->observe_data);
  aemp_digest_see (&result->digest, event);
  if (run->options->trace_line)
    write_event (run, event);
  if (run->scenario->reaches->len > 0)
    result->reached |= sim_reach_of_event (run->scenario, event);
  sim_jury_see (&run->jury, event, result->trace_lines);
  bool expected = sim_expectations_see (run->expectations, event, result->trace_lines);
  if (event->kind == AEMP_TRACE_NOTE && is_broken (event->text) && !expected)
    see_broken (run, event);
}

/* Nodes tell the time by their own clocks, which may be wrong; a trace has the world's. */
static void
see (AempTracer *tracer, const AempTraceEvent *event)
{
  Run *run = (Run *) tracer;
  if (event->time_us == sim_world_now_us (run->world))
    {
      see_exact (run, event);
      return;
    }
  AempTraceEvent exact = *event;
  exact.time_us = sim_world_now_us (run->world);
  see_exact (run, &exact);
}

/* What happens to the nodes, rather than in them. */
static void
report (Run *run, AempTraceEvent event)
{
  event.time_us = sim_world_now_us (run->world);
  if (!event.node)
    event.node = run->world_name;
  see (&run->tracer, &event);
}

/* A line of the trace that is in no digest and that nobody judges: what comes of it is. */
static void
on_decided (const char *label, uint64_t identity, int64_t value, void *user_data)
{
  Run *run = user_data;
  run->result->trace_lines++;
  if (run->options->decided)
    run->options->decided (label, identity, value, run->options->decided_data);
  if (!run->options->trace_line)
    return;
  g_autofree char *text = g_strdup_printf ("%s %" G_GINT64_FORMAT, label, value);
  write_event (run, &(AempTraceEvent){ .kind = AEMP_TRACE_DECIDE,
                                       .time_us = sim_world_now_us (run->world),
                                       .node = run->world_name,
                                       .number = identity,
                                       .text = text });
}

static void
override (SimBook *book, const GPtrArray *decisions)
{
  for (unsigned i = 0; decisions && i < decisions->len; i++)
    {
      const ScenarioDecision *decision = decisions->pdata[i];
      sim_book_override (book, decision->label, decision->identity, decision->value);
    }
}

static void
open_book (Run *run)
{
  const SimRunOptions *options = run->options;
  SimBook *book = sim_world_book (run->world);
  sim_book_tell (book, on_decided, run, options->decided || options->trace_line);
  override (book, run->scenario->decisions);
  override (book, options->decisions);
  if (run->scenario->decides_nothing_else || options->decides_nothing_else)
    sim_book_decide_nothing_else (book);
}

/* --- Processes ----------------------------------------------------------------------------------- */

/* Tells different secrets apart in the trace; says nothing of use about them. */
static uint64_t
secret_mark (const char *secret)
{
  return (aemp_hash_bytes (secret, strlen (secret)) & 0xffff) | 0x10000;
}

static const char *
secret_of (const Member *member)
{
  if (member->node->secret)
    return member->node->secret;
  return member->node->certificate ? "" : SCENARIO_DEFAULT_SECRET;
}

/* Tells different certificates apart in the trace. */
static char *
certificate_mark (const ScenarioCertificate *certificate)
{
  if (!certificate)
    return NULL;
  if (certificate->until_us == 0)
    return g_strdup (certificate->authority);
  return g_strdup_printf ("%s until %" G_GINT64_FORMAT, certificate->authority,
                          certificate->until_us - SIM_WALL_BEGIN_US);
}

static void
draw_limit (const Member *member, const char *label, int64_t *limit_us)
{
  *limit_us = sim_storm_knob_us (member->run->options->seed, label, member->node->name,
                                 sim_process_ordinal (member->process), *limit_us);
}

static void
turn_knobs (const Member *member, AempConfig *config)
{
  if (!scenario_has_knobs (member->run->scenario))
    return;
  draw_limit (member, "monitor_timeout", &config->monitor_timeout_us);
  draw_limit (member, "connect_interval", &config->connect_interval_us);
}

/* Ports as a list of binds: "4040,4041" is "*:4040,*:4041". */
static char *
every_interface (const char *ports)
{
  g_auto (GStrv) parts = g_strsplit (ports, ",", 0);
  g_autofree char *binds = g_strjoinv (",*:", parts);
  return *ports ? g_strconcat ("*:", binds, NULL) : g_strdup ("");
}

static bool
configure (Member *member, AempConfig *config, GError **error)
{
  const ScenarioNode *node = member->node;
  g_autoptr (GString) seeds = g_string_new (NULL);
  for (unsigned i = 0; i < node->seeds->len; i++)
    g_string_append_printf (seeds, "%s%s:" SCENARIO_NODE_PORT, i ? "," : "",
                            (const char *) node->seeds->pdata[i]);
  if (!aemp_config_set (config, "nodeid", node->name, error)
      || !aemp_config_set (config, "binds", "*:" SCENARIO_NODE_PORT, error)
      || !aemp_config_set (config, "seeds", seeds->str, error)
      || !aemp_config_set (config, "secret", secret_of (member), error)
      || !aemp_config_set (config, "cert", node->certificate ? node->certificate->pem : "", error)
      || !aemp_config_set (config, "global", node->global ? "yes" : "no", error))
    return false;
  for (unsigned i = 0; i + 1 < node->settings->len; i += 2)
    {
      const char *key = node->settings->pdata[i];
      g_autofree char *value = strcmp (key, "binds") == 0
                                   ? every_interface (node->settings->pdata[i + 1])
                                   : g_strdup (node->settings->pdata[i + 1]);
      if (!aemp_config_set (config, key, value, error))
        return false;
    }
  turn_knobs (member, config);
  return true;
}

static void
append_option (GArray *pairs, const ScenarioOption *option)
{
  AempValue key = { .type = AEMP_TEXT, .length = strlen (option->key), .as.string = option->key };
  AempValue value
      = { .type = AEMP_INTEGER, .negative = option->number < 0,
          .as.integer
          = option->number < 0 ? ~(uint64_t) option->number : (uint64_t) option->number };
  if (option->text)
    value = (AempValue){ .type = AEMP_TEXT, .length = strlen (option->text),
                         .as.string = option->text };
  g_array_append_val (pairs, key);
  g_array_append_val (pairs, value);
}

static int
compare_options (const void *one, const void *other)
{
  const ScenarioOption *const *a = one;
  const ScenarioOption *const *b = other;
  return strcmp ((*a)->key, (*b)->key);
}

static void
spawn_actor (Member *member, const ScenarioActor *actor)
{
  g_autoptr (GPtrArray) sorted = g_ptr_array_copy (actor->options, NULL, NULL);
  g_ptr_array_set_free_func (sorted, NULL);
  g_ptr_array_sort (sorted, compare_options);
  g_autoptr (GArray) pairs = g_array_new (FALSE, FALSE, sizeof (AempValue));
  for (unsigned i = 0; i < sorted->len; i++)
    append_option (pairs, sorted->pdata[i]);
  AempValue options = { .type = AEMP_MAP, .length = pairs->len / 2,
                        .as.items = (const AempValue *) (void *) pairs->data };
  g_autofree char *function = g_strconcat ("aemp::", actor->kind, NULL);
  g_free (aemp_spawn (member->engine, member->node->name, function, "sv", actor->full_name,
                      &options)); /* it tells its port itself */
}

static void
process_start (Member *member)
{
  Run *run = member->run;
  g_autoptr (GError) error = NULL;
  g_autoptr (AempConfig) config = aemp_config_new ();
  g_autofree char *certificate = certificate_mark (member->node->certificate);
  member->process = sim_process_new (member->host);
  report (run, (AempTraceEvent){ .kind = AEMP_TRACE_PROCESS_START, .node = member->name,
                                 .number = sim_process_ordinal (member->process),
                                 .payload = secret_mark (secret_of (member)),
                                 .text = certificate });
  if (configure (member, config, &error))
    member->engine
        = aemp_node_new (sim_process_env (member->process), config, &run->tracer, &error);
  if (member->engine)
    sim_actors_register (member->engine);
  if (!member->engine || !aemp_node_start (member->engine, &error))
    {
      if (!run->result->trouble)
        run->result->trouble = g_strdup_printf ("node %s: %s", member->node->name, error->message);
      sim_world_stop (run->world);
      return;
    }
  for (unsigned i = 0; i < run->scenario->actors->len; i++)
    {
      const ScenarioActor *actor = run->scenario->actors->pdata[i];
      if (run->scenario->nodes->pdata[actor->node] == member->node)
        spawn_actor (member, actor);
    }
}

static void
process_end (Member *member, const char *how)
{
  if (!member->process)
    return;
  bool vanishes = strcmp (how, "vanished") == 0;
  report (member->run, (AempTraceEvent){ .kind = AEMP_TRACE_PROCESS_END, .node = member->name,
                                         .number = sim_process_ordinal (member->process),
                                         .text = how });
  if (vanishes)
    sim_process_vanish (member->process); /* what the node closes now reaches nobody */
  g_clear_pointer (&member->engine, aemp_node_free);
  if (!vanishes)
    sim_process_kill (member->process);
  g_clear_pointer (&member->process, sim_process_free);
}

/* --- What the scenario does ----------------------------------------------------------------------- */

static SimHost *
deed_host (void *user_data, unsigned node)
{
  return ((Run *) user_data)->members[node].host;
}

static SimProcess *
deed_process (void *user_data, unsigned node)
{
  return ((Run *) user_data)->members[node].process;
}

static void
deed_start (void *user_data, unsigned node)
{
  process_start (&((Run *) user_data)->members[node]);
}

static void
deed_stop (void *user_data, unsigned node, bool vanishes)
{
  process_end (&((Run *) user_data)->members[node], vanishes ? "vanished" : "killed");
}

static void
deed_calm (void *user_data)
{
  Run *run = user_data;
  run->calm = true;
  sim_expectations_calm (run->expectations);
}

static void
deed_report (void *user_data, const AempTraceEvent *event)
{
  report (user_data, *event);
}

static const SimDeedsOps deeds_ops
    = { deed_host, deed_process, deed_start, deed_stop, deed_calm, deed_report };

static void
on_start (void *user_data)
{
  Run *run = user_data;
  for (unsigned i = 0; i < run->scenario->nodes->len; i++)
    process_start (&run->members[i]);
}

/* --- Expectations ----------------------------------------------------------------------------------- */

/* Whom does this living node miss: a living seed it is not connected to?  NULL: nobody. */
static const char *
missed_seed (Run *run, const Member *member)
{
  for (unsigned i = 0; i < member->node->seeds->len; i++)
    {
      const char *seed = member->node->seeds->pdata[i];
      for (unsigned j = 0; j < run->scenario->nodes->len; j++)
        if (strcmp (run->members[j].node->name, seed) == 0 && run->members[j].engine
            && &run->members[j] != member
            && (aemp_node_is_up (member->engine, seed) != AEMP_NODE_UP
                || aemp_node_is_up (run->members[j].engine, member->node->name) != AEMP_NODE_UP))
          return seed;
    }
  return NULL;
}

static char *
why_not_connected (void *user_data)
{
  Run *run = user_data;
  for (unsigned i = 0; i < run->scenario->nodes->len; i++)
    {
      Member *member = &run->members[i];
      const char *seed = member->engine ? missed_seed (run, member) : NULL;
      if (seed)
        return g_strdup_printf ("%s is not connected to its seed %s", member->node->name, seed);
    }
  return NULL;
}

static void
report_expectation (void *user_data, const AempTraceEvent *event)
{
  report (user_data, *event);
}

static const SimExpectOps expect_ops = { why_not_connected, report_expectation };

static void
missed_free (void *memory)
{
  SimMissed *missed = memory;
  g_free (missed->text);
  g_free (missed);
}

/* --- Putting it together ------------------------------------------------------------------------------ */

static uint32_t
percents_value (const Scenario *scenario, const char *key)
{
  return (uint32_t) scenario_network_value (scenario, key) * 10000;
}

/* `network` settings that are no path's but of every host's kernel. */
static void
limit_tcp (SimWorld *world, const Scenario *scenario)
{
  SimTcpLimits *limits = sim_world_tcp_limits (world);
  limits->syn_retries = (unsigned) scenario_network_value (scenario, "connect_retries");
  limits->data_retries = (unsigned) scenario_network_value (scenario, "data_retries");
  limits->rto_first_us = scenario_network_value (scenario, "rto_first");
  limits->rto_min_us = scenario_network_value (scenario, "rto_min");
  limits->rto_max_us = scenario_network_value (scenario, "rto_max");
  limits->keepalive_time_us = scenario_network_value (scenario, "keepalive_time");
  limits->keepalive_interval_us = scenario_network_value (scenario, "keepalive_interval");
  limits->keepalive_probes = (unsigned) scenario_network_value (scenario, "keepalive_probes");
  limits->short_reads_ppm = percents_value (scenario, "short_reads");
  limits->short_writes_ppm = percents_value (scenario, "short_writes");
  int64_t lookup_min_us = scenario_network_value (scenario, "lookup_min");
  int64_t lookup_max_us = scenario_network_value (scenario, "lookup_max");
  sim_world_set_lookups (world, lookup_min_us, MAX (lookup_min_us, lookup_max_us));
}

static void
build_network (Run *run)
{
  const Scenario *scenario = run->scenario;
  limit_tcp (run->world, scenario);
  SimPath everywhere = sim_path_of (&scenario->network);
  sim_world_set_path (run->world, &everywhere);
  run->members = g_new0 (Member, scenario->nodes->len);
  for (unsigned i = 0; i < scenario->nodes->len; i++)
    {
      Member *member = &run->members[i];
      member->run = run;
      member->node = scenario->nodes->pdata[i];
      member->name = aemp_name_new (member->node->name, strlen (member->node->name));
      member->host = sim_host_new (run->world, member->node->name);
    }
  for (unsigned i = 0; i < scenario->links->len; i++)
    {
      const ScenarioLink *link = scenario->links->pdata[i];
      SimPath path = sim_path_of (&link->path);
      SimHost *one = run->members[link->one].host;
      SimHost *other = run->members[link->other].host;
      sim_path_set (one, other, &path);
      sim_path_set (other, one, &path);
    }
}

static void
on_again (void *user_data)
{
  Run *run = user_data;
  sim_book_draw_again (sim_world_book (run->world), run->options->again);
  if (!run->options->keeps_faults)
    sim_deeds_draw_again (run->deeds);
}

static void
plan (Run *run)
{
  const Scenario *scenario = run->scenario;
  if (run->options->again)
    sim_world_at (run->world, run->options->again_at_us, on_again, run);
  sim_world_at (run->world, 0, on_start, run);
  run->deeds = sim_deeds_new (run->world, scenario, &deeds_ops, run);
  run->expectations
      = sim_expectations_new (run->world, scenario, run->result, &expect_ops, run);
}

static void
call_judges (Run *run)
{
  sim_jury_init (&run->jury, &run->result->findings);
  for (unsigned i = 0; sim_checkers[i]; i++)
    if (sim_is_asked_for (run->scenario, sim_checkers[i]))
      sim_jury_call (&run->jury, sim_checkers[i]);
}

/* The end of the network is judged if it had the time that it may need. */
static void
judge (Run *run)
{
  int64_t end_us = run->result->simulated_us;
  run->rested = run->calm && end_us >= scenario_rest_us (run->scenario);
  sim_jury_end (&run->jury, end_us, run->rested);
}

/* --- The trace's first and last line, outside of the digest ------------------------------------------------- */

static void
write_line_of (Run *run, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autoptr (AempMessage) message = aemp_message_new_va (format, &arguments);
  va_end (arguments);
  g_autofree char *text = aemp_value_to_text (&aemp_message_list (message).items[0], 0);
  g_autofree char *line = g_strconcat (text, "\n", NULL);
  run->options->trace_line (line, strlen (line), run->options->trace_data);
}

/* What the scenario asks for, as a list of numbers. */
static AempMessage *
list_promises (const bool asked[SIM_PROMISES + 1])
{
  AempValue numbers[SIM_PROMISES];
  AempValue list = { .type = AEMP_ARRAY, .as.items = numbers };
  for (int promise = 1; promise <= SIM_PROMISES; promise++)
    if (asked[promise])
      numbers[list.length++] = (AempValue){ .type = AEMP_INTEGER, .as.integer = (uint64_t) promise };
  return aemp_message_new ("v", &list);
}

static void
write_first_line (Run *run)
{
  g_autoptr (AempMessage) promises = list_promises (run->scenario->promises);
  g_autoptr (AempMessage) by_number = list_promises (run->scenario->promise_by_number);
  if (run->options->trace_line)
    write_line_of (run, "{sI ss su ss ss sv sv}", "aemp_trace", TRACE_FORMAT, "build",
                   AEMP_VERSION, "seed", run->options->seed, "file", run->scenario->file,
                   "scenario", run->scenario->source, "promises",
                   aemp_message_list (promises).items, "by_number",
                   aemp_message_list (by_number).items);
}

static void
write_last_line (Run *run)
{
  if (!run->options->trace_line)
    return;
  g_autofree char *text = sim_verdicts_line (run->scenario, run->result, run->rested);
  g_autofree char *line = g_strconcat (text, "\n", NULL);
  run->options->trace_line (line, strlen (line), run->options->trace_data);
}

/* --- Planted bugs
 * --------------------------------------------------------------------------------- */

static void
plant (const char *const *names)
{
  AempPlanted planted;
  if (!names)
    return; /* what the environment wants stays */
  aemp_planted_switch_off_all ();
  for (; names && *names; names++)
    {
      bool known = aemp_planted_find (*names, &planted);
      g_assert (known);
      aemp_planted_switch_on (planted);
    }
}

static void
note_planted (Run *run)
{
  SimResult *result = run->result;
  if (result->planted_us >= 0 || aemp_planted_count () == 0)
    return;
  result->planted_us = sim_world_now_us (run->world);
  result->planted_line = result->trace_lines;
}

static void
play_until (Run *run, int64_t until_us)
{
  volatile SimPulse *pulse = run->options->pulse;
  while (!run->result->trouble && sim_world_step (run->world, until_us))
    {
      sim_expectations_look (run->expectations);
      if (pulse)
        {
          pulse->now_us = sim_world_now_us (run->world);
          pulse->world_events++;
        }
      note_planted (run);
    }
}

static void
inspect (Run *run, const SimLookAt *place)
{
  const Member *member = &run->members[place->node];
  g_autoptr (AempMessage) state = sim_inspect (member->host, member->process, member->engine);
  AempList list = aemp_message_list (state);
  run->options->inspected (place, list.items, run->options->inspected_data);
}

static void
play (Run *run)
{
  const SimRunOptions *options = run->options;
  int64_t until_us = options->until_us ? options->until_us : run->scenario->until_us;
  for (unsigned i = 0; i < options->places_count && options->places[i].at_us <= until_us; i++)
    {
      play_until (run, options->places[i].at_us);
      inspect (run, &options->places[i]);
    }
  play_until (run, until_us);
  run->result->simulated_us = sim_world_now_us (run->world);
  run->result->world_events = sim_world_events (run->world);
}

static void
run_clear (Run *run)
{
  /* Silently: the run is over, nothing of this is part of the story. */
  for (unsigned i = 0; i < run->scenario->nodes->len; i++)
    {
      Member *member = &run->members[i];
      if (member->process)
        sim_process_vanish (member->process);
      g_clear_pointer (&member->engine, aemp_node_free);
      g_clear_pointer (&member->process, sim_process_free);
      aemp_name_unref (member->name);
    }
  sim_jury_clear (&run->jury);
  sim_world_free (run->world);
  sim_deeds_free (run->deeds);
  aemp_name_unref (run->world_name);
  g_string_free (run->line, TRUE);
  g_free (run->members);
  sim_expectations_free (run->expectations);
}

SimResult *
sim_run (const Scenario *scenario, const SimRunOptions *options)
{
  SimResult *result = g_new0 (SimResult, 1);
  result->seed = options->seed;
  result->planted_us = -1;
  result->missed = g_ptr_array_new_with_free_func (missed_free);
  sim_findings_init (&result->findings);
  aemp_digest_init (&result->digest, options->seed);

  plant (options->planted);
  Run run = { .tracer.see = see, .scenario = scenario, .options = options, .result = result };
  run.world = sim_world_new (options->seed);
  run.world_name = aemp_name_new ("world", strlen ("world"));
  open_book (&run);
  run.line = g_string_new (NULL);
  if (options->capture)
    sim_capture_attach (options->capture, run.world);
  call_judges (&run);
  write_first_line (&run);
  build_network (&run);
  plan (&run);
  play (&run);
  judge (&run);
  note_planted (&run);
  result->marks = run.tracer.marks;
  result->rare = sim_world_rare_seen (run.world);
  result->reached |= sim_reach_of_marks (scenario, result->marks);
  write_last_line (&run);
  run_clear (&run);
  if (options->planted)
    aemp_planted_switch_off_all ();
  return result;
}

void
sim_result_free (SimResult *result)
{
  if (!result)
    return;
  sim_findings_clear (&result->findings);
  g_ptr_array_unref (result->missed);
  g_free (result->first_broken);
  g_free (result->trouble);
  g_free (result);
}
