/* sim/run.c - one scenario, one seed, one run, judged.
 *
 * The run makes hosts and processes in a world, does to them what the scenario says at
 * its times, and hands every trace event to the digest, the trace's writer, the
 * checkers and the scenario's expectations, in this order. */

#include "sim/run.h"

#include "engine/node.h"
#include "sim/actors/actors.h"
#include "sim/expect.h"
#include "sim/storm.h"
#include "sim/world.h"

#include <string.h>

#define NODE_PORT "4040"
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
  int64_t paused_until_us;
  AempNode *engine;
} Member;

typedef struct
{
  Run *run;
  const ScenarioAction *action;
  SimStorm *storm; /* of STORM */
} Deed;

struct Run
{
  AempTracer tracer; /* every tracer begins with this */
  const Scenario *scenario;
  const SimRunOptions *options;
  SimResult *result;
  SimWorld *world;
  AempName *world_name; /* who reports what happens to the nodes */
  Member *members;
  Deed *deeds;
  SimExpectations *expectations;
  GPtrArray *checkers;
  GString *line;
  bool calm; /* all faults are over */
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
  aemp_digest_see (&result->digest, event);
  if (run->options->trace_line)
    write_event (run, event);
  for (unsigned i = 0; i < run->checkers->len; i++)
    {
      SimChecker *checker = run->checkers->pdata[i];
      checker->ops->see (checker, event, result->trace_lines);
    }
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
  return member->node->secret ? member->node->secret : SCENARIO_DEFAULT_SECRET;
}

