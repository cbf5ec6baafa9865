/* tests/world/process.c - the built binary in a process of its own. */
#include "process.h"

#include <string.h>
#include <sys/prctl.h>
#include <signal.h>

static void
die_with_us (void *user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

Process *
begin (const char *command, const char *const *arguments)
{
  return begin_in (NULL, command, arguments);
}

Process *
begin_in (const char *const *environment, const char *command, const char *const *arguments)
{
  g_autoptr (GSubprocessLauncher) launcher
      = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDERR_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autoptr (GPtrArray) line = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  Process *process = g_new0 (Process, 1);

  g_ptr_array_add (line, (char *)g_getenv ("AEMP_PROGRAM"));
  g_ptr_array_add (line, (char *)command);
  for (; *arguments; arguments++)
    g_ptr_array_add (line, (char *)*arguments);
  g_ptr_array_add (line, NULL);
  g_subprocess_launcher_set_child_setup (launcher, die_with_us, NULL, NULL);
  g_subprocess_launcher_setenv (launcher, "PERL_ANYEVENT_MP_RC", "/nonexistent/profile", true);
  for (; environment && *environment; environment += 2)
    g_subprocess_launcher_setenv (launcher, environment[0], environment[1], true);
  process->subprocess
      = g_subprocess_launcher_spawnv (launcher, (const char *const *)line->pdata, &error);
  g_assert_no_error (error);
  process->lines = g_data_input_stream_new (g_subprocess_get_stderr_pipe (process->subprocess));
  process->said = g_string_new (NULL);
  return process;
}

void
process_free (Process *process)
{
  g_object_unref (process->lines);
  g_object_unref (process->subprocess);
  g_string_free (process->said, true);
  g_free (process);
}

char *
next_line (Process *process)
{
  char *line = g_data_input_stream_read_line (process->lines, NULL, NULL, NULL);

  if (line)
    g_string_append_printf (process->said, "%s\n", line);
  return line;
}

/* All that it says to its end. */
char *
hear_out (Process *process)
{
  for (;;)
    {
      g_autofree char *line = next_line (process);

      if (!line)
        return g_strdup (process->said->str);
    }
}

static G_NORETURN void
complain (Process *process, const char *pattern)
{
  GSubprocess *subprocess = process->subprocess;

  g_subprocess_wait (subprocess, NULL, NULL);
  if (g_subprocess_get_if_exited (subprocess))
    g_error ("it ended with status %d without saying \"%s\"",
             g_subprocess_get_exit_status (subprocess), pattern);
  g_error ("it died of signal %d without saying \"%s\"", g_subprocess_get_term_sig (subprocess),
           pattern);
}

/* Reads on to a line that matches; returns it. */
char *
expect (Process *process, const char *pattern)
{
  for (;;)
    {
      g_autofree char *line = next_line (process);

      if (!line)
        complain (process, pattern);
      g_test_message ("%s", line);
      if (g_pattern_match_simple (pattern, line))
        return g_steal_pointer (&line);
    }
}

void
hear (Process *process, const char *pattern)
{
  g_free (expect (process, pattern));
}

void
hear_each (Process *process, const char *const *patterns)
{
  g_autoptr (GPtrArray) left = g_ptr_array_new ();

  for (; *patterns; patterns++)
    g_ptr_array_add (left, (char *)*patterns);
  while (left->len > 0)
    {
      g_autofree char *line = next_line (process);

      if (!line)
        complain (process, left->pdata[0]);
      g_test_message ("%s", line);
      for (guint i = 0; i < left->len; i++)
        if (g_pattern_match_simple (left->pdata[i], line))
          {
            g_ptr_array_remove_index (left, i);
            break;
          }
    }
}

unsigned
count_said (const Process *process, const char *pattern)
{
  g_auto (GStrv) lines = g_strsplit (process->said->str, "\n", -1);
  unsigned count = 0;

  for (char **line = lines; *line; line++)
    count += g_pattern_match_simple (pattern, *line);
  return count;
}

char *
listening_at (Process *process)
{
  g_autofree char *line = expect (process, "listening on *");

  return g_strdup (line + strlen ("listening on "));
}

void
expect_status (Process *process, int status)
{
  g_assert_true (g_subprocess_wait (process->subprocess, NULL, NULL));
  g_assert_true (g_subprocess_get_if_exited (process->subprocess));
  g_assert_cmpint (g_subprocess_get_exit_status (process->subprocess), ==, status);
  process_free (process);
}

void
interrupt (Process *process, int signal_number)
{
  g_subprocess_send_signal (process->subprocess, signal_number);
  expect_status (process, 0);
}
