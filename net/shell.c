/* net/shell.c - see shell.h.
 *
 * One line at a time: the next one waits for the answer, so that lines from a pipe mean the
 * same as typed ones.  On a terminal they can be edited; what is typed while an answer is
 * waited for stays with the terminal until then. */
#include "net/shell.h"

#include "engine/codec.h"
#include "net/line-editor.h"
#include "net/talk.h"

#include <glib-unix.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define ANSWER_SECONDS 5
#define LISTENERS "'l" /* the family of those who can be reached */

typedef struct
{
  NetTalk *talk;
  char *node;            /* who is talked to; NULL: nobody yet */
  bool is_ours;          /* it is one of ours, not Perl's */
  NetLineEditor *editor; /* NULL: stdin is no terminal */
  GString *input;        /* read from stdin, and not a line yet */
  bool is_at_end;        /* there will be no more input */
  bool is_asking;        /* an answer is waited for */
  uint64_t questions;
  unsigned source; /* stdin is watched; 0: it is not */
  unsigned resize_source;
} Shell;

/* What an answer is for: one that comes too late is for none. */
typedef struct
{
  Shell *shell;
  uint64_t number;
} Question;

static void go_on (Shell *shell);

/* --- Questions ---------------------------------------------------------------------------- */

static void
on_silence (AempNode *node, const AempList *nothing, void *user_data)
{
  const Question *question = user_data;
  Shell *shell = question->shell;

  if (!shell->is_asking || question->number != shell->questions)
    return;
  fprintf (stderr, "no answer%s%s\n", shell->talk->trouble ? ": " : "",
           shell->talk->trouble ? shell->talk->trouble : "");
  shell->is_asking = false;
  go_on (shell);
}

/* For one answer, and against none. */
static Question *
ask (Shell *shell)
{
  Question *question = g_new (Question, 1);
  Question *limit = g_new (Question, 1);

  shell->is_asking = true;
  *question = *limit = (Question){ shell, ++shell->questions };
  aemp_after (shell->talk->node, (int64_t)ANSWER_SECONDS * 1000000, on_silence, limit, g_free);
  return question;
}

/* False: it comes too late. */
static bool
take_answer (const Question *question)
{
  Shell *shell = question->shell;

  if (!shell->is_asking || question->number != shell->questions)
    return false;
  shell->is_asking = false;
  return true;
}

/* --- Answers ------------------------------------------------------------------------------ */

static void
print_list (const AempList *list)
{
  g_autofree char *text = aemp_list_to_text (list, 0);

  puts (text);
}

static bool
tell_if_gone (const Shell *shell, const AempList *reply)
{
  if (reply->count == 0)
    fprintf (stderr, "%s gave no answer: it cannot be reached\n", shell->node);
  return reply->count == 0;
}

static void
on_reply (AempNode *node, const AempList *reply, void *user_data)
{
  const Question *question = user_data;

  if (!take_answer (question))
    return;
  if (!tell_if_gone (question->shell, reply))
    print_list (reply);
  go_on (question->shell);
}

static void
on_evaluated (AempNode *node, const AempList *reply, void *user_data)
{
  const Question *question = user_data;
  const AempValue *value = aemp_list_get (reply, 0);
  g_autofree char *failure = value ? aemp_value_dup_text (value, NULL) : NULL;
  AempList results = aemp_list_skip (*reply, 1);

  if (!take_answer (question))
    return;
  if (failure && *failure)
    fprintf (stderr, "%s\n", g_strchomp (failure));
  else if (!tell_if_gone (question->shell, reply))
    print_list (&results);
  go_on (question->shell);
}

static void
on_can (AempNode *node, const AempList *reply, void *user_data)
{
  const Question *question = user_data;

  if (!take_answer (question))
    return;
  question->shell->is_ours = aemp_value_is (aemp_list_get (reply, 0), "1");
  tell_if_gone (question->shell, reply);
  go_on (question->shell);
}

static int
compare_texts (const void *one, const void *other)
{
  return strcmp (*(char *const *)one, *(char *const *)other);
}

/* Those who can be reached, and those who are connected with us. */
static void
on_nodes (AempNode *node, const AempList *answer, void *user_data)
{
  const Question *question = user_data;
  const AempValue *keys = aemp_list_get (answer, 0);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) up = aemp_up_nodes (node);

  if (!take_answer (question))
    return;
  for (char **name = up; *name; name++)
    g_ptr_array_add (names, g_strdup (*name));
  for (uint32_t i = 0; keys && keys->type == AEMP_ARRAY && i < keys->length; i++)
    {
      char *name = aemp_value_dup_text (&keys->as.items[i], NULL);

      if (name)
        g_ptr_array_add (names, name);
    }
  g_ptr_array_sort (names, compare_texts);
  for (unsigned i = 0; i < names->len; i++)
    if ((i == 0 || strcmp (names->pdata[i], names->pdata[i - 1]) != 0)
        && strcmp (names->pdata[i], aemp_node_id (node)) != 0)
      puts (names->pdata[i]);
  go_on (question->shell);
}

/* --- Lines -------------------------------------------------------------------------------- */

static void
switch_to (Shell *shell, const char *name)
{
  if (!aemp_port_id_is_valid (name) || strchr (name, '#'))
    {
      fprintf (stderr, "\"%s\" is no node ID\n", name);
      return;
    }
  g_free (shell->node);
  shell->node = g_strdup (name);
  shell->is_ours = false;
  aemp_cal (shell->talk->node, name, AEMP_NO_TIMEOUT, on_can, ask (shell), g_free, "ss", "can",
            "up_nodes");
}

