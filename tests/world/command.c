/* tests/world/command.c - the commands as people type them, against real nodes. */
#include "tests/world/house.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define LIMIT_SECONDS 55 /* a story that hangs ends by SIGALRM */

/* --- The profile file ------------------------------------------------------------------------ */

static void
test_profiles (House *house, const void *unused)
{
  g_test_summary ("Commands stand one behind the other; the file has what they set, is its "
                  "owner's alone, and the old one is kept.");

  g_autofree char *kept = g_strconcat (house->path, "~", NULL);
  struct stat facts;

  EXPECT (house, 0, "", "seeds", "a:1,b:2", "addseed", "c:3", "delseed", "a:1", "gensecret",
          "profile", "shop", "setparent", "base", "nodeid", "shop/%n", "connect_interval", "500ms");
  EXPECT (house, 0, "*\"seeds\": [\"b:2\",\"c:3\"]*", "showprofile");
  EXPECT (house, 0, "*\"connect_interval\": 0.5*", "showprofile", "shop");
  EXPECT (house, 78, "*its parent, base, is not there*", "showconfig", "shop");
  EXPECT (house, 0, "", "profile", "base", "gencert");
  EXPECT (house, 0, "*\"binds\": [\"d:4\"]*BEGIN CERTIFICATE*", "showconfig", "shop", "binds",
          "d:4");
  EXPECT (house, 0, "", "[\"profile\", \"base\", \"delcert\", \"addservice\", [\"a::f\", 1]]");
  EXPECT (house, 0, "*\"services\": [[\"a::f\",1]]*", "showprofile", "base");
  EXPECT (house, 0, "", "delprofile", "base");
  g_assert_cmpint (stat (house->path, &facts), ==, 0);
  g_assert_cmphex (facts.st_mode & 0777, ==, 0600);
  g_assert_true (g_file_test (kept, G_FILE_TEST_EXISTS));
}

static void
test_mistakes (House *house, const void *unused)
{
  g_test_summary ("A mistake anywhere in the line changes nothing, and is told with what could "
                  "have been meant; a file that cannot be read is not touched.");

  g_autofree char *after = NULL;

  EXPECT (house, 64, "*(did you mean setseeds?)*", "setsecret", "tea", "setseds", "a:1");
  EXPECT (house, 64, "*expected a seed as host:port*", "setsecret", "tea", "setseeds", "a");
  EXPECT (house, 64, "*expected a value*", "setsecret");
  EXPECT (house, 64, "*only profiles have parents*", "setparent", "x");
  EXPECT (house, 1, "*there is no profile x*", "setsecret", "tea", "delprofile", "x");
  EXPECT (house, 64, "*(did you mean snd?)*", "sdn");
  EXPECT (house, 64, "*\"seds\" is no key (did you mean seeds?)*", "run", "seds", "x");
  EXPECT (house, 64, "*--trace: options stand in front*", "run", "nodeid", "x", "--trace", "y");
  EXPECT (house, 64, "*begins with [*", "[\"snd\"");
  EXPECT (house, 78, "aemp run: secret: *", "run", "nodeid", "x");
  EXPECT (house, 78, "*no seeds*aemp setseeds*", "secret", "tea", "cal", "rain", "time");
  EXPECT (house, 78, "*(did you mean aemp::echo?); there are *", "run", "services", "aemp::ecko");
  g_assert_true (g_file_set_contents (house->path, "{\"secret\": ", -1, NULL));
  EXPECT (house, 78, "*cannot be read: *rc: line 1: *", "setsecret", "tea");
  EXPECT (house, 78, "*cannot be read: *", "run", "secret", "tea");
  EXPECT (house, 78, "*cannot be read: *", "snd", "x");
  after = contents (house->path);
  g_assert_cmpstr (after, ==, "{\"secret\": ");
}

static void
test_help (House *house, const void *unused)
{
  static const char *const names[]
      = { "snd",     "cal",     "mon", "eval",     "shell",    "trace", "nodes",  "db",
          "restart", "profile", "run", "simulate", "setseeds", "seeds", "delbind" };

  g_test_summary ("Every command has its help.");

  EXPECT (house, 0, "aemp - *aemp snd PORT*aemp gencert*", "--help");
  EXPECT (house, 0, "*aemp snd PORT ARGUMENT…         send*aemp mon PORT                   wait*",
          "--help"); /* in columns, whatever the letters */
  for (unsigned i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *pattern = g_strdup_printf ("aemp *%s*\n*", names[i]);

      EXPECT (house, 0, pattern, "help", names[i]);
    }
  EXPECT (house, 64, "*(did you mean snd?)*", "help", "sned");
}

/* --- Talking -----------------------------------------------------------------------------------
 */

