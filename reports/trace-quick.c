/* reports/trace-quick.c */

#include "trace-quick.h"

#include <string.h>

#define NAMES_KEPT 4096 /* for each of the four names of an event; a power of two */
#define KINDS_KEPT 256  /* places to look a kind up; a power of two */

typedef enum
{
  NODE,
  PEER,
  PORT,
  OTHER,
  ROLES
} Role;

struct ReportTraceQuick
{
  AempTraceEvent event;
  GString *text;
  /* The latest name in each place: another one drives it out, so memory is bounded. */
  AempName *names[ROLES][NAMES_KEPT];
  uint8_t kinds[KINDS_KEPT]; /* 1 + kind; the first free place behind its hash */
};

/* What is left of the line. */
typedef struct
{
  const char *at;
  const char *end;
} Rest;

static unsigned
hash_text (const char *text, size_t length)
{
  unsigned hash = 2166136261u;

  for (size_t at = 0; at < length; at++)
    hash = (hash ^ (uint8_t)text[at]) * 16777619u;
  return hash ^ hash >> 15;
}

ReportTraceQuick *
report_trace_quick_new (void)
{
  ReportTraceQuick *quick = g_new0 (ReportTraceQuick, 1);

  quick->text = g_string_new (NULL);
  for (unsigned kind = 0; kind < AEMP_TRACE_KINDS; kind++)
    {
      const char *name = aemp_trace_catalogue[kind].name;
      unsigned place = hash_text (name, strlen (name)) % KINDS_KEPT;
      while (quick->kinds[place])
        place = (place + 1) % KINDS_KEPT;
      quick->kinds[place] = (uint8_t)(kind + 1);
    }
  return quick;
}

void
report_trace_quick_free (ReportTraceQuick *quick)
{
  if (!quick)
    return;
  for (unsigned role = 0; role < ROLES; role++)
    for (unsigned place = 0; place < NAMES_KEPT; place++)
      aemp_name_unref (quick->names[role][place]);
  g_string_free (quick->text, TRUE);
  g_free (quick);
}

/* --- Pieces --- */

static bool
take (Rest *rest, const char *text, size_t length)
{
  if ((size_t)(rest->end - rest->at) < length || memcmp (rest->at, text, length) != 0)
    return false;
  rest->at += length;
  return true;
}
#define TAKE(rest, literal) take (rest, literal, sizeof literal - 1)

static bool
take_number (Rest *rest, uint64_t *number)
{
  const char *begin = rest->at;

  *number = 0;
  while (rest->at < rest->end && g_ascii_isdigit (*rest->at))
    *number = *number * 10 + (uint64_t)(*rest->at++ - '0');
  return rest->at > begin && rest->at - begin <= 19; /* of 20 digits some do not fit */
}

/* Up to the quote that ends it; ASCII without escapes. */
static bool
take_string (Rest *rest, const char **text, size_t *length)
{
  *text = rest->at;
  while (rest->at < rest->end && *rest->at != '"')
    if (*rest->at == '\\' || (uint8_t)*rest->at < 0x20 || (uint8_t)*rest->at >= 0x7f)
      return false;
    else
      rest->at++;
  *length = (size_t)(rest->at - *text);
  return TAKE (rest, "\"");
}

static bool
take_name (ReportTraceQuick *quick, Rest *rest, Role role, const AempName **name)
{
  const char *text;
  size_t length;
  AempName **place;

  if (!take_string (rest, &text, &length))
    return false;
  place = &quick->names[role][hash_text (text, length) % NAMES_KEPT];
  if (!*place || (*place)->length != length || memcmp ((*place)->text, text, length) != 0)
    {
      aemp_name_unref (*place);
      *place = aemp_name_new (text, length);
    }
  *name = *place;
  return true;
}

static bool
take_kind (ReportTraceQuick *quick, Rest *rest)
{
  const char *text;
  size_t length;
  unsigned place;

  if (!take_string (rest, &text, &length))
    return false;
  for (place = hash_text (text, length) % KINDS_KEPT; quick->kinds[place];
       place = (place + 1) % KINDS_KEPT)
    {
      const char *name = aemp_trace_catalogue[quick->kinds[place] - 1].name;
      if (strlen (name) == length && memcmp (name, text, length) == 0)
        {
          quick->event.kind = quick->kinds[place] - 1;
          return true;
        }
    }
  return false;
}

static bool
take_hash (Rest *rest, uint64_t *hash)
{
  if (rest->end - rest->at < 17 || rest->at[16] != '"')
    return false;
  *hash = 0;
  for (unsigned at = 0; at < 16; at++)
    {
      const int digit = g_ascii_xdigit_value (rest->at[at]);
      if (digit < 0)
        return false;
      *hash = *hash << 4 | (uint64_t)digit;
    }
  rest->at += 17;
  return true;
}

static bool
take_text (ReportTraceQuick *quick, Rest *rest)
{
  const char *text;
  size_t length;

  if (!take_string (rest, &text, &length))
    return false;
  g_string_truncate (quick->text, 0);
  g_string_append_len (quick->text, text, (gssize)length);
  quick->event.text = quick->text->str;
  return true;
}

/* --- Lines --- */

static bool
take_head (ReportTraceQuick *quick, Rest *rest, uint64_t *number)
{
  uint64_t time_us;

  *number = 0;
  if (!TAKE (rest, "{"))
    return false;
  if (TAKE (rest, "\"line\":") && (!take_number (rest, number) || !TAKE (rest, ",")))
    return false;
  if (!TAKE (rest, "\"t\":") || !take_number (rest, &time_us) || time_us > INT64_MAX)
    return false;
  quick->event.time_us = (int64_t)time_us;
  return TAKE (rest, ",\"node\":\"") && take_name (quick, rest, NODE, &quick->event.node)
         && TAKE (rest, ",\"event\":\"") && take_kind (quick, rest);
}

static bool
take_field (ReportTraceQuick *quick, Rest *rest)
{
  AempTraceEvent *event = &quick->event;

  if (TAKE (rest, ",\"peer\":\""))
    return take_name (quick, rest, PEER, &event->peer);
  if (TAKE (rest, ",\"port\":\"") || TAKE (rest, ",\"family\":\""))
    return take_name (quick, rest, PORT, &event->port);
  if (TAKE (rest, ",\"other\":\"") || TAKE (rest, ",\"key\":\""))
    return take_name (quick, rest, OTHER, &event->other);
  if (TAKE (rest, ",\"connection\":\""))
    return take_hash (rest, &event->connection);
  if (TAKE (rest, ",\"payload\":\""))
    return take_hash (rest, &event->payload);
  if (TAKE (rest, ",\"number\":"))
    return take_number (rest, &event->number);
  return TAKE (rest, ",\"text\":\"") && take_text (quick, rest);
}

bool
report_trace_quick_read (ReportTraceQuick *quick, const char *line, size_t length,
                         const AempTraceEvent **event, uint64_t *number)
{
  Rest rest = { line, line + length };

  quick->event = (AempTraceEvent){ 0 };
  if (!take_head (quick, &rest, number))
    return false;
  while (!TAKE (&rest, "}"))
    if (!take_field (quick, &rest))
      return false;
  *event = &quick->event;
  return rest.at == rest.end || TAKE (&rest, "\n");
}
