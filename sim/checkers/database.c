/* sim/checkers/database.c - promise 11: what each node is told of the shared database.
 *
 * Here is what may never happen; database-end.c judges how it ends. */

#include "records.h"
#include "whole.h"

typedef struct
{
  SimChecker base;
  SimRecords records;
} Database;

/* --- A node's own part --- */

static void
touch (SimFamily *family, SimKey *key, const AempTraceEvent *event)
{
  family->changed_us = event->time_us;
  if (key)
    key->changed_us = event->time_us;
}

static void
see_set (SimRecords *records, SimMember *member, SimFamily *family, const AempTraceEvent *event,
         uint64_t line)
{
  SimKey *key = sim_records_need_key (records, family, event->other);
  const SimSetting *setting = sim_records_setting (records, member, key);

  if (setting && setting->pairing->hash == event->payload)
    return; /* nothing has changed */
  touch (family, key, event);
  sim_records_set (records, member, key, event, line);
}

static void
see_delete (Database *database, SimMember *member, SimFamily *family, const AempTraceEvent *event,
            uint64_t line)
{
  SimKey *key = sim_records_need_key (&database->records, family, event->other);
  SimSetting *setting = sim_records_setting (&database->records, member, key);

  touch (family, key, event);
  if (setting)
    sim_records_unset (&database->records, setting, event->time_us, true);
  else
    sim_findings_breach (database->base.findings, 11, event->time_us, line,
                         "%s deleted key %s of family %s at " SIM_TIME ", which it has not set",
                         member->name->text, key->name->text, family->name->text,
                         SIM_TIME_PARTS (event->time_us));
  sim_records_tidy_key (&database->records, key);
}

/* --- Monitors --- */

/* "rain's monitor 5 of family work" */
#define WATCHER "%s's monitor %" G_GUINT64_FORMAT " of family %s"
#define WATCHER_PARTS(watcher)                                                                     \
  (watcher)->member->name->text, (watcher)->number, (watcher)->family->name->text

static void
see_monitor (Database *database, SimMember *member, SimFamily *family, const AempTraceEvent *event,
             uint64_t line)
{
  SimWatcher *before = sim_records_watcher (&database->records, event);

  if (before)
    {
      sim_findings_breach (database->base.findings, 11, event->time_us, line,
                           WATCHER " begins at " SIM_TIME ", but there is one of this number "
                                   "since " SIM_TIME,
                           member->name->text, event->number, family->name->text,
                           SIM_TIME_PARTS (event->time_us), SIM_TIME_PARTS (before->time_us));
      sim_records_unwatch (&database->records, before);
    }
  sim_records_watch (&database->records, member, family, event, line);
}

static void
see_dropped (Database *database, SimMember *member, const AempTraceEvent *event, uint64_t line)
{
  SimWatcher *watcher = sim_records_watcher (&database->records, event);
  SimOwn *own = sim_records_own (member);
  const unsigned at = own->dropped_count++ % SIM_DROPPED_KEPT;

  own->dropped[at].number = event->number;
  own->dropped[at].line = line;
  if (watcher)
    sim_records_unwatch (&database->records, watcher);
  else
    sim_findings_breach (database->base.findings, 11, event->time_us, line,
                         "%s dropped its database monitor %" G_GUINT64_FORMAT " at " SIM_TIME
                         ", but it has none of this number",
                         member->name->text, event->number, SIM_TIME_PARTS (event->time_us));
}

static bool
is_word (const AempTraceEvent *event, const char *word)
{
  return event->text && strcmp (event->text, word) == 0;
}

/* What is wrong with this news of a key; NULL: nothing. */
static const char *
find_fault (const SimWatcher *watcher, const SimKnown *known, const AempTraceEvent *event)
{
  const SimPairing *before = known ? known->pairing : NULL;

  if (known && known->call == watcher->calls + 1)
    return "twice in one call";
  if (is_word (event, "added"))
    return before ? "as added, which it knew already" : NULL;
  if (is_word (event, "deleted"))
    return before ? NULL : "as deleted, which it never knew";
  if (!is_word (event, "changed"))
    return "without a word whether it is added, changed or deleted";
  if (!before)
    return "as changed, which it never knew";
  return before->hash == event->payload ? "as changed, but its value is the one it knew" : NULL;
}

static void
judge_value (Database *database, const SimWatcher *watcher, const SimKey *key,
             const AempTraceEvent *event, uint64_t line)
{
  const SimSetting *setting = key->settings.head ? key->settings.head->data : NULL;
  g_autoptr (GString) text = NULL;

  if (event->payload == 0 || database->records.roster.strangers
      || sim_records_was_set (&database->records, key, event->payload))
    return;
  text = g_string_new (NULL);
  g_string_append_printf (text,
                          WATCHER " is told at " SIM_TIME " of a value of key %s that nobody ever "
                                  "set; ",
                          WATCHER_PARTS (watcher), SIM_TIME_PARTS (event->time_us),
                          key->name->text);
  if (setting)
    g_string_append_printf (text, "%s set another one at " SIM_TIME " (line %" G_GUINT64_FORMAT ")",
                            setting->member->name->text, SIM_TIME_PARTS (setting->time_us),
                            setting->line);
  else
    g_string_append (text, "nobody has set the key");
  sim_findings_breach (database->base.findings, 11, event->time_us, line, "%s", text->str);
}

