/* tests/unit/test-order.c - the traces of several nodes become one, in the order of cause. */

#include "reports/order.h"

#include <glib/gstdio.h>
#include <string.h>

/* Traces in a folder of their own. */
typedef struct
{
  char *folder;
  GPtrArray *paths; /* of char *; NULL at the end */
} Desk;

static Desk *
desk_new (void)
{
  Desk *desk = g_new0 (Desk, 1);

  desk->folder = g_dir_make_tmp ("aemp-XXXXXX", NULL);
  desk->paths = g_ptr_array_new_null_terminated (0, g_free, true);
  return desk;
}

static void
desk_free (Desk *desk)
{
  for (unsigned at = 0; at < desk->paths->len; at++)
    g_unlink (desk->paths->pdata[at]);
  g_rmdir (desk->folder);
  g_ptr_array_unref (desk->paths);
  g_free (desk->folder);
  g_free (desk);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Desk, desk_free)

/* Appends an event as JSON: "12 deliver peer=ruth port=a1 connection=1". */
static void
append_event (GString *out, const char *node, const char *event)
{
  g_auto (GStrv) words = g_strsplit (event, " ", -1);

  g_string_append_printf (out, "{\"t\":%s,\"node\":\"%s\",\"event\":\"%s\"", words[0], node,
                          words[1]);
  for (unsigned at = 2; words[at]; at++)
    {
      g_auto (GStrv) pair = g_strsplit (words[at], "=", 2);
      const bool is_number = strcmp (pair[0], "number") == 0;

      g_string_append_printf (out, is_number ? ",\"%s\":%s" : ",\"%s\":\"%s\"", pair[0], pair[1]);
    }
  g_string_append (out, "}\n");
}

/* A part of a node's trace.  `head`: more members of its first line; events with `;` between. */
static void
append_part (GString *out, const char *node, const char *head, const char *events)
{
  g_auto (GStrv) each = g_strsplit (events, ";", -1);

  g_string_append_printf (out, "{\"aemp_trace\":1,\"node\":\"%s\"%s%s}\n", node, *head ? "," : "",
                          head);
  for (unsigned at = 0; each[at]; at++)
    append_event (out, node, g_strstrip (each[at]));
}

