/* tests/unit/damage.c */

#include "damage.h"

#include "reports/trace-read.h"
#include "sim/actors/kinds.h"
#include "sim/checkers/jury.h"
#include "sim/run.h"

/* --- The trace in memory --- */

typedef struct
{
  ReportTraceReader *reader;
  GArray *events; /* AempTraceEvent, names and texts owned */
} Recording;

static void
clear_event (void *memory)
{
  AempTraceEvent *event = memory;

  aemp_name_unref ((AempName *)event->node);
  aemp_name_unref ((AempName *)event->peer);
  aemp_name_unref ((AempName *)event->port);
  aemp_name_unref ((AempName *)event->other);
  g_free ((char *)event->text);
}

static const AempName *
keep (const AempName *name)
{
  return name ? aemp_name_ref (name) : NULL;
}

static void
record (const char *line, size_t length, void *user_data)
{
  Recording *recording = user_data;
  g_autoptr (GError) error = NULL;
  const AempTraceEvent *event;
  uint64_t number;

  report_trace_read (recording->reader, line, length, &event, &number, &error);
  g_assert_no_error (error);
  if (!event)
    return;
  AempTraceEvent kept = *event;
  kept.node = keep (event->node);
  kept.peer = keep (event->peer);
  kept.port = keep (event->port);
  kept.other = keep (event->other);
  kept.text = g_strdup (event->text);
  g_array_append_val (recording->events, kept);
  g_assert_cmpuint (recording->events->len, ==, number);
}

GArray *
damage_play (const char *story, uint64_t seed)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Scenario) scenario = scenario_parse (story, "story.scn", sim_actor_kinds, &error);
  Recording recording
      = { report_trace_reader_new (), g_array_new (FALSE, FALSE, sizeof (AempTraceEvent)) };
  const SimRunOptions options = { .seed = seed, .trace_line = record, .trace_data = &recording };
  g_autoptr (SimResult) result = NULL;
  char texts[2][AEMP_DIGEST_TEXT_BYTES];
  AempDigest digest;

  g_assert_no_error (error);
  g_array_set_clear_func (recording.events, clear_event);
  result = sim_run (scenario, &options);
  g_assert_cmpint (sim_result_status (result), ==, SIM_STATUS_OK);
  aemp_digest_init (&digest, seed);
  for (unsigned at = 0; at < recording.events->len; at++)
    aemp_digest_see (&digest, &g_array_index (recording.events, AempTraceEvent, at));
  aemp_digest_text (&result->digest, texts[0]);
  aemp_digest_text (&digest, texts[1]);
  g_assert_cmpstr (texts[0], ==, texts[1]);
  report_trace_reader_free (recording.reader);
  return recording.events;
}

/* --- Damage --- */

void
damage_judge (const GArray *events, const Damage *damage, SimFindings *findings)
{
  SimJury jury;
  const AempTraceEvent *event = NULL;
  uint64_t line = 0;
  bool calm = false;

  sim_findings_init (findings);
  sim_jury_init (&jury, findings);
  sim_jury_call_all (&jury);
  for (unsigned at = 0; at < events->len; at++)
    {
      event = damage_event (events, at);
      calm = calm || (event->kind == AEMP_TRACE_FAULT && strcmp (event->text, "calm") == 0);
      if (damage && at == damage->at)
        {
          if (damage->first)
            sim_jury_see (&jury, damage->first, ++line);
          if (damage->second)
            sim_jury_see (&jury, damage->second, ++line);
        }
      else
        sim_jury_see (&jury, damage && damage->third && at == damage->later ? damage->third : event,
                      ++line);
    }
  sim_jury_end (&jury, event->time_us, calm);
  sim_jury_clear (&jury);
}

void
damage_is_caught (const GArray *events, const Damage *damage, int promise, unsigned most)
{
  SimFindings findings;

  damage_judge (events, damage, &findings);
  if (findings.breaches[promise] == 0)
    {
      g_autoptr (GString) line = g_string_new (NULL);
      aemp_trace_write_json (line, &g_array_index (events, AempTraceEvent, damage->at),
                             damage->at + 1);
      g_test_message ("not caught: %s", line->str);
    }
  g_assert_cmpuint (findings.breaches[promise], >, 0);
  g_assert_cmpuint (findings.breaches[promise], <=, most);
  sim_findings_clear (&findings);
}

void
damage_try_all (const char *story, AempTraceKind kind, unsigned stride, unsigned at_least,
                TryDamage try_damage)
{
  unsigned tried = 0;

  for (uint64_t seed = 1; seed <= 2; seed++)
    {
      g_autoptr (GArray) events = damage_play (story, seed);
      unsigned seen = 0;
      for (unsigned at = 0; at < events->len; at++)
        if (damage_event (events, at)->kind == kind && seen++ % stride == 0)
          tried += try_damage (events, at);
    }
  g_test_message ("%u damages were tried", tried);
  g_assert_cmpuint (tried, >=, at_least);
}
