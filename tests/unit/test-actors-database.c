/* tests/unit/test-actors-database.c - the actors that live by the database, and the service
 * that other implementations are tried against. */

#include "stage.h"

#include <string.h>

#define SOON (5 * SECOND)

/* --- Setting and watching --------------------------------------------------------------- */

static void
test_setter (void)
{
  g_test_summary ("A setter begins with all its keys at once; a watcher on another node is told "
                  "them, and each change of those whose names it was given.");
  g_autoptr (Town) town = stage_new (1);

  stage_act (town, "ruth.see", "dbwatch", "{ssss}", "family", "fruit", "keys", "pear");
  town_run (town, SOON);
  g_assert_cmpuint (stage_noted (town, "ruth.see", "first 0"), ==, 1);
  g_assert_cmpuint (stage_noted (town, "ruth.see", "has 0"), ==, 1);

  stage_act (town, "rain.still", "setter", "{sssIss}", "family", "fruit", "keys", 3, "word",
             "pear");
  stage_act (town, "ruth.busy", "setter", "{sssIsIsIsI}", "family", "fruit", "keys", 1, "every_us",
             1000, "count", 200, "delete", 4);
  town_run (town, SOON);
  g_assert_cmpuint (stage_noted (town, "ruth.see", "added pear-1 [\"rain.still\",0]"), ==, 1);
  g_assert_cmpuint (stage_noted (town, "ruth.see", "added pear-"), ==, 0); /* a whole remark */
  g_assert_cmpuint (town_told (town, "added pear-"), ==, 3);
  g_assert_cmpuint (town_told (town, "added ruth.busy-"), ==, 0);
  g_assert_cmpuint (stage_noted (town, "ruth.see", "has 3"), >, 10);
  g_assert_cmpuint (stage_noted (town, "ruth.see", "has 4"), >, 10);
  g_assert_cmpuint (stage_noted (town, "ruth.busy", "done 200"), ==, 1);

  town_kill (town, "rain");
  town_run (town, SOON);
  g_assert_cmpuint (town_told (town, "broken"), ==, 0);
  g_assert_cmpuint (town_told (town, "failure"), ==, 0);
}

static void
test_contention (void)
{
  g_test_summary (
      "Two setters with one word contend for the same keys, and when one deletes its "
      "own, the other's value takes that place; one with a value of its own is no news.");
  g_autoptr (Town) town = stage_new (1);

  stage_act (town, "rain.see", "dbwatch", "{ssss}", "family", "fruit", "keys", "pear");
  stage_act (town, "rain.one", "setter", "{sssIss}", "family", "fruit", "keys", 1, "word", "pear");
  stage_act (town, "ruth.two", "setter", "{sssIssss}", "family", "fruit", "keys", 1, "word", "pear",
             "value", "green");
  stage_act (town, "ruth.again", "setter", "{sssIsssssIsI}", "family", "fruit", "keys", 1, "word",
             "pear", "value", "green", "every_us", 1000, "count", 50);
  town_run (town, SOON);
  g_assert_cmpuint (stage_noted (town, "rain.see", "added pear-1 [\"rain.one\",0]"), ==, 1);
  g_assert_cmpuint (town_told (town, "changed pear"), ==, 0);

  aemp_db_del (town_node (town, "rain"), "fruit", "pear-1");
  town_run (town, SOON);
  g_assert_cmpuint (stage_noted (town, "rain.see", "changed pear-1 green"), ==, 1);
  aemp_db_del (town_node (town, "ruth"), "fruit", "pear-1");
  town_run (town, SOON);
  g_assert_cmpuint (stage_noted (town, "rain.see", "deleted pear-1"), ==, 1);
  g_assert_cmpuint (stage_noted (town, "rain.see", "has 0"), ==, 2);
  g_assert_cmpuint (stage_noted (town, "ruth.again", "done 50"), ==, 1);
  g_assert_cmpuint (town_told (town, "broken"), ==, 0);
}

