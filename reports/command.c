/* reports/command.c - `aemp report`: what a recorded trace says. */

#include "command.h"

#include "engine/codec.h"
#include "engine/units.h"
#include "export.h"
#include "input.h"
#include "json-out.h"
#include "page-data.h"
#include "page.h"

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
  const ReportExportOps *ops;
  const char *path;
} Wanted;

typedef struct
{
  GPtrArray *traces; /* of char *; with a NULL at the end once all were read */
  const char *html;  /* NULL: no page */
  const char *against;
  const char *explain;
  GArray *wanted; /* of Wanted: other exports */
  ReportExcerpt excerpt;
  bool json;
} Options;

static const char help[]
    = "aemp report - what a recorded trace says\n"
      "\n"
      "  aemp report TRACE… [--json] [--html FILE] [--junit FILE] …\n"
      "\n"
      "  TRACE           as `aemp simulate --trace` and `aemp run --trace` write it, compressed "
      "(.zst)\n"
      "                  or not; - is stdin.  Several of real nodes are put in the order of cause\n"
      "  --json          the summary for machines, as docs/report.schema.json says\n"
      "  --html FILE     instead a page for a browser that draws the events: messages between the\n"
      "                  nodes, faults, causes and effects; one file, which needs nothing else\n"
      "  --against TRACE another run beside it on the page, with the first difference marked\n"
      "  --explain FILE  what `aemp explain --json` said of it, to be told on the page\n";

static const char help_of_excerpts[]
    = "  --from T, --to T, --node A,B  the excerpt: from when until when, counted from the first\n"
      "                  event; these nodes only\n"
      "\n"
      "FILE may be - for stdout.  An excerpt that is too long for its reader is cut to what led "
      "to\n"
      "the failure.\n"
      "\n"
      "Exit status: 0 all could be read, 64 usage, 65 the file is cut, broken or no trace (what\n"
      "could be read is reported), 66 it cannot be read, 73 the output cannot be written.  "
      "Whether\n"
      "the run itself failed is in the report.\n";

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

static void
print_help (void)
{
  fputs (help, stdout);
  for (unsigned at = 0; report_exports[at]; at++)
    {
      g_autofree char *option = g_strdup_printf ("%s FILE", report_exports[at]->option);
      printf ("  %-19s %s\n", option, report_exports[at]->meaning);
    }
  fputs (help_of_excerpts, stdout);
}

static int
complain (const GError *error)
{
  fprintf (stderr, "aemp report: %s\n", error->message);
  return EXIT_INPUT;
}

/* --- Arguments --- */

static const ReportExportOps *
find_export (const char *name)
{
  for (unsigned at = 0; report_exports[at]; at++)
    if (strcmp (report_exports[at]->option, name) == 0)
      return report_exports[at];
  return NULL;
}

static void
unref_name (void *name)
{
  aemp_name_unref (name);
}

static void
take_nodes (Options *options, const char *list)
{
  g_auto (GStrv) names = g_strsplit (list, ",", -1);

  if (!options->excerpt.nodes)
    options->excerpt.nodes = g_ptr_array_new_with_free_func (unref_name);
  for (char **name = names; *name; name++)
    g_ptr_array_add (options->excerpt.nodes, aemp_name_new (*name, strlen (*name)));
}

/* Takes an option and its value; 0, or the exit status. */
static int
take_option (Options *options, const char *name, const char *value)
{
  g_autoptr (GError) error = NULL;
  static const char *const names[]
      = { "--html", "--against", "--explain", "--node", "--from", "--to", NULL };
  int64_t *time_us
      = strcmp (name, "--to") == 0 ? &options->excerpt.to_us : &options->excerpt.from_us;

  if (!g_strv_contains (names, name) && !find_export (name))
    return usage ("unknown option %s", name);
  if (!value)
    return usage ("%s needs a value", name);
  if (strcmp (name, "--html") == 0)
    options->html = value;
  else if (strcmp (name, "--against") == 0)
    options->against = value;
  else if (strcmp (name, "--explain") == 0)
    options->explain = value;
  else if (strcmp (name, "--node") == 0)
    take_nodes (options, value);
  else if (strcmp (name, "--from") == 0 || strcmp (name, "--to") == 0)
    {
      if (!aemp_parse_duration (value, AEMP_DURATION_PLAIN, time_us, &error))
        return usage ("%s: %s", name, error->message);
      options->excerpt.has_to = options->excerpt.has_to || time_us == &options->excerpt.to_us;
    }
  else
    {
      const Wanted wanted = { find_export (name), value };
      g_array_append_val (options->wanted, wanted);
    }
  return 0;
}

static bool
is_stdin (const char *trace)
{
  return trace && strcmp (trace, "-") == 0;
}

