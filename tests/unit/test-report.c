/* tests/unit/test-report.c - what a trace says, counted: stories made by hand. */

#include "reports/messages.h"
#include "reports/page-data.h"

#include <glib/gstdio.h>
#include <string.h>

#define HEAD                                                                                       \
  "{\"aemp_trace\":1,\"build\":\"x\",\"file\":\"s.scn\",\"scenario\":\"scenario "                  \
  "\\\"tea\\\"\\n\",\"seed\":7}\n"
#define UP                                                                                         \
  "{\"t\":0,\"node\":\"rain\",\"event\":\"process_start\",\"number\":1}\n"                         \
  "{\"t\":0,\"node\":\"ruth\",\"event\":\"process_start\",\"number\":1}\n"                         \
  "{\"t\":5,\"node\":\"ruth\",\"event\":\"link_up\",\"peer\":\"rain\",\"connection\":"             \
  "\"00000000000000aa\",\"number\":1}\n"                                                           \
  "{\"t\":5,\"node\":\"ruth\",\"event\":\"node_up\",\"peer\":\"rain\",\"connection\":"             \
  "\"00000000000000aa\"}\n"                                                                        \
  "{\"t\":6,\"node\":\"rain\",\"event\":\"link_up\",\"peer\":\"ruth\",\"connection\":"             \
  "\"00000000000000aa\"}\n"                                                                        \
  "{\"t\":6,\"node\":\"rain\",\"event\":\"node_up\",\"peer\":\"ruth\",\"connection\":"             \
  "\"00000000000000aa\"}\n"
#define SEND(time, hash)                                                                           \
  "{\"t\":" time                                                                                   \
  ",\"node\":\"ruth\",\"event\":\"send\",\"peer\":\"rain\",\"port\":\"a1\",\"payload\":\"" hash    \
  "\"}\n"
#define DELIVER(time, hash)                                                                        \
  "{\"t\":" time ",\"node\":\"rain\",\"event\":\"deliver\",\"peer\":\"ruth\",\"port\":\"a1\","     \
  "\"connection\":\"00000000000000aa\",\"payload\":\"" hash "\"}\n"
#define LINK_DOWN(time, node, peer)                                                                \
  "{\"t\":" time ",\"node\":\"" node "\",\"event\":\"link_down\",\"peer\":\"" peer                 \
  "\",\"connection\":\"00000000000000aa\",\"text\":\"reset\"}\n"
#define TAIL                                                                                       \
  "{\"digest\":\"0\",\"end\":900,\"events\":9,\"status\":1,\"verdicts\":[{\"promise\":3,"          \
  "\"name\":\"loss is told\",\"units\":\"monitors\",\"judged\":2,\"breaches\":1,\"line\":8,"       \
  "\"text\":\"<nobody> was told\"}],\"expectations\":0,\"missed\":[],\"marks\":[]}\n"
#define ONE "0000000000000001"
#define TWO "0000000000000002"
#define SIX "0000000000000006"

static char *
save (const char *text)
{
  char *path = NULL;
  const int file = g_file_open_tmp ("aemp-report-XXXXXX", &path, NULL);

  g_assert_cmpint (file, >=, 0);
  g_close (file, NULL);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  return path;
}

/* What was read, and the file in the state at its end. */
static ReportSkim *
read_story (const char *text, ReportSummary **summary, ReportPageData **data)
{
  g_autofree char *path = save (text);
  ReportSkim *file = report_skim_open (path, NULL);
  const AempTraceEvent *event;
  uint64_t number;
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (file);
  *summary = report_summary_new ();
  if (data)
    *data = report_page_data_new (0, UINT64_MAX);
  while (report_skim_next (file, &event, &number, &error))
    {
      report_summary_see (*summary, event, number);
      if (data)
        report_page_data_see (*data, event, number);
    }
  g_assert_no_error (error);
  report_summary_end (*summary);
  if (data)
    report_page_data_end (*data);
  g_unlink (path);
  return file;
}