static void
test_registrar (void)
{
  g_test_summary ("A registrar has one port in its family: the next one comes when the last one is "
                  "dead, also when somebody else killed it, and takes its place.");
  g_autoptr (Town) town = stage_new (1);

  stage_act (town, "ruth.see", "dbwatch", "{ssss}", "family", "ports", "keys", "rain#");
  stage_act (town, "rain.port", "registrar", "{ssss}", "family", "ports", "value", "here");
  town_run (town, SOON);
  g_assert_cmpuint (stage_noted (town, "rain.port", "registered "), ==, 1);
  g_assert_cmpuint (town_told (town, "other=ruth.see added rain#"), ==, 1);
  char *begin = strstr (town->story->str, "other=rain.port registered ");
  begin += strlen ("other=rain.port registered ");
  g_autofree char *port = g_strndup (begin, strcspn (begin, "\n"));

  aemp_kil (town_node (town, "ruth"), port, "s", "enough");
  town_run (town, SOON);
  g_assert_cmpuint (stage_noted (town, "rain.port", "registered "), ==, 2);
  stage_act (town, "ruth.port", "registrar", "{sssIsI}", "family", "ports", "every_us", SECOND,
             "count", 11);
  town_run (town, 20 * SECOND);
  g_assert_cmpuint (stage_noted (town, "ruth.port", "registered "), ==, 11);
  g_assert_cmpuint (stage_noted (town, "ruth.see", "has 2"), >=, 10);
  g_assert_cmpuint (stage_noted (town, "ruth.see", "has 4"), ==, 0);
  g_assert_cmpuint (town_told (town, "other=ruth.see added rain#"), ==, 2);
  g_assert_cmpuint (town_told (town, "other=ruth.see deleted rain#"), ==, 1);
  g_assert_cmpuint (town_told (town, "broken"), ==, 0);
}

static void
test_asker (void)
{
  g_test_summary ("An asker counts what it is answered; what it has to wait for too long is late, "
                  "and is answered all the same, when its master is back.");
  g_autoptr (Town) town = stage_new (1);

  stage_act (town, "rain.fruit", "setter", "{sssI}", "family", "fruit", "keys", 7);
  stage_act (town, "ruth.ask", "asker", "{sssIsIsI}", "family", "fruit", "every_us", SECOND,
             "patience_us", SECOND / 2, "count", 12);
  town_run (town, 9 * SECOND + SECOND / 2);
  g_assert_cmpuint (stage_noted (town, "ruth.ask", "family 7"), ==, 3);
  g_assert_cmpuint (stage_noted (town, "ruth.ask", "keys 7"), ==, 3);
  g_assert_cmpuint (stage_noted (town, "ruth.ask", "values 7"), ==, 3);
  g_assert_cmpuint (stage_noted (town, "ruth.ask", "late "), ==, 0);
  town_kill (town, "rain");
  town_run (town, SOON);
  town_restart (town, "rain");
  town_run (town, 30 * SECOND);
  g_assert_cmpuint (stage_noted (town, "ruth.ask", "late "), >=, 2);
  g_assert_cmpuint (stage_noted (town, "ruth.ask", "done 12"), ==, 1);
  g_assert_cmpuint (town_told (town, "broken"), ==, 0);
}

/* --- The pool --------------------------------------------------------------------------- */

static void
test_pool (void)
{
  g_test_summary ("Clients here and elsewhere give their jobs to the workers that they find, "
                  "and those that were lost with a connection or a worker to others.");
  g_autoptr (Town) town = stage_new (1);

  stage_act (town, "ruth.client", "client", "{sssIsI}", "family", "workers", "every_us", 10000,
             "count", 1000);
  stage_act (town, "rain.client", "client", "{sssIsI}", "family", "workers", "every_us", 10000,
             "count", 1000);
  town_run (town, SECOND);
  stage_act (town, "rain.work", "worker", "{sssI}", "family", "workers", "takes_us", 100000);
  stage_act (town, "ruth.work", "worker", "{sssI}", "family", "workers", "takes_us", 50000);
  town_run (town, SECOND);
  g_assert_cmpuint (stage_noted (town, "ruth.client", "workers 2"), ==, 1);
  g_assert_cmpuint (stage_noted (town, "rain.work", "worked 10"), ==, 1);
  g_assert_cmpuint (stage_noted (town, "ruth.work", "worked 10"), ==, 1);

  stage_lose_connection (town);
  town_run (town, 3 * SECOND);
  g_assert_cmpuint (town_told (town, "other=ruth.client failed transport_error"), ==, 1);
  g_assert_cmpuint (town_told (town, "other=rain.client failed transport_error"), ==, 1);
  g_autofree char *worker = stage_port (town, "rain.work");
  aemp_kil (town_node (town, "rain"), worker, "s", "tired");
  town_run (town, 20 * SECOND);
  g_assert_cmpuint (town_told (town, "other=ruth.client failed tired"), ==, 1);
  g_assert_cmpuint (stage_noted (town, "ruth.client", "done 1000"), ==, 1);
  g_assert_cmpuint (stage_noted (town, "rain.client", "done 1000"), ==, 1);
  g_assert_cmpuint (town_told (town, "broken"), ==, 0);
}