static void
see_change (Database *database, SimFamily *family, const AempTraceEvent *event, uint64_t line)
{
  SimWatcher *watcher = sim_records_watcher (&database->records, event);
  const bool deleted = is_word (event, "deleted");
  const char *fault;
  SimKey *key;

  if (!watcher || watcher->family != family)
    return; /* the call that follows will be judged */
  key = sim_records_need_key (&database->records, family, event->other);
  fault = find_fault (watcher, sim_records_known (watcher, key), event);
  if (fault)
    sim_findings_breach (database->base.findings, 11, event->time_us, line,
                         WATCHER " is told at " SIM_TIME " of key %s %s", WATCHER_PARTS (watcher),
                         SIM_TIME_PARTS (event->time_us), key->name->text, fault);
  else
    judge_value (database, watcher, key, event, line);
  watcher->news++;
  watcher->news_us = event->time_us;
  watcher->news_line = line;
  sim_records_learn (&database->records, watcher, key, deleted ? 0 : event->payload, event->time_us,
                     line);
}

static void
tell_nobody (Database *database, SimMember *member, const AempTraceEvent *event, uint64_t line)
{
  const SimOwn *own = sim_records_own (member);
  uint64_t dropped = 0;

  for (unsigned i = 0; i < MIN (own->dropped_count, SIM_DROPPED_KEPT); i++)
    if (own->dropped[i].number == event->number)
      dropped = MAX (dropped, own->dropped[i].line);
  if (dropped > 0)
    sim_findings_breach (database->base.findings, 11, event->time_us, line,
                         WATCHER " is told something at " SIM_TIME
                                 ", but it was dropped at line %" G_GUINT64_FORMAT,
                         member->name->text, event->number, event->port->text,
                         SIM_TIME_PARTS (event->time_us), dropped);
  else
    sim_findings_breach (database->base.findings, 11, event->time_us, line,
                         WATCHER " is told something at " SIM_TIME ", but there is no such monitor",
                         member->name->text, event->number, event->port->text,
                         SIM_TIME_PARTS (event->time_us));
}

/* What is wrong with this call; NULL: nothing. */
static const char *
find_fault_of_call (const SimWatcher *watcher, const AempTraceEvent *event)
{
  if (is_word (event, "first"))
    return watcher->told ? "is told what there is for a second time" : NULL;
  if (!watcher->told)
    return "is told of a change before it was told what there is";
  return watcher->news == 0 ? "is told of a change, but nothing has changed" : NULL;
}

static void
judge_sum (Database *database, SimWatcher *watcher, const AempTraceEvent *event, uint64_t line)
{
  const uint64_t wrong_by = event->payload - watcher->sum;

  if (wrong_by == watcher->wrong_by)
    return;
  watcher->wrong_by = wrong_by;
  sim_findings_breach (database->base.findings, 11, event->time_us, line,
                       WATCHER
                       " is shown another family at " SIM_TIME
                       " than the %u keys it was told of (their sum is %016" G_GINT64_MODIFIER
                       "x, and not %016" G_GINT64_MODIFIER "x)",
                       WATCHER_PARTS (watcher), SIM_TIME_PARTS (event->time_us),
                       watcher->all_known.length, event->payload, watcher->sum);
}

static void
see_told (Database *database, SimMember *member, SimFamily *family, const AempTraceEvent *event,
          uint64_t line)
{
  SimWatcher *watcher = sim_records_watcher (&database->records, event);
  const char *fault;

  database->base.findings->judged[11]++;
  if (!watcher || watcher->family != family)
    {
      tell_nobody (database, member, event, line);
      return;
    }
  touch (family, NULL, event);
  fault = find_fault_of_call (watcher, event);
  if (fault)
    sim_findings_breach (database->base.findings, 11, event->time_us, line,
                         WATCHER " %s at " SIM_TIME, WATCHER_PARTS (watcher), fault,
                         SIM_TIME_PARTS (event->time_us));
  else
    judge_sum (database, watcher, event, line);
  sim_records_called (&database->records, watcher);
}

/* --- Questions --- */

static void
see_query (Database *database, SimMember *member, SimFamily *family, const AempTraceEvent *event,
           uint64_t line)
{
  const SimQuestion *before = sim_records_question (&database->records, event);

  if (!before)
    sim_records_ask (&database->records, member, family, event, line);
  else
    sim_findings_breach (database->base.findings, 11, event->time_us, line,
                         "%s asks question %" G_GUINT64_FORMAT " at " SIM_TIME
                         ", but one of this number waits since " SIM_TIME,
                         member->name->text, event->number, SIM_TIME_PARTS (event->time_us),
                         SIM_TIME_PARTS (before->asked_us));
}

