/* reports/order.c */

#include "order.h"

#include "engine/error.h"
#include "source.h"

#include <string.h>

#define FILE_SHIFT 40 /* a place: the file's index, and the line */
#define LINE_MASK ((UINT64_C (1) << FILE_SHIFT) - 1)

/* A node: its files, one after the other. */
typedef struct
{
  AempName *node;
  GPtrArray *sources; /* of ReportSource */
  unsigned source;    /* the one that is read */
  ReportTraceFile *file;
  GArray *lives;    /* of unsigned: numbers for the clocks */
  unsigned life;    /* counts them as they are read */
  bool running;     /* a process began and did not end */
  bool is_cut_told; /* the event is ours: the process was killed */
  bool over;
  AempTraceEvent event; /* the next one */
  int64_t own_us;       /* its time by the node's own clock */
  uint64_t place;
} Stream;

struct ReportOrder
{
  GPtrArray *sources; /* as given */
  GPtrArray *streams;
  ReportClocks *clocks;
  ReportPassage *passage;
  Stream *latest;    /* whose event was given out; NULL: none was */
  int64_t latest_us; /* by its own clock */
  bool begun;
  int64_t begin_us;
  AempMessage *head;
  AempMessage *tail;
  unsigned cut;
  uint64_t breaks;
  char *first_break;
};

/* --- Places --- */

char *
report_place_text (const ReportOrder *order, uint64_t place)
{
  const ReportSource *source = order->sources->pdata[place >> FILE_SHIFT];

  return g_strdup_printf ("%s:%" G_GUINT64_FORMAT, source->path, place & LINE_MASK);
}

char *
report_order_name_places (const ReportOrder *order, const char *text)
{
  GString *named = g_string_new (NULL);
  const char *at;

  while ((at = strstr (text, "line ")) != NULL)
    {
      char *end;
      const uint64_t place = g_ascii_strtoull (at + 5, &end, 10);

      g_string_append_len (named, text, at - text);
      if (end > at + 5 && place >> FILE_SHIFT < order->sources->len && g_ascii_isdigit (at[5]))
        {
          g_autofree char *name = report_place_text (order, place);
          g_string_append (named, name);
        }
      else
        g_string_append_len (named, at, end - at);
      text = end;
    }
  g_string_append (named, text);
  return g_string_free (named, false);
}

/* --- Streams --- */

static void
stream_free (void *memory)
{
  Stream *stream = memory;

  report_trace_file_close (stream->file);
  g_ptr_array_unref (stream->sources);
  g_array_unref (stream->lives);
  g_free (stream);
}

static Stream *
stream_of (ReportOrder *order, const ReportSource *source)
{
  Stream *stream;

  for (unsigned at = 0; at < order->streams->len; at++)
    {
      stream = order->streams->pdata[at];
      if (source->node && stream->node && aemp_name_equal (stream->node, source->node))
        return stream;
    }
  stream = g_new0 (Stream, 1);
  stream->node = source->node;
  stream->sources = g_ptr_array_new ();
  stream->lives = g_array_new (false, false, sizeof (unsigned));
  g_ptr_array_add (order->streams, stream);
  return stream;
}

/* A file that goes on with a life begins none. */
static void
list_lives (Stream *stream)
{
  for (unsigned at = 0; at < stream->sources->len; at++)
    {
      const ReportSource *source = stream->sources->pdata[at];
      const bool goes_on = source->part > 1 && stream->lives->len > 0;

      for (unsigned life = goes_on ? 1 : 0; life < source->lives->len; life++)
        g_array_append_val (stream->lives, g_array_index (source->lives, unsigned, life));
    }
}

static bool
check_sources (const ReportOrder *order, GError **error)
{
  for (unsigned at = 0; order->sources->len > 1 && at < order->sources->len; at++)
    {
      const ReportSource *source = order->sources->pdata[at];

      if (source->node)
        continue;
      g_set_error (error, AEMP_ERROR, AEMP_ERROR_MALFORMED,
                   "%s: the trace of a simulation is to be read alone", source->path);
      return false;
    }
  return true;
}

static bool advance (ReportOrder *order, Stream *stream, GError **error);

static bool
begin (ReportOrder *order, GError **error)
{
  for (unsigned at = 0; at < order->sources->len; at++)
    {
      ReportSource *source = order->sources->pdata[at];
      g_ptr_array_add (stream_of (order, source)->sources, source);
    }
  report_clocks_set (order->clocks);
  for (unsigned at = 0; at < order->streams->len; at++)
    {
      Stream *stream = order->streams->pdata[at];

      g_ptr_array_sort (stream->sources, report_source_compare);
      list_lives (stream);
      if (!advance (order, stream, error))
        return false;
    }
  return true;
}

