/* tests/world/traces.c - real nodes write traces, and these are judged together. */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define LIMIT_SECONDS 50 /* a story that hangs ends by SIGALRM */

#define SINK "[[\"aemp::sink\", \"rain.sink\", {}], [\"aemp::echo\", \"rain.echo\", {}]]"
#define ENDLESS                                                                                    \
  "[[\"aemp::flood\", \"ruth.talk\", {\"target\": \"rain.sink\", \"every_us\": 20}],"              \
  " [\"aemp::watch\", \"ruth.watch\", {\"target\": \"rain.echo\"}]]"
#define HUNDRED                                                                                    \
  "[[\"aemp::flood\", \"ruth.talk\","                                                              \
  " {\"target\": \"rain.sink\", \"every_us\": 1000, \"count\": 100}]]"

/* A folder of traces. */
typedef struct
{
  char *folder;
} Desk;

static Desk *
desk_new (void)
{
  Desk *desk = g_new (Desk, 1);

  desk->folder = g_dir_make_tmp ("aemp-XXXXXX", NULL);
  return desk;
}

static void
desk_free (Desk *desk)
{
  g_autoptr (GDir) folder = g_dir_open (desk->folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (folder)))
    {
      g_autofree char *path = g_build_filename (desk->folder, name, NULL);
      g_unlink (path);
    }
  g_rmdir (desk->folder);
  g_free (desk->folder);
  g_free (desk);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Desk, desk_free)

static char *
path_of (const Desk *desk, const char *name)
{
  return g_build_filename (desk->folder, name, NULL);
}

/* --- Nodes --- */

typedef struct
{
  GSubprocess *subprocess;
  GDataInputStream *lines; /* of its stderr */
} Process;

static void
die_with_us (void *user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

/* `trace` may be NULL; so may be the end of the arguments. */
static Process *
begin (const Desk *desk, const char *trace, const char *const *arguments)
{
  g_autoptr (GSubprocessLauncher) launcher
      = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr (GPtrArray) line = g_ptr_array_new ();
  g_autofree char *path = trace ? path_of (desk, trace) : NULL;
  g_autoptr (GError) error = NULL;
  Process *process = g_new0 (Process, 1);

  g_ptr_array_add (line, (char *)g_getenv ("AEMP_PROGRAM"));
  g_ptr_array_add (line, (char *)"run");
  if (trace)
    {
      g_ptr_array_add (line, (char *)"--trace");
      g_ptr_array_add (line, path);
    }
  for (; *arguments; arguments++)
    g_ptr_array_add (line, (char *)*arguments);
  g_ptr_array_add (line, NULL);
  g_subprocess_launcher_set_child_setup (launcher, die_with_us, NULL, NULL);
  g_subprocess_launcher_setenv (launcher, "PERL_ANYEVENT_MP_RC", "/nonexistent/profile", true);
  process->subprocess
      = g_subprocess_launcher_spawnv (launcher, (const char *const *)line->pdata, &error);
  g_assert_no_error (error);
  process->lines = g_data_input_stream_new (g_subprocess_get_stderr_pipe (process->subprocess));
  return process;
}
#define BEGIN(desk, trace, ...)                                                                    \
  begin (desk, trace,                                                                              \
         (const char *const[]){ "binds", "127.0.0.1:*", "secret", "tea", __VA_ARGS__, NULL })

/* Reads on to a line that matches. */
static char *
expect (Process *process, const char *pattern)
{
  for (;;)
    {
      g_autofree char *line = g_data_input_stream_read_line (process->lines, NULL, NULL, NULL);

      if (!line)
        g_error ("it ended without saying \"%s\"", pattern);
      g_test_message ("%s", line);
      if (g_pattern_match_simple (pattern, line))
        return g_steal_pointer (&line);
    }
}

static void
hear (Process *process, const char *pattern)
{
  g_free (expect (process, pattern));
}

static char *
listening_at (Process *process)
{
  g_autofree char *line = expect (process, "listening on *");

  return g_strdup (line + strlen ("listening on "));
}

/* Signals it, and waits for its end. */
static void
end (Process *process, int signal_number)
{
  g_subprocess_send_signal (process->subprocess, signal_number);
  g_assert_true (g_subprocess_wait (process->subprocess, NULL, NULL));
  if (signal_number != SIGKILL)
    g_assert_cmpint (g_subprocess_get_exit_status (process->subprocess), ==, 0);
  g_object_unref (process->lines);
  g_object_unref (process->subprocess);
  g_free (process);
}

/* --- Judging --- */

/* What `aemp check` says of these traces, and options. */
static char *
check (const Desk *desk, int status, const char *const *arguments)
{
  g_autoptr (GPtrArray) line = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GSubprocess) subprocess = NULL;
  g_autoptr (GError) error = NULL;
  char *out = NULL;

  g_ptr_array_add (line, g_strdup (g_getenv ("AEMP_PROGRAM")));
  g_ptr_array_add (line, g_strdup ("check"));
  for (; *arguments; arguments++)
    g_ptr_array_add (line, **arguments == '-' ? g_strdup (*arguments) : path_of (desk, *arguments));
  g_ptr_array_add (line, NULL);
  subprocess = g_subprocess_newv ((const char *const *)line->pdata,
                                  G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE,
                                  &error);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (subprocess, NULL, NULL, &out, NULL, &error);
  g_assert_no_error (error);
  if (g_subprocess_get_exit_status (subprocess) != status)
    g_error ("status %d: %s", g_subprocess_get_exit_status (subprocess), out);
  return out;
}
#define CHECK(desk, status, ...) check (desk, status, (const char *const[]){ __VA_ARGS__, NULL })

