/* reports/trace-read.c */

#include "trace-read.h"

#include "engine/codec.h"
#include "engine/error.h"

#include <string.h>

struct ReportTraceReader
{
  GByteArray *bytes; /* the line in brackets: our codec reads arrays */
  AempMessage *message;
  AempTraceEvent event;
  AempName *node;
  AempName *peer;
  AempName *port;
  AempName *other;
  char *text;
};

ReportTraceReader *
report_trace_reader_new (void)
{
  ReportTraceReader *reader = g_new0 (ReportTraceReader, 1);

  reader->bytes = g_byte_array_new ();
  return reader;
}

static void
forget_line (ReportTraceReader *reader)
{
  g_clear_pointer (&reader->message, aemp_message_unref);
  g_clear_pointer (&reader->node, aemp_name_unref);
  g_clear_pointer (&reader->peer, aemp_name_unref);
  g_clear_pointer (&reader->port, aemp_name_unref);
  g_clear_pointer (&reader->other, aemp_name_unref);
  g_clear_pointer (&reader->text, g_free);
  reader->event = (AempTraceEvent){ 0 };
}

void
report_trace_reader_free (ReportTraceReader *reader)
{
  if (!reader)
    return;
  forget_line (reader);
  g_byte_array_unref (reader->bytes);
  g_free (reader);
}

const AempValue *
report_trace_reader_map (const ReportTraceReader *reader)
{
  return reader->message ? aemp_message_list (reader->message).items : NULL;
}

/* --- Fields --- */

static bool
refuse (const char *key, const AempValue *value, const char *expected, GError **error)
{
  g_autofree char *found = aemp_value_to_text (value, 60);

  g_set_error (error, AEMP_ERROR, AEMP_ERROR_PROTOCOL, "\"%s\" is %s, %s was expected", key, found,
               expected);
  return false;
}

static bool
read_name (const AempValue *map, const char *key, AempName **name, const AempName **borrowed,
           GError **error)
{
  const AempValue *value = aemp_map_get (map, key);
  g_autofree char *text = NULL;
  size_t length;

  if (!value)
    return true;
  if (!aemp_value_is_string (value))
    return refuse (key, value, "a string", error);
  text = aemp_value_dup_text (value, &length);
  *borrowed = *name = aemp_name_new (text, length);
  return true;
}

static bool
read_unsigned (const AempValue *map, const char *key, uint64_t *number, GError **error)
{
  const AempValue *value = aemp_map_get (map, key);

  if (!value)
    return true;
  if (value->type != AEMP_INTEGER || value->negative)
    return refuse (key, value, "a number from 0 to 2^64 - 1", error);
  *number = value->as.integer;
  return true;
}

/* 1 to 16 hex digits. */
static bool
read_hash (const AempValue *map, const char *key, uint64_t *hash, GError **error)
{
  const AempValue *value = aemp_map_get (map, key);

  if (!value)
    return true;
  if (value->type != AEMP_TEXT || value->length == 0 || value->length > 16)
    return refuse (key, value, "a string of 1 to 16 hex digits", error);
  *hash = 0;
  for (uint32_t at = 0; at < value->length; at++)
    {
      const int digit = g_ascii_xdigit_value (value->as.string[at]);
      if (digit < 0)
        return refuse (key, value, "a string of 1 to 16 hex digits", error);
      *hash = *hash << 4 | (uint64_t)digit;
    }
  return true;
}

static bool
read_text (const AempValue *map, char **text, GError **error)
{
  const AempValue *value = aemp_map_get (map, "text");

  if (!value)
    return true;
  if (!aemp_value_is_string (value))
    return refuse ("text", value, "a string", error);
  *text = aemp_value_dup_text (value, NULL);
  return true;
}

static bool
read_time (const AempValue *map, int64_t *time_us, GError **error)
{
  const AempValue *value = aemp_map_get (map, "t");

  if (!value)
    {
      g_set_error_literal (error, AEMP_ERROR, AEMP_ERROR_PROTOCOL, "\"t\" is missing");
      return false;
    }
  if (value->type != AEMP_INTEGER || value->as.integer > INT64_MAX)
    return refuse ("t", value, "a time in microseconds", error);
  *time_us = value->negative ? -1 - (int64_t)value->as.integer : (int64_t)value->as.integer;
  return true;
}

static bool
read_kind (const AempValue *name, AempTraceKind *kind, GError **error)
{
  for (unsigned at = 0; at < AEMP_TRACE_KINDS; at++)
    if (aemp_value_is (name, aemp_trace_catalogue[at].name))
      {
        *kind = at;
        return true;
      }
  return refuse ("event", name, "an event of the catalogue", error);
}

static bool
read_event (ReportTraceReader *reader, const AempValue *map, const AempValue *name, GError **error)
{
  AempTraceEvent *event = &reader->event;

  if (!read_kind (name, &event->kind, error) || !read_time (map, &event->time_us, error)
      || !read_name (map, "node", &reader->node, &event->node, error)
      || !read_name (map, "peer", &reader->peer, &event->peer, error)
      || !read_name (map, aemp_map_get (map, "family") ? "family" : "port", &reader->port, &event->port,
                     error)
      || !read_name (map, aemp_map_get (map, "key") ? "key" : "other", &reader->other,
                     &event->other, error)
      || !read_hash (map, "connection", &event->connection, error)
      || !read_unsigned (map, "number", &event->number, error)
      || !read_hash (map, "payload", &event->payload, error)
      || !read_text (map, &reader->text, error))
    return false;
  event->text = reader->text;
  if (event->node)
    return true;
  g_set_error_literal (error, AEMP_ERROR, AEMP_ERROR_PROTOCOL, "\"node\" is missing");
  return false;
}

/* --- Lines --- */

static AempMessage *
decode_line (ReportTraceReader *reader, const char *line, size_t length, GError **error)
{
  g_byte_array_set_size (reader->bytes, 0);
  g_byte_array_append (reader->bytes, (const uint8_t *)"[", 1);
  g_byte_array_append (reader->bytes, (const uint8_t *)line, (unsigned)length);
  g_byte_array_append (reader->bytes, (const uint8_t *)"]", 1);
  return aemp_codec_decode_all (&aemp_codec_json, reader->bytes->data, reader->bytes->len, error);
}

bool
report_trace_read (ReportTraceReader *reader, const char *line, size_t length,
                   const AempTraceEvent **event, uint64_t *number, GError **error)
{
  const AempValue *map;
  const AempValue *name;
  AempList list;
  uint64_t line_number = 0;

  if (event)
    *event = NULL;
  forget_line (reader);
  if (length > AEMP_MESSAGE_MAX_BYTES)
    {
      g_set_error_literal (error, AEMP_ERROR, AEMP_ERROR_MALFORMED, "the line is too long");
      return false;
    }
  reader->message = decode_line (reader, line, length, error);
  if (!reader->message)
    return false;
  list = aemp_message_list (reader->message);
  map = aemp_list_get (&list, 0);
  if (list.count != 1 || map->type != AEMP_MAP)
    {
      forget_line (reader);
      g_set_error_literal (error, AEMP_ERROR, AEMP_ERROR_MALFORMED, "the line is no JSON object");
      return false;
    }
  name = aemp_map_get (map, "event");
  if ((name && !read_event (reader, map, name, error))
      || !read_unsigned (map, "line", &line_number, error))
    {
      forget_line (reader);
      return false;
    }
  if (event && name)
    *event = &reader->event;
  if (number)
    *number = line_number;
  return true;
}
