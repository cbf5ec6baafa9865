/* sim/search/explain.c - why a seed fails: the run itself, and its parts put together. */

#include "sim/search/explain-parts.h"

#include "engine/planted.h"
#include "scenarios/edit.h"
#include "sim/actors/actors.h"
#include "sim/expand.h"

#include <string.h>

#define EVENTS_KEPT 80 /* the tellers choose */
#define AFTER_US 1 /* a run is played a little longer than to the time when it failed … */
#define SOON_US (1 * G_USEC_PER_SEC) /* so much later it is still the same that goes wrong */
#define HANG_US (2 * G_USEC_PER_SEC) /* virtual time stands still: a verdict, that has to come soon */
#define UNTIL_EXACT_US 10000 /* … or that much longer than it takes */

static void
fault_free (void *memory)
{
  SimExplainFault *fault = memory;
  g_free (fault->text);
  g_free (fault);
}

static SimExplained *
explained_new (void)
{
  SimExplained *explained = g_new0 (SimExplained, 1);
  explained->faults = g_ptr_array_new_with_free_func (fault_free);
  explained->events = g_ptr_array_new_with_free_func (g_free);
  explained->curve = g_array_new (FALSE, FALSE, sizeof (SimExplainPoint));
  explained->planted_us = g_array_new (FALSE, FALSE, sizeof (int64_t));
  explained->deciding = explained->step_fault = -1;
  explained->lost_after_us = explained->lost_before_us = -1;
  return explained;
}

void
sim_explained_free (SimExplained *explained)
{
  if (!explained)
    return;
  g_ptr_array_unref (explained->faults);
  g_ptr_array_unref (explained->events);
  g_array_unref (explained->curve);
  g_array_unref (explained->planted_us);
  g_free (explained->what);
  g_free (explained->signature);
  g_free (explained);
}

/* --- One run, in a process of its own ------------------------------------------------------------ */

/* What a trial remembers of its events. */
typedef struct
{
  const SimExplainTrial *trial;
  GQueue last;      /* of char *: lines */
  GString *planted; /* the times, a line each, when planted bugs acted */
  uint64_t acted;
} Memory;

static bool
is_one_of (const AempName *name, const char *const *nodes)
{
  for (; name && *nodes; nodes++)
    if (strlen (*nodes) == name->length && memcmp (*nodes, name->text, name->length) == 0)
      return true;
  return false;
}

/* Ports and monitors come and go all the time; what tells a story are messages, losses, faults. */
static bool
is_worth_telling (const AempTraceEvent *event, const char *const *nodes)
{
  if (event->kind == AEMP_TRACE_FAULT || event->kind == AEMP_TRACE_FAULT_OVER)
    return true;
  if (event->kind == AEMP_TRACE_PORT_NEW || event->kind == AEMP_TRACE_EXPECTATION)
    return false;
  return is_one_of (event->node, nodes);
}

static void
on_event (const AempTraceEvent *event, uint64_t line, void *user_data)
{
  Memory *memory = user_data;
  if (aemp_planted_count () > memory->acted)
    {
      memory->acted = aemp_planted_count ();
      g_string_append_printf (memory->planted, "planted %" G_GINT64_FORMAT "\n", event->time_us);
    }
  if (line > memory->trial->line || !is_worth_telling (event, memory->trial->nodes))
    return;
  GString *text = g_string_new (NULL);
  aemp_trace_write_json (text, event, line);
  g_queue_push_tail (&memory->last, g_string_free (text, FALSE));
  if (memory->last.length > EVENTS_KEPT)
    g_free (g_queue_pop_head (&memory->last));
}

static void
take_memory (Memory *memory, SimTrialResult *result)
{
  GString *all = memory->planted;
  for (GList *l = memory->last.head; l; l = l->next)
    g_string_append_printf (all, "%s\n", (const char *)l->data);
  result->payload = g_byte_array_new ();
  g_byte_array_append (result->payload, (const uint8_t *)all->str, (guint)all->len + 1);
  g_queue_clear_full (&memory->last, g_free);
  g_string_free (all, TRUE);
}

/* `again`, the trial's own number, says how all is drawn again; 0: it is not. */
static void
play (const SimTrialPlan *plan, uint64_t again, volatile SimPulse *pulse, SimTrialResult *result)
{
  const SimExplainTrial *trial = plan->data;
  SimRunOptions options = plan->options;
  Memory memory = { .trial = trial };
  options.seed = trial->seed;
  options.again = again;
  options.pulse = pulse;
  if (trial->nodes)
    {
      memory.planted = g_string_new (NULL);
      options.observe = on_event;
      options.observe_data = &memory;
    }
  g_autoptr (SimResult) run = sim_run (plan->scenario, &options);
  sim_trial_take (result, plan->scenario, run);
  if (trial->nodes)
    take_memory (&memory, result);
}

bool
sim_explanation_is_late (SimExplanation *explanation)
{
  int64_t limit_us = explanation->options->limit_us;
  if (limit_us && g_get_monotonic_time () - explanation->began_us > limit_us)
    explanation->explained->out_of_time = true;
  return explanation->explained->out_of_time;
}

