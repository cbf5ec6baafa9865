/* sim/command-check.c - `aemp check`: judges recorded traces. */

#include "sim/command.h"

#include "engine/digest.h"
#include "reports/order.h"
#include "sim/checkers/jury.h"
#include "sim/print.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define EXIT_FAILED 1
#define EXIT_NO_PROGRESS 2
#define EXIT_VACUOUS 4
#define EXIT_USAGE 64
#define EXIT_TRACE 65

#define AHEAD_SHOWN_US 10000 /* clocks that are this near count as equal */
#define SHOWN_MAX 8          /* expectations that were not met */

static const char help[]
    = "aemp check - judges recorded traces, of real nodes and of simulations\n"
      "\n"
      "  aemp check TRACE… [--calm] [--promises N,N…] [--json]\n"
      "\n"
      "  TRACE…           those of one network, in any order; or that of one simulation\n"
      "  --calm           when the first node was told to stop, the network had come to rest: "
      "what\n"
      "                   should have happened by then is judged, too\n"
      "  --promises N,N…  these alone, and each has to have something to judge\n"
      "  --json           the verdicts as one object\n"
      "  --reference      prints docs/trace.md, the format of traces\n"
      "\n"
      "Exit status: 0 all promises kept, 1 a promise or an expectation failed, or the traces "
      "contradict\n"
      "each other, 2 no progress after calm, 4 nothing to judge, 64 usage, 65 a trace that cannot "
      "be\n"
      "read.\n";

typedef struct
{
  GPtrArray *files; /* of const char *; NULL at the end */
  bool calm;
  bool json;
  bool promises[SIM_PROMISES + 1];
  bool some; /* --promises was said */
} Options;

/* A check in the making, and what came of it. */
typedef struct
{
  const Options *options;
  ReportOrder *order;
  Scenario asked; /* only what it asks for */
  bool for_all;   /* nobody asked for anything: everything is judged, and need not be */
  SimFindings findings;
  SimJury jury;
  AempDigest digest;
  uint64_t events;
  int64_t end_us;
  bool rested;
  unsigned expected;
  GPtrArray *missed; /* of char * */
  bool altered;      /* the digest is not what the trace says */
  int recorded;      /* the status that a simulation gave itself */
} Check;

static int usage (const char *format, ...) G_GNUC_PRINTF (1, 2);

static int
usage (const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  fprintf (stderr, "aemp check: %s\nTry: aemp check --help\n", text);
  return EXIT_USAGE;
}

/* --- Arguments ------------------------------------------------------------------------- */

static bool
take_promises (Options *options, const char *text)
{
  g_auto (GStrv) words = g_strsplit (text, ",", -1);
  options->some = true;
  for (unsigned i = 0; words[i]; i++)
    {
      uint64_t number;
      if (!g_ascii_string_to_unsigned (words[i], 10, 1, SIM_PROMISES, &number, NULL))
        return false;
      options->promises[number] = true;
    }
  return words[0] != NULL;
}

/* 0, or the exit status. */
static int
parse_arguments (int argc, char **argv, Options *options)
{
  for (int i = 1; i < argc; i++)
    if (strcmp (argv[i], "--calm") == 0)
      options->calm = true;
    else if (strcmp (argv[i], "--json") == 0)
      options->json = true;
    else if (strcmp (argv[i], "--promises") == 0)
      {
        if (++i == argc || !take_promises (options, argv[i]))
          return usage ("--promises: expected numbers from 1 to %d with commas between",
                        SIM_PROMISES);
      }
    else if (argv[i][0] == '-' && argv[i][1] != 0)
      return usage ("unknown option %s", argv[i]);
    else
      g_ptr_array_add (options->files, argv[i]);
  if (options->files->len == 0)
    return usage ("which traces?  aemp run --trace FILE and aemp simulate --trace FILE write some");
  g_ptr_array_add (options->files, NULL);
  return 0;
}

/* --- Judging ----------------------------------------------------------------------------- */

static void
take_numbers (bool numbers[SIM_PROMISES + 1], const AempValue *list)
{
  for (uint32_t i = 0; list && list->type == AEMP_ARRAY && i < list->length; i++)
    {
      const AempValue *number = &list->as.items[i];
      if (number->type == AEMP_INTEGER && !number->negative && number->as.integer <= SIM_PROMISES)
        numbers[number->as.integer] = true;
    }
}