static bool
configure (Member *member, AempConfig *config, GError **error)
{
  const ScenarioNode *node = member->node;
  g_autoptr (GString) seeds = g_string_new (NULL);
  for (unsigned i = 0; i < node->seeds->len; i++)
    g_string_append_printf (seeds, "%s%s:" NODE_PORT, i ? "," : "",
                            (const char *) node->seeds->pdata[i]);
  if (!aemp_config_set (config, "nodeid", node->name, error)
      || !aemp_config_set (config, "binds", "*:" NODE_PORT, error)
      || !aemp_config_set (config, "seeds", seeds->str, error)
      || !aemp_config_set (config, "secret", secret_of (member), error)
      || !aemp_config_set (config, "global", node->global ? "yes" : "no", error))
    return false;
  for (unsigned i = 0; i + 1 < node->settings->len; i += 2)
    if (!aemp_config_set (config, node->settings->pdata[i], node->settings->pdata[i + 1], error))
      return false;
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
  member->process = sim_process_new (member->host);
  member->paused_until_us = 0;
  report (run, (AempTraceEvent){ .kind = AEMP_TRACE_PROCESS_START, .node = member->name,
                                 .number = sim_process_ordinal (member->process),
                                 .payload = secret_mark (secret_of (member)) });
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

/* --- Deeds ---------------------------------------------------------------------------------------- */

typedef void (*PairDeed) (SimHost *one, SimHost *other);

static Member *
member_at (Run *run, const GArray *set, unsigned i)
{
  return &run->members[g_array_index (set, unsigned, i)];
}

static void
for_pairs (Run *run, const ScenarioAction *action, PairDeed deed)
{
  for (unsigned i = 0; i < action->a->len; i++)
    for (unsigned j = 0; j < action->b->len; j++)
      deed (member_at (run, action->a, i)->host, member_at (run, action->b, j)->host);
}

static void
cut_both (SimHost *one, SimHost *other)
{
  sim_path_cut (one, other);
  sim_path_cut (other, one);
}

static void
refuse_both (SimHost *one, SimHost *other)
{
  sim_path_refuse (one, other);
  sim_path_refuse (other, one);
}

static void
cut_pairs (Run *run, const ScenarioAction *action)
{
  if (action->refusing)
    for_pairs (run, action, action->one_way ? sim_path_refuse : refuse_both);
  else
    for_pairs (run, action, action->one_way ? sim_path_cut : cut_both);
}

static void
heal_both (SimHost *one, SimHost *other)
{
  sim_path_heal (one, other);
  sim_path_heal (other, one);
}

static void
heal_all (Run *run)
{
  unsigned count = run->scenario->nodes->len;
  for (unsigned i = 0; i < count; i++)
    for (unsigned j = 0; j < i; j++)
      heal_both (run->members[i].host, run->members[j].host);
}

static void
for_members (Run *run, const ScenarioAction *action, void (*deed) (Member *member))
{
  for (unsigned i = 0; i < action->a->len; i++)
    deed (member_at (run, action->a, i));
}

static void
kill_member (Member *member)
{
  process_end (member, "killed");
}

static void
vanish_member (Member *member)
{
  process_end (member, "vanished");
}

static void
restart_member (Member *member)
{
  process_end (member, "killed");
  process_start (member);
}

static void
resume_member (Member *member)
{
  if (member->process)
    sim_process_resume (member->process);
}

static void
on_pause_over (void *user_data)
{
  Member *member = user_data;
  if (sim_world_now_us (member->run->world) >= member->paused_until_us) /* not paused anew */
    resume_member (member);
}

static void
pause_members (Run *run, const ScenarioAction *action)
{
  int64_t until_us = sim_world_now_us (run->world) + action->duration_us;
  for (unsigned i = 0; i < action->a->len; i++)
    {
      Member *member = member_at (run, action->a, i);
      if (!member->process)
        continue;
      member->paused_until_us = until_us;
      sim_process_pause (member->process);
      sim_world_at (run->world, until_us, on_pause_over, member);
    }
}

static void
end_storms (Run *run)
{
  for (unsigned i = 0; i < run->scenario->actions->len; i++)
    if (run->deeds[i].storm)
      sim_storm_end (run->deeds[i].storm);
}

static void
change_clocks (Run *run, const ScenarioAction *action)
{
  for (unsigned i = 0; i < action->a->len; i++)
    {
      SimHost *host = member_at (run, action->a, i)->host;
      if (action->clock == SCENARIO_CLOCK_DRIFT)
        sim_clock_drift (host, (int32_t) action->amount);
      else if (action->clock == SCENARIO_CLOCK_OFFSET)
        sim_clock_set_offset (host, action->amount);
      else
        sim_clock_jump (host, action->amount);
    }
}

static void
end_faults (Run *run)
{
  end_storms (run);
  heal_all (run);
  for (unsigned i = 0; i < run->scenario->nodes->len; i++)
    {
      resume_member (&run->members[i]);
      sim_clock_drift (run->members[i].host, 0);
      sim_clock_set_offset (run->members[i].host, 0);
    }
  run->calm = true;
  sim_expectations_calm (run->expectations);
}

static void
do_deed (Run *run, const ScenarioAction *action)
{
  switch (action->kind)
    {
    case SCENARIO_CUT:
      cut_pairs (run, action);
      return;
    case SCENARIO_HEAL:
      if (action->a->len == 0)
        heal_all (run);
      else
        for_pairs (run, action, heal_both);
      return;
    case SCENARIO_KILL:
      for_members (run, action, kill_member);
      return;
    case SCENARIO_VANISH:
      for_members (run, action, vanish_member);
      return;
    case SCENARIO_RESTART:
      for_members (run, action, restart_member);
      return;
    case SCENARIO_RESET:
      for_pairs (run, action, sim_path_reset);
      return;
    case SCENARIO_PAUSE:
      pause_members (run, action);
      return;
    case SCENARIO_CLOCK:
      change_clocks (run, action);
      return;
    case SCENARIO_CALM:
      end_faults (run);
      return;
    case SCENARIO_STORM: /* begins by itself, see on_deed() */
    case SCENARIO_ACTION_KINDS:
      break;
    }
  g_assert_not_reached ();
}

static void
report_deed (Run *run, const ScenarioAction *action)
{
  report (run, (AempTraceEvent){
                   .kind = AEMP_TRACE_FAULT, .number = action->line, .text = action->text });
}

static void
on_deed (void *user_data)
{
  Deed *deed = user_data;
  report_deed (deed->run, deed->action);
  if (deed->storm)
    sim_storm_begin (deed->storm);
  else
    do_deed (deed->run, deed->action);
}

/* --- Storms --------------------------------------------------------------------------------------- */

static void
storm_act (void *user_data, const ScenarioAction *action)
{
  Run *run = user_data;
  report_deed (run, action);
  do_deed (run, action);
}

static bool
storm_is_running (void *user_data, unsigned node)
{
  return ((Run *) user_data)->members[node].process != NULL;
}

static const SimStormOps storm_ops = { storm_act, storm_is_running };

static void
on_storm_end (void *user_data)
{
  sim_storm_end (((Deed *) user_data)->storm);
}

/* Its end is planned with it, so that it comes before whatever the scenario says of that time. */
static void
plan_storm (Run *run, Deed *deed)
{
  const ScenarioAction *action = deed->action;
  deed->storm = sim_storm_new (run->world, run->scenario, action, &storm_ops, run);
  sim_world_at (run->world, action->at_us + action->duration_us, on_storm_end, deed);
}

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

static SimPath
sim_path_of (const ScenarioPath *path)
{
  return (SimPath){ .delay_min_us = path->delay_min_us,
                    .delay_max_us = path->delay_max_us,
                    .loss_ppm = path->loss_ppm,
                    .rate_bits = path->rate_bits,
                    .buffer_bytes = path->buffer_bytes };
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
plan (Run *run)
{
  const Scenario *scenario = run->scenario;
  run->deeds = g_new (Deed, scenario->actions->len + 1);
  sim_world_at (run->world, 0, on_start, run);
  for (unsigned i = 0; i < scenario->actions->len; i++)
    {
      const ScenarioAction *action = scenario->actions->pdata[i];
      run->deeds[i] = (Deed){ .run = run, .action = action };
      sim_world_at (run->world, action->at_us, on_deed, &run->deeds[i]);
      if (action->kind == SCENARIO_STORM)
        plan_storm (run, &run->deeds[i]);
    }
  run->expectations
      = sim_expectations_new (run->world, scenario, run->result, &expect_ops, run);
}

static void
checker_free (void *memory)
{
  SimChecker *checker = memory;
  checker->ops->free (checker);
}

static void
call_judges (Run *run)
{
  run->checkers = g_ptr_array_new_with_free_func (checker_free);
  for (unsigned i = 0; sim_checkers[i]; i++)
    if (sim_is_asked_for (run->scenario, sim_checkers[i]))
      g_ptr_array_add (run->checkers, sim_checkers[i]->new (&run->result->findings));
}

static void
judge (Run *run)
{
  for (unsigned i = 0; i < run->checkers->len; i++)
    {
      SimChecker *checker = run->checkers->pdata[i];
      checker->ops->end (checker, run->result->simulated_us, run->calm);
    }
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

static void
write_first_line (Run *run)
{
  if (run->options->trace_line)
    write_line_of (run, "{sI ss su ss ss}", "aemp_trace", TRACE_FORMAT, "build", AEMP_VERSION,
                   "seed", run->options->seed, "file", run->scenario->file, "scenario",
                   run->scenario->source);
}

static void
write_last_line (Run *run)
{
  SimResult *result = run->result;
  char digest[AEMP_DIGEST_TEXT_BYTES];
  aemp_digest_text (&result->digest, digest);
  if (run->options->trace_line)
    write_line_of (run, "{ss su si sI}", "digest", digest, "events", result->trace_lines, "end",
                   result->simulated_us, "status", (int) sim_result_status (result));
}

static void
play (Run *run)
{
  const Scenario *scenario = run->scenario;
  int64_t until_us = run->options->until_us ? run->options->until_us : scenario->until_us;
  while (!run->result->trouble && sim_world_step (run->world, until_us))
    sim_expectations_look (run->expectations);
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
  g_ptr_array_unref (run->checkers);
  sim_world_free (run->world);
  for (unsigned i = 0; i < run->scenario->actions->len; i++)
    sim_storm_free (run->deeds[i].storm);
  aemp_name_unref (run->world_name);
  g_string_free (run->line, TRUE);
  g_free (run->members);
  g_free (run->deeds);
  sim_expectations_free (run->expectations);
}

SimResult *
sim_run (const Scenario *scenario, const SimRunOptions *options)
{
  SimResult *result = g_new0 (SimResult, 1);
  result->seed = options->seed;
  result->missed = g_ptr_array_new_with_free_func (missed_free);
  sim_findings_init (&result->findings);
  aemp_digest_init (&result->digest, options->seed);

  Run run = { .tracer.see = see, .scenario = scenario, .options = options, .result = result };
  run.world = sim_world_new (options->seed);
  run.world_name = aemp_name_new ("world", strlen ("world"));
  run.line = g_string_new (NULL);
  call_judges (&run);
  write_first_line (&run);
  build_network (&run);
  plan (&run);
  play (&run);
  judge (&run);
  result->marks = run.tracer.marks;
  write_last_line (&run);
  run_clear (&run);
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