SimTrialResult *
sim_explanation_next (SimExplanation *explanation, const char *stage)
{
  const SimExplainOptions *options = explanation->options;
  int64_t wait_us = -1;
  if (options->limit_us)
    wait_us = MAX (explanation->began_us + options->limit_us - g_get_monotonic_time (), 0);
  SimTrialResult *result = sim_trials_next (explanation->trials, wait_us);
  if (!result)
    {
      explanation->explained->out_of_time = true;
      return NULL;
    }
  explanation->explained->played++;
  if (options->progress)
    options->progress (stage, explanation->explained->played, options->user_data);
  return result;
}

bool
sim_explanation_is_same (const SimExplanation *explanation, const SimTrialResult *result)
{
  return result->verdict == explanation->explained->verdict
         && g_strcmp0 (result->signature, explanation->explained->signature) == 0;
}

SimWithout
sim_explanation_outcome (const SimExplanation *explanation, const SimTrialResult *result)
{
  const SimExplained *explained = explanation->explained;
  /* An expectation is judged at its end: then it is too late to stop. */
  bool later = explained->promise == 0 && result->time_us > explained->time_us + SOON_US;
  if (result->verdict == SIM_TRIAL_OK || later)
    return SIM_WITHOUT_PASSES;
  return sim_explanation_is_same (explanation, result) ? SIM_WITHOUT_SAME : SIM_WITHOUT_OTHER;
}

/* --- The run that fails ---------------------------------------------------------------------------- */

static SimTrialResult *
play_one (SimExplanation *explanation, const Scenario *scenario, int64_t until_us,
          const SimExplainTrial *trial)
{
  SimTrialPlan plan = { .scenario = scenario,
                        .options = { .until_us = until_us,
                                     .planted = explanation->options->planted },
                        .data = trial };
  sim_trials_submit (explanation->trials, sim_trials_add_plan (explanation->trials, &plan), 0, 0);
  return sim_explanation_next (explanation, "the run");
}

static void
take_failure (SimExplained *explained, const SimTrialResult *result)
{
  explained->verdict = result->verdict;
  explained->promise = result->promise;
  explained->what = g_strdup (result->text);
  explained->signature = g_strdup (result->signature);
  explained->line = result->line;
  explained->time_us = result->time_us ? result->time_us : result->simulated_us;
}

static bool
fails_until (SimExplanation *explanation, int64_t until_us)
{
  g_autoptr (SimTrialResult) result
      = play_one (explanation, explanation->scenario, until_us, &explanation->trial);
  return result && sim_explanation_is_same (explanation, result);
}

/* Does it fail in the same way if it is only played up to the moment when something was wrong, or a
 * little longer, as some checkers have to wait?  Then all the others need not be played longer either. */
static void
find_until (SimExplanation *explanation, int64_t end_us)
{
  int64_t low_us = explanation->explained->time_us + AFTER_US, high_us = end_us;
  if (low_us < high_us && fails_until (explanation, low_us))
    high_us = low_us;
  while (high_us - low_us > UNTIL_EXACT_US && !sim_explanation_is_late (explanation))
    {
      int64_t middle_us = low_us + (high_us - low_us) / 2;
      *(fails_until (explanation, middle_us) ? &high_us : &low_us) = middle_us;
    }
  explanation->until_us = high_us < end_us ? high_us : 0;
}

/* The nodes that are named in what is wrong; all of them, if none is. */
static char **
nodes_concerned (const SimExplanation *explanation)
{
  const GPtrArray *nodes = explanation->scenario->nodes;
  GPtrArray *names = g_ptr_array_new ();
  for (unsigned pass = 0; pass < 2 && names->len == 0; pass++)
    for (unsigned i = 0; i < nodes->len; i++)
      {
        const ScenarioNode *node = nodes->pdata[i];
        g_autofree char *pattern = g_strdup_printf ("\\b\\Q%s\\E\\b", node->name);
        const char *what = explanation->explained->what;
        if (pass == 1 || (what && g_regex_match_simple (pattern, what, 0, 0)))
          g_ptr_array_add (names, g_strdup (node->name));
      }
  g_ptr_array_add (names, NULL);
  return (char **)g_ptr_array_free (names, FALSE);
}

static void
take_memories (SimExplained *explained, const SimTrialResult *result)
{
  if (!result || !result->payload)
    return;
  g_auto (GStrv) lines = g_strsplit ((const char *)result->payload->data, "\n", -1);
  for (unsigned i = 0; lines[i]; i++)
    if (g_str_has_prefix (lines[i], "planted "))
      {
        int64_t time_us = g_ascii_strtoll (lines[i] + strlen ("planted "), NULL, 10);
        g_array_append_val (explained->planted_us, time_us);
      }
    else if (*lines[i])
      g_ptr_array_add (explained->events, g_strdup (lines[i]));
}

