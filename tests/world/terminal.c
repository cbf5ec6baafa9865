/* tests/world/terminal.c - the shell at a terminal: lines are edited there. */
#include "tests/world/house.h"

#include <pty.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define LIMIT_SECONDS 55 /* a story that hangs ends by SIGALRM */

/* Somebody who sits there. */
typedef struct
{
  int fd;
  pid_t shell;
  GString *screen; /* all that was shown */
  size_t seen;     /* of it, so far */
} Terminal;

static void
become_shell (const House *house, const char *kind)
{
  g_setenv ("PERL_ANYEVENT_MP_RC", house->path, true);
  g_setenv ("TERM", kind, true);
  g_setenv ("EDITRC", "/nonexistent", true);
  execl (g_getenv ("AEMP_PROGRAM"), "aemp", "shell", NULL);
  _exit (127);
}

static Terminal *
sit_down (const House *house, const char *kind)
{
  struct winsize size = { .ws_row = 24, .ws_col = 80 };
  Terminal *terminal = g_new0 (Terminal, 1);

  terminal->screen = g_string_new (NULL);
  terminal->shell = forkpty (&terminal->fd, NULL, NULL, &size);
  g_assert_cmpint (terminal->shell, >=, 0);
  if (terminal->shell == 0)
    become_shell (house, kind);
  return terminal;
}

static void
terminal_free (Terminal *terminal)
{
  close (terminal->fd);
  g_string_free (terminal->screen, true);
  g_free (terminal);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Terminal, terminal_free)

/* Waits until this is shown, behind what was seen. */
static void
see (Terminal *terminal, const char *text)
{
  for (;;)
    {
      const char *found = strstr (terminal->screen->str + terminal->seen, text);
      char bytes[4096];
      ssize_t count;

      if (found)
        {
          terminal->seen = (size_t)(found - terminal->screen->str) + strlen (text);
          return;
        }
      count = read (terminal->fd, bytes, sizeof bytes);
      if (count <= 0)
        g_error ("\"%s\" was not shown, but: %s", text, terminal->screen->str);
      g_string_append_len (terminal->screen, bytes, count);
    }
}

static void
type (Terminal *terminal, const char *keys)
{
  g_assert_cmpint (write (terminal->fd, keys, strlen (keys)), ==, strlen (keys));
}

/* Does each key come at once, and unseen?  Where lines are edited it does. */
static bool
is_taken (const Terminal *terminal)
{
  struct termios settings;

  g_assert_cmpint (tcgetattr (terminal->fd, &settings), ==, 0);
  g_assert_cmpint ((settings.c_lflag & ICANON) != 0, ==, (settings.c_lflag & ECHO) != 0);
  return !(settings.c_lflag & ICANON);
}

/* It ends so, and leaves the terminal as it was. */
static void
expect_end (Terminal *terminal, int status)
{
  int ended;

  g_assert_cmpint (waitpid (terminal->shell, &ended, 0), ==, terminal->shell);
  g_assert_true (WIFEXITED (ended));
  g_assert_cmpint (WEXITSTATUS (ended), ==, status);
}

static void
test_editing (House *house, const void *unused)
{
  g_test_summary ("A line is mended before it is sent, an old one is called up again, and "
                  "Control-D ends it.  While an answer is waited for the terminal is free.");

  begin_network (house);
  g_autoptr (Terminal) terminal = sit_down (house, "xterm");

  see (terminal, "> ");
  g_assert_true (is_taken (terminal));
  type (terminal, "=\r");
  see (terminal, "rain\r\nruth\r\n");
  see (terminal, "> ");
  type (terminal, "=ruth\r");
  see (terminal, "ruth> ");
  type (terminal, "cxn\", \"up_nodes\"]\001[\"\033[C\004a\r"); /* begin of line, right, delete */
  see (terminal, "\"1\"\r\n");
  see (terminal, "ruth> ");
  type (terminal, "\020\005\010\010\010\010oops\"]\r"); /* the line before, its end, back */
  see (terminal, "\"\"\r\n");
  see (terminal, "ruth> ");
  type (terminal, "\004");
  expect_end (terminal, 0);
  g_assert_false (is_taken (terminal));
}

static void
test_pasted (House *house, const void *unused)
{
  g_test_summary ("Several lines come at once: each waits for the answer to the one before.");

  begin_network (house);
  g_autoptr (Terminal) terminal = sit_down (house, "xterm");

  see (terminal, "> ");
  type (terminal, "=rain\r[\"can\", \"up_nodes\"]\r[\"can\", \"nothing\"]\r");
  see (terminal, "\"1\"\r\n");
  see (terminal, "\"\"\r\n");
  see (terminal, "rain> ");
  type (terminal, "\004");
  expect_end (terminal, 0);
}

static void
test_interrupted (House *house, const void *unused)
{
  g_test_summary (
      "Control-C ends the shell in the middle of a line, and the terminal is as it was.");

  begin_network (house);
  g_autoptr (Terminal) terminal = sit_down (house, "xterm");

  see (terminal, "> ");
  type (terminal, "=ra");
  see (terminal, "=ra");
  type (terminal, "\003");
  expect_end (terminal, 1);
  g_assert_false (is_taken (terminal));
}

static void
test_dumb (House *house, const void *unused)
{
  g_test_summary ("Where nothing can be edited there is a prompt, and the terminal is left alone.");

  begin_network (house);
  g_autoptr (Terminal) terminal = sit_down (house, "dumb");

  see (terminal, "> ");
  g_assert_false (is_taken (terminal));
  type (terminal, "=rain\n");
  see (terminal, "rain> ");
  type (terminal, "\004");
  expect_end (terminal, 0);
}

#define ADD(name, test) g_test_add ("/terminal/" name, House, NULL, house_begin, test, house_end)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  alarm (LIMIT_SECONDS);
  ADD ("editing", test_editing);
  ADD ("pasted", test_pasted);
  ADD ("interrupted", test_interrupted);
  ADD ("dumb", test_dumb);
  return g_test_run ();
}