static void
test_talk (House *house, const void *unused)
{
  g_test_summary ("Messages are sent and answered; a port that is not there is told with its "
                  "reason, and so is a node that nobody knows.");

  begin_network (house);
  EXPECT (house, 0, "1*.*\n", "cal", "rain", "time");
  EXPECT (house, 0, "\"1\"\n", "cal", "ruth", "can", "up_nodes");
  EXPECT (house, 0, "", "snd", "ruth", "devnull", "{\"a\": [1]}");
  EXPECT (house, 1, "aemp snd: ruth#x is gone: \"no_such_port\",*", "snd", "ruth#x", "hello");
  EXPECT (house, 0, "", "snd", "ruth", "AnyEvent::MP::_spawn", "once", "aemp::child");
  EXPECT (house, 0, "", "snd", "ruth#once", "work", "1", "ruth"); /* which it ends of, well */
  EXPECT (house, 0, "", "snd", "ruth", "AnyEvent::MP::_spawn", "bad", "aemp::child");
  EXPECT (house, 1, "aemp snd: ruth#bad is gone: \"die\",\"work is *", "snd", "ruth#bad", "work",
          "1", "#"); /* no port ID: it dies of that, and nobody else */
  EXPECT (house, 1, "aemp cal: ruth#x is gone: \"no_such_port\",*", "cal", "ruth#x", "hello");
  EXPECT (house, 0, "\"no_such_port\",*\"ruth#x\"\n", "mon", "ruth#x");
  EXPECT (house, 1, "aemp snd: eve is gone: \"transport_error\",\"eve\",*", "snd", "eve", "hello");
  EXPECT (house, 1, "aemp eval: this node does not evaluate code\n", "eval", "rain", "1 + 1");
  EXPECT (house, 64, "*argument {bad: *", "snd", "rain", "{bad");
}

static void
test_mon (House *house, const void *unused)
{
  g_test_summary ("A monitor that was set from the command line tells why its port is gone.");

  begin_network (house);
  Node *monitor = LISTENER (house, "mon", "ruth");
  Node *ruth = house->nodes->pdata[1];

  EXPECT (house, 0, "*\"aemp/*\"*", "cal", "ruth", "up_nodes");
  g_subprocess_force_exit (ruth->subprocess);
  HEAR (monitor, "\"transport_error\",\"ruth\",*");
}

static void
test_shell (House *house, const void *unused)
{
  g_test_summary ("The shell lists nodes, switches between them, calls ours, and goes on after "
                  "mistakes.");

  begin_network (house);
  g_autofree char *said = try (house, 0,
                               "=\n[1]\n=ruth\n[\"can\", \"up_nodes\"]\n[bad\nfoo\n=rain\n"
                               "[\"can\", \"nothing\"]",
                               (const char *const[]){ "shell", NULL });

  g_assert_true (g_pattern_match_simple ("*rain\nruth\n*\"1\"\n*\"\"\n*", said));
  g_assert_nonnull (strstr (said, "who is meant?"));
  g_assert_nonnull (strstr (said, "json: "));
  g_assert_nonnull (strstr (said, "this node does not evaluate code"));
}

static void
test_network (House *house, const void *unused)
{
  g_test_summary ("The nodes and their connections are listed; what one command sets in the "
                  "database others see, until it ends.");

  begin_network (house);
  EXPECT (house, 0, "ruth rain\nrain ruth\n", "trace", "ruth");
  EXPECT (house, 1, "eve: not reached: *", "trace", "eve");
  EXPECT (house, 0, "rain * global 127.0.0.1:*\nruth * 127.0.0.1:*\n", "nodes");
  EXPECT (house, 0, "{\"rain\":{\"global\":true,\"addresses\":*},\"ruth\":{\"global\":false,*}}\n",
          "nodes", "--json");
  Node *monitor = LISTENER (house, "db", "mon", "colours");
  Node *setter = LISTENER (house, "db", "set", "colours", "sky", "[\"blue\"]");
  HEAR (setter, "colours sky [\"blue\"], until this ends");
  HEAR (monitor, "+ sky [\"blue\"]");
  EXPECT (house, 0, "sky [\"blue\"]\n", "db", "family", "colours");
  EXPECT (house, 0, "[\"sky\"]\n", "db", "keys", "colours", "--json");
  EXPECT (house, 0, "[[\"blue\"]]\n", "db", "--json", "values", "colours");
  g_subprocess_force_exit (setter->subprocess);
  HEAR (monitor, "- sky");
  EXPECT (house, 64, "*(did you mean keys?)*", "db", "kesy", "colours");
}

/* --- Running
 * --------------------------------------------------------------------------------------- */

static void
test_order (House *house, const void *unused)
{
  g_test_summary (
      "The file overrides what run is told, which is said, unless it is told by force.");

  EXPECT (house, 0, "", "setsecret", "tea", "profile", "shop", "setnodeid", "shop1", "binds", "");
  Node *shop = NODE (house, "shop", "nodeid", "shop2");
  HEAR (shop, "nodeid: *rc says otherwise*");
  HEAR (shop, "node shop1, *");
  end (shop, SIGTERM, 0);
  Node *forced = NODE (house, "shop", "nodeid", "shop2", "force", "on");
  HEAR (forced, "node shop2, *");
  end (forced, SIGINT, 0);
}

