/* reports/chrome.c - all of a trace in Chrome's format for traces, which Perfetto opens.
 *
 * A node is a process there, with two threads: what is told of its processes and connections,
 * and its messages.  A message is an arrow from its send to its arrival. */

#include "export.h"
#include "json-out.h"

enum
{
  THREAD_LIFE = 1,
  THREAD_MESSAGES = 2,
};

typedef struct
{
  GString *out;
  ReportLanes lanes;
  GArray *running; /* of each lane: bool */
  int64_t end_us;
} Chrome;

static void *
begin (GString *out, const ReportFrame *frame)
{
  Chrome *chrome = g_new0 (Chrome, 1);
  g_autofree char *title = report_title (frame->head);

  chrome->out = out;
  report_lanes_init (&chrome->lanes);
  chrome->running = g_array_new (FALSE, TRUE, sizeof (bool));
  g_string_append (out, "{\"displayTimeUnit\":\"ms\",\"otherData\":{");
  report_json_string (out, "title", title ? title : frame->path);
  report_json_value (out, "seed", aemp_map_get (frame->head, "seed"));
  g_string_append (out, "},\n\"traceEvents\":[");
  return chrome;
}

/* An entry begins with its phase, as the format calls it; the caller closes it. */
static void
open_entry (Chrome *chrome, char phase, unsigned lane, int thread, int64_t time_us)
{
  if (!g_str_has_suffix (chrome->out->str, "["))
    g_string_append_c (chrome->out, ',');
  g_string_append_printf (chrome->out,
                          "\n{\"ph\":\"%c\",\"pid\":%u,\"tid\":%d,\"ts\":%" G_GINT64_FORMAT, phase,
                          lane + 1, thread, time_us);
}

static void
name_entry (Chrome *chrome, const char *name)
{
  report_json_string (chrome->out, "name", name);
  g_string_append_c (chrome->out, '}');
}

static void
describe (Chrome *chrome, unsigned lane, int thread, const char *what, const char *name)
{
  open_entry (chrome, 'M', lane, thread, 0);
  report_json_key (chrome->out, "args");
  g_string_append_c (chrome->out, '{');
  report_json_string (chrome->out, "name", name);
  g_string_append_c (chrome->out, '}');
  name_entry (chrome, what);
}

static unsigned
lane_of (Chrome *chrome, const AempName *node)
{
  const unsigned known = chrome->lanes.names->len;
  const unsigned lane = report_lanes_add (&chrome->lanes, node);

  if (lane < known)
    return lane;
  g_array_set_size (chrome->running, lane + 1);
  describe (chrome, lane, 0, "process_name", node->text);
  describe (chrome, lane, THREAD_LIFE, "thread_name", "life");
  describe (chrome, lane, THREAD_MESSAGES, "thread_name", "messages");
  return lane;
}

static void
write_instant (Chrome *chrome, unsigned lane, const ReportMoment *moment)
{
  g_autofree char *words = report_event_words (moment->event);
  const bool world = moment->event->kind == AEMP_TRACE_FAULT;

  open_entry (chrome, 'i', lane, THREAD_LIFE, moment->event->time_us);
  report_json_string (chrome->out, "s", world ? "g" : "t");
  report_json_string (chrome->out, "cat", aemp_trace_catalogue[moment->event->kind].name);
  report_json_key (chrome->out, "args");
  g_string_append_c (chrome->out, '{');
  report_json_unsigned (chrome->out, "line", moment->number);
  g_string_append_c (chrome->out, '}');
  name_entry (chrome, words);
}

/* A slice of a microsecond, to which an arrow can be bound. */
static void
write_end_of_message (Chrome *chrome, unsigned lane, const ReportMoment *moment)
{
  const AempTraceEvent *event = moment->event;
  g_autofree char *words = report_event_words (event);

  open_entry (chrome, 'X', lane, THREAD_MESSAGES, event->time_us);
  g_string_append (chrome->out, ",\"dur\":1");
  report_json_string (chrome->out, "cat", aemp_trace_catalogue[event->kind].name);
  report_json_key (chrome->out, "args");
  g_string_append_c (chrome->out, '{');
  report_json_unsigned (chrome->out, "line", moment->number);
  g_string_append_c (chrome->out, '}');
  name_entry (chrome, words);
}

static void
write_arrow (Chrome *chrome, char phase, unsigned lane, int64_t time_us, uint64_t number)
{
  open_entry (chrome, phase, lane, THREAD_MESSAGES, time_us);
  g_string_append_printf (chrome->out, ",\"id\":%" G_GUINT64_FORMAT ",\"cat\":\"message\"%s",
                          number, phase == 'f' ? ",\"bp\":\"e\"" : "");
  name_entry (chrome, "message");
}

static void
write_life (Chrome *chrome, unsigned lane, bool begins, int64_t time_us)
{
  bool *running = &g_array_index (chrome->running, bool, lane);

  if (*running)
    {
      open_entry (chrome, 'E', lane, THREAD_LIFE, time_us);
      g_string_append_c (chrome->out, '}');
    }
  *running = begins;
  if (!begins)
    return;
  open_entry (chrome, 'B', lane, THREAD_LIFE, time_us);
  name_entry (chrome, "up");
}

static void
see (void *export, const ReportMoment *moment)
{
  Chrome *chrome = export;
  const AempTraceEvent *event = moment->event;
  const unsigned lane = lane_of (chrome, event->node);

  chrome->end_us = event->time_us;
  if (event->kind == AEMP_TRACE_PROCESS_START || event->kind == AEMP_TRACE_PROCESS_END)
    write_life (chrome, lane, event->kind == AEMP_TRACE_PROCESS_START, event->time_us);
  if (event->kind != AEMP_TRACE_SEND && event->kind != AEMP_TRACE_DELIVER
      && event->kind != AEMP_TRACE_UNKNOWN_PORT && event->kind != AEMP_TRACE_REQUEST)
    {
      write_instant (chrome, lane, moment);
      return;
    }
  write_end_of_message (chrome, lane, moment);
  if (!moment->packet || !event->peer)
    return;
  write_arrow (chrome, 's', lane_of (chrome, event->peer), moment->packet->time_us,
               moment->packet->number);
  write_arrow (chrome, 'f', lane, event->time_us, moment->packet->number);
}

static void
lose (void *export, const ReportLoss *loss)
{
  Chrome *chrome = export;
  unsigned lane;

  if (!report_lanes_find (&chrome->lanes, loss->from, &lane))
    return;
  open_entry (chrome, 'i', lane, THREAD_MESSAGES, loss->packet->time_us);
  report_json_string (chrome->out, "s", "t");
  name_entry (chrome, "lost");
}

static void
end (void *export)
{
  Chrome *chrome = export;

  for (unsigned lane = 0; lane < chrome->lanes.names->len; lane++)
    write_life (chrome, lane, false, chrome->end_us);
  g_string_append (chrome->out, "\n]}\n");
  report_lanes_clear (&chrome->lanes);
  g_array_unref (chrome->running);
  g_free (chrome);
}

const ReportExportOps report_chrome = { .option = "--chrome-trace",
                                        .meaning = "all events as JSON for Perfetto",
                                        .events_max = UINT64_MAX,
                                        .begin = begin,
                                        .see = see,
                                        .lose = lose,
                                        .end = end };
