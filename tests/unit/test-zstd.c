/* tests/unit/test-zstd.c - compressed traces: the machines, the file of a real node, and its end
 * when the process is killed. */

#include "engine/error.h"
#include "engine/zstd-stream.h"
#include "net/trace-file.h"
#include "reports/lines.h"
#include "reports/trace-file.h"

#include <glib/gstdio.h>
#include <string.h>

static char *folder;

static char *
some_text (unsigned lines)
{
  GString *text = g_string_new (NULL);

  for (unsigned at = 0; at < lines; at++)
    g_string_append_printf (text, "line %u of a trace, %u\n", at, at * 7919 % 1000);
  return g_string_free (text, FALSE);
}

/* Everything that can be read, fed in pieces; damage ends it. */
static GString *
unpack (const GByteArray *packed, size_t piece, GError **error)
{
  g_autoptr (AempZstdReader) reader = aemp_zstd_reader_new ();
  GString *text = g_string_new (NULL);
  uint8_t room[100];

  for (size_t at = 0; at < packed->len; at += piece)
    {
      const uint8_t *next = packed->data + at;
      size_t left = MIN (piece, packed->len - at);
      size_t got = 1;
      while (left > 0 || got > 0)
        {
          if (!aemp_zstd_read (reader, &next, &left, room, sizeof room, &got, error))
            return text;
          g_string_append_len (text, (const char *)room, (gssize)got);
        }
    }
  return text;
}

static void
test_pieces (void)
{
  g_test_summary (
      "What was written comes out again, however it is cut; what was flushed, at once.");

  g_autofree char *text = some_text (5000);
  g_autoptr (AempZstdWriter) writer = aemp_zstd_writer_new ();
  g_autoptr (GByteArray) packed = g_byte_array_new ();
  const size_t half = strlen (text) / 2;

  aemp_zstd_write (writer, text, half, packed);
  aemp_zstd_flush (writer, packed);
  g_autoptr (GString) flushed = unpack (packed, 1000, NULL);
  g_assert_cmpuint (flushed->len, ==, half);
  aemp_zstd_write (writer, text + half, strlen (text) - half, packed);
  aemp_zstd_end (writer, packed);
  g_assert_true (aemp_zstd_is (packed->data, packed->len));
  g_assert_cmpuint (packed->len, <, strlen (text) / 3);
  for (size_t piece = 1; piece < 2000; piece = piece * 3 + 1)
    {
      g_autoptr (GString) whole = unpack (packed, piece, NULL);
      g_assert_cmpstr (whole->str, ==, text);
    }
}

static void
test_damage (void)
{
  g_test_summary ("Damage is an error, and what stands in front of it was read.");

  g_autofree char *text = some_text (50000);
  g_autoptr (AempZstdWriter) writer = aemp_zstd_writer_new ();
  g_autoptr (GByteArray) packed = g_byte_array_new ();
  g_autoptr (GError) error = NULL;

  aemp_zstd_write (writer, text, strlen (text), packed);
  aemp_zstd_end (writer, packed);
  memset (packed->data + packed->len / 2, 0xff, packed->len / 2);
  g_autoptr (GString) front = unpack (packed, 1000, &error);
  g_assert_error (error, AEMP_ERROR, AEMP_ERROR_MALFORMED);
  g_assert_cmpuint (front->len, >, 1000);
  g_assert_true (g_str_has_prefix (text, front->str));
}

