/* engine/trace.c - the catalogue as tables, and an event as a line of JSON. */

#include "trace.h"

#include <string.h>

const AempTraceInfo aemp_trace_catalogue[AEMP_TRACE_KINDS] = {
#define X(name, text, fields, meaning) [AEMP_TRACE_##name] = { text, fields, meaning },
  AEMP_TRACE_EVENTS (X)
#undef X
};

const char *const aemp_mark_texts[AEMP_MARKS_COUNT] = {
#define X(name, text) [AEMP_MARK_##name] = text,
  AEMP_MARKS (X)
#undef X
};

static void
append_escaped (GString *out, char character)
{
  static const char digits[] = "0123456789abcdef";

  switch (character)
    {
    case '"':
    case '\\':
      g_string_append_c (out, '\\');
      g_string_append_c (out, character);
      break;
    case '\n':
      g_string_append (out, "\\n");
      break;
    case '\r':
      g_string_append (out, "\\r");
      break;
    case '\t':
      g_string_append (out, "\\t");
      break;
    default:
      g_string_append (out, "\\u00");
      g_string_append_c (out, digits[(uint8_t)character >> 4]);
      g_string_append_c (out, digits[character & 15]);
    }
}

static void
append_string (GString *out, const char *text, size_t length)
{
  size_t done = 0;

  g_string_append_c (out, '"');
  for (size_t at = 0; at < length; at++)
    {
      const uint8_t byte = (uint8_t)text[at];

      if (byte >= 0x20 && byte != '"' && byte != '\\' && byte != 0x7f)
        continue;
      g_string_append_len (out, text + done, (gssize)(at - done));
      append_escaped (out, text[at]);
      done = at + 1;
    }
  g_string_append_len (out, text + done, (gssize)(length - done));
  g_string_append_c (out, '"');
}

static void
append_unsigned (GString *out, uint64_t number)
{
  char digits[20];
  size_t at = sizeof digits;

  do
    digits[--at] = (char)('0' + number % 10);
  while ((number /= 10) > 0);
  g_string_append_len (out, digits + at, (gssize)(sizeof digits - at));
}

static void
append_hex (GString *out, uint64_t number)
{
  char digits[18] = "\"";

  for (unsigned at = 0; at < 16; at++)
    digits[1 + at] = "0123456789abcdef"[number >> (60 - 4 * at) & 15];
  digits[17] = '"';
  g_string_append_len (out, digits, sizeof digits);
}

static void
append_name (GString *out, const char *key, const AempName *name)
{
  if (!name || name->length == 0)
    return;
  g_string_append (out, key);
  append_string (out, name->text, name->length);
}

/* What is empty or 0 is left out: readers take it for that. */
static void
append_field (GString *out, char field, const AempTraceEvent *event)
{
  switch (field)
    {
    case 'p':
      append_name (out, ",\"peer\":", event->peer);
      return;
    case 'o':
      append_name (out, ",\"port\":", event->port);
      return;
    case 't':
      append_name (out, ",\"other\":", event->other);
      return;
    case 'f':
      append_name (out, ",\"family\":", event->port);
      return;
    case 'k':
      append_name (out, ",\"key\":", event->other);
      return;
    case 'c':
      if (event->connection == 0)
        return;
      g_string_append (out, ",\"connection\":");
      append_hex (out, event->connection);
      return;
    case 'n':
      if (event->number == 0)
        return;
      g_string_append (out, ",\"number\":");
      append_unsigned (out, event->number);
      return;
    case 'h':
      if (event->payload == 0)
        return;
      g_string_append (out, ",\"payload\":");
      append_hex (out, event->payload);
      return;
    case 'x':
      if (!event->text || !*event->text)
        return;
      g_string_append (out, ",\"text\":");
      append_string (out, event->text, strlen (event->text));
      return;
    }
  g_assert_not_reached (); /* the catalogue has no other letters */
}

void
aemp_trace_write_json (GString *out, const AempTraceEvent *event, uint64_t line)
{
  const AempTraceInfo *info = &aemp_trace_catalogue[event->kind];
  const uint64_t time_us = (uint64_t)event->time_us;

  g_string_append_c (out, '{');
  if (line > 0)
    {
      g_string_append (out, "\"line\":");
      append_unsigned (out, line);
      g_string_append_c (out, ',');
    }
  g_string_append (out, event->time_us < 0 ? "\"t\":-" : "\"t\":");
  append_unsigned (out, event->time_us < 0 ? -time_us : time_us);
  g_string_append (out, ",\"node\":");
  append_string (out, event->node->text, event->node->length);
  g_string_append (out, ",\"event\":");
  append_string (out, info->name, strlen (info->name));
  for (const char *field = info->fields; *field; field++)
    append_field (out, *field, event);
  g_string_append_c (out, '}');
}