static bool
asks_for_any (const Scenario *scenario)
{
  for (int promise = 1; promise <= SIM_PROMISES; promise++)
    if (scenario->promises[promise])
      return true;
  return false;
}

/* What the user asks for, what the simulation was asked for, or everything. */
static void
choose_promises (Check *check)
{
  const AempValue *head = report_order_head (check->order);
  const AempValue *list = head ? aemp_map_get (head, "promises") : NULL;
  if (check->options->some)
    {
      memcpy (check->asked.promises, check->options->promises, sizeof check->asked.promises);
      memcpy (check->asked.promise_by_number, check->options->promises,
              sizeof check->asked.promises);
    }
  else if (list)
    {
      take_numbers (check->asked.promises, list);
      take_numbers (check->asked.promise_by_number, aemp_map_get (head, "by_number"));
    }
  check->for_all = !asks_for_any (&check->asked);
  if (check->for_all)
    for (int promise = 1; promise <= SIM_PROMISES; promise++)
      check->asked.promises[promise] = true;
}

static void
call_judges (Check *check)
{
  sim_findings_init (&check->findings);
  sim_jury_init (&check->jury, &check->findings);
  for (unsigned i = 0; sim_checkers[i]; i++)
    if (sim_is_asked_for (&check->asked, sim_checkers[i]))
      sim_jury_call (&check->jury, sim_checkers[i]);
}

static void
see_expectation (Check *check, const AempTraceEvent *event)
{
  check->expected++;
  if (event->text && strcmp (event->text, "met") != 0)
    g_ptr_array_add (check->missed,
                     g_strdup_printf ("line %" G_GUINT64_FORMAT " of the scenario: %s",
                                      event->number, event->text));
}

static void
see (Check *check, const AempTraceEvent *event, uint64_t place)
{
  check->events++;
  check->end_us = MAX (check->end_us, event->time_us);
  aemp_digest_see (&check->digest, event);
  sim_jury_see (&check->jury, event, place);
  if (event->kind == AEMP_TRACE_EXPECTATION)
    see_expectation (check, event);
}

/* False with an error. */
static bool
see_all (Check *check, GError **error)
{
  const AempTraceEvent *event;
  GError *failure = NULL;
  uint64_t place;
  while ((event = report_order_next (check->order, &place, &failure)))
    {
      if (check->options->calm && report_order_is_farewell (check->order))
        {
          check->rested = true;
          break;
        }
      see (check, event, place);
    }
  if (failure)
    g_propagate_error (error, failure);
  return !failure;
}

/* What only the last line of a simulation says. */
static void
see_tail (Check *check)
{
  const AempValue *tail = report_order_tail (check->order);
  char digest[AEMP_DIGEST_TEXT_BYTES];
  if (!tail)
    return;
  const AempValue *rested = aemp_map_get (tail, "rested");
  g_autofree char *recorded = report_map_text (tail, "digest");
  aemp_digest_text (&check->digest, digest);
  check->end_us = report_map_number (tail, "end", check->end_us);
  check->rested = rested && rested->type == AEMP_BOOLEAN && rested->as.boolean;
  check->recorded = (int)report_map_number (tail, "status", 0);
  check->altered = g_strcmp0 (recorded, digest) != 0;
}

static uint64_t
seed_of (const AempValue *head)
{
  const AempValue *seed = head ? aemp_map_get (head, "seed") : NULL;
  return seed && seed->type == AEMP_INTEGER ? seed->as.integer : 0;
}

static bool
judge (Check *check, GError **error)
{
  bool read;
  choose_promises (check);
  call_judges (check);
  aemp_digest_init (&check->digest, seed_of (report_order_head (check->order)));
  read = see_all (check, error);
  if (report_order_is_simulated (check->order))
    see_tail (check);
  sim_jury_end (&check->jury, check->end_us, check->rested);
  return read;
}

/* --- What it amounts to -------------------------------------------------------------------- */

static bool
is_all_vacuous (const Check *check)
{
  for (int promise = 1; promise <= SIM_PROMISES; promise++)
    if (check->findings.judged[promise] > 0 || check->findings.breaches[promise] > 0)
      return false;
  return true;
}