static void
test_counts (void)
{
  g_test_summary (
      "Ruth sends three messages, two arrive.  The third is lost with the connection; the "
      "times are those of the two.");

  g_autoptr (ReportSummary) summary = NULL;
  g_autoptr (ReportSkim) file
      = read_story (HEAD UP SEND ("100", ONE) SEND ("110", TWO) DELIVER ("130", ONE)
                        DELIVER ("200", TWO) SEND ("300", SIX) LINK_DOWN ("400", "ruth", "rain")
                            LINK_DOWN ("410", "rain", "ruth") TAIL,
                    &summary, NULL);

  g_assert_cmpuint (summary->sent, ==, 3);
  g_assert_cmpuint (summary->arrived, ==, 2);
  g_assert_cmpuint (summary->lost, ==, 1);
  g_assert_cmpuint (summary->unexplained, ==, 0);
  g_assert_cmpint (summary->latency.least_us, ==, 30);
  g_assert_cmpint (summary->latency.most_us, ==, 90);
  g_assert_cmpuint (summary->links->len, ==, 2);
  const ReportLink *link = summary->links->pdata[0];
  g_assert_cmpstr (link->from->name->text, ==, "ruth");
  g_assert_cmpuint (link->sent, ==, 3);
  g_assert_cmpuint (link->lost, ==, 1);
  g_assert_cmpuint (link->connections, ==, 1);
  const ReportPort *port = summary->ports->pdata[0];
  g_assert_cmpstr (port->name->text, ==, "a1");
  g_assert_cmpuint (port->sent, ==, 3);
  g_assert_cmpuint (port->arrived, ==, 2);
  g_assert_cmpuint (summary->connections->len, ==, 1);
  const ReportConnection *connection = summary->connections->pdata[0];
  g_assert_cmpstr (connection->dialer->name->text, ==, "ruth");
  g_assert_cmpint (connection->down_us, ==, 400);
  g_assert_cmpstr (connection->why, ==, "reset");
  g_assert_cmpuint (report_failure (report_skim_tail (file)), ==, 8);
}

static void
test_late_arrival (void)
{
  g_test_summary (
      "The sender has lost the connection, the receiver still gets what was in its buffer: "
      "that is not lost.");

  g_autoptr (ReportSummary) summary = NULL;
  g_autoptr (ReportSkim) file
      = read_story (HEAD UP SEND ("100", ONE) SEND ("110", TWO) LINK_DOWN ("120", "ruth", "rain")
                        DELIVER ("130", ONE) LINK_DOWN ("140", "rain", "ruth") TAIL,
                    &summary, NULL);

  g_assert_cmpuint (summary->lost, ==, 1);
  g_assert_cmpuint (summary->latency.count, ==, 1);
}

static void
test_hole (void)
{
  g_test_summary (
      "A message is missing in the middle: the one behind it is matched with its own send, "
      "and the missing one is lost.  One that nobody sent is told apart.");

  g_autoptr (ReportSummary) summary = NULL;
  g_autoptr (ReportSkim) file = read_story (HEAD UP SEND ("100", ONE) SEND ("110", TWO)
                                                     DELIVER ("140", TWO) DELIVER ("150", SIX) TAIL,
                                                 &summary, NULL);

  g_assert_cmpuint (summary->lost, ==, 1);
  g_assert_cmpuint (summary->unexplained, ==, 1);
  g_assert_cmpint (summary->latency.most_us, ==, 30);
}

static void
test_cut_file (void)
{
  g_test_summary (
      "A file that is cut within a line, with rubbish in the middle: what is whole counts, "
      "the first bad line is named, and there is no verdict.");

  g_autoptr (ReportSummary) summary = NULL;
  g_autoptr (ReportSkim) file = read_story (
      HEAD UP "rubbish\n" SEND ("100", ONE) "{\"t\":110,\"node\":\"ru", &summary, NULL);
  const ReportSkimState *state = report_skim_state (file);

  g_assert_cmpuint (state->events, ==, 7);
  g_assert_cmpuint (state->bad_lines, ==, 2);
  g_assert_cmpuint (state->first_bad, ==, 8);
  g_assert_true (state->ends_in_line);
  g_assert_null (report_skim_tail (file));
  g_assert_nonnull (report_skim_head (file));
  g_assert_cmpuint (summary->sent, ==, 1);
}