static void
test_walk (void)
{
  g_test_summary ("Two frames, cut at each byte: what is whole of them, with an end where one is "
                  "missing, can be read without an error, and with a third frame behind it.");

  g_autoptr (AempZstdWriter) writer = aemp_zstd_writer_new ();
  g_autoptr (GByteArray) packed = g_byte_array_new ();
  size_t lengths[4] = { 0 };

  for (unsigned frame = 0; frame < 2; frame++)
    {
      aemp_zstd_write (writer, "one two three\n", 14, packed);
      aemp_zstd_flush (writer, packed);
      aemp_zstd_write (writer, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n", 57,
                       packed);
      aemp_zstd_flush (writer, packed);
      aemp_zstd_end (writer, packed);
    }
  for (unsigned cut = 0; cut <= packed->len; cut++)
    {
      g_autoptr (GByteArray) mended = g_byte_array_new ();
      g_autoptr (GError) error = NULL;
      AempZstdWalk walk = { 0 };
      for (unsigned at = 0; at < cut; at += 7)
        aemp_zstd_walk (&walk, packed->data + at, MIN (7, cut - at));
      g_assert_false (walk.foreign);
      g_assert_cmpuint (walk.whole_bytes, <=, cut);
      g_byte_array_append (mended, packed->data, (unsigned)walk.whole_bytes);
      if (walk.within)
        g_byte_array_append (mended, aemp_zstd_end_of_frame, AEMP_ZSTD_END_BYTES);
      aemp_zstd_write (writer, "end\n", 4, mended);
      aemp_zstd_end (writer, mended);
      g_autoptr (GString) text = unpack (mended, 5, &error);
      g_assert_no_error (error);
      g_assert_true (g_str_has_suffix (text->str, "end\n"));
      const size_t blocks = (text->len - 4) / 71 * 2 + ((text->len - 4) % 71 == 14);
      g_assert_cmpuint ((text->len - 4) % 71 % 14, ==, 0);
      lengths[MIN (blocks, 3)]++;
    }
  for (unsigned blocks = 0; blocks < 4; blocks++)
    g_assert_cmpuint (lengths[blocks], >, 0);
  AempZstdWalk foreign = { 0 };
  aemp_zstd_walk (&foreign, (const uint8_t *)"{\"aemp_trace\":1}", 16);
  g_assert_true (foreign.foreign);
}

/* --- The file of a real node --- */

static void
write_some (NetTraceFile *file, unsigned events)
{
  g_autoptr (AempName) node = aemp_name_new ("rain", 4);

  for (unsigned at = 0; at < events; at++)
    {
      net_trace_file_write (
          file, &(AempTraceEvent){ .kind = AEMP_TRACE_NODE_START, .time_us = at, .node = node });
      net_trace_file_flush (file);
    }
}

/* Keeps the first bytes of a file: as if the process had been killed then. */
static void
cut_file (const char *path, size_t *length, size_t less)
{
  g_autofree char *bytes = NULL;

  g_assert_true (g_file_get_contents (path, &bytes, length, NULL));
  g_assert_true (g_file_set_contents (path, bytes, (gssize)(*length - less), NULL));
}

static void
count_lines (const char *path, unsigned kinds[REPORT_LINE_ERROR + 1])
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ReportTraceFile) file = report_trace_file_open (path, &error);
  ReportLine line;

  g_assert_no_error (error);
  memset (kinds, 0, (REPORT_LINE_ERROR + 1) * sizeof *kinds);
  do
    kinds[line = report_trace_file_next (file, NULL, &error)]++;
  while (line != REPORT_LINE_NONE && line != REPORT_LINE_ERROR);
  g_assert_no_error (error);
}

static void
test_killed (void)
{
  g_test_summary ("A node that is killed while it writes a compressed trace: what it had flushed "
                  "can be read, however many bytes are missing, and the next process goes on.");

  g_autofree char *path = g_build_filename (folder, "rain.jsonl.zst", NULL);
  unsigned kinds[REPORT_LINE_ERROR + 1];
  size_t length;

  for (size_t less = 3; less < 60; less++)
    {
      g_unlink (path);
      NetTraceFile *file = net_trace_file_open (path, "rain", NULL);
      write_some (file, 20);
      g_assert_true (net_trace_file_close (file, NULL));
      cut_file (path, &length, less);
      count_lines (path, kinds);
      g_assert_cmpuint (kinds[REPORT_LINE_HEAD], ==, 1);
      g_assert_cmpuint (kinds[REPORT_LINE_EVENT], >=, 16); /* with the process_start */
      const unsigned before = kinds[REPORT_LINE_EVENT];
      file = net_trace_file_open (path, "rain", NULL);
      g_assert_nonnull (file);
      write_some (file, 5);
      net_trace_file_end (file, "0", 0);
      g_assert_true (net_trace_file_close (file, NULL));
      count_lines (path, kinds);
      g_assert_cmpuint (kinds[REPORT_LINE_HEAD], ==, 2);
      g_assert_cmpuint (kinds[REPORT_LINE_EVENT], ==, before + 6);
      g_assert_cmpuint (kinds[REPORT_LINE_TAIL], ==, 1);
    }
}