/* NULL: everything that had to be judged was; g_free() it. */
static char *
why_vacuous (const Check *check)
{
  int promise;
  if (!check->for_all && sim_judged_nothing (&check->asked, check->findings.judged, &promise))
    return g_strdup_printf ("promise %d, %s, was to be checked and had nothing to judge", promise,
                            sim_promise_name (promise));
  if (is_all_vacuous (check))
    return g_strdup ("there was nothing to judge");
  return NULL;
}

static int
status_of (const Check *check)
{
  g_autofree char *vacuous = why_vacuous (check);
  SimStatus status = check->altered || report_order_breaks (check->order) > 0 ? SIM_STATUS_FAILED
                                                                              : SIM_STATUS_OK;
  for (int promise = 1; promise <= SIM_PROMISES; promise++)
    if (check->findings.breaches[promise] > 0)
      status = SIM_STATUS_FAILED;
  if (check->missed->len > 0
      && !report_order_tail (check->order)) /* it does not say how bad that is */
    status = SIM_STATUS_FAILED;
  if (check->recorded == EXIT_FAILED || check->recorded == EXIT_NO_PROGRESS)
    status = sim_status_worse (status, (SimStatus)check->recorded);
  return (int)sim_status_worse (status, vacuous ? SIM_STATUS_VACUOUS : SIM_STATUS_OK);
}

static char *
name_places (const void *order, const char *text)
{
  return report_order_name_places (order, text);
}

/* --- For people ---------------------------------------------------------------------------- */

static void
print_title (GString *out, const Check *check)
{
  const ReportOrder *order = check->order;
  g_autofree char *file = report_map_text (report_order_head (order), "file");
  g_autofree char *events = sim_print_number_of (check->events, "event|events");
  if (report_order_is_simulated (order))
    g_string_append_printf (out, "%s   seed %" G_GUINT64_FORMAT "   %s   %s\n",
                            file ? file : "a simulation", seed_of (report_order_head (order)),
                            events, check->rested ? "at rest in the end" : "not at rest");
  else
    {
      g_autofree char *nodes = sim_print_number_of (report_order_nodes (order), "node|nodes");
      g_autofree char *lives
          = sim_print_number_of (report_order_lives (order), "process|processes");
      g_string_append_printf (out, "%s   %s, %u killed%s   %s   %s\n", nodes, lives,
                              report_order_cut (order),
                              report_order_cut (order) > 0 ? " (or still running)" : "", events,
                              check->rested ? "at rest in the end" : "the end is not judged");
    }
}

static void
print_clocks (GString *out, const Check *check)
{
  const char *name;
  int64_t ahead_us;
  for (unsigned node = 1; node < report_order_nodes (check->order); node++)
    if (report_order_clock (check->order, node, &name, &ahead_us)
        && ABS (ahead_us) >= AHEAD_SHOWN_US)
      g_string_append_printf (out, "  clock of %s: %s%" G_GINT64_FORMAT ".%03d s\n", name,
                              ahead_us < 0 ? "-" : "+", ABS (ahead_us) / 1000000,
                              (int)(ABS (ahead_us) / 1000 % 1000));
}

static void
print_expectations (GString *out, const Check *check)
{
  if (check->expected > check->missed->len)
    g_string_append_printf (out, "  ok       expectations         %u of %u\n",
                            check->expected - check->missed->len, check->expected);
  for (unsigned i = 0; i < MIN (check->missed->len, SHOWN_MAX); i++)
    g_string_append_printf (out, "  FAIL     expectations         %s\n",
                            (const char *)check->missed->pdata[i]);
}

/* What is wrong, and no promise's matter. */
static void
print_troubles (GString *out, const Check *check)
{
  const uint64_t breaks = report_order_breaks (check->order);
  g_autofree char *vacuous = why_vacuous (check);
  if (breaks > 0)
    g_string_append_printf (out, "  FAIL     order of cause       %s",
                            report_order_first_break (check->order));
  if (breaks > 1)
    g_string_append_printf (out, "  and %" G_GUINT64_FORMAT " more like it", breaks - 1);
  if (breaks > 0)
    g_string_append_c (out, '\n');
  if (check->altered)
    g_string_append (out,
                     "  FAIL     digest               this is not the trace that was written\n");
  if (check->recorded != 0)
    g_string_append_printf (out, "  the run itself ended with status %d\n", check->recorded);
  if (vacuous)
    g_string_append_printf (out, "  VACUOUS  %s\n", vacuous);
}

