/* net/tell.c - trace events as lines for people. */
#include "net/tell.h"

#include "engine/handshake.h"

#include <stdio.h>
#include <string.h>

/* What comes from others shall not move the cursor, nor say what is not there. */
static void
append_printable (GString *line, const char *text, size_t length)
{
  for (const char *at = text; at < text + length; at = g_utf8_next_char (at))
    {
      gunichar character = g_utf8_get_char (at);

      g_string_append_unichar (line, g_unichar_isprint (character) ? character : '.');
    }
}

static void
append_name (GString *line, const AempName *name)
{
  if (name && name->length > 0)
    append_printable (line, name->text, name->length);
  else
    g_string_append_c (line, '-');
}

static void
append_text (GString *line, const char *text)
{
  if (text)
    append_printable (line, text, strlen (text));
}

/* The fields in the order of the catalogue. */
static void
append_fields (GString *line, const AempTraceEvent *event)
{
  for (const char *field = aemp_trace_catalogue[event->kind].fields; *field; field++)
    {
      g_string_append_c (line, ' ');
      switch (*field)
        {
        case 'p':
          append_name (line, event->peer);
          break;
        case 'o':
        case 'f':
          append_name (line, event->port);
          break;
        case 't':
        case 'k':
          append_name (line, event->other);
          break;
        case 'c':
          g_string_append_printf (line, "%016" G_GINT64_MODIFIER "x", event->connection);
          break;
        case 'n':
          g_string_append_printf (line, "%" G_GUINT64_FORMAT, event->number);
          break;
        case 'h':
          g_string_append_printf (line, "%016" G_GINT64_MODIFIER "x", event->payload);
          break;
        case 'x':
          append_text (line, event->text);
          break;
        default:
          g_assert_not_reached ();
        }
    }
}

/* A connection came to nothing: with whom, and why. */
static void
append_refusal (GString *line, const AempTraceEvent *event)
{
  bool is_dialed = event->number == 1;

  if (event->peer && event->peer->length > 0)
    append_name (line, event->peer);
  else
    g_string_append (line, event->address ? "" : "somebody"); /* who has not said a name yet */
  if (event->address)
    {
      g_string_append (line, line->len > 0 ? " at " : "");
      append_text (line, event->address);
    }
  g_string_append (line, is_dialed ? " could not be joined: " : " was not let in: ");
  append_text (line, event->text);
  if (event->text && g_str_has_prefix (event->text, AEMP_HANDSHAKE_WRONG_ANSWER))
    g_string_append (line, " (is the same secret set at both ends?)");
}

typedef struct
{
  AempTraceKind kind;
  NetLevel level;
  const char *words; /* behind the peer's name; NULL: they are made otherwise */
} Telling;

/* What people wait for. */
static const Telling tellings[] = {
  { AEMP_TRACE_NODE_UP, NET_LEVEL_INFO, "is up" },
  { AEMP_TRACE_NODE_DOWN, NET_LEVEL_WARN, "is down: " },
  { AEMP_TRACE_DIAL_FAILED, NET_LEVEL_WARN, "cannot be reached: " },
  { AEMP_TRACE_LINK_REFUSED, NET_LEVEL_WARN, NULL },
  { AEMP_TRACE_MALFORMED, NET_LEVEL_WARN, "sent nonsense: " },
  { AEMP_TRACE_REFUSED, NET_LEVEL_WARN, "was refused: " },
  { AEMP_TRACE_FAILURE, NET_LEVEL_ERROR, NULL },
  { AEMP_TRACE_NOTE, NET_LEVEL_INFO, NULL },
};

static const Telling *
telling_of (const AempTraceEvent *event)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (tellings); i++)
    if (tellings[i].kind == event->kind)
      return &tellings[i];
  return NULL;
}

