/* tests/unit/story.c */

#include "story.h"

#include <string.h>

/* --- Reading --- */

static AempTraceKind
read_kind (const char *name)
{
  for (unsigned kind = 0; kind < AEMP_TRACE_KINDS; kind++)
    if (strcmp (aemp_trace_catalogue[kind].name, name) == 0)
      return kind;
  g_error ("no such event: %s", name);
}

static uint64_t
read_hash (const char *word)
{
  g_autoptr (AempMessage) message = NULL;
  AempList list = { 0 };

  if (g_ascii_isdigit (*word))
    return g_ascii_strtoull (word, NULL, 10);
  if (strcmp (word, "normal") != 0)
    {
      message = aemp_message_new ("s", word);
      list = aemp_message_list (message);
    }
  return aemp_list_hash (&list);
}

/* Cuts the next word off. */
static char *
next_word (char **rest)
{
  char *word = g_strchug (*rest);
  size_t length = strcspn (word, " ");

  *rest = word + length;
  if (**rest)
    *(*rest)++ = '\0';
  return word;
}

static void
read_field (AempTraceEvent *event, char field, char **rest, AempName names[4])
{
  char *word = field == 'x' ? g_strstrip (*rest) : next_word (rest);
  AempName *name = &names[field == 'p' ? 1 : field == 'o' || field == 'f' ? 2 : 3];

  if (*word == '\0' || strcmp (word, "-") == 0)
    return;
  if (strchr ("potfk", field))
    *name = aemp_name_view (word, strlen (word));
  switch (field)
    {
    case 'p':
      event->peer = name;
      return;
    case 'o':
    case 'f':
      event->port = name;
      return;
    case 't':
    case 'k':
      event->other = name;
      return;
    case 'c':
      event->connection = g_ascii_strtoull (word, NULL, 10);
      return;
    case 'n':
      event->number = g_ascii_strtoull (word, NULL, 10);
      return;
    case 'h':
      event->payload = read_hash (word);
      return;
    case 'x':
      event->text = word;
      return;
    }
  g_assert_not_reached ();
}

static void
play_line (SimJury *jury, char *text, uint64_t line)
{
  AempName names[4];
  AempTraceEvent event = { .node = &names[0] };
  const char *word = next_word (&text);

  event.time_us = (int64_t)(g_ascii_strtod (word, NULL) * 1000000.0 + 0.5);
  word = next_word (&text);
  names[0] = aemp_name_view (word, strlen (word));
  event.kind = read_kind (next_word (&text));
  for (const char *field = aemp_trace_catalogue[event.kind].fields; *field; field++)
    read_field (&event, *field, &text, names);
  sim_jury_see (jury, &event, line);
}

Story *
story_play (const SimCheckerOps *ops, bool calm, double end_seconds, ...)
{
  Story *story = g_new0 (Story, 1);
  SimJury jury;
  va_list parts;
  uint64_t line = 0;

  sim_findings_init (&story->findings);
  sim_jury_init (&jury, &story->findings);
  sim_jury_call (&jury, ops);
  va_start (parts, end_seconds);
  for (const char *part = va_arg (parts, const char *); part; part = va_arg (parts, const char *))
    {
      g_auto (GStrv) lines = g_strsplit (part, "\n", -1);
      for (char **text = lines; *text && **text; text++)
        {
          (*text)[strcspn (*text, "~")] = '\0';
          play_line (&jury, *text, ++line);
        }
    }
  va_end (parts);
  sim_jury_end (&jury, (int64_t)(end_seconds * 1000000.0 + 0.5), calm);
  sim_jury_clear (&jury);
  return story;
}

void
story_free (Story *story)
{
  sim_findings_clear (&story->findings);
  g_free (story);
}

/* --- Judging the judges --- */

void
story_is_fine (const Story *story, int promise, uint64_t judged)
{
  if (story->findings.kept->len > 0)
    g_test_message ("unexpected: %s", ((SimBreach *)story->findings.kept->pdata[0])->text);
  g_assert_cmpuint (story->findings.kept->len, ==, 0);
  g_assert_cmpuint (story->findings.judged[promise], ==, judged);
}

void
story_breaks (const Story *story, int promise, uint64_t line, const char *part)
{
  for (unsigned at = 0; at < story->findings.kept->len; at++)
    g_test_message ("%s", ((SimBreach *)story->findings.kept->pdata[at])->text);
  g_assert_cmpuint (story->findings.kept->len, ==, 1);
  const SimBreach *breach = story->findings.kept->pdata[0];
  g_assert_cmpint (breach->promise, ==, promise);
  g_assert_cmpuint (story->findings.breaches[promise], ==, 1);
  g_assert_cmpuint (breach->line, ==, line);
  g_assert_nonnull (strstr (breach->text, part));
  g_assert_null (strchr (breach->text, '\n'));
}