static void
test_seeds (House *house, const void *unused)
{
  g_test_summary ("A seed that cannot be joined is named by its address, one that cannot be found "
                  "by its name; a wrong secret is told as such.");

  begin_network (house);
  Node *lost = NODE (house, "norc", "on", "secret", "tea", "binds", "", "seeds",
                     "127.0.0.1:1,no-such-host.invalid:4040");
  Node *eve = NODE (house, "nodeid", "eve", "binds", "", "secret", "coffee", "force", "on");

  HEAR (lost, "127.0.0.1:1 could not be joined: Connection refused");
  HEAR (eve, "rain at 127.0.0.1:* could not be joined: *secret*same secret*");
}

static void
test_trace (House *house, const void *unused)
{
  g_test_summary ("The trace is there before others can notice: a node that is killed leaves its "
                  "sends.  SIGHUP begins the file anew.");

  g_autofree char *path = g_build_filename (house->directory, "trace", NULL);
  g_autofree char *moved = g_build_filename (house->directory, "trace.1", NULL);
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;

  begin_network (house);
  Node *node = NODE (house, "--trace", path, "nodeid", "eve", "binds", "127.0.0.1:*");
  HEAR (node, "rain is up");
  EXPECT (house, 0, "*", "cal", "eve", "time");
  g_assert_cmpint (g_rename (path, moved), ==, 0);
  g_subprocess_send_signal (node->subprocess, SIGHUP);
  while (
      !g_file_test (path, G_FILE_TEST_EXISTS)) /* the kernel tells us of no signal that was heard */
    EXPECT (house, 0, "*", "cal", "eve", "time");
  EXPECT (house, 0, "*", "cal", "eve", "time");
  g_subprocess_force_exit (node->subprocess);
  first = contents (moved);
  second = contents (path);
  g_assert_true (g_str_has_prefix (first, "{\"aemp_trace\":1,"));
  g_assert_true (g_str_has_prefix (second, "{\"aemp_trace\":1,"));
  g_assert_nonnull (strstr (first, "\"event\":\"send\""));
  g_assert_nonnull (strstr (second, "\"event\":\"send\""));
}

/* The one process that a watchdog watches. */
static void
signal_child (Node *node, int signal_number)
{
  const char *parent = g_subprocess_get_identifier (node->subprocess);
  g_autofree char *path = g_strdup_printf ("/proc/%s/task/%s/children", parent, parent);
  g_autofree char *children = contents (path);
  int child = atoi (children);

  g_assert_cmpint (child, >, 0);
  g_assert_cmpint (kill (child, signal_number), ==, 0);
}

static void
test_watchdog (House *house, const void *unused)
{
  g_test_summary ("A node that is killed, that hangs, or that is asked to is begun again; when its "
                  "watchdog is told to end, both do.");

  begin_network (house);
  Node *node = NODE (house, "--watchdog=1", "nodeid", "eve", "binds", "127.0.0.1:*");
  HEAR (node, "rain is up");
  EXPECT (house, 1, "*rain is not run with --watchdog\n", "restart", "rain");
  EXPECT (house, 0, "", "restart", "eve");
  HEAR (node, "watchdog: * begun again, as it was asked to");
  HEAR (node, "rain is up");
  signal_child (node, SIGKILL);
  HEAR (node, "watchdog: the node died of signal 9, and is begun again in 1 s");
  HEAR (node, "rain is up");
  signal_child (node, SIGSTOP);
  HEAR (node, "watchdog: the node was not heard of for 1 s, and is killed");
  HEAR (node, "rain is up");
  end (node, SIGTERM, 0);
}

static void
test_notify (House *house, const void *unused)
{
  g_test_summary ("Who started a node so is told when it is ready, and when it ends.");

  g_autofree char *path = g_build_filename (house->directory, "notify", NULL);
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  char word[64] = "";

  g_assert_cmpuint (strlen (path), <, sizeof address.sun_path);
  strcpy (address.sun_path, path);
  g_assert_cmpint (bind (fd, (struct sockaddr *)&address, sizeof address), ==, 0);
  g_setenv ("NOTIFY_SOCKET", path, true);
  Node *node = NODE (house, "secret", "tea", "binds", "");
  g_unsetenv ("NOTIFY_SOCKET");
  g_assert_cmpint (recv (fd, word, sizeof word - 1, 0), >, 0);
  g_assert_cmpstr (word, ==, "READY=1");
  end (node, SIGTERM, 0);
  memset (word, 0, sizeof word);
  g_assert_cmpint (recv (fd, word, sizeof word - 1, 0), >, 0);
  g_assert_cmpstr (word, ==, "STOPPING=1");
  close (fd);
}

#define ADD(name, test) g_test_add ("/command/" name, House, NULL, house_begin, test, house_end)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  alarm (LIMIT_SECONDS);
  ADD ("profiles", test_profiles);
  ADD ("mistakes", test_mistakes);
  ADD ("help", test_help);
  ADD ("talk", test_talk);
  ADD ("mon", test_mon);
  ADD ("shell", test_shell);
  ADD ("network", test_network);
  ADD ("order", test_order);
  ADD ("seeds", test_seeds);
  ADD ("trace", test_trace);
  ADD ("watchdog", test_watchdog);
  ADD ("notify", test_notify);
  return g_test_run ();
}