static void
see_answer (Database *database, SimMember *member, SimFamily *family, const AempTraceEvent *event,
            uint64_t line)
{
  SimQuestion *question = sim_records_question (&database->records, event);

  database->base.findings->judged[11]++;
  if (!question)
    sim_findings_breach (database->base.findings, 11, event->time_us, line,
                         "%s is given an answer to question %" G_GUINT64_FORMAT " at " SIM_TIME
                         ", which it never asked, or which was answered before",
                         member->name->text, event->number, SIM_TIME_PARTS (event->time_us));
  else if (question->family != family)
    sim_findings_breach (database->base.findings, 11, event->time_us, line,
                         "%s asked for family %s, and is answered what %s has at " SIM_TIME,
                         member->name->text, question->family->name->text, family->name->text,
                         SIM_TIME_PARTS (event->time_us));
  if (question)
    sim_records_answer (&database->records, question, event->payload, line);
}

/* --- The checker --- */

static void
see_family (Database *database, SimMember *member, SimFamily *family, const AempTraceEvent *event,
            uint64_t line)
{
  if (event->kind == AEMP_TRACE_DB_SET)
    see_set (&database->records, member, family, event, line);
  else if (event->kind == AEMP_TRACE_DB_DELETE)
    see_delete (database, member, family, event, line);
  else if (event->kind == AEMP_TRACE_DB_MONITOR)
    see_monitor (database, member, family, event, line);
  else if (event->kind == AEMP_TRACE_DB_CHANGE)
    see_change (database, family, event, line);
  else if (event->kind == AEMP_TRACE_DB_TOLD)
    see_told (database, member, family, event, line);
  else if (event->kind == AEMP_TRACE_DB_QUERY)
    see_query (database, member, family, event, line);
  else
    see_answer (database, member, family, event, line);
}

static void
database_see (SimChecker *checker, const AempTraceEvent *event, uint64_t line)
{
  const AempName nothing = aemp_name_view ("", 0);
  Database *database = (Database *)checker;
  const bool over = sim_roster_see (&database->records.roster, event, line);
  SimMember *member;
  SimFamily *family;
  AempTraceEvent whole = *event;

  if (!over && (event->kind < AEMP_TRACE_DB_SET || event->kind > AEMP_TRACE_DB_ANSWER))
    return;
  member = sim_roster_member (&database->records.roster, event->node);
  if (over)
    sim_records_end_process (&database->records, member, event->time_us);
  if (over || !member || !member->traced)
    return;
  if (event->kind == AEMP_TRACE_DB_DROPPED)
    {
      see_dropped (database, member, event, line);
      return;
    }
  whole.port = event->port ? event->port : &nothing;
  whole.other = event->other ? event->other : &nothing;
  family = sim_records_need_family (&database->records, whole.port);
  family->users++; /* while we look */
  see_family (database, member, family, &whole, line);
  family->users--;
  sim_records_tidy_family (&database->records, family);
}

static bool
tell_breach (void *user_data, int64_t time_us, uint64_t line, const char *text)
{
  sim_findings_breach (((Database *)user_data)->base.findings, 11, time_us, line, "%s", text);
  return true;
}

/* What was changed in the second half of the time since the last fault may still be on its way. */
static void
database_end (SimChecker *checker, int64_t time_us, bool calm)
{
  Database *database = (Database *)checker;
  const int64_t fault_us = database->records.roster.fault_us;

  if (!calm || database->records.roster.strangers)
    return;
  sim_records_judge (&database->records, time_us, fault_us + (time_us - fault_us) / 2, true,
                     &(SimTold){ tell_breach, database });
}

static bool
keep_text (void *user_data, int64_t time_us, uint64_t line, const char *text)
{
  *(char **)user_data = g_strdup (text);
  return false;
}

char *
sim_database_why_not_equal (SimChecker *checker)
{
  Database *database = (Database *)checker;
  char *text = NULL;

  sim_records_judge (&database->records, 0, G_MAXINT64, false, &(SimTold){ keep_text, &text });
  return text;
}

bool
sim_database_is_equal (SimChecker *checker)
{
  g_autofree char *text = sim_database_why_not_equal (checker);

  return !text;
}

static SimChecker *
database_new (SimFindings *findings)
{
  Database *database = g_new0 (Database, 1);

  database->base = (SimChecker){ .ops = &sim_checker_database, .findings = findings };
  sim_records_init (&database->records);
  return &database->base;
}

static void
database_free (SimChecker *checker)
{
  sim_records_clear (&((Database *)checker)->records);
  g_free (checker);
}

static const int promises[] = { 11, 0 };
static const char *const units[] = { "call or answer|calls and answers" };

const SimCheckerOps sim_checker_database = {
  .name = "database",
  .promises = promises,
  .units = units,
  .kinds = SIM_ROSTER_KINDS | SIM_KIND (DB_SET) | SIM_KIND (DB_DELETE) | SIM_KIND (DB_MONITOR)
           | SIM_KIND (DB_CHANGE) | SIM_KIND (DB_TOLD) | SIM_KIND (DB_DROPPED)
           | SIM_KIND (DB_QUERY) | SIM_KIND (DB_ANSWER),
  .new = database_new,
  .see = database_see,
  .end = database_end,
  .free = database_free,
};