static void
print_text (GString *out, const Check *check)
{
  const bool several = check->options->files->len > 2; /* and the NULL */
  const SimPrintPromises print = {
    .asked = check->asked.promises,
    .colour = isatty (STDOUT_FILENO),
    .name_places = several || !report_order_is_simulated (check->order) ? name_places : NULL,
    .user_data = check->order,
  };
  print_title (out, check);
  print_clocks (out, check);
  sim_print_promises (out, &check->findings, &print);
  print_expectations (out, check);
  print_troubles (out, check);
}

/* --- For programs -------------------------------------------------------------------------- */

static AempMessage *
breach_map (const Check *check, const SimBreach *breach)
{
  g_autofree char *place = report_place_text (check->order, breach->line);
  g_autofree char *text = report_order_name_places (check->order, breach->text);
  return aemp_message_new ("{sI ss si ss}", "promise", breach->promise, "at", place, "t",
                           breach->time_us, "text", text);
}

static AempMessage *
promise_map (const Check *check, int promise)
{
  return aemp_message_new ("{sI ss su su}", "promise", promise, "name", sim_promise_name (promise),
                           "judged", check->findings.judged[promise], "breaches",
                           check->findings.breaches[promise]);
}

static void
add_value (GPtrArray *messages, GArray *values, AempMessage *message)
{
  g_ptr_array_add (messages, message);
  g_array_append_val (values, *aemp_message_list (message).items);
}

static AempValue
array_of (GArray *values)
{
  return (AempValue){ .type = AEMP_ARRAY,
                      .length = values->len,
                      .as.items = (const AempValue *)(void *)values->data };
}

static void
print_json (GString *out, const Check *check)
{
  g_autoptr (GPtrArray) messages
      = g_ptr_array_new_with_free_func ((GDestroyNotify)aemp_message_unref);
  g_autoptr (GArray) promises = g_array_new (false, false, sizeof (AempValue));
  g_autoptr (GArray) breaches = g_array_new (false, false, sizeof (AempValue));
  for (int promise = 1; promise <= SIM_PROMISES; promise++)
    if (check->asked.promises[promise])
      add_value (messages, promises, promise_map (check, promise));
  for (unsigned i = 0; i < check->findings.kept->len; i++)
    add_value (messages, breaches, breach_map (check, check->findings.kept->pdata[i]));
  const AempValue all = array_of (promises), first = array_of (breaches);
  g_autoptr (AempMessage) map = aemp_message_new (
      "{su su su su su sb sb sI sv sv}", "nodes", (uint64_t)report_order_nodes (check->order),
      "processes", (uint64_t)report_order_lives (check->order), "killed",
      (uint64_t)report_order_cut (check->order), "events", check->events, "out_of_order",
      report_order_breaks (check->order), "rested", check->rested, "altered", check->altered,
      "status", status_of (check), "promises", &all, "breaches", &first);
  g_autofree char *text = aemp_value_to_text (aemp_message_list (map).items, 0);
  g_string_append_printf (out, "%s\n", text);
}

/* --- The command --------------------------------------------------------------------------- */

static int
run (const Options *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) missed = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (ReportOrder) order
      = report_order_new ((const char *const *)options->files->pdata, &error);
  Check check = { .options = options, .order = order, .missed = missed };
  g_autoptr (GString) out = g_string_new (NULL);
  int status = EXIT_TRACE;
  if (!order)
    {
      fprintf (stderr, "aemp check: %s\n", error->message);
      return EXIT_TRACE;
    }
  if (judge (&check, &error))
    {
      status = status_of (&check);
      (options->json ? print_json : print_text) (out, &check);
      fputs (out->str, stdout);
    }
  else
    fprintf (stderr, "aemp check: %s\n", error->message);
  sim_jury_clear (&check.jury);
  sim_findings_clear (&check.findings);
  return status;
}

int
sim_check_command (int argc, char **argv)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new ();
  Options options = { .files = files };
  int status;
  for (int i = 1; i < argc; i++)
    {
      g_autofree char *reference
          = strcmp (argv[i], "--reference") == 0 ? sim_trace_reference () : NULL;
      if (!reference && strcmp (argv[i], "--help") != 0)
        continue;
      fputs (reference ? reference : help, stdout);
      return 0;
    }
  status = parse_arguments (argc, argv, &options);
  return status ? status : run (&options);
}