ReportOrder *
report_order_new (const char *const *paths, GError **error)
{
  g_autoptr (ReportOrder) order = g_new0 (ReportOrder, 1);

  order->sources = g_ptr_array_new_with_free_func (report_source_free);
  order->streams = g_ptr_array_new_with_free_func (stream_free);
  order->clocks = report_clocks_new ();
  order->passage = report_passage_new ();
  for (unsigned at = 0; paths[at]; at++)
    {
      ReportSource *source
          = report_source_new (paths[at], at, order->clocks, order->passage, error);

      if (!source)
        return NULL;
      g_ptr_array_add (order->sources, source);
    }
  if (!check_sources (order, error) || !begin (order, error))
    return NULL;
  return g_steal_pointer (&order);
}

void
report_order_free (ReportOrder *order)
{
  if (!order)
    return;
  g_ptr_array_unref (order->streams);
  g_ptr_array_unref (order->sources);
  report_clocks_free (order->clocks);
  report_passage_free (order->passage);
  g_clear_pointer (&order->head, aemp_message_unref);
  g_clear_pointer (&order->tail, aemp_message_unref);
  g_free (order->first_break);
  g_free (order);
}

/* --- A node's next event --- */

static void
keep_map (AempMessage **kept, const ReportTraceFile *file)
{
  if (!*kept)
    *kept = aemp_message_new ("v", report_trace_file_map (file));
}

/* The process must have been killed: there is no more of it. */
static void
tell_killed (ReportOrder *order, Stream *stream)
{
  stream->event = (AempTraceEvent){ .kind = AEMP_TRACE_PROCESS_END,
                                    .time_us = stream->own_us,
                                    .node = stream->node,
                                    .text = "killed" };
  stream->running = false;
  stream->is_cut_told = true;
  order->cut++;
}

static void
take_event (Stream *stream)
{
  const ReportSource *source = stream->sources->pdata[stream->source];

  stream->event = *report_trace_file_event (stream->file);
  stream->own_us = stream->event.time_us;
  stream->place = (uint64_t)source->index << FILE_SHIFT | report_trace_file_line (stream->file);
  if (stream->event.kind == AEMP_TRACE_PROCESS_END)
    stream->running = false;
  else if (stream->node)
    stream->running = true;
}

/* True: the node that was running until here is told to have been killed first. */
static bool
take_head (ReportOrder *order, Stream *stream)
{
  const AempValue *head = report_trace_file_map (stream->file);

  keep_map (&order->head, stream->file);
  if (!report_begins_life (head) && stream->life > 0)
    return false;
  stream->life++;
  if (!stream->running)
    return false;
  tell_killed (order, stream);
  return true;
}

/* The file is over.  True: there is another event. */
static bool
take_end (ReportOrder *order, Stream *stream)
{
  g_clear_pointer (&stream->file, report_trace_file_close);
  if (++stream->source < stream->sources->len)
    return false;
  if (stream->running)
    {
      tell_killed (order, stream);
      return true;
    }
  stream->over = true;
  if (stream->node)
    report_passage_end_node (order->passage, stream->node);
  return true;
}

/* False with an error. */
static bool
advance (ReportOrder *order, Stream *stream, GError **error)
{
  stream->is_cut_told = false;
  for (;;)
    {
      if (stream->source >= stream->sources->len)
        return take_end (order, stream);
      if (!stream->file)
        stream->file = report_trace_file_open (
            ((const ReportSource *)stream->sources->pdata[stream->source])->path, error);
      if (!stream->file)
        return false;
      switch (report_trace_file_next (stream->file, NULL, error))
        {
        case REPORT_LINE_HEAD:
          if (take_head (order, stream))
            return true;
          break;
        case REPORT_LINE_EVENT:
          take_event (stream);
          return true;
        case REPORT_LINE_TAIL:
          if (!stream->node)
            keep_map (&order->tail, stream->file);
          break;
        case REPORT_LINE_CUT:
          break;
        case REPORT_LINE_NONE:
          if (take_end (order, stream))
            return true;
          break;
        case REPORT_LINE_ERROR:
          return false;
        }
    }
}

/* --- The order --- */

/* The killed one's life was counted up when the next one's first line was read. */
static unsigned
life_of (const Stream *stream)
{
  unsigned life = stream->life > 0 ? stream->life - 1 : 0;

  if (stream->is_cut_told && stream->file && life > 0)
    life--;
  return g_array_index (stream->lives, unsigned, MIN (life, stream->lives->len - 1));
}

static int64_t
common_us (const ReportOrder *order, const Stream *stream)
{
  if (!stream->node)
    return stream->own_us;
  return stream->own_us + report_clocks_offset_us (order->clocks, life_of (stream));
}