static void
find_events (SimExplanation *explanation)
{
  g_auto (GStrv) nodes = nodes_concerned (explanation);
  SimExplained *explained = explanation->explained;
  SimExplainTrial trial = { .seed = explanation->options->seed,
                            .nodes = (const char *const *)nodes,
                            .line = explained->line ? explained->line : G_MAXUINT64 };
  /* A process that dies has no memories: it is asked just before. */
  bool dies = explained->verdict != SIM_TRIAL_FAILED && explained->verdict != SIM_TRIAL_NO_PROGRESS;
  int64_t until_us = dies ? MAX (explained->time_us - 1, 1) : explanation->until_us;
  g_autoptr (SimTrialResult) result = play_one (explanation, explanation->scenario, until_us, &trial);
  take_memories (explained, result);
  if (dies && explained->planted_us->len == 0 && explanation->options->planted)
    g_array_append_val (explained->planted_us, explained->time_us); /* nothing else is left */
}

/* --- Its faults ------------------------------------------------------------------------------------- */

/* The same story, with each fault a statement; NULL: it is another one, or cannot be said. */
static Scenario *
expand (SimExplanation *explanation)
{
  g_autoptr (Scenario) copy = scenario_copy (explanation->scenario, sim_actor_kinds);
  if (!copy)
    return NULL;
  for (unsigned i = 0; i < copy->actions->len && i < explanation->scenario->actions->len; i++)
    ((ScenarioAction *)copy->actions->pdata[i])->line
        = ((const ScenarioAction *)explanation->scenario->actions->pdata[i])->line;
  sim_expand_storms (copy, explanation->options->seed);
  g_autoptr (SimTrialResult) result
      = play_one (explanation, copy, explanation->until_us, &explanation->trial);
  return result && sim_explanation_is_same (explanation, result) ? g_steal_pointer (&copy) : NULL;
}

static void
list_faults (SimExplanation *explanation, const Scenario *story)
{
  SimExplained *explained = explanation->explained;
  const GPtrArray *own = explanation->scenario->actions;
  g_autofree unsigned *firsts = scenario_episodes (story);
  for (unsigned i = 0; i < story->actions->len; i++)
    {
      const ScenarioAction *action = story->actions->pdata[i];
      SimExplainFault *fault = g_new0 (SimExplainFault, 1);
      *fault = (SimExplainFault){ .text = scenario_print_action (story, action),
                                  .at_us = action->at_us,
                                  .line = action->line,
                                  .is_end = firsts[i] != i || action->kind == SCENARIO_CALM };
      for (unsigned j = 0; j < own->len; j++)
        {
          const ScenarioAction *storm = own->pdata[j];
          fault->of_storm |= storm->kind == SCENARIO_STORM && storm->line == action->line;
        }
      g_ptr_array_add (explained->faults, fault);
    }
}

/* --- All of it ---------------------------------------------------------------------------------------- */

static void
explain (SimExplanation *explanation, int64_t end_us)
{
  find_until (explanation, end_us);
  find_events (explanation);
  g_autoptr (Scenario) expanded = expand (explanation);
  explanation->expanded = expanded ? expanded : explanation->scenario;
  list_faults (explanation, explanation->expanded);
  sim_explain_faults (explanation);
  sim_explain_curve (explanation);
}

SimExplained *
sim_explain (const Scenario *scenario, const SimExplainOptions *options)
{
  SimTrialsOptions trials = { .jobs = options->jobs, .ordered = true, .hang_us = HANG_US, .play = play };
  SimExplanation explanation = { .scenario = scenario,
                                 .options = options,
                                 .explained = explained_new (),
                                 .trial.seed = options->seed,
                                 .trials = sim_trials_new (&trials),
                                 .began_us = g_get_monotonic_time () };
  g_autoptr (SimTrialResult) first = play_one (&explanation, scenario, 0, &explanation.trial);
  if (first)
    take_failure (explanation.explained, first);
  if (first && first->verdict != SIM_TRIAL_OK)
    explain (&explanation, first->simulated_us);
  sim_trials_free (explanation.trials);
  explanation.explained->real_us = g_get_monotonic_time () - explanation.began_us;
  return explanation.explained;
}

/* --- How near is it to what was planted? ---------------------------------------------------------------- */

static unsigned
count_faults (const SimExplained *explained, int64_t after_us, int64_t before_us)
{
  unsigned count = 0;
  for (unsigned i = 0; i < explained->faults->len; i++)
    {
      const SimExplainFault *fault = explained->faults->pdata[i];
      count += !fault->is_end && fault->at_us > after_us && fault->at_us < before_us;
    }
  return count;
}

int
sim_explained_distance (const SimExplained *explained)
{
  int64_t low_us = explained->lost_after_us, high_us = explained->lost_before_us;
  int nearest = -1;
  if (low_us <= 0 && explained->deciding >= 0)
    low_us = high_us = ((SimExplainFault *)explained->faults->pdata[explained->deciding])->at_us;
  for (unsigned i = 0; low_us >= 0 && i < explained->planted_us->len; i++)
    {
      int64_t at_us = g_array_index (explained->planted_us, int64_t, i);
      int distance = (int)(at_us > high_us  ? count_faults (explained, high_us, at_us)
                           : at_us < low_us ? count_faults (explained, at_us, low_us)
                                            : 0);
      nearest = nearest < 0 ? distance : MIN (nearest, distance);
    }
  return nearest;
}
