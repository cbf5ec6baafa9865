/* reports/command.c - `aemp report`: what a recorded trace says. */

#include "command.h"

#include "page-data.h"
#include "page.h"
#include "summary-print.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define EXIT_USAGE 64
#define EXIT_DATA 65 /* not a trace, or only a part of one */
#define EXIT_INPUT 66
#define EXIT_OUTPUT 73 /* as sysexits.h */

#define EVENTS_BEFORE 12       /* shown before the failure */
#define PAGE_EVENTS_MAX 200000 /* in one page; of more, those around the failure */

typedef struct
{
  const char *trace;
  const char *html; /* NULL: no page */
  bool json;
} Options;

static const char help[]
    = "aemp report - what a recorded trace says\n"
      "\n"
      "  aemp report TRACE.jsonl [--json] [--html FILE]\n"
      "\n"
      "  TRACE.jsonl  as `aemp simulate --trace` writes it; - is stdin\n"
      "  --json       the summary for machines, as docs/report.schema.json says\n"
      "  --html FILE  instead a page for a browser that draws the events: messages between the\n"
      "               nodes, faults, causes and effects; one file, which needs nothing else\n"
      "\n"
      "Exit status: 0 all could be read, 64 usage, 65 the file is cut, broken or no trace (what "
      "could\n"
      "be read is reported), 66 it cannot be read, 73 the output cannot be written.  Whether the "
      "run\n"
      "itself failed is in the report.\n";

static int usage (const char *format, ...) G_GNUC_PRINTF (1, 2);

static int
usage (const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  fprintf (stderr, "aemp report: %s\nTry: aemp report --help\n", text);
  return EXIT_USAGE;
}

static int
complain (const GError *error)
{
  fprintf (stderr, "aemp report: %s\n", error->message);
  return EXIT_INPUT;
}

static int
parse_arguments (int argc, char **argv, Options *options)
{
  for (int at = 1; at < argc; at++)
    if (strcmp (argv[at], "--json") == 0)
      options->json = true;
    else if (g_str_has_prefix (argv[at], "--html="))
      options->html = argv[at] + strlen ("--html=");
    else if (strcmp (argv[at], "--html") == 0)
      {
        if (!argv[at + 1])
          return usage ("--html needs a file");
        options->html = argv[++at];
      }
    else if (argv[at][0] == '-' && argv[at][1])
      return usage ("unknown option %s", argv[at]);
    else if (options->trace)
      return usage ("one trace at a time, please: %s or %s?", options->trace, argv[at]);
    else
      options->trace = argv[at];
  if (!options->trace)
    return usage ("which trace?");
  if (options->html && options->json)
    return usage ("either --html or --json");
  if (options->html && strcmp (options->trace, "-") == 0)
    return usage ("--html reads the trace twice, which stdin cannot");
  if (options->html && strcmp (options->trace, options->html) == 0)
    return usage ("--html would overwrite the trace");
  return 0;
}

/* --- Reading --- */

static ReportSummary *
summarise (ReportSkim *file, GError **error)
{
  g_autoptr (ReportSummary) summary = report_summary_new ();
  const AempTraceEvent *event;
  uint64_t number;

  while (report_skim_next (file, &event, &number, error))
    report_summary_see (summary, event, number);
  report_summary_end (summary);
  return g_steal_pointer (&summary);
}

/* The events up to `last`, as texts: read once more, which only those runs cost that failed. */
static GPtrArray *
read_before (const char *path, uint64_t last)
{
  g_autoptr (GPtrArray) before = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (ReportSkim) file
      = strcmp (path, "-") == 0 ? NULL : report_skim_open (path, NULL);
  const uint64_t first = last > EVENTS_BEFORE ? last - EVENTS_BEFORE + 1 : 1;
  const AempTraceEvent *event;
  uint64_t number = 0;

  while (file && number < last && report_skim_next (file, &event, &number, NULL))
    if (number >= first && number <= last)
      g_ptr_array_add (before, report_event_text (event, number));
  return g_steal_pointer (&before);
}

