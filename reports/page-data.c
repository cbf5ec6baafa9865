/* reports/page-data.c */

#include "page-data.h"

#include "json-out.h"
#include "messages.h"

#include <string.h>

typedef enum
{
  KIND,
  TIME,
  NODE,
  PEER,
  PORT,
  OTHER,
  CONNECTION,
  NUMBER,
  TEXT,
  MATCH,
  LOST,
  COLUMNS
} Column;

static const char *const column_names[COLUMNS] = {
  "kind", "time", "node", "peer", "port", "other", "connection", "number", "text", "match", "lost",
};

/* Texts by their first appearance; the list of JSON strings is written along. */
typedef struct
{
  GHashTable *indices; /* text → index */
  GString *json;
} Table;

struct ReportPageData
{
  uint64_t first;
  uint64_t last;
  uint32_t count;
  uint64_t next_number;
  int64_t time_us; /* of the latest event */
  int64_t begin_us;
  GByteArray *columns[COLUMNS];
  Table names;
  Table texts;
  Table connections;
  GString *gaps;
  GHashTable *indices; /* number → index of sends that are kept and under way */
  uint32_t lost_index; /* the latest in its column */
  ReportMessages *messages;
  uint64_t match; /* of the event at hand */
};

/* --- Numbers --- */

static void
put (ReportPageData *data, Column column, uint64_t number)
{
  uint8_t bytes[10];
  unsigned length = 0;

  for (; number >= 128; number >>= 7)
    bytes[length++] = (uint8_t)(number | 128);
  bytes[length++] = (uint8_t)number;
  g_byte_array_append (data->columns[column], bytes, length);
}

static void
put_signed (ReportPageData *data, Column column, int64_t number)
{
  put (data, column, (uint64_t)number << 1 ^ (uint64_t)(number >> 63));
}

static void
table_init (Table *table)
{
  table->indices = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  table->json = g_string_new ("[");
}

static void
table_clear (Table *table)
{
  g_hash_table_unref (table->indices);
  g_string_free (table->json, TRUE);
}

/* A name with a zero in it is what stands before the zero. */
static unsigned
table_index (Table *table, const char *text)
{
  void *index;

  if (g_hash_table_lookup_extended (table->indices, text, NULL, &index))
    return GPOINTER_TO_UINT (index);
  const unsigned next = g_hash_table_size (table->indices);
  g_hash_table_insert (table->indices, g_strdup (text), GUINT_TO_POINTER (next));
  report_json_next (table->json);
  report_json_text (table->json, text, strlen (text));
  return next;
}

static void
put_name (ReportPageData *data, Column column, const AempName *name)
{
  put (data, column, table_index (&data->names, name ? name->text : ""));
}

static void
put_connection (ReportPageData *data, uint64_t connection)
{
  char text[17];

  g_snprintf (text, sizeof text, "%016" G_GINT64_MODIFIER "x", connection);
  put (data, CONNECTION, table_index (&data->connections, connection ? text : ""));
}

/* --- Messages --- */

/* The index of a send; it is not asked for again.  False: it is not kept. */
static bool
take_index (ReportPageData *data, const ReportPacket *packet, uint32_t *index)
{
  void *found;

  if (!packet || !g_hash_table_lookup_extended (data->indices, &packet->number, NULL, &found))
    return false;
  g_hash_table_remove (data->indices, &packet->number);
  *index = GPOINTER_TO_UINT (found);
  return true;
}

static void
see_arrived (void *user, const ReportPacket *packet, const AempTraceEvent *event, uint64_t number)
{
  ReportPageData *data = user;
  uint32_t index;

  data->match = take_index (data, packet, &index) ? data->count - index : 0;
}

static void
see_lost (void *user, uint64_t from, uint64_t to, const ReportPacket *packet, int64_t time_us,
          uint64_t number)
{
  ReportPageData *data = user;
  uint32_t index;

  if (!take_index (data, packet, &index))
    return;
  put_signed (data, LOST, (int64_t)index - data->lost_index);
  data->lost_index = index;
  put_signed (data, LOST, time_us - data->begin_us);
}

static const ReportMessagesNews news = { see_arrived, see_lost };

/* --- Events --- */

static void
put_field (ReportPageData *data, char field, const AempTraceEvent *event)
{
  switch (field)
    {
    case 'p':
      put_name (data, PEER, event->peer);
      return;
    case 'o':
    case 'f':
      put_name (data, PORT, event->port);
      return;
    case 't':
    case 'k':
      put_name (data, OTHER, event->other);
      return;
    case 'c':
      put_connection (data, event->connection);
      return;
    case 'n':
      put (data, NUMBER, event->number);
      return;
    case 'x':
      put (data, TEXT, table_index (&data->texts, event->text ? event->text : ""));
      return;
    default: /* hashes are for checkers */
      return;
    }
}