static bool
overwrites_trace (const Options *options, const char *output)
{
  for (unsigned at = 0; at < options->traces->len; at++)
    if (g_strcmp0 (options->traces->pdata[at], output) == 0)
      return true;
  return g_strcmp0 (options->against, output) == 0;
}

/* Do the arguments, each good by itself, fit together? */
static int
check_arguments (const Options *options)
{
  const bool again = options->html || options->wanted->len > 0;

  if (options->traces->len == 0)
    return usage ("which trace?");
  if (options->html && options->json)
    return usage ("either --html or --json");
  if ((options->against || options->explain) && !options->html)
    return usage ("--against and --explain are for --html");
  for (unsigned at = 0; at < options->traces->len; at++)
    if (is_stdin (options->traces->pdata[at]) && (again || options->traces->len > 1))
      return usage ("this reads the trace twice, which stdin cannot");
  if (options->html && overwrites_trace (options, options->html))
    return usage ("--html would overwrite the trace");
  for (unsigned at = 0; at < options->wanted->len; at++)
    if (overwrites_trace (options, g_array_index (options->wanted, Wanted, at).path))
      return usage ("%s would overwrite the trace",
                    g_array_index (options->wanted, Wanted, at).ops->option);
  return 0;
}

static int
parse_arguments (int argc, char **argv, Options *options)
{
  for (int at = 1; at < argc; at++)
    {
      const char *equals = strchr (argv[at], '=');
      if (argv[at][0] != '-' || !argv[at][1])
        {
          g_ptr_array_add (options->traces, argv[at]);
          continue;
        }
      if (strcmp (argv[at], "--json") == 0)
        {
          options->json = true;
          continue;
        }
      g_autofree char *name
          = equals ? g_strndup (argv[at], (size_t)(equals - argv[at])) : g_strdup (argv[at]);
      const char *value = equals ? equals + 1 : at + 1 < argc ? argv[++at] : NULL;
      const int status = take_option (options, name, value);
      if (status)
        return status;
    }
  const int status = check_arguments (options);
  g_ptr_array_add (options->traces, NULL);
  return status;
}

/* --- Reading --- */

static ReportSummary *
summarise (ReportInput *input, GError **error)
{
  g_autoptr (ReportSummary) summary = report_summary_new ();
  const AempTraceEvent *event;
  uint64_t number;

  while (report_input_next (input, &event, &number, error))
    report_summary_see (summary, event, number);
  report_summary_end (summary);
  return g_steal_pointer (&summary);
}

/* The events up to `last`, as texts: read once more, which only those runs cost that failed. */
static GPtrArray *
read_before (const ReportFrame *frame, uint64_t last)
{
  g_autoptr (GPtrArray) before = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (ReportInput) input
      = is_stdin (frame->path) ? NULL : report_input_open (frame->paths, NULL);
  const uint64_t first = last > EVENTS_BEFORE ? last - EVENTS_BEFORE + 1 : 1;
  const AempTraceEvent *event;
  uint64_t number = 0;

  while (input && number < last && report_input_next (input, &event, &number, NULL))
    if (number >= first && number <= last)
      g_ptr_array_add (before, report_event_text (event, number));
  return g_steal_pointer (&before);
}

/* A trace from its first line to its last, and what it comes to. */
typedef struct
{
  ReportInput *input;
  ReportSummary *summary;
  ReportFrame frame;
  bool complete;
} Reading;

static void
clear_reading (Reading *reading)
{
  report_input_close (reading->input);
  report_summary_free (reading->summary);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reading, clear_reading)

static void
fill_frame (Reading *reading, const char *const *paths)
{
  ReportFrame *frame = &reading->frame;

  *frame = (ReportFrame){ .path = paths[0],
                          .paths = paths,
                          .state = report_input_state (reading->input),
                          .head = report_input_head (reading->input),
                          .tail = report_input_tail (reading->input) };
  frame->failure = report_failure (frame->tail);
  if (frame->failure == 0)
    frame->failure = reading->summary->first_missed;
}

/* 0, or the exit status: nothing could be read. */
static int
read_all (Reading *reading, const char *const *paths)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) broken = NULL;
  const GPtrArray *left_out;

  reading->input = report_input_open (paths, &error);
  if (!reading->input)
    return complain (error);
  left_out = report_input_left_out (reading->input);
  for (unsigned at = 0; at < left_out->len; at++)
    fprintf (stderr, "aemp report: left out: %s\n", (const char *)left_out->pdata[at]);
  reading->summary = summarise (reading->input, &broken);
  if (broken)
    complain (broken);
  if (broken && reading->summary->begin_us == REPORT_NEVER)
    return EXIT_INPUT;
  fill_frame (reading, paths);
  reading->complete = reading->frame.state->bad_lines == 0 && !broken && left_out->len == 0
                      && (reading->frame.tail || paths[1]);
  return 0;
}

/* --- Writing --- */

