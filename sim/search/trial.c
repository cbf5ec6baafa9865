/* sim/search/trial.c - one trial: a run of a scenario, and what is kept of it. */

#include "sim/search/trial.h"
#include "sim/search/signature.h"

#include <string.h>

static const struct
{
  const char *name;
  SimStatus status;
} verdicts[SIM_TRIAL_VERDICTS] = {
  [SIM_TRIAL_OK] = { "ok", SIM_STATUS_OK },
  [SIM_TRIAL_FAILED] = { "failed", SIM_STATUS_FAILED },
  [SIM_TRIAL_NO_PROGRESS] = { "no progress", SIM_STATUS_NO_PROGRESS },
  [SIM_TRIAL_CRASH] = { "crash", SIM_STATUS_CRASH },
  [SIM_TRIAL_SANITIZER] = { "sanitizer", SIM_STATUS_CRASH },
  [SIM_TRIAL_HANG] = { "hang", SIM_STATUS_CRASH },
  [SIM_TRIAL_MEMORY] = { "memory", SIM_STATUS_CRASH },
  [SIM_TRIAL_NOT_REPEATABLE] = { "not repeatable", SIM_STATUS_NOT_REPEATABLE },
};

const char *
sim_trial_verdict_name (SimTrialVerdict verdict)
{
  return verdicts[verdict].name;
}

bool
sim_trial_verdict_find (const char *name, SimTrialVerdict *verdict)
{
  for (int i = 0; i < SIM_TRIAL_VERDICTS; i++)
    if (strcmp (verdicts[i].name, name) == 0)
      {
        *verdict = (SimTrialVerdict)i;
        return true;
      }
  return false;
}

SimStatus
sim_trial_verdict_status (SimTrialVerdict verdict)
{
  return verdicts[verdict].status;
}

void
sim_trial_result_free (SimTrialResult *result)
{
  if (!result)
    return;
  g_free (result->text);
  g_free (result->signature);
  g_free (result->report);
  if (result->payload)
    g_byte_array_unref (result->payload);
  g_free (result);
}

/* --- What is wrong with it
 * ------------------------------------------------------------------------ */

static const SimBreach *
earliest_breach (const SimFindings *findings)
{
  const SimBreach *earliest = NULL;
  for (unsigned i = 0; i < findings->kept->len; i++)
    {
      const SimBreach *breach = findings->kept->pdata[i];
      if (!earliest || breach->line < earliest->line)
        earliest = breach;
    }
  return earliest;
}

static void
take_breach (SimTrialResult *trial, const Scenario *scenario, const SimBreach *breach)
{
  g_autofree char *kind
      = g_strdup_printf ("promise %d, %s", breach->promise, sim_promise_name (breach->promise));
  trial->promise = breach->promise;
  trial->line = breach->line;
  trial->time_us = breach->time_us;
  trial->text
      = g_strdup_printf ("%s: %s (line %" G_GUINT64_FORMAT ")", kind, breach->text, breach->line);
  trial->signature = sim_signature (scenario, kind, breach->text);
}

/* Behind the first semicolon is where to look, which is another place each time. */
static void
take_missed (SimTrialResult *trial, const Scenario *scenario, const SimMissed *missed)
{
  const char *place = strchr (missed->text, ';');
  bool too_many = place && g_str_has_prefix (place, "; the first one too many");
  g_autofree char *why
      = place ? g_strndup (missed->text, (size_t)(place - missed->text)) : g_strdup (missed->text);
  g_autofree char *what = g_strdup_printf ("expected %s", missed->expect->text);
  g_autofree char *kind = sim_signature_plain (scenario, what);
  trial->time_us = missed->time_us;
  trial->line = missed->line;
  trial->text = g_strdup_printf ("%s (line %u of the scenario): %s", what, missed->expect->line,
                                 missed->text);
  if (missed->expect->kind == SCENARIO_EXPECT_NOTE)
    trial->signature = sim_signature (scenario, kind, too_many ? "too many" : "too few");
  else
    trial->signature = sim_signature (scenario, kind, why);
}

/* "rain.sink: broken order (line 17)" */
static void
take_words (SimTrialResult *trial, const Scenario *scenario, const char *kind, const char *words)
{
  trial->text = g_strdup (words);
  trial->signature = sim_signature (scenario, kind, words);
}

void
sim_trial_take (SimTrialResult *trial, const Scenario *scenario, const SimResult *result)
{
  SimStatus status = sim_result_status (result);
  const SimBreach *breach = earliest_breach (&result->findings);
  trial->simulated_us = result->simulated_us;
  trial->planted_us = result->planted_us;
  trial->planted_line = result->planted_line;
  trial->events = result->trace_lines;
  trial->marks = result->marks;
  memcpy (trial->judged, result->findings.judged, sizeof trial->judged);
  aemp_digest_text (&result->digest, trial->digest);
  if (status == SIM_STATUS_OK)
    return;
  trial->verdict = status == SIM_STATUS_NO_PROGRESS ? SIM_TRIAL_NO_PROGRESS : SIM_TRIAL_FAILED;
  if (result->trouble)
    take_words (trial, scenario, "trouble", result->trouble);
  else if (breach)
    take_breach (trial, scenario, breach);
  else if (result->first_broken)
    take_words (trial, scenario, "broken", result->first_broken);
  else
    take_missed (trial, scenario, result->missed->pdata[0]);
}

void
sim_trial_play (const SimTrialPlan *plan, uint64_t seed, volatile SimPulse *pulse,
                SimTrialResult *result)
{
  SimRunOptions options = plan->options;
  options.seed = seed;
  options.pulse = pulse;
  g_autoptr (SimResult) run = sim_run (plan->scenario, &options);
  sim_trial_take (result, plan->scenario, run);
}
