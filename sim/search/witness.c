/* sim/search/witness.c - one run, looked at closely. */
#include "sim/search/witness.h"

#include "scenarios/parse.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* What is worth coming to: where something ends, breaks, or is told. */
static const AempTraceKind places[]
    = { AEMP_TRACE_PROCESS_END, AEMP_TRACE_DIAL_FAILED, AEMP_TRACE_LINK_UP, AEMP_TRACE_LINK_REFUSED,
        AEMP_TRACE_LINK_DOWN,   AEMP_TRACE_NODE_DOWN,   AEMP_TRACE_MASTER,  AEMP_TRACE_UNKNOWN_PORT,
        AEMP_TRACE_REFUSED,     AEMP_TRACE_PORT_DEAD,   AEMP_TRACE_KILL,    AEMP_TRACE_MON_FIRED,
        AEMP_TRACE_DB_CHANGE,   AEMP_TRACE_DB_ANSWER };

/* --- In the process that plays --------------------------------------------------------------- */

/* Into a file in memory that outlives the process, whatever becomes of it. */
static void
on_decided (const char *label, uint64_t identity, int64_t value, void *user_data)
{
  const int *file = user_data;
  if (!g_str_has_prefix (label, "faults/"))
    dprintf (*file, "decided\t%s\t%" G_GUINT64_FORMAT "\t%" G_GINT64_FORMAT "\n", label, identity,
             value);
}

static void
on_event (const AempTraceEvent *event, uint64_t line, void *user_data)
{
  const int *file = user_data;
  for (unsigned i = 0; i < G_N_ELEMENTS (places); i++)
    if (event->kind == places[i])
      dprintf (*file, "came\t%d\t%s\t%s\t%" G_GUINT64_FORMAT "\n", (int)event->kind,
               event->node->text, event->peer ? event->peer->text : "", line);
}

static void
play (const SimTrialPlan *plan, uint64_t seed, volatile SimPulse *pulse, SimTrialResult *result)
{
  SimTrialPlan own = *plan;
  own.options.decided = on_decided;
  own.options.decided_data = (void *)plan->data;
  own.options.observe = on_event;
  own.options.observe_data = (void *)plan->data;
  sim_trial_play (&own, seed, pulse, result);
}

/* --- In the one that wants to know -------------------------------------------------------------
 */

static void
free_decision (void *data)
{
  ScenarioDecision *decision = data;
  g_free (decision->label);
  g_free (decision);
}

static void
free_place (void *data)
{
  ScenarioReach *place = data;
  g_free (place->node);
  g_free (place->peer);
  g_free (place);
}

bool
sim_witness_has (const SimWitness *witness, const ScenarioReach *place)
{
  if (place->mark >= 0)
    return witness->result->marks >> place->mark & 1;
  for (unsigned i = 0; i < witness->places->len; i++)
    {
      const ScenarioReach *known = witness->places->pdata[i];
      if (known->event == place->event && strcmp (known->node, place->node) == 0
          && g_strcmp0 (known->peer, place->peer) == 0)
        return true;
    }
  return false;
}

static void
take_place (SimWitness *witness, char **words)
{
  ScenarioReach *place = g_new (ScenarioReach, 1);
  uint64_t line = g_ascii_strtoull (words[4], NULL, 10);
  *place = (ScenarioReach){ .mark = -1,
                            .event = (int)g_ascii_strtoll (words[1], NULL, 10),
                            .node = g_strdup (words[2]),
                            .peer = *words[3] ? g_strdup (words[3]) : NULL };
  if (sim_witness_has (witness, place))
    {
      free_place (place);
      return;
    }
  g_ptr_array_add (witness->places, place);
  g_array_append_val (witness->place_lines, line);
}

static void
take_line (SimWitness *witness, const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, "\t", -1);
  unsigned count = g_strv_length (words);
  if (count == 4 && strcmp (words[0], "decided") == 0)
    {
      ScenarioDecision *decision = g_new (ScenarioDecision, 1);
      *decision = (ScenarioDecision){ g_strdup (words[1]), g_ascii_strtoull (words[2], NULL, 10),
                                      g_ascii_strtoll (words[3], NULL, 10) };
      g_ptr_array_add (witness->decisions, decision);
    }
  else if (count == 5 && strcmp (words[0], "came") == 0)
    take_place (witness, words);
}

static void
read_all (SimWitness *witness, int file)
{
  off_t length = lseek (file, 0, SEEK_END);
  g_autofree char *text = g_malloc0 ((size_t)length + 1);
  if (pread (file, text, (size_t)length, 0) != length)
    return;
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (unsigned i = 0; lines[i]; i++)
    take_line (witness, lines[i]);
}

SimWitness *
sim_witness_new (const Scenario *scenario, uint64_t seed, const char *const *planted)
{
  SimWitness *witness = g_new0 (SimWitness, 1);
  SimTrialsOptions options = { .play = play };
  int file = memfd_create ("witness", MFD_CLOEXEC);
  g_assert (file >= 0);
  g_autoptr (SimTrials) trials = sim_trials_new (&options);
  SimTrialPlan plan = { .scenario = scenario, .options.planted = planted, .data = &file };
  sim_trials_submit (trials, sim_trials_add_plan (trials, &plan), seed, 0);
  witness->result = sim_trials_next (trials, -1);
  witness->decisions = g_ptr_array_new_with_free_func (free_decision);
  witness->places = g_ptr_array_new_with_free_func (free_place);
  witness->place_lines = g_array_new (FALSE, FALSE, sizeof (uint64_t));
  read_all (witness, file);
  close (file);
  return witness;
}

void
sim_witness_free (SimWitness *witness)
{
  if (!witness)
    return;
  sim_trial_result_free (witness->result);
  g_ptr_array_unref (witness->decisions);
  g_ptr_array_unref (witness->places);
  g_array_unref (witness->place_lines);
  g_free (witness);
}