static void
test_reopened (void)
{
  g_test_summary (
      "SIGHUP begins a compressed trace anew, in another file or in the same one; a file "
      "that is none is refused, and stays as it is.");

  g_autofree char *path = g_build_filename (folder, "ruth.jsonl.zst", NULL);
  g_autofree char *moved = g_build_filename (folder, "old.zst", NULL);
  g_autofree char *other = g_build_filename (folder, "other.zst", NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  unsigned kinds[REPORT_LINE_ERROR + 1];
  NetTraceFile *file = net_trace_file_open (path, "rain", NULL);

  write_some (file, 3);
  g_assert_true (net_trace_file_reopen (file, NULL));
  write_some (file, 3);
  g_rename (path, moved);
  g_assert_true (net_trace_file_reopen (file, NULL));
  write_some (file, 4);
  g_assert_true (net_trace_file_close (file, NULL));
  count_lines (moved, kinds);
  g_assert_cmpuint (kinds[REPORT_LINE_HEAD], ==, 2);
  g_assert_cmpuint (kinds[REPORT_LINE_EVENT], ==, 7);
  count_lines (path, kinds);
  g_assert_cmpuint (kinds[REPORT_LINE_HEAD], ==, 1);
  g_assert_cmpuint (kinds[REPORT_LINE_EVENT], ==, 4);
  g_assert_true (g_file_set_contents (other, "a letter\n", -1, NULL));
  g_assert_null (net_trace_file_open (other, "rain", &error));
  g_assert_error (error, AEMP_ERROR, AEMP_ERROR_MALFORMED);
  g_assert_true (g_file_get_contents (other, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "a letter\n");
  g_unlink (moved);
  g_unlink (other);
}

/* --- Lines --- */

static void
test_lines (void)
{
  g_test_summary ("Lines of any length come one by one; one that is too long is passed over, and "
                  "the last one may lack its end.");

  g_autofree char *path = g_build_filename (folder, "lines", NULL);
  g_autoptr (GString) text = g_string_new ("one\n\n");
  static const ReportLinesNext expected[]
      = { REPORT_LINES_LINE, REPORT_LINES_LINE,     REPORT_LINES_LINE, REPORT_LINES_TOO_LONG,
          REPORT_LINES_LINE, REPORT_LINES_TOO_LONG, REPORT_LINES_LINE, REPORT_LINES_END };
  static const size_t lengths[] = { 3, 0, 300000, 0, 4, 0, 4, 0 };
  const char *line;
  size_t length;

  g_string_set_size (text, text->len + 300000);
  memset (text->str + 5, 'x', 300000);
  for (unsigned at = 0; at < 2; at++)
    {
      g_string_append_c (text, '\n');
      g_string_set_size (text, text->len + 3 * REPORT_LINE_MAX_BYTES);
      memset (text->str + text->len - 3 * REPORT_LINE_MAX_BYTES, 'y', 3 * REPORT_LINE_MAX_BYTES);
      g_string_append (text, at == 0 ? "\nfour" : "\nlast");
    }
  g_assert_true (g_file_set_contents (path, text->str, (gssize)text->len, NULL));
  g_autoptr (ReportLines) lines = report_lines_open (path, NULL);
  for (unsigned at = 0; at < G_N_ELEMENTS (expected); at++)
    {
      g_assert_cmpint (report_lines_next (lines, &line, &length, NULL), ==, expected[at]);
      if (expected[at] == REPORT_LINES_LINE)
        g_assert_cmpuint (length, ==, lengths[at]);
    }
  g_assert_true (report_lines_ends_within (lines));
  g_assert_cmpuint (report_lines_number (lines), ==, 7);
  g_unlink (path);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("aemp-XXXXXX", NULL);
  g_test_add_func ("/zstd/pieces", test_pieces);
  g_test_add_func ("/zstd/damage", test_damage);
  g_test_add_func ("/zstd/walk", test_walk);
  g_test_add_func ("/zstd/killed", test_killed);
  g_test_add_func ("/zstd/reopened", test_reopened);
  g_test_add_func ("/zstd/lines", test_lines);
  status = g_test_run ();
  g_autofree char *rain = g_build_filename (folder, "rain.jsonl.zst", NULL);
  g_autofree char *ruth = g_build_filename (folder, "ruth.jsonl.zst", NULL);
  g_unlink (rain);
  g_unlink (ruth);
  g_rmdir (folder);
  g_free (folder);
  return status;
}
