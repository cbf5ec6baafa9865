/* tests/world/house.c - see house.h. */
#include "tests/world/house.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#define ECHO "[[\"aemp::echo\", \"rain.echo\", {}]]"

static void
die_with_us (void *user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static GSubprocess *
launch (House *house, const char *const *arguments, GSubprocessFlags flags)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (flags);
  g_autoptr (GPtrArray) line = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  GSubprocess *subprocess;

  g_ptr_array_add (line, (char *)g_getenv ("AEMP_PROGRAM"));
  for (; *arguments; arguments++)
    g_ptr_array_add (line, (char *)*arguments);
  g_ptr_array_add (line, NULL);
  g_subprocess_launcher_set_child_setup (launcher, die_with_us, NULL, NULL);
  g_subprocess_launcher_setenv (launcher, "PERL_ANYEVENT_MP_RC", house->path, true);
  subprocess = g_subprocess_launcher_spawnv (launcher, (const char *const *)line->pdata, &error);
  g_assert_no_error (error);
  return subprocess;
}

/* --- Commands that end ---------------------------------------------------------------------- */

char *
try (House *house, int status, const char *input, const char *const *arguments)
{
  g_autoptr (GSubprocess) subprocess
      = launch (house, arguments,
                G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE
                    | G_SUBPROCESS_FLAGS_STDERR_MERGE);
  g_autoptr (GError) error = NULL;
  char *said = NULL;

  g_subprocess_communicate_utf8 (subprocess, input, NULL, &said, NULL, &error);
  g_assert_no_error (error);
  g_test_message ("%s: %s", arguments[0], said);
  g_assert_true (g_subprocess_get_if_exited (subprocess));
  g_assert_cmpint (g_subprocess_get_exit_status (subprocess), ==, status);
  return said;
}

void
expect (House *house, int status, const char *pattern, const char *const *arguments)
{
  g_autofree char *said = try (house, status, NULL, arguments);

  if (!g_pattern_match_simple (pattern, said))
    g_error ("aemp %s said \"%s\", not \"%s\"", arguments[0], said, pattern);
}

char *
contents (const char *path)
{
  char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return text;
}

/* --- Nodes that go on ----------------------------------------------------------------------- */

Node *
begin (House *house, const char *const *arguments, bool is_stdout)
{
  Node *node = g_new0 (Node, 1);

  node->subprocess
      = launch (house, arguments,
                is_stdout ? G_SUBPROCESS_FLAGS_STDOUT_PIPE : G_SUBPROCESS_FLAGS_STDERR_PIPE);
  node->lines
      = g_data_input_stream_new (is_stdout ? g_subprocess_get_stdout_pipe (node->subprocess)
                                           : g_subprocess_get_stderr_pipe (node->subprocess));
  g_ptr_array_add (house->nodes, node);
  return node;
}

char *
house_file (const House *house, const char *name)
{
  return g_build_filename (house->directory, name, NULL);
}

static void
node_free (void *data)
{
  Node *node = data;

  g_subprocess_force_exit (node->subprocess);
  g_subprocess_wait (node->subprocess, NULL, NULL);
  g_object_unref (node->lines);
  g_object_unref (node->subprocess);
  g_free (node);
}

char *
hear (Node *node, const char *pattern)
{
  for (;;)
    {
      char *line = g_data_input_stream_read_line (node->lines, NULL, NULL, NULL);

      if (!line)
        g_error ("it ended without saying \"%s\"", pattern);
      g_test_message ("%s", line);
      if (g_pattern_match_simple (pattern, line))
        return line;
      g_free (line);
    }
}

void
end (Node *node, int signal_number, int status)
{
  g_subprocess_send_signal (node->subprocess, signal_number);
  g_subprocess_wait (node->subprocess, NULL, NULL);
  g_assert_true (g_subprocess_get_if_exited (node->subprocess));
  g_assert_cmpint (g_subprocess_get_exit_status (node->subprocess), ==, status);
}

void
house_begin (House *house, const void *unused)
{
  g_autoptr (GError) error = NULL;

  house->directory = g_dir_make_tmp ("aemp-command-XXXXXX", &error);
  g_assert_no_error (error);
  house->path = g_build_filename (house->directory, "rc", NULL);
  house->nodes = g_ptr_array_new_with_free_func (node_free);
}

void
house_end (House *house, const void *unused)
{
  g_autoptr (GDir) directory = g_dir_open (house->directory, 0, NULL);
  const char *name;

  g_ptr_array_unref (house->nodes);
  while ((name = g_dir_read_name (directory)))
    {
      g_autofree char *path = g_build_filename (house->directory, name, NULL);

      g_assert_cmpint (g_remove (path), ==, 0);
    }
  g_assert_cmpint (g_rmdir (house->directory), ==, 0);
  g_free (house->directory);
  g_free (house->path);
}

void
begin_network (House *house)
{
  Node *rain, *ruth;
  g_autofree char *line = NULL;

  EXPECT (house, 0, "", "setsecret", "tea", "profile", "rain", "setnodeid", "rain", "setbinds",
          "127.0.0.1:*", "setglobal", "on", "setservices", ECHO, "profile", "ruth", "nodeid",
          "ruth", "binds", "127.0.0.1:*");
  rain = NODE (house, "rain");
  line = hear (rain, "listening on *");
  EXPECT (house, 0, "", "setseeds", line + strlen ("listening on "));
  ruth = NODE (house, "ruth");
  HEAR (ruth, "rain is up");
}