static int
print_summary (const Options *options, Reading *reading)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GPtrArray) before = NULL;
  ReportFrame *frame = &reading->frame;

  if (frame->failure > 0 || !frame->tail)
    frame->before = before
        = read_before (frame, frame->failure > 0 ? frame->failure : frame->state->events);
  if (options->json)
    report_summary_print_json (out, reading->summary, frame);
  else
    report_summary_print (out, reading->summary, frame);
  frame->before = NULL;
  return fwrite (out->str, 1, out->len, stdout) == out->len ? 0 : EXIT_OUTPUT;
}

static int
write_file (const char *path, const GString *text)
{
  FILE *file = strcmp (path, "-") == 0 ? stdout : fopen (path, "w");
  bool good = file && fwrite (text->str, 1, text->len, file) == text->len;

  if (file && (file == stdout ? fflush (file) : fclose (file)) != 0)
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

/* The data of one run, for the page. */
static bool
append_data (GString *json, const ReportFrame *frame, GError **error)
{
  g_autoptr (ReportInput) input = report_input_open (frame->paths, error);
  g_autoptr (ReportPageData) data = page_window (frame->state->events, frame->failure);
  const AempTraceEvent *event;
  uint64_t number;

  if (!input)
    return false;
  if (frame->state->events == 0)
    fprintf (stderr, "aemp report: %s has no events of aemp\n", frame->path);
  while (report_input_next (input, &event, &number, NULL))
    report_page_data_see (data, event, number);
  report_page_data_end (data);
  report_page_data_write (data, json, frame);
  return true;
}

/* What `aemp explain --json` wrote, as it is; but `<`, which a page must not have. */
static bool
append_explanation (GString *json, const char *path, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (AempMessage) checked = NULL;
  g_autofree char *list = NULL;

  if (!g_file_get_contents (path, &text, NULL, error))
    return false;
  list = g_strdup_printf ("[%s]", text);
  checked = aemp_codec_decode_all (&aemp_codec_json, (const uint8_t *)list, strlen (list), error);
  if (!checked)
    {
      g_prefix_error (error, "%s: ", path);
      return false;
    }
  report_json_value (json, "explain", aemp_message_list (checked).items);
  return true;
}

static int
write_page (const Options *options, const Reading *reading, const Reading *against)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) json = g_string_new ("{\"aemp_page\":2,\"runs\":[");
  g_autoptr (GString) page = g_string_new (NULL);
  g_autofree char *title = report_title (reading->frame.head);

  if (!append_data (json, &reading->frame, &error))
    return complain (error);
  if (options->against)
    {
      g_string_append_c (json, ',');
      if (!append_data (json, &against->frame, &error))
        return complain (error);
    }
  g_string_append_c (json, ']');
  if (options->explain && !append_explanation (json, options->explain, &error))
    return complain (error);
  g_string_append_c (json, '}');
  report_page_write (page, title ? title : reading->frame.path, json);
  return write_file (options->html, page);
}

static int
write_exports (const Options *options, const Reading *reading)
{
  for (unsigned at = 0; at < options->wanted->len; at++)
    {
      const Wanted *wanted = &g_array_index (options->wanted, Wanted, at);
      g_autoptr (GError) error = NULL;
      if (!report_export (wanted->ops, &reading->frame, &options->excerpt,
                          reading->summary->begin_us, wanted->path, &error))
        {
          complain (error);
          return EXIT_OUTPUT;
        }
    }
  return 0;
}

/* --- All of it --- */

static int
report (const Options *options)
{
  const char *const against_paths[] = { options->against, NULL };
  g_auto (Reading) reading = { 0 };
  g_auto (Reading) against = { 0 };
  int status = read_all (&reading, (const char *const *)options->traces->pdata);

  if (!status && options->against)
    status = read_all (&against, against_paths);
  if (!status)
    status = write_exports (options, &reading);
  if (!status && options->html)
    status = write_page (options, &reading, &against);
  if (!status && !options->html && (options->json || options->wanted->len == 0))
    status = print_summary (options, &reading);
  if (status)
    return status;
  return reading.complete && (!options->against || against.complete) ? 0 : EXIT_DATA;
}

int
report_command (int argc, char **argv)
{
  Options options
      = { .traces = g_ptr_array_new (), .wanted = g_array_new (FALSE, FALSE, sizeof (Wanted)) };
  int status;

  for (int at = 1; at < argc; at++)
    if (strcmp (argv[at], "--help") == 0 || strcmp (argv[at], "-h") == 0)
      {
        print_help ();
        return 0;
      }
  status = parse_arguments (argc, argv, &options);
  if (!status)
    status = report (&options);
  g_ptr_array_unref (options.traces);
  g_array_unref (options.wanted);
  if (options.excerpt.nodes)
    g_ptr_array_unref (options.excerpt.nodes);
  return status;
}