static void
put_text (Desk *desk, const char *name, const char *text)
{
  char *path = g_build_filename (desk->folder, name, NULL);

  g_ptr_array_add (desk->paths, path);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
put (Desk *desk, const char *name, const char *node, const char *head, const char *events)
{
  g_autoptr (GString) text = g_string_new (NULL);

  append_part (text, node, head, events);
  put_text (desk, name, text->str);
}

static ReportOrder *
order_of (const Desk *desk)
{
  g_autoptr (GError) error = NULL;
  ReportOrder *order = report_order_new ((const char *const *)desk->paths->pdata, &error);

  g_assert_no_error (error);
  return order;
}

/* "rain:send ruth:deliver …": what happens, in the order given. */
static char *
story_of (ReportOrder *order, bool with_times)
{
  GString *story = g_string_new (NULL);
  const AempTraceEvent *event;
  GError *error = NULL;
  uint64_t place;

  while ((event = report_order_next (order, &place, &error)))
    {
      g_string_append_printf (story, "%s%s:%s", story->len ? " " : "", event->node->text,
                              aemp_trace_catalogue[event->kind].name);
      if (with_times)
        g_string_append_printf (story, "@%" G_GINT64_FORMAT, event->time_us);
    }
  g_assert_no_error (error);
  return g_string_free (story, false);
}

static void
tells (const Desk *desk, const char *expected)
{
  g_autoptr (ReportOrder) order = order_of (desk);
  g_autofree char *story = story_of (order, false);

  g_assert_cmpstr (story, ==, expected);
  g_assert_cmpuint (report_order_breaks (order), ==, 0);
}

/* ruth and rain meet over connection 1; each has its clock. */
#define RUTH                                                                                       \
  "1000 process_start; 1000 node_start payload=71;"                                                \
  "2000 link_up peer=rain connection=1 number=1 payload=81; 2000 node_up peer=rain connection=1;"
#define RAIN                                                                                       \
  "900001000 process_start; 900001000 node_start payload=81;"                                      \
  "900002000 link_up peer=ruth connection=1 payload=71; 900002000 node_up peer=ruth connection=1;"
#define MEETING                                                                                    \
  "ruth:process_start ruth:node_start rain:process_start rain:node_start "                         \
  "ruth:link_up ruth:node_up rain:link_up rain:node_up "

static void
test_skewed (void)
{
  g_test_summary ("Two clocks a quarter of an hour apart: questions and answers take turns, in "
                  "whatever order the traces are given, and the times are those of one clock.");

  for (unsigned turn = 0; turn < 2; turn++)
    {
      g_autoptr (Desk) desk = desk_new ();
      g_autoptr (ReportOrder) order = NULL;
      g_autofree char *story = NULL;

      if (turn == 1)
        put (desk, "rain", "rain", "",
             RAIN "900004000 deliver peer=ruth port=a connection=1; 900005000 send peer=ruth");
      put (desk, "ruth", "ruth", "",
           RUTH "3000 send peer=rain port=a; 6000 request peer=rain connection=1");
      if (turn == 0)
        put (desk, "rain", "rain", "",
             RAIN "900004000 deliver peer=ruth port=a connection=1; 900005000 send peer=ruth");
      order = order_of (desk);
      story = story_of (order, true);
      g_assert_nonnull (strstr (story, "ruth:send@2000 rain:deliver@3000 rain:send@4000 "));
      g_assert_nonnull (strstr (story, "ruth:request@5000 "));
      g_assert_cmpuint (report_order_breaks (order), ==, 0);
    }
}

static void
test_cause_first (void)
{
  g_test_summary ("A clock that jumped between two messages makes arrivals earlier than their "
                  "sends; they come behind them all the same.");

  g_autoptr (Desk) desk = desk_new ();

  put (desk, "ruth", "ruth", "", RUTH "9000 send peer=rain port=a; 9500 send peer=rain port=b");
  put (desk, "rain", "rain", "",
       RAIN "900002500 deliver peer=ruth port=a connection=1;"
            "900002600 deliver peer=ruth port=b connection=1; 900002700 port_new port=c");
  tells (desk, MEETING "ruth:send rain:deliver ruth:send ruth:process_end rain:deliver "
                       "rain:port_new rain:process_end");
}

static void
test_queued (void)
{
  g_test_summary ("What was sent before the node was up goes in front; what a failed dial dropped "
                  "does not count.");

  g_autoptr (Desk) desk = desk_new ();

  put (desk, "rain", "rain", "",
       "1 node_start payload=81; 2 deliver peer=ruth connection=1 port=b;"
       "3 deliver peer=ruth connection=1 port=c; 4 deliver peer=ruth connection=1 port=d");
  put (desk, "ruth", "ruth", "",
       "10 node_start payload=71; 11 send peer=rain port=a; 12 dial_failed peer=rain;"
       "13 send peer=rain port=b; 14 send peer=rain port=c; 15 node_up peer=rain connection=1;"
       "16 send peer=rain port=d");
  tells (desk, "rain:node_start ruth:node_start ruth:send ruth:dial_failed ruth:send ruth:send "
               "ruth:node_up rain:deliver rain:deliver ruth:send ruth:process_end rain:deliver "
               "rain:process_end");
}

static void
test_new_connection (void)
{
  g_test_summary (
      "What is sent between the loss of a connection and the loss of the node waits for "
      "the next connection; what arrives on the old one is late, and fine.");

  g_autoptr (Desk) desk = desk_new ();

  put (desk, "rain", "rain", "",
       "1 node_start payload=81; 2 deliver peer=ruth connection=1 port=a;"
       "3 link_down peer=ruth connection=1; 4 deliver peer=ruth connection=2 port=c");
  put (desk, "ruth", "ruth", "",
       "10 node_start payload=71; 11 node_up peer=rain connection=1; 12 send peer=rain port=a;"
       "13 send peer=rain port=b; 14 link_down peer=rain connection=1; 15 send peer=rain port=c;"
       "16 node_down peer=rain; 17 node_up peer=rain connection=2; 18 port_new port=x");
  tells (desk, "rain:node_start ruth:node_start ruth:node_up ruth:send rain:deliver rain:link_down "
               "ruth:send ruth:link_down ruth:send ruth:node_down ruth:node_up rain:deliver "
               "rain:process_end ruth:port_new ruth:process_end");
}

static void
test_meets_after_birth (void)
{
  g_test_summary ("Nobody meets a process before it began, though no message says so; who has no "
                  "trace is met at any time.");

  g_autoptr (Desk) desk = desk_new ();

  put (desk, "rain", "rain", "",
       "1 node_start payload=81; 2 link_up peer=perl connection=5 payload=99;"
       "3 request peer=perl connection=5; 4 link_up peer=ruth connection=1 payload=71");
  put (desk, "ruth", "ruth", "", "10 process_start; 11 node_start payload=71; 12 port_new port=x");
  tells (desk, "rain:node_start rain:link_up rain:request ruth:process_start ruth:node_start "
               "rain:link_up rain:process_end ruth:port_new ruth:process_end");
}

static void
test_instant (void)
{
  g_test_summary ("What a node does at one instant stays together.");

  g_autoptr (Desk) desk = desk_new ();

  put (desk, "ruth", "ruth", "", "5 port_new port=a; 5 port_new port=b; 6 port_new port=c");
  put (desk, "rain", "rain", "", "4 port_new port=a; 5 port_new port=b; 5 node_start; 6 global");
  tells (desk, "rain:port_new ruth:port_new ruth:port_new rain:port_new rain:node_start "
               "ruth:port_new ruth:process_end rain:global rain:process_end");
}

/* --- Several processes --- */

#define FIRST_LIFE "10 process_start; 11 node_start payload=71; 12 port_new port=a"
#define SECOND_LIFE "5 process_start; 6 node_start payload=72; 7 process_end text=stopped"
#define BOTH_LIVES                                                                                 \
  "ruth:process_start ruth:node_start ruth:port_new ruth:process_end "                             \
  "ruth:process_start ruth:node_start ruth:process_end"

static void
test_lives (void)
{
  g_test_summary (
      "A node that was killed and started again: its two traces in the wrong order, one "
      "that was continued, and one that was continued behind half a line.");

  for (unsigned cut = 0; cut < 2; cut++)
    {
      g_autoptr (Desk) continued = desk_new ();
      g_autoptr (GString) text = g_string_new (NULL);

      append_part (text, "ruth", "", FIRST_LIFE);
      g_string_append (text, cut ? "{\"t\":13,\"node\":\"ru\n" : "");
      append_part (text, "ruth", "", SECOND_LIFE);
      put_text (continued, "ruth", text->str);
      tells (continued, BOTH_LIVES);
    }

  g_autoptr (Desk) apart = desk_new ();
  put (apart, "ruth-2", "ruth", "\"began\":2000", SECOND_LIFE);
  put (apart, "ruth-1", "ruth", "\"began\":1000", FIRST_LIFE);
  tells (apart, BOTH_LIVES);
}

static void
test_parts (void)
{
  g_test_summary ("A file that SIGHUP began anew goes on with the same process.");

  g_autoptr (Desk) desk = desk_new ();
  g_autoptr (ReportOrder) order = NULL;
  g_autofree char *story = NULL;

  put (desk, "ruth", "ruth", "\"began\":1000,\"part\":2",
       "13 port_new port=b; 14 process_end text=stopped");
  put (desk, "ruth.old", "ruth", "\"began\":1000,\"part\":1", FIRST_LIFE);
  order = order_of (desk);
  story = story_of (order, false);
  g_assert_cmpstr (story, ==,
                   "ruth:process_start ruth:node_start ruth:port_new ruth:port_new "
                   "ruth:process_end");
  g_assert_cmpuint (report_order_lives (order), ==, 1);
  g_assert_cmpuint (report_order_cut (order), ==, 0);
}

static void
test_cut (void)
{
  g_test_summary ("Half a last line is the end of a process that was killed.");

  g_autoptr (Desk) desk = desk_new ();
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (ReportOrder) order = NULL;
  g_autofree char *story = NULL;

  append_part (text, "ruth", "", FIRST_LIFE);
  g_string_truncate (text, text->len - 9);
  put_text (desk, "ruth", text->str);
  order = order_of (desk);
  story = story_of (order, false);
  g_assert_cmpstr (story, ==, "ruth:process_start ruth:node_start ruth:process_end");
  g_assert_cmpuint (report_order_cut (order), ==, 1);
}

static void
test_farewell (void)
{
  g_test_summary (
      "The farewell is the end in peace of a node's last process: not one that was killed, "
      "nor one behind which another comes.");

  g_autoptr (Desk) desk = desk_new ();
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (ReportOrder) order = NULL;
  const AempTraceEvent *event;
  g_autofree char *farewells = g_strdup ("");
  uint64_t place;

  append_part (text, "ruth", "", "1 process_start; 2 process_end text=stopped");
  append_part (text, "ruth", "", "3 process_start");
  append_part (text, "ruth", "", "4 process_start; 5 process_end text=stopped");
  put_text (desk, "ruth", text->str);
  order = order_of (desk);
  while ((event = report_order_next (order, &place, NULL)))
    {
      g_autofree char *so_far = g_steal_pointer (&farewells);
      farewells = g_strconcat (so_far, report_order_is_farewell (order) ? "F" : ".", NULL);
    }
  g_assert_cmpstr (farewells, ==, ".....F");
}

static void
test_fall (void)
{
  g_test_summary (
      "A connection is lost after the process at its other end was over, even if the clocks "
      "say otherwise; but not when that process went on to hear of it.");
  g_autoptr (Desk) fall = desk_new ();
  g_autoptr (Desk) earlier = desk_new ();

  put (fall, "ruth", "ruth", "", RUTH "9000 process_end text=stopped");
  put (fall, "rain", "rain", "",
       RAIN "900003000 link_down peer=ruth connection=1; 900003001 global");
  tells (fall, MEETING "ruth:process_end rain:link_down rain:global rain:process_end");

  put (earlier, "ruth", "ruth", "",
       RUTH "2500 node_up peer=rose connection=2; 9000 request peer=rose connection=2");
  put (earlier, "rain", "rain", "",
       RAIN "900002000 node_up peer=rose connection=3; 900003000 link_down peer=ruth connection=1;"
            "900003001 send peer=rose");
  put (earlier, "rose", "rose", "",
       "1 node_start payload=5; 3 request peer=rain connection=3; 4 node_up peer=ruth connection=2;"
       "5 send peer=ruth");
  g_autoptr (ReportOrder) order = order_of (earlier);
  g_autofree char *story = story_of (order, false);
  g_assert_cmpuint (report_order_breaks (order), ==, 0);
  g_assert_nonnull (strstr (strstr (story, "rain:link_down "), "ruth:request "));
}

/* --- What cannot be --- */

static void
test_contradiction (void)
{
  g_test_summary (
      "Two that each wait for the other's first message: that is said, once, and the rest "
      "is read all the same.");

  g_autoptr (Desk) desk = desk_new ();
  g_autoptr (ReportOrder) order = NULL;
  g_autofree char *story = NULL;

  put (desk, "ruth", "ruth", "", RUTH "3000 deliver peer=rain connection=1; 4000 send peer=rain");
  put (desk, "rain", "rain", "",
       RAIN "900003500 deliver peer=ruth connection=1; 900004000 send peer=ruth");
  order = order_of (desk);
  story = story_of (order, false);
  g_assert_cmpuint (report_order_breaks (order), ==, 1);
  g_assert_nonnull (strstr (report_order_first_break (order), "ruth:6: deliver of ruth"));
  g_assert_nonnull (strstr (story, "ruth:deliver ruth:send "));
  g_assert_true (g_str_has_suffix (story, "rain:send rain:process_end"));
}

static void
test_never_sent (void)
{
  g_test_summary (
      "An arrival that nobody sent comes when its sender is over: it is for the checkers "
      "to judge.");

  g_autoptr (Desk) desk = desk_new ();

  put (desk, "rain", "rain", "", RAIN "900003000 deliver peer=ruth connection=1");
  put (desk, "ruth", "ruth", "", RUTH "8000 port_new port=x");
  tells (desk, "rain:process_start rain:node_start ruth:process_start ruth:node_start rain:link_up "
               "rain:node_up ruth:link_up ruth:node_up ruth:port_new ruth:process_end "
               "rain:deliver rain:process_end");
}

static void
test_unreadable (void)
{
  g_test_summary (
      "What is no trace, is empty, is cut in the middle, or mixes nodes, is refused with "
      "file and line.");
  static const struct
  {
    const char *text;
    const char *why;
  } cases[] = {
    { "", "ruth: it is empty" },
    { "hello\n", "ruth:1: this is no trace" },
    { "{\"t\":1}\n", "ruth:1: this is no trace" },
    { "{\"aemp_trace\":7,\"node\":\"ruth\"}\n", "ruth:1: a trace of a format" },
    { "{\"aemp_trace\":1,\"node\":\"ruth\"}\n{\"t\":\n{\"t\":1,\"node\":\"ruth\",\"event\":"
      "\"global\"}\n",
      "ruth:2: " },
    { "{\"aemp_trace\":1,\"node\":\"ruth\"}\n{\"aemp_trace\":1,\"node\":\"rain\"}\n",
      "ruth: traces of several nodes" },
  };

  for (unsigned at = 0; at < G_N_ELEMENTS (cases); at++)
    {
      g_autoptr (Desk) desk = desk_new ();
      g_autoptr (GError) error = NULL;
      g_autoptr (ReportOrder) order = NULL;
      uint64_t place;

      put_text (desk, "ruth", cases[at].text);
      order = report_order_new ((const char *const *)desk->paths->pdata, &error);
      while (order && report_order_next (order, &place, &error))
        continue;
      g_assert_nonnull (error);
      if (!strstr (error->message, cases[at].why))
        g_error ("%s: %s", cases[at].why, error->message);
    }
}

static void
test_places (void)
{
  g_test_summary ("Places in texts are named by file and line; other words stay.");

  g_autoptr (Desk) desk = desk_new ();
  g_autoptr (ReportOrder) order = NULL;
  g_autofree char *named = NULL;
  g_autofree char *text
      = g_strdup_printf ("the line is of line %" G_GUINT64_FORMAT ", and (line 12) of line ",
                         (UINT64_C (1) << 40) + 7);
  g_autofree char *expected = NULL;

  put (desk, "ruth", "ruth", "", "1 global");
  put (desk, "rain", "rain", "", "1 global");
  order = order_of (desk);
  named = report_order_name_places (order, text);
  expected = g_strdup_printf ("the line is of %s/rain:7, and (%s/ruth:12) of line ", desk->folder,
                              desk->folder);
  g_assert_cmpstr (named, ==, expected);
}

static void
test_clocks (void)
{
  g_test_summary ("By how much a wall clock is wrong is said of nodes that met, and of those that "
                  "met somebody who met: here by an hour, and by minus a second.");

  g_autoptr (Desk) desk = desk_new ();
  g_autoptr (ReportOrder) order = NULL;
  const char *name;
  int64_t ahead_us;

  put (desk, "a", "a", "\"t\":0,\"wall\":5000000000",
       "1 node_start payload=1; 100 link_up peer=b connection=1");
  put (desk, "b", "b", "\"t\":1000000,\"wall\":8600000000",
       "1000001 node_start payload=2; 1000100 link_up peer=a connection=1;"
       "1000200 link_up peer=c connection=2");
  put (desk, "c", "c", "\"t\":0,\"wall\":4999000000",
       "1 node_start payload=3; 200 link_up peer=b connection=2");
  order = order_of (desk);
  g_assert_true (report_order_clock (order, 1, &name, &ahead_us));
  g_assert_cmpint (ahead_us, ==, INT64_C (3600000000));
  g_assert_true (report_order_clock (order, 2, &name, &ahead_us));
  g_assert_cmpstr (name, ==, "c");
  g_assert_cmpint (ahead_us, ==, -1000000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/order/skewed", test_skewed);
  g_test_add_func ("/order/cause-first", test_cause_first);
  g_test_add_func ("/order/queued", test_queued);
  g_test_add_func ("/order/new-connection", test_new_connection);
  g_test_add_func ("/order/meets-after-birth", test_meets_after_birth);
  g_test_add_func ("/order/instant", test_instant);
  g_test_add_func ("/order/lives", test_lives);
  g_test_add_func ("/order/parts", test_parts);
  g_test_add_func ("/order/cut", test_cut);
  g_test_add_func ("/order/farewell", test_farewell);
  g_test_add_func ("/order/fall", test_fall);
  g_test_add_func ("/order/contradiction", test_contradiction);
  g_test_add_func ("/order/never-sent", test_never_sent);
  g_test_add_func ("/order/unreadable", test_unreadable);
  g_test_add_func ("/order/places", test_places);
  g_test_add_func ("/order/clocks", test_clocks);
  return g_test_run ();
}
