/* net/line-editor.c - see line-editor.h.
 *
 * "Unbuffered" is libedit's word for one key a call: el_gets() then returns what the line has
 * become.  Switching it on takes the terminal and shows the prompt, switching it off gives the
 * terminal back. */
#include "net/line-editor.h"

#include <glib.h>
#include <histedit.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HISTORY_LINES 1000

/* How a Control-D that would delete nothing comes, in this mode. */
#define END_KEY '\004'

struct NetLineEditor
{
  EditLine *line;
  History *history;
  char *prompt;
};

static bool
is_terminal (void)
{
  const char *kind = g_getenv ("TERM");

  return isatty (STDIN_FILENO) && isatty (STDOUT_FILENO) && kind && *kind
         && strcmp (kind, "dumb") != 0;
}

static char *
prompt_of (EditLine *line)
{
  NetLineEditor *editor;

  el_get (line, EL_CLIENTDATA, &editor);
  return editor->prompt;
}

static void
set_up_history (NetLineEditor *editor)
{
  HistEvent event;

  editor->history = history_init ();
  history (editor->history, &event, H_SETSIZE, HISTORY_LINES);
  history (editor->history, &event, H_SETUNIQUE, 1);
  el_set (editor->line, EL_HIST, history, editor->history);
}

NetLineEditor *
net_line_editor_new (void)
{
  NetLineEditor *editor;

  if (!is_terminal ())
    return NULL;
  editor = g_new0 (NetLineEditor, 1);
  editor->line = el_init ("aemp", stdin, stdout, stderr);
  editor->prompt = g_strdup ("");
  el_set (editor->line, EL_CLIENTDATA, editor);
  el_set (editor->line, EL_PROMPT, prompt_of);
  el_set (editor->line, EL_EDITOR, "emacs");
  set_up_history (editor);
  el_source (editor->line, NULL); /* what people have set in ~/.editrc */
  return editor;
}

void
net_line_editor_free (NetLineEditor *editor)
{
  if (!editor)
    return;
  el_set (editor->line, EL_UNBUFFERED, 0);
  el_end (editor->line);
  history_end (editor->history);
  g_free (editor->prompt);
  g_free (editor);
}

void
net_line_editor_ask (NetLineEditor *editor, const char *prompt)
{
  g_free (editor->prompt);
  editor->prompt = g_strdup (prompt);
  el_set (editor->line, EL_UNBUFFERED, 1);
}

static char *
take_line (NetLineEditor *editor, const char *typed, size_t length)
{
  char *line = g_strndup (typed, length);
  HistEvent event;

  if (strspn (line, " \t") < length)
    history (editor->history, &event, H_ENTER, line);
  return line;
}

NetLineState
net_line_editor_take_key (NetLineEditor *editor, char **line)
{
  int count = 0;
  const char *typed = el_gets (editor->line, &count);

  if (!typed || count <= 0)
    return NET_LINE_GROWS;
  if (typed[count - 1] == '\n' || typed[count - 1] == '\r')
    {
      *line = take_line (editor, typed, (size_t)count - 1);
      el_set (editor->line, EL_UNBUFFERED, 0);
      return NET_LINE_IS_WHOLE;
    }
  if (count > 1 || typed[0] != END_KEY)
    return NET_LINE_GROWS;
  el_set (editor->line, EL_UNBUFFERED, 0);
  return NET_LINE_NO_MORE;
}

void
net_line_editor_resize (NetLineEditor *editor)
{
  el_resize (editor->line);
}