static void
call (Shell *shell, const char *line)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AempMessage) message
      = aemp_codec_decode_all (&aemp_codec_json, (const uint8_t *)line, strlen (line), &error);
  AempList list;

  if (!message)
    {
      fprintf (stderr, "%s\n", error->message);
      return;
    }
  list = aemp_message_list (message);
  aemp_cal (shell->talk->node, shell->node, AEMP_NO_TIMEOUT, on_reply, ask (shell), g_free, "@",
            &list);
}

static void
evaluate (Shell *shell, const char *line)
{
  if (g_utf8_validate (line, -1, NULL))
    aemp_cal (shell->talk->node, shell->node, AEMP_NO_TIMEOUT, on_evaluated, ask (shell), g_free,
              "ss", "eval", line);
  else
    fprintf (stderr, "expected text in UTF-8\n");
}

static void
obey_line (Shell *shell, const char *line)
{
  if (*line == '\0')
    return;
  if (strcmp (line, "=") == 0)
    aemp_db_keys (shell->talk->node, LISTENERS, on_nodes, ask (shell), g_free);
  else if (*line == '=')
    switch_to (shell, line + 1);
  else if (!shell->node)
    fprintf (stderr, "who is meant?  = lists the nodes, =NAME chooses one\n");
  else if (shell->is_ours && *line == '[')
    call (shell, line);
  else
    evaluate (shell, line);
}

static void watch_input (Shell *shell);

static void
prompt (Shell *shell)
{
  g_autofree char *text = g_strdup_printf ("%s> ", shell->node ? shell->node : "");

  fflush (stdout);
  watch_input (shell);
  if (shell->editor)
    net_line_editor_ask (shell->editor, text);
  else if (isatty (STDIN_FILENO))
    {
      printf ("%s", text);
      fflush (stdout);
    }
}

/* The next line, if there is a whole one; at the end the rest counts as one. */
static char *
take_line (Shell *shell)
{
  const char *end = memchr (shell->input->str, '\n', shell->input->len);
  size_t length = end ? (size_t)(end - shell->input->str) : shell->input->len;
  char *line;

  if (!end && (!shell->is_at_end || length == 0))
    return NULL;
  line = g_strndup (shell->input->str, length);
  g_string_erase (shell->input, 0, (gssize)(end ? length + 1 : length));
  return g_strstrip (line);
}

static void
go_on (Shell *shell)
{
  char *line;

  fflush (stdout); /* answers and complaints come in order, also into one file */
  while (!shell->is_asking && (line = take_line (shell)))
    {
      obey_line (shell, line);
      g_free (line);
    }
  if (shell->is_asking)
    return;
  if (shell->is_at_end)
    net_talk_end (shell->talk, 0);
  else
    prompt (shell);
}

/* Reads on; false: nothing more will come. */
static bool
read_input (Shell *shell)
{
  char bytes[4096];
  ssize_t count = read (STDIN_FILENO, bytes, sizeof bytes);

  if (count > 0)
    g_string_append_len (shell->input, bytes, count);
  return count > 0;
}

/* One key; false: the line is whole, or the last one.  Nobody looks for keys until the next is
 * asked for. */
static bool
edit_input (Shell *shell, GIOCondition condition)
{
  g_autofree char *line = NULL;

  switch (net_line_editor_take_key (shell->editor, &line))
    {
    case NET_LINE_GROWS:
      shell->is_at_end = (condition & (G_IO_HUP | G_IO_ERR)) != 0;
      return !shell->is_at_end;
    case NET_LINE_IS_WHOLE:
      g_string_append_printf (shell->input, "%s\n", line);
      return false;
    case NET_LINE_NO_MORE:
      shell->is_at_end = true;
      puts ("");
      return false;
    }
  g_assert_not_reached ();
}

static gboolean
on_keys (int fd, GIOCondition condition, void *user_data)
{
  Shell *shell = user_data;

  if (edit_input (shell, condition))
    return G_SOURCE_CONTINUE;
  shell->source = 0;
  go_on (shell);
  return G_SOURCE_REMOVE;
}

static gboolean
on_input (int fd, GIOCondition condition, void *user_data)
{
  Shell *shell = user_data;

  shell->is_at_end = !read_input (shell);
  if (shell->is_at_end)
    shell->source = 0;
  if (!shell->is_asking)
    go_on (shell);
  return shell->is_at_end ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

static void
watch_input (Shell *shell)
{
  if (shell->source == 0)
    shell->source = g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP | G_IO_ERR,
                                   shell->editor ? on_keys : on_input, shell);
}

static gboolean
on_resize (void *user_data)
{
  net_line_editor_resize (((Shell *)user_data)->editor);
  return G_SOURCE_CONTINUE;
}

static void
begin (NetTalk *talk)
{
  Shell *shell = talk->user_data;
  g_autofree char *first = g_steal_pointer (&shell->node);

  shell->talk = talk;
  shell->editor = net_line_editor_new ();
  if (shell->editor)
    shell->resize_source = g_unix_signal_add (SIGWINCH, on_resize, shell);
  if (first)
    switch_to (shell, first);
  else
    prompt (shell);
}

static void
clear (Shell *shell)
{
  if (shell->source)
    g_source_remove (shell->source);
  if (shell->resize_source)
    g_source_remove (shell->resize_source);
  net_line_editor_free (shell->editor);
  g_free (shell->node);
}

int
net_shell_obey (NetSession *session, NetWords *words, const char *key)
{
  g_autoptr (GString) input = g_string_new (NULL);
  Shell shell = { .input = input };
  int status;

  if (net_words_left (words) > 0)
    {
      const char *port = net_talk_take_port (session, words, "a node ID");

      if (!port)
        return NET_EXIT_USAGE;
      shell.node = aemp_node_of (port);
    }
  status = net_talk (session, NET_TALK_NO_LIMIT, begin, &shell);
  clear (&shell);
  return status;
}
