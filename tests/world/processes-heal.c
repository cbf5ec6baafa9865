/* tests/world/processes-heal.c - a network of real nodes that loses a seed, and gets it back. */
#include "process.h"
#include "scenarios/scenario.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#define LIMIT_SECONDS 100 /* a story that hangs ends by SIGALRM */
#define CONDITIONS (SCENARIO_ALL_CONNECTED | SCENARIO_ONE_NETWORK | SCENARIO_DATABASES_EQUAL)

#define TIMES "  monitor_timeout=3s  connect_interval=1s\n"
#define CONFIG "secret", "tea", "monitor_timeout", "3s", "connect_interval", "1s"

/* The same story, for the bound: what a network of this configuration may take. */
static const char story[]
    = "scenario \"a seed is killed\"\n"
      "node rain  global  seeds ruth" TIMES "node ruth  global  seeds rain" TIMES
      "node rose  seeds rain,ruth" TIMES "at 10s  kill rain\n"
      "at 12s  restart rain\n"
      "within bound  one network, databases equal\n";

static double
bound_seconds (void)
{
  static const ScenarioActorKind no_kinds[] = { { NULL, NULL, NULL, NULL } };
  g_autoptr (GError) error = NULL;
  g_autoptr (Scenario) scenario = scenario_parse (story, "story.scn", no_kinds, &error);

  g_assert_no_error (error);
  return (double)scenario_bound_us (scenario, CONDITIONS, 12000000) / 1e6;
}

/* A node that sets one key of a family, of its own name, and remarks what it is told of all. */
typedef struct
{
  Process *process;
  GHashTable *account; /* key → value */
} Member;

static char *
services (const char *name, const char *value)
{
  return g_strdup_printf ("[[\"aemp::setter\",\"%s.set\",{\"family\":\"fruit\",\"word\":\"%s\","
                          "\"keys\":1,\"value\":\"%s\"}],"
                          "[\"aemp::dbwatch\",\"%s.see\",{\"family\":\"fruit\",\"keys\":\"r\"}]]",
                          name, name, value, name);
}

static Member
member_begin (const char *name, const char *value, const char *global, const char *binds,
              const char *seeds)
{
  g_autofree char *what = services (name, value);

  return (Member){
    .process = BEGIN ("nodeid", name, "binds", binds, "global", global, "seeds", seeds, CONFIG,
                      "services", what),
    .account = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free),
  };
}

static void
member_forget (Member *member)
{
  g_hash_table_unref (member->account);
}

/* "rain.see added rain-1, first" */
static void
take_line (Member *member, const char *line)
{
  g_auto (GStrv) words = g_strsplit_set (line, " ,\"", -1);
  const char *found[4] = { "", "", "", "" };
  unsigned count = 0;

  for (char **word = words; *word && count < G_N_ELEMENTS (found); word++)
    if (**word)
      found[count++] = *word;
  if (!g_str_has_suffix (found[0], ".see"))
    return;
  g_assert_cmpstr (found[1], !=, "broken");
  if (strcmp (found[1], "deleted") == 0)
    g_hash_table_remove (member->account, found[2]);
  else if (strcmp (found[1], "added") == 0 || strcmp (found[1], "changed") == 0)
    g_hash_table_replace (member->account, g_strdup (found[2]), g_strdup (found[3]));
}

static bool
has (const Member *member, const char *key, const char *value)
{
  return g_strcmp0 (g_hash_table_lookup (member->account, key), value) == 0;
}

/* All three keys are there, rain's with this value (NULL: it is not there). */
static void
see_all (Member *member, const char *rain_value)
{
  while (!has (member, "rain-1", rain_value) || !has (member, "ruth-1", "first")
         || !has (member, "rose-1", "first"))
    {
      g_autofree char *line = next_line (member->process);

      g_assert_nonnull (line);
      g_test_message ("%s", line);
      take_line (member, line);
    }
  g_assert_cmpuint (g_hash_table_size (member->account), ==, rain_value ? 3 : 2);
}

/* Rain, who comes back, knows Ruth as a seed or nobody. */
static void
lose_a_seed (bool knows_ruth)
{
  double bound = bound_seconds ();
  Member rain = member_begin ("rain", "first", "on", "127.0.0.1:*", "");
  g_autofree char *rain_address = listening_at (rain.process);
  Member ruth = member_begin ("ruth", "first", "on", "127.0.0.1:*", rain_address);
  g_autofree char *ruth_address = listening_at (ruth.process);
  g_autofree char *both = g_strdup_printf ("%s,%s", rain_address, ruth_address);
  Member rose = member_begin ("rose", "first", "off", "127.0.0.1:*", both);

  see_all (&rain, "first");
  see_all (&ruth, "first");
  see_all (&rose, "first");

  g_subprocess_force_exit (rain.process->subprocess);
  see_all (&ruth, NULL);
  see_all (&rose, NULL);
  g_subprocess_wait (rain.process->subprocess, NULL, NULL);
  process_free (rain.process);
  member_forget (&rain);

  gint64 from = g_get_monotonic_time ();
  rain = member_begin ("rain", "second", "off", rain_address, knows_ruth ? ruth_address : "");
  see_all (&rain, "second");
  see_all (&ruth, "second");
  see_all (&rose, "second");
  double seconds = (double)(g_get_monotonic_time () - from) / 1e6;
  g_test_message ("healed in %.3f s, the bound is %.1f s", seconds, bound);
  g_assert_cmpfloat (seconds, <, bound);

  interrupt (rose.process, SIGINT);
  interrupt (ruth.process, SIGINT);
  interrupt (rain.process, SIGINT);
  member_forget (&rain);
  member_forget (&ruth);
  member_forget (&rose);
}

static void
test_seed_killed (void)
{
  g_test_summary (
      "Rain and Ruth are the seeds, Rose joins by both; each sets a key and watches them all.  "
      "Rain's process is killed: her key goes.  She is restarted, and all three see "
      "the same again within the bound that a scenario with this configuration has.");

  lose_a_seed (true);
}

static void
test_seed_forgets (void)
{
  g_test_summary (
      "The same, but she knows nobody when she is restarted: the others find her, by trying "
      "again and again, and make her the global node that she was.");

  lose_a_seed (false);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  alarm (LIMIT_SECONDS);
  g_test_add_func ("/processes-heal/seed-killed", test_seed_killed);
  g_test_add_func ("/processes-heal/seed-forgets", test_seed_forgets);
  return g_test_run ();
}