/* What the next event of a node is held to. */
typedef enum
{
  HELD_TO_LIKELY, /* causes, and likely ones */
  HELD_TO_CAUSE,
  HELD_TO_NOTHING,
} Held;

static bool
may_go_on (const ReportOrder *order, const Stream *stream, Held held)
{
  if (!stream->node || held == HELD_TO_NOTHING)
    return true;
  return held == HELD_TO_LIKELY ? report_passage_should (order->passage, &stream->event)
                                : report_passage_may (order->passage, &stream->event);
}

/* The earliest of those that may happen.  NULL: there is none. */
static Stream *
earliest (const ReportOrder *order, Held held)
{
  Stream *first = NULL;
  int64_t first_us = 0;

  for (unsigned at = 0; at < order->streams->len; at++)
    {
      Stream *stream = order->streams->pdata[at];
      int64_t time_us;

      if (stream->over)
        continue;
      time_us = common_us (order, stream);
      if ((!first || time_us < first_us) && may_go_on (order, stream, held))
        {
          first = stream;
          first_us = time_us;
        }
    }
  return first;
}

static void
note_break (ReportOrder *order, const Stream *stream)
{
  g_autofree char *place = NULL;

  if (order->breaks++ > 0)
    return;
  place = report_place_text (order, stream->place);
  order->first_break
      = g_strdup_printf ("%s: %s of %s comes before its cause at %s, in every order of all others",
                         place, aemp_trace_catalogue[stream->event.kind].name, stream->node->text,
                         stream->event.peer ? stream->event.peer->text : "");
}

static Stream *
choose (ReportOrder *order)
{
  Stream *latest = order->latest;
  Stream *next;

  if (latest && !latest->over && latest->own_us == order->latest_us
      && may_go_on (order, latest, HELD_TO_LIKELY))
    return latest;
  for (Held held = HELD_TO_LIKELY; held < HELD_TO_NOTHING; held++)
    if ((next = earliest (order, held)) != NULL)
      return next;
  next = earliest (order, HELD_TO_NOTHING);
  if (next)
    note_break (order, next);
  return next;
}

const AempTraceEvent *
report_order_next (ReportOrder *order, uint64_t *place, GError **error)
{
  Stream *stream;

  if (order->latest && !advance (order, order->latest, error))
    return NULL;
  stream = choose (order);
  if (!stream)
    return NULL;
  order->latest = stream;
  order->latest_us = stream->own_us;
  if (stream->node)
    report_passage_see (order->passage, &stream->event);
  stream->event.time_us = common_us (order, stream);
  if (!order->begun && stream->node)
    order->begin_us = stream->event.time_us;
  order->begun = true;
  stream->event.time_us -= order->begin_us;
  *place = stream->place;
  return &stream->event;
}

/* --- What is known --- */

bool
report_order_is_farewell (const ReportOrder *order)
{
  const Stream *stream = order->latest;

  return stream && stream->node && stream->event.kind == AEMP_TRACE_PROCESS_END
         && !stream->is_cut_told && stream->life >= stream->lives->len;
}

bool
report_order_is_simulated (const ReportOrder *order)
{
  const Stream *stream = order->streams->pdata[0];

  return !stream->node;
}

static const AempValue *
map_of (AempMessage *message)
{
  return message ? aemp_message_list (message).items : NULL;
}

const AempValue *
report_order_head (const ReportOrder *order)
{
  return map_of (order->head);
}

const AempValue *
report_order_tail (const ReportOrder *order)
{
  return map_of (order->tail);
}

unsigned
report_order_nodes (const ReportOrder *order)
{
  return report_order_is_simulated (order) ? 0 : order->streams->len;
}

unsigned
report_order_lives (const ReportOrder *order)
{
  unsigned lives = 0;

  for (unsigned at = 0; at < report_order_nodes (order); at++)
    lives += ((const Stream *)order->streams->pdata[at])->lives->len;
  return lives;
}

unsigned
report_order_cut (const ReportOrder *order)
{
  return order->cut;
}

bool
report_order_clock (const ReportOrder *order, unsigned node, const char **name, int64_t *ahead_us)
{
  const Stream *stream;

  if (node >= order->streams->len || report_order_is_simulated (order))
    return false;
  stream = order->streams->pdata[node];
  *name = stream->node->text;
  return report_clocks_ahead_us (order->clocks, g_array_index (stream->lives, unsigned, 0),
                                 ahead_us);
}

uint64_t
report_order_breaks (const ReportOrder *order)
{
  return order->breaks;
}

const char *
report_order_first_break (const ReportOrder *order)
{
  return order->first_break;
}