static void
test_idle_worker (void)
{
  g_test_summary ("What a worker has that never answers is given away when it dies, each job once; "
                  "an answer to no job is a breach.");
  g_autoptr (Town) town = stage_new (1);
  AempNode *rain = town_node (town, "rain");
  g_autofree char *idle = g_strdup (aemp_port (rain, town_hear, town_ear (town, "idle"), NULL));

  aemp_db_reg (rain, "workers", idle, "");
  stage_act (town, "ruth.client", "client", "{sssIsI}", "family", "workers", "every_us", 10000,
             "count", 5);
  town_run (town, SOON);
  g_assert_cmpuint (town_heard (town, "idle: \"job\","), ==, 5);
  g_assert_cmpuint (stage_noted (town, "ruth.client", "done 5"), ==, 0);
  stage_act (town, "ruth.work", "worker", "{ss}", "family", "workers");
  aemp_kil (rain, idle, "");
  town_run (town, SOON);
  g_assert_cmpuint (stage_noted (town, "ruth.client", "failed normal 5"), ==, 1);
  g_assert_cmpuint (stage_noted (town, "ruth.client", "done 5"), ==, 1);

  g_autofree char *client = stage_port (town, "ruth.client");
  aemp_snd (rain, client, "sI", "worked", 3); /* twice: of a worker that was given up */
  town_run (town, SOON);
  g_assert_cmpuint (town_told (town, "broken"), ==, 0);
  aemp_snd (rain, client, "sI", "worked", 6);
  town_run (town, SOON);
  g_assert_cmpuint (town_told (town, "other=ruth.client broken an answer came to a job that"), ==,
                    1);
}

/* --- Conformance ------------------------------------------------------------------------ */

static void
test_conformance (void)
{
  g_test_summary ("The service registers an echo and a sink, which others find by their "
                  "families; echo answers, sink counts.");
  g_autoptr (Town) town = stage_new (1);
  AempNode *ruth = town_node (town, "ruth");
  const char *ear = aemp_port (ruth, town_hear, town_ear (town, "ruth"), NULL);
  g_autofree char *echo = aemp_spawn (town_node (town, "rain"), "rain", "aemp::conformance", "");

  stage_act (town, "ruth.echo", "dbwatch", "{ssss}", "family", "echo", "keys", "rain#");
  stage_act (town, "ruth.sink", "dbwatch", "{ssss}", "family", "sink", "keys", "rain#");
  town_run (town, SOON);
  g_autofree char *added = g_strdup_printf ("added %s null", echo);
  g_assert_cmpuint (stage_noted (town, "ruth.echo", added), ==, 1);
  char *begin = strstr (town->story->str, "other=ruth.sink added ");
  g_assert_nonnull (begin);
  begin += strlen ("other=ruth.sink added ");
  g_autofree char *sink = g_strndup (begin, strcspn (begin, " "));

  aemp_snd (ruth, echo, "ssI[s]s", "echo", "hello", 1, "x", ear);
  aemp_snd (ruth, echo, "s", "echo");
  aemp_snd (ruth, echo, "sI", "echo", 7);
  aemp_snd (ruth, echo, "ss", "fail", "it should not");
  aemp_snd (ruth, echo, "ss", "what", "is this");
  aemp_snd (ruth, sink, "sI", "one", 1);
  aemp_snd (ruth, sink, "");
  aemp_snd (ruth, sink, "sss", "count", "so far", ear);
  aemp_snd (ruth, sink, "s", "reset");
  aemp_snd (ruth, sink, "ss", "count", ear);
  town_run (town, SOON);
  g_assert_cmpstr (town->heard->str, ==,
                   "ruth: \"echo\",\"hello\",1,[\"x\"]\n"
                   "ruth: \"count\",\"so far\",2\n"
                   "ruth: \"count\",0\n");
  g_assert_cmpuint (town_told (town, "failure"), ==, 0);

  aemp_kil (ruth, echo, "s", "enough"); /* the sink goes with it */
  town_run (town, SOON);
  g_assert_cmpuint (town_told (town, "other=ruth.echo deleted rain#"), ==, 1);
  g_assert_cmpuint (town_told (town, "other=ruth.sink deleted rain#"), ==, 1);
}