static void
put_event (ReportPageData *data, const AempTraceEvent *event, uint64_t number)
{
  const uint8_t kind = (uint8_t)event->kind;

  if (data->count == 0)
    data->time_us = data->begin_us = event->time_us;
  g_byte_array_append (data->columns[KIND], &kind, 1);
  put_signed (data, TIME, event->time_us - data->time_us);
  put_name (data, NODE, event->node);
  for (const char *field = aemp_trace_catalogue[kind].fields; *field; field++)
    put_field (data, *field, event);
  if (data->count == 0 || number != data->next_number)
    g_string_append_printf (data->gaps, "%s[%u,%" G_GUINT64_FORMAT "]",
                            data->gaps->len > 1 ? "," : "", data->count, number);
  data->next_number = number + 1;
  data->time_us = event->time_us;
}

static bool
is_kept (const ReportPageData *data, AempTraceKind kind, uint64_t number)
{
  return (number >= data->first && number <= data->last) || kind == AEMP_TRACE_PROCESS_START
         || kind == AEMP_TRACE_PROCESS_END || kind == AEMP_TRACE_FAULT
         || kind == AEMP_TRACE_FAULT_OVER;
}

static bool
is_arrival (AempTraceKind kind)
{
  return kind == AEMP_TRACE_DELIVER || kind == AEMP_TRACE_REQUEST
         || kind == AEMP_TRACE_UNKNOWN_PORT;
}

void
report_page_data_see (ReportPageData *data, const AempTraceEvent *event, uint64_t number)
{
  const bool kept = is_kept (data, event->kind, number);

  if (kept)
    put_event (data, event, number);
  if (kept && event->kind == AEMP_TRACE_SEND)
    g_hash_table_insert (data->indices, g_memdup2 (&number, sizeof number),
                         GUINT_TO_POINTER (data->count));
  report_messages_see (data->messages, event, number);
  if (kept && is_arrival (event->kind))
    put (data, MATCH, data->match);
  data->count += kept;
}

void
report_page_data_end (ReportPageData *data)
{
  report_messages_end (data->messages);
}

ReportPageData *
report_page_data_new (uint64_t first, uint64_t last)
{
  ReportPageData *data = g_new0 (ReportPageData, 1);

  data->first = first;
  data->last = last;
  for (unsigned column = 0; column < COLUMNS; column++)
    data->columns[column] = g_byte_array_new ();
  table_init (&data->names);
  table_init (&data->texts);
  table_init (&data->connections);
  data->gaps = g_string_new ("[");
  data->indices = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  data->messages = report_messages_new (&news, data);
  return data;
}

void
report_page_data_free (ReportPageData *data)
{
  if (!data)
    return;
  for (unsigned column = 0; column < COLUMNS; column++)
    g_byte_array_unref (data->columns[column]);
  table_clear (&data->names);
  table_clear (&data->texts);
  table_clear (&data->connections);
  g_string_free (data->gaps, TRUE);
  g_hash_table_unref (data->indices);
  report_messages_free (data->messages);
  g_free (data);
}

/* --- The object --- */

static void
write_kinds (GString *out)
{
  report_json_key (out, "kinds");
  g_string_append_c (out, '[');
  for (unsigned kind = 0; kind < AEMP_TRACE_KINDS; kind++)
    {
      const AempTraceInfo *info = &aemp_trace_catalogue[kind];
      report_json_next (out);
      g_string_append_printf (out, "[\"%s\",\"%s\",", info->name, info->fields);
      report_json_text (out, info->meaning, strlen (info->meaning));
      g_string_append_c (out, ']');
    }
  g_string_append_c (out, ']');
}

static void
write_list (GString *out, const char *key, const GString *list)
{
  report_json_key (out, key);
  g_string_append_len (out, list->str, (gssize)list->len);
  g_string_append_c (out, ']');
}

static void
write_columns (ReportPageData *data, GString *out)
{
  report_json_key (out, "columns");
  g_string_append_c (out, '{');
  for (unsigned column = 0; column < COLUMNS; column++)
    {
      g_autofree char *text
          = g_base64_encode (data->columns[column]->data, data->columns[column]->len);
      report_json_string (out, column_names[column], text);
    }
  g_string_append_c (out, '}');
}

void
report_page_data_write (ReportPageData *data, GString *out, const ReportFrame *frame)
{
  const AempValue *head = frame->head;
  g_autofree char *title = report_title (head);

  g_string_append_c (out, '{');
  report_json_string (out, "title", title);
  report_json_string (out, "path", frame->path);
  report_json_key (out, "real");
  g_string_append (out, head && aemp_map_get (head, "node") ? "true" : "false");
  report_json_value (out, "file", aemp_map_get (head, "file"));
  report_json_value (out, "seed", aemp_map_get (head, "seed"));
  report_json_value (out, "scenario", aemp_map_get (head, "scenario"));
  report_json_value (out, "end", frame->tail);
  report_json_unsigned (out, "total", frame->state->events);
  report_json_unsigned (out, "bad_lines", frame->state->bad_lines);
  report_json_unsigned (out, "failure", frame->failure);
  report_json_unsigned (out, "count", data->count);
  report_json_signed (out, "begin", data->begin_us);
  write_kinds (out);
  write_list (out, "names", data->names.json);
  write_list (out, "texts", data->texts.json);
  write_list (out, "connections", data->connections.json);
  write_list (out, "gaps", data->gaps);
  write_columns (data, out);
  g_string_append_c (out, '}');
}