/* --- Writing --- */

static int
print_summary (const Options *options, const ReportSummary *summary, const ReportFrame *frame)
{
  g_autoptr (GString) out = g_string_new (NULL);

  if (options->json)
    report_summary_print_json (out, summary, frame);
  else
    report_summary_print (out, summary, frame);
  return fwrite (out->str, 1, out->len, stdout) == out->len ? 0 : EXIT_OUTPUT;
}

static int
write_file (const char *path, const GString *text)
{
  FILE *file = fopen (path, "w");
  bool good = file && fwrite (text->str, 1, text->len, file) == text->len;

  if (file && fclose (file) != 0)
    good = false;
  if (good)
    return 0;
  fprintf (stderr, "aemp report: cannot write %s: %s\n", path, g_strerror (errno));
  return EXIT_OUTPUT;
}

/* Three quarters of what there is room for lies before the failure; without one, all from the
 * start. */
static ReportPageData *
page_window (uint64_t events, uint64_t failure)
{
  uint64_t first = failure > PAGE_EVENTS_MAX / 4 * 3 ? failure - PAGE_EVENTS_MAX / 4 * 3 : 1;

  if (events <= PAGE_EVENTS_MAX)
    return report_page_data_new (0, UINT64_MAX);
  return report_page_data_new (first, first + PAGE_EVENTS_MAX - 1);
}

static int
write_page (const Options *options, const ReportFrame *frame)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ReportSkim) file = report_skim_open (options->trace, &error);
  g_autoptr (ReportPageData) data = page_window (frame->state->events, frame->failure);
  g_autoptr (GString) json = g_string_new (NULL);
  g_autoptr (GString) page = g_string_new (NULL);
  g_autofree char *title = report_title (frame->head);
  const AempTraceEvent *event;
  uint64_t number;

  if (!file)
    return complain (error);
  while (report_skim_next (file, &event, &number, &error))
    report_page_data_see (data, event, number);
  if (error)
    return complain (error);
  report_page_data_end (data);
  report_page_data_write (data, json, frame);
  report_page_write (page, title ? title : options->trace, json);
  return write_file (options->html, page);
}

/* --- All of it --- */

static int
report (const Options *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) broken = NULL;
  g_autoptr (ReportSkim) file = report_skim_open (options->trace, &error);
  g_autoptr (ReportSummary) summary = NULL;
  g_autoptr (GPtrArray) before = NULL;
  const ReportSkimState *state;
  int status;

  if (!file)
    return complain (error);
  summary = summarise (file, &broken);
  if (broken && summary->begin_us == REPORT_NEVER)
    return complain (broken);
  state = report_skim_state (file);
  ReportFrame frame = { .path = options->trace,
                        .state = state,
                        .head = report_skim_head (file),
                        .tail = report_skim_tail (file) };
  frame.failure = report_failure (frame.tail);
  if (frame.failure == 0)
    frame.failure = summary->first_missed;
  if (!options->html && (frame.failure > 0 || !frame.tail))
    frame.before = before
        = read_before (options->trace, frame.failure > 0 ? frame.failure : state->events);
  if (broken)
    fprintf (stderr, "aemp report: %s\n", broken->message);
  if (options->html && state->events == 0)
    fprintf (stderr, "aemp report: %s has no events of aemp\n", options->trace);
  status = options->html ? write_page (options, &frame) : print_summary (options, summary, &frame);
  if (status)
    return status;
  return state->bad_lines > 0 || !frame.tail || broken ? EXIT_DATA : 0;
}

int
report_command (int argc, char **argv)
{
  Options options = { 0 };
  int status;

  for (int at = 1; at < argc; at++)
    if (strcmp (argv[at], "--help") == 0 || strcmp (argv[at], "-h") == 0)
      {
        fputs (help, stdout);
        return 0;
      }
  status = parse_arguments (argc, argv, &options);
  return status ? status : report (&options);
}