static void
assert_like (const char *text, const char *pattern)
{
  if (!g_pattern_match_simple (pattern, text))
    g_error ("expected: %s\nfound: %s", pattern, text);
}

/* Waits until the trace has a line with this in it. */
static void
await_trace (const Desk *desk, const char *name, const char *part)
{
  g_autofree char *path = path_of (desk, name);

  for (;;)
    {
      g_autofree char *text = NULL;

      g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
      if (strstr (text, part))
        return;
      g_usleep (1000);
    }
}

/* --- Stories --- */

/* Ruth floods rain, is killed three times in the middle of it, and ends in peace at last. */
static void
play (const Desk *desk)
{
  Process *rain = BEGIN (desk, "rain", "nodeid", "rain", "global", "on", "services", SINK);
  g_autofree char *address = listening_at (rain);
  Process *ruth;

  for (unsigned life = 0; life < 3; life++)
    {
      ruth = BEGIN (desk, "ruth", "nodeid", "ruth", "seeds", address, "services", ENDLESS);
      hear (ruth, "ruth.watch found *");
      await_trace (desk, "ruth", "\"event\":\"mon_set\"");
      g_usleep (20 * 1000); /* some hundred messages; how many does not matter */
      end (ruth, SIGKILL);
      hear (rain, "ruth is down: *");
    }
  ruth = BEGIN (desk, "ruth", "nodeid", "ruth", "seeds", address, "services", HUNDRED);
  hear (ruth, "ruth.talk done 100");
  end (ruth, SIGTERM);
  hear (rain, "ruth is down: *");
  end (rain, SIGTERM);
}

static void
test_killed (void)
{
  g_test_summary ("A node floods another one and is killed in the middle of it, three times.  No "
                  "send is missing in its trace: all that arrived was sent before.");
  g_autoptr (Desk) desk = desk_new ();
  g_autofree char *out = NULL;
  g_autofree char *other = NULL;

  play (desk);
  out = CHECK (desk, 0, "ruth", "rain", "--json");
  assert_like (out, "*\"killed\":3,\"nodes\":2,\"out_of_order\":0,\"processes\":5,*");
  other = CHECK (desk, 0, "rain", "ruth");
  assert_like (other, "2 nodes   5 processes, 3 killed (or still running)   * events   the end is not judged\n"
                      "*  ok     1 order                * messages\n"
                      "*  ok    10 node events *");
}

/* Writes the trace `damaged`: that of a node, but in its `nth` line that has `part` in it `new`
 * stands for `old`; `old` NULL: that line is left out. */