static void
test_percentiles (void)
{
  g_test_summary (
      "A thousand times, 1 ms to 1 s: each percentile is right within 4 %; the ends are "
      "exact, and the largest time there is has a place.");

  g_autofree ReportHistogram *histogram = g_new0 (ReportHistogram, 1);

  g_assert_cmpint (report_histogram_at (histogram, 500), ==, 0);
  for (int64_t at = 1; at <= 1000; at++)
    report_histogram_add (histogram, at * 1000);
  for (unsigned thousandths = 10; thousandths <= 1000; thousandths += 10)
    {
      const int64_t exact_us = thousandths * 1000;
      const int64_t off_us = ABS (report_histogram_at (histogram, thousandths) - exact_us);
      g_assert_cmpint (off_us * 100, <=, exact_us * 4);
    }
  g_assert_cmpint (report_histogram_at (histogram, 1000), <=, 1000000);
  report_histogram_add (histogram, INT64_MAX);
  report_histogram_add (histogram, -5);
  g_assert_cmpint (histogram->least_us, ==, 0);
  g_assert_cmpint (report_histogram_at (histogram, 1000), >, INT64_MAX / 100 * 96);
}

static void
test_page_data (void)
{
  g_test_summary (
      "The data of a page: all events, the losses, the place of the failure; the words of a "
      "verdict cannot end the page's script.");

  g_autoptr (ReportSummary) summary = NULL;
  g_autoptr (ReportPageData) data = NULL;
  g_autoptr (ReportSkim) file
      = read_story (HEAD UP SEND ("100", ONE) LINK_DOWN ("110", "ruth", "rain")
                        LINK_DOWN ("120", "rain", "ruth") TAIL,
                    &summary, &data);
  const ReportFrame frame = { .path = "x",
                              .state = report_skim_state (file),
                              .head = report_skim_head (file),
                              .tail = report_skim_tail (file),
                              .failure = 8 };
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (ReportTraceReader) reader = report_trace_reader_new ();

  report_page_data_write (data, out, &frame);
  g_assert_null (strchr (out->str, '<'));
  g_assert_true (report_trace_read (reader, out->str, out->len, NULL, NULL, NULL));
  const AempValue *map = report_trace_reader_map (reader);
  uint64_t count = 0, failure = 0;
  g_assert_true (aemp_value_get_unsigned (aemp_map_get (map, "count"), &count));
  g_assert_true (aemp_value_get_unsigned (aemp_map_get (map, "failure"), &failure));
  g_assert_cmpuint (count, ==, 9);
  g_assert_cmpuint (failure, ==, 8);
  g_assert_true (aemp_value_is (aemp_map_get (map, "title"), "tea"));
  const AempValue *lost = aemp_map_get (aemp_map_get (map, "columns"), "lost");
  g_autofree char *text = aemp_value_dup_text (lost, NULL);
  size_t length;
  g_autofree uint8_t *bytes = g_base64_decode (text, &length);
  /* Event 6, zigzag; lost 110 µs after the start, when its sender said so. */
  g_assert_cmpmem (bytes, length, "\x0c\xdc\x01", 3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/report/counts", test_counts);
  g_test_add_func ("/report/late-arrival", test_late_arrival);
  g_test_add_func ("/report/hole", test_hole);
  g_test_add_func ("/report/cut-file", test_cut_file);
  g_test_add_func ("/report/percentiles", test_percentiles);
  g_test_add_func ("/report/page-data", test_page_data);
  return g_test_run ();
}
