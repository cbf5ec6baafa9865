/* reports/export.c */

#include "export.h"

#include "engine/error.h"
#include "input.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define HELD_BYTES_MAX (1024 * 1024) /* written out then */

const ReportExportOps *const report_exports[]
    = { &report_junit,   &report_tap, &report_shiviz, &report_chrome, &report_svg,
        &report_mermaid, NULL };

/* --- Lanes --- */

static void
unref_name (void *name)
{
  aemp_name_unref (name);
}

void
report_lanes_init (ReportLanes *lanes)
{
  lanes->places = g_hash_table_new (g_int64_hash, g_int64_equal);
  lanes->names = g_ptr_array_new_with_free_func (unref_name);
}

void
report_lanes_clear (ReportLanes *lanes)
{
  g_hash_table_unref (lanes->places);
  g_ptr_array_unref (lanes->names);
}

bool
report_lanes_find (const ReportLanes *lanes, uint64_t hash, unsigned *place)
{
  void *found = g_hash_table_lookup (lanes->places, &hash);

  if (found)
    *place = GPOINTER_TO_UINT (found) - 1;
  return found != NULL;
}

unsigned
report_lanes_add (ReportLanes *lanes, const AempName *name)
{
  unsigned place;
  AempName *kept;

  if (report_lanes_find (lanes, name->hash, &place))
    return place;
  kept = aemp_name_ref (name);
  g_ptr_array_add (lanes->names, kept);
  g_hash_table_insert (lanes->places, &kept->hash, GUINT_TO_POINTER (lanes->names->len));
  return lanes->names->len - 1;
}

/* --- One export --- */

typedef struct
{
  const ReportExportOps *ops;
  void *export;
  const ReportExcerpt *excerpt;
  int64_t from_us; /* by the trace's own clock */
  int64_t to_us;
  uint64_t first; /* events by their numbers */
  uint64_t last;
  ReportPacket packet; /* of the event at hand */
  bool has_packet;
} Run;

static bool
has_node (const ReportExcerpt *excerpt, uint64_t hash)
{
  if (!excerpt->nodes)
    return true;
  for (unsigned at = 0; at < excerpt->nodes->len; at++)
    if (((const AempName *)excerpt->nodes->pdata[at])->hash == hash)
      return true;
  return false;
}

static bool
is_in_window (const Run *run, int64_t time_us, uint64_t number)
{
  return time_us >= run->from_us && time_us <= run->to_us && number >= run->first
         && number <= run->last;
}

static bool
is_shown (const Run *run, const AempTraceEvent *event, uint64_t number)
{
  if (!is_in_window (run, event->time_us, number))
    return false;
  if (event->kind == AEMP_TRACE_FAULT || event->kind == AEMP_TRACE_FAULT_OVER)
    return true;
  return has_node (run->excerpt, event->node->hash)
         && (!event->peer || event->peer->length == 0
             || has_node (run->excerpt, event->peer->hash));
}

static void
see_arrived (void *user, const ReportPacket *packet, const AempTraceEvent *event, uint64_t number)
{
  Run *run = user;

  run->has_packet = packet && is_in_window (run, packet->time_us, packet->number);
  if (run->has_packet)
    run->packet = *packet;
}

static void
see_lost (void *user, uint64_t from, uint64_t to, const ReportPacket *packet, int64_t time_us,
          uint64_t number)
{
  Run *run = user;
  const ReportLoss loss = { from, to, packet, time_us, number };

  if (run->ops->lose && is_in_window (run, packet->time_us, packet->number)
      && has_node (run->excerpt, from) && has_node (run->excerpt, to))
    run->ops->lose (run->export, &loss);
}

static const ReportMessagesNews news = { see_arrived, see_lost };

static void
write_out (FILE *file, GString *out)
{
  fwrite (out->str, 1, out->len, file);
  g_string_truncate (out, 0);
}

/* Of the events of the excerpt: the last ones up to the failure, or the first of all; as many as
 * the export takes. */
static void
find_window (Run *run, ReportInput *input, uint64_t failure)
{
  const uint64_t most = run->ops->events_max;
  g_autofree uint64_t *latest = g_new0 (uint64_t, most);
  const AempTraceEvent *event;
  uint64_t number;
  uint64_t count = 0;
  bool before = false; /* there are some up to the failure */

  while (report_input_next (input, &event, &number, NULL))
    {
      if (number > failure && (before || count == most))
        break;
      if (!is_shown (run, event, number))
        continue;
      before = number <= failure;
      latest[count++ % most] = number;
    }
  if (count == 0)
    return;
  run->first = latest[count > most ? count % most : 0];
  run->last = latest[(count - 1) % most];
}

static bool
choose_window (Run *run, const ReportFrame *frame, GError **error)
{
  g_autoptr (ReportInput) input = NULL;

  run->last = UINT64_MAX;
  if (run->ops->events_max == UINT64_MAX)
    return true;
  input = report_input_open (frame->paths, error);
  if (input)
    find_window (run, input, frame->failure);
  return input != NULL;
}

/* False with an error: it could not be read. */
static bool
feed (Run *run, const ReportFrame *frame, FILE *file, GString *out, GError **error)
{
  g_autoptr (ReportInput) input = report_input_open (frame->paths, error);
  g_autoptr (ReportMessages) messages = report_messages_new (&news, run);
  const AempTraceEvent *event;
  uint64_t number;

  while (input && report_input_next (input, &event, &number, NULL))
    {
      run->has_packet = false;
      report_messages_see (messages, event, number);
      if (is_shown (run, event, number))
        run->ops->see (run->export,
                       &(ReportMoment){ event, number, run->has_packet ? &run->packet : NULL });
      if (out->len >= HELD_BYTES_MAX)
        write_out (file, out);
    }
  report_messages_end (messages);
  return input != NULL;
}

static FILE *
open_output (const char *path, GError **error)
{
  FILE *file = strcmp (path, "-") == 0 ? stdout : fopen (path, "we");

  if (!file)
    g_set_error (error, AEMP_ERRNO, errno, "cannot write %s: %s", path, aemp_errno_text (errno));
  return file;
}

static bool
close_output (FILE *file, const char *path, GError **error)
{
  const bool good = !ferror (file);

  if ((file == stdout ? fflush (file) : fclose (file)) == 0 && good)
    return true;
  g_set_error (error, AEMP_ERRNO, errno, "cannot write all of %s: %s", path,
               aemp_errno_text (errno));
  return false;
}

/* What was broken in the trace the summary has told; as much as can be read is exported. */
bool
report_export (const ReportExportOps *ops, const ReportFrame *frame, const ReportExcerpt *excerpt,
               int64_t begin_us, const char *path, GError **error)
{
  g_autoptr (GString) out = g_string_new (NULL);
  Run run = { .ops = ops, .excerpt = excerpt };
  FILE *file;
  bool good = true;

  run.from_us = excerpt->from_us > 0 ? begin_us + excerpt->from_us : INT64_MIN;
  run.to_us = excerpt->has_to ? begin_us + excerpt->to_us : INT64_MAX;
  if (ops->events_max > 0 && !choose_window (&run, frame, error))
    return false;
  file = open_output (path, error);
  if (!file)
    return false;
  run.export = ops->begin (out, frame);
  if (ops->events_max > 0)
    good = feed (&run, frame, file, out, error);
  if (ops->end)
    ops->end (run.export);
  write_out (file, out);
  return close_output (file, path, good ? error : NULL) && good;
}