static void
damage (const Desk *desk, const char *name, const char *part, unsigned nth, const char *old,
        const char *new)
{
  g_autofree char *whole = path_of (desk, name);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_autofree char *path = path_of (desk, "damaged");
  g_autoptr (GString) damaged = g_string_new (NULL);

  g_assert_true (g_file_get_contents (whole, &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  for (unsigned at = 0; lines[at]; at++)
    {
      g_autoptr (GString) line = g_string_new (lines[at]);

      if (strstr (lines[at], part) && nth-- == 0)
        {
          if (!old)
            continue;
          g_assert_cmpuint (g_string_replace (line, old, new, 1), ==, 1);
        }
      g_string_append_printf (damaged, lines[at + 1] ? "%s\n" : "%s", line->str);
    }
  g_assert_true (g_file_set_contents (path, damaged->str, -1, NULL));
}

static void
test_damaged (void)
{
  g_test_summary ("A send is missing, a payload differs, a monitor fires that is not there, a loss "
                  "is not told: each breaks just the promise that "
                  "it should, and the verdict names file and line.");
  g_autoptr (Desk) desk = desk_new ();
  g_autofree char *missing = NULL;
  g_autofree char *altered = NULL;
  g_autofree char *fired = NULL;
  g_autofree char *twice_up = NULL;

  play (desk);
  damage (desk, "ruth", "\"event\":\"send\",\"peer\":\"rain\",\"port\"", 60, NULL, NULL);
  missing = CHECK (desk, 1, "damaged", "rain");
  assert_like (missing, "*FAIL   1 order *rain:*");
  damage (desk, "rain", "\"event\":\"deliver\",\"peer\":\"ruth\"", 60, "\"payload\":\"",
          "\"payload\":\"f");
  altered = CHECK (desk, 65, "ruth", "damaged"); /* 17 digits */
  assert_like (altered, "aemp check: *damaged:*: \"payload\" is *\n");
  g_clear_pointer (&altered, g_free);
  damage (desk, "rain", "\"event\":\"deliver\",\"peer\":\"ruth\"", 60, "\"payload\":\"",
          "\"payload\":\"1\",\"was\":\"");
  altered = CHECK (desk, 1, "ruth", "damaged");
  assert_like (altered, "*FAIL   1 order *altered*damaged:*");
  damage (desk, "ruth", "\"event\":\"mon_set\"", 1, "mon_set", "mon_fired");
  fired = CHECK (desk, 1, "damaged", "rain");
  assert_like (fired, "*FAIL   4 once *damaged:*");
  damage (desk, "rain", "\"event\":\"node_down\"", 0, NULL, NULL);
  twice_up = CHECK (desk, 1, "ruth", "damaged");
  assert_like (twice_up, "*FAIL  10 node events *damaged:*");
}

static void
test_three (void)
{
  g_test_summary ("Three nodes, one of them without a trace: nobody is judged about that one.  One "
                  "trace is begun anew in between, by SIGHUP.  In the end all was at rest, and "
                  "that is judged, too.");
  g_autoptr (Desk) desk = desk_new ();
  g_autofree char *trace = path_of (desk, "rain");
  g_autofree char *former = path_of (desk, "rain.former");
  g_autofree char *out = NULL;
  g_autofree char *without = NULL;
  g_autofree char *calm = NULL;

  Process *rain = BEGIN (desk, "rain", "nodeid", "rain", "global", "on", "services", SINK);
  g_autofree char *address = listening_at (rain);
  Process *rose = BEGIN (desk, NULL, "nodeid", "rose", "seeds", address, "services",
                         "[[\"aemp::flood\", \"rose.talk\","
                         " {\"target\": \"rain.sink\", \"every_us\": 1000, \"count\": 100}]]");
  hear (rose, "rose.talk done 100");
  g_assert_cmpint (g_rename (trace, former), ==, 0);
  g_subprocess_send_signal (rain->subprocess, SIGHUP);
  while (!g_file_test (trace, G_FILE_TEST_EXISTS))
    g_usleep (1000);
  Process *ruth = BEGIN (desk, "ruth", "nodeid", "ruth", "seeds", address, "services", HUNDRED);
  hear (ruth, "ruth.talk done 100");
  end (ruth, SIGTERM);
  hear (rain, "ruth is down: *");
  end (rose, SIGTERM);
  hear (rain, "rose is down: *");
  end (rain, SIGTERM);

  out = CHECK (desk, 0, "rain", "ruth", "rain.former");
  assert_like (out, "2 nodes   2 processes, 0 killed *  ok     1 order *");
  calm = CHECK (desk, 0, "--calm", "rain.former", "rain", "ruth");
  assert_like (calm,
               "2 nodes   2 processes, 0 killed * at rest in the end\n*ok    12 one network *");
  without = CHECK (desk, 0, "ruth"); /* whom all others are strangers to */
  assert_like (without, "1 node   1 process, *");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  alarm (LIMIT_SECONDS);
  g_test_add_func ("/traces/killed", test_killed);
  g_test_add_func ("/traces/damaged", test_damaged);
  g_test_add_func ("/traces/three", test_three);
  return g_test_run ();
}
