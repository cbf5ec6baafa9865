/* net/tell.c - trace events as lines for people. */
#include "net/tell.h"

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

/* A connection came to nothing. */
static const char *
refusal_words (const AempTraceEvent *event)
{
  return event->number == 1 ? "could not be joined: " : "was not let in: ";
}

/* In words.  False: not what people wait for. */
static bool
append_words (GString *line, const AempTraceEvent *event)
{
  const char *words;

  switch ((int)event->kind) /* most kinds are for --verbose */
    {
    case AEMP_TRACE_NODE_UP:
      words = "is up";
      break;
    case AEMP_TRACE_NODE_DOWN:
      words = "is down: ";
      break;
    case AEMP_TRACE_DIAL_FAILED:
      words = "cannot be reached: ";
      break;
    case AEMP_TRACE_LINK_REFUSED:
      words = refusal_words (event);
      break;
    case AEMP_TRACE_MALFORMED:
      words = "sent nonsense: ";
      break;
    case AEMP_TRACE_REFUSED:
      words = "was refused: ";
      break;
    case AEMP_TRACE_FAILURE:
      g_string_append (line, "error in port ");
      append_name (line, event->port);
      g_string_append (line, ": ");
      append_text (line, event->text);
      return true;
    case AEMP_TRACE_NOTE:
      append_name (line, event->other);
      g_string_append_c (line, ' ');
      append_text (line, event->text);
      return true;
    default:
      return false;
    }
  if (event->peer && event->peer->length > 0)
    append_name (line, event->peer);
  else
    g_string_append (line, "somebody"); /* who has not said a name yet */
  g_string_append_printf (line, " %s", words);
  append_text (line, event->text);
  return true;
}

/* Strangers choose how often they are not let in: not each shall fill the log with a line. */
static bool
is_one_too_many (NetTeller *teller, const AempTraceEvent *event)
{
  bool is_stranger = event->kind == AEMP_TRACE_LINK_REFUSED && event->number == 0;

  if (event->time_us - teller->strangers_since_us >= NET_STRANGERS_TIME_US)
    {
      if (teller->strangers > NET_STRANGERS_TOLD_MAX)
        net_teller_say (teller, "%u more were not let in",
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
  g_autoptr (GString) line = g_string_new (NULL);

  if (teller->begin_us == 0)
    teller->begin_us = event->time_us;
  if (teller->verbose)
    {
      int64_t ms = (event->time_us - teller->begin_us) / 1000;

      g_string_append_printf (line, "%6" G_GINT64_FORMAT ".%03d %s", ms / 1000, (int)(ms % 1000),
                              aemp_trace_catalogue[event->kind].name);
      append_fields (line, event);
    }
  else if (is_one_too_many (teller, event) || !append_words (line, event))
    return;
  net_teller_say (teller, "%s", line->str);
}

void
net_teller_init (NetTeller *teller, bool verbose)
{
  *teller = (NetTeller){ .tracer = { .see = see }, .verbose = verbose };
}

static void tell_va (const char *format, va_list arguments) G_GNUC_PRINTF (1, 0);

static void
tell_va (const char *format, va_list arguments)
{
  g_autofree char *line = g_strdup_vprintf (format, arguments);

  fprintf (stderr, "%s\n", line);
}

void
net_teller_say (NetTeller *teller, const char *format, ...)
{
  va_list arguments;

  if (teller->before && !teller->before (teller->user_data))
    return;
  va_start (arguments, format);
  tell_va (format, arguments);
  va_end (arguments);
}

void
net_tell (const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  tell_va (format, arguments);
  va_end (arguments);
}