static void
test_echo_init (void)
{
  g_test_summary ("What the service lets others spawn does as Perl's nodes did when sessions "
                  "were recorded: it greets its owner, watches, fails, and dies with its owner.");
  g_autoptr (Town) town = stage_new (1);
  AempNode *ruth = town_node (town, "ruth");
  g_autofree char *owner = g_strdup (aemp_port (ruth, town_hear, town_ear (town, "owner"), NULL));
  g_autofree char *ear = g_strdup (aemp_port (ruth, town_hear, town_ear (town, "ear"), NULL));

  g_free (aemp_spawn (town_node (town, "rain"), "rain", "aemp::conformance", ""));
  town_run (town, SECOND);
  g_autofree char *first = aemp_spawn (ruth, "rain", "main::echo_init", "ssI", owner, "data", 3);
  aemp_mon (ruth, first, town_hear, town_ear (town, "first"), NULL);
  g_autofree char *second = aemp_spawn (ruth, "rain", "aemp::echo_init", "");
  aemp_mon (ruth, second, town_hear, town_ear (town, "second"), NULL);
  g_autofree char *broken = aemp_spawn (ruth, "rain", "main::broken_init", "");
  aemp_mon (ruth, broken, town_hear, town_ear (town, "broken"), NULL);
  town_run (town, SOON);
  g_autofree char *hello = g_strdup_printf ("owner: \"hello\",\"%s\",\"data\",3\n", first);
  g_assert_cmpuint (town_heard (town, hello), ==, 1);
  g_assert_cmpuint (town_heard (town, "broken: "), ==, 1);

  g_string_truncate (town->heard, 0);
  aemp_snd (ruth, second, "sss", "watch", first, ear);
  aemp_snd (ruth, second, "sss", "echo", "in spawned", ear);
  town_run (town, SOON);
  g_assert_cmpstr (town->heard->str, ==, "ear: \"watching\"\near: \"echo\",\"in spawned\"\n");
  g_string_truncate (town->heard, 0);
  aemp_kil (ruth, owner, "ss", "owner gone", "for good");
  town_run (town, SOON);
  g_assert_cmpuint (town_heard (town, "first: \"owner gone\",\"for good\"\n"), ==, 1);
  g_assert_cmpuint (town_heard (town, "ear: \"watched_died\",\"owner gone\",\"for good\"\n"), ==,
                    1);
  g_string_truncate (town->heard, 0);
  aemp_snd (ruth, second, "ss", "fail", "something went wrong");
  town_run (town, SOON);
  g_assert_cmpstr (town->heard->str, ==, "second: \"die\",\"something went wrong\"\n");
}

int
main (int count, char **arguments)
{
  g_test_init (&count, &arguments, NULL);
  g_test_add_func ("/actors-database/setter", test_setter);
  g_test_add_func ("/actors-database/contention", test_contention);
  g_test_add_func ("/actors-database/registrar", test_registrar);
  g_test_add_func ("/actors-database/asker", test_asker);
  g_test_add_func ("/actors-database/pool", test_pool);
  g_test_add_func ("/actors-database/idle-worker", test_idle_worker);
  g_test_add_func ("/actors-database/conformance", test_conformance);
  g_test_add_func ("/actors-database/echo-init", test_echo_init);
  return g_test_run ();
}