static void
append_words (GString *line, const Telling *telling, const AempTraceEvent *event)
{
  if (telling->kind == AEMP_TRACE_LINK_REFUSED)
    {
      append_refusal (line, event);
      return;
    }
  if (telling->kind == AEMP_TRACE_FAILURE)
    {
      g_string_append (line, "error in port ");
      append_name (line, event->port);
      g_string_append (line, ": ");
    }
  else if (telling->kind == AEMP_TRACE_NOTE)
    {
      append_name (line, event->other);
      g_string_append_c (line, ' ');
    }
  else
    {
      append_name (line, event->peer);
      g_string_append_printf (line, " %s", telling->words);
    }
  append_text (line, event->text);
}

char *
net_event_words (const AempTraceEvent *event)
{
  const Telling *telling = telling_of (event);
  GString *line;

  if (!telling)
    return NULL;
  line = g_string_new (NULL);
  append_words (line, telling, event);
  return g_string_free (line, false);
}

static void
append_event (GString *line, const NetTeller *teller, const AempTraceEvent *event)
{
  int64_t ms = (event->time_us - teller->begin_us) / 1000;

  g_string_append_printf (line, "%6" G_GINT64_FORMAT ".%03d %s", ms / 1000, (int)(ms % 1000),
                          aemp_trace_catalogue[event->kind].name);
  append_fields (line, event);
}

/* Strangers choose how often they are not let in: not each shall fill the log with a line. */
static bool
is_one_too_many (NetTeller *teller, const AempTraceEvent *event)
{
  bool is_stranger = event->kind == AEMP_TRACE_LINK_REFUSED && event->number == 0;

  if (event->time_us - teller->strangers_since_us >= NET_STRANGERS_TIME_US)
    {
      if (teller->strangers > NET_STRANGERS_TOLD_MAX)
        net_teller_say (teller, NET_LEVEL_WARN, "%u more were not let in",
                        teller->strangers - NET_STRANGERS_TOLD_MAX);
      teller->strangers_since_us = event->time_us;
      teller->strangers = 0;
    }
  return is_stranger && ++teller->strangers > NET_STRANGERS_TOLD_MAX;
}

static void
see (AempTracer *tracer, const AempTraceEvent *event)
{
  NetTeller *teller = (NetTeller *)tracer;
  const Telling *telling = telling_of (event);
  g_autoptr (GString) line = NULL;

  if (teller->begin_us == 0)
    teller->begin_us = event->time_us;
  if (teller->level < NET_LEVEL_DEBUG
      && (!telling || telling->level > teller->level || is_one_too_many (teller, event)))
    return;
  line = g_string_new (NULL);
  if (teller->level == NET_LEVEL_DEBUG)
    append_event (line, teller, event);
  else
    append_words (line, telling, event);
  net_teller_say (teller, telling ? telling->level : NET_LEVEL_DEBUG, "%s", line->str);
}

void
net_teller_init (NetTeller *teller, NetLevel level)
{
  *teller = (NetTeller){ .tracer = { .see = see }, .level = level };
}

bool
net_level_parse (const char *text, NetLevel *level)
{
  static const char *const names[] = { "error", "warn", "info", "debug" };

  for (unsigned i = 0; i < G_N_ELEMENTS (names); i++)
    if (strcmp (names[i], text) == 0)
      {
        *level = (NetLevel)i;
        return true;
      }
  return false;
}

static void tell_va (NetLevel level, const char *format, va_list arguments) G_GNUC_PRINTF (2, 0);

static void
tell_va (NetLevel level, const char *format, va_list arguments)
{
  static const char *const prefixes[] = { "<3>", "<4>", "<6>", "<7>" };
  g_autofree char *line = g_strdup_vprintf (format, arguments);

  fprintf (stderr, "%s%s\n", g_getenv ("JOURNAL_STREAM") ? prefixes[level] : "", line);
}

void
net_teller_say (NetTeller *teller, NetLevel level, const char *format, ...)
{
  va_list arguments;

  if (level > teller->level || (teller->before && !teller->before (teller->user_data)))
    return;
  va_start (arguments, format);
  tell_va (level, format, arguments);
  va_end (arguments);
}

void
net_tell (const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  tell_va (NET_LEVEL_WARN, format, arguments);
  va_end (arguments);
}
