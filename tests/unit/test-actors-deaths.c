/* tests/unit/test-actors-deaths.c - killer, linker and monitors: they come to their end in a
 * world that keeps its promises, and notice it in one that does not. */

#include "stage.h"

/* --- A world that keeps its promises --- */

/* Until ruth monitors something at rain that has not been told of: a round is under way there. */
static void
run_into_round (Town *town)
{
  unsigned set = town_told (town, "ruth mon_set peer=rain");

  while (town_told (town, "ruth mon_set peer=rain") == set)
    town_run (town, 100);
}

static void
test_killer (void)
{
  g_test_summary ("Victims here and elsewhere answer what was sent before the kill and nothing "
                  "behind it; a lost connection is told, and the next victim does well again.");
  g_autoptr (Town) town = stage_new (1);

  stage_act (town, "ruth.here", "killer", "{sssIsI}", "where", "ruth", "every_us", 1000, "count",
             300);
  stage_act (town, "ruth.there", "killer", "{sssIsI}", "where", "rain", "every_us", 1000, "count",
             300);
  town_run (town, SECOND);
  g_assert_cmpuint (stage_noted (town, "ruth.here", "done 300"), ==, 1);
  run_into_round (town);
  stage_lose_connection (town);
  town_run (town, 30 * SECOND);
  g_assert_cmpuint (stage_noted (town, "ruth.there", "told transport_error "), ==, 1);
  g_assert_cmpuint (stage_noted (town, "ruth.there", "done 300"), ==, 1);
  g_assert_cmpuint (town_told (town, "failure"), ==, 0);
}

static void
test_linker (void)
{
  g_test_summary ("Links here and to elsewhere kill and spare as they should, also when the "
                  "connection is lost.");
  g_autoptr (Town) town = stage_new (2);

  stage_act (town, "ruth.here", "linker", "{sssIsI}", "where", "ruth", "every_us", 1000, "count",
             300);
  stage_act (town, "ruth.there", "linker", "{sssIsI}", "where", "rain", "every_us", 1000, "count",
             100);
  town_run (town, SECOND / 2);
  g_assert_cmpuint (stage_noted (town, "ruth.here", "done 300"), ==, 1);
  run_into_round (town);
  stage_lose_connection (town);
  town_run (town, 30 * SECOND);
  g_assert_cmpuint (stage_noted (town, "ruth.there", "told transport_error "), ==, 1);
  g_assert_cmpuint (stage_noted (town, "ruth.there", "done 100"), ==, 1);
  g_assert_cmpuint (town_told (town, "failure"), ==, 0);
}

static void
test_monitors (void)
{
  g_test_summary ("Every storm is told as a whole: of the death, of the port that is not there, "
                  "and of a lost connection, after which it is set again.");
  g_autoptr (Town) town = stage_new (1);

  stage_act (town, "ruth.here", "monitors", "{sssIsIsI}", "where", "ruth", "monitors", 10,
             "every_us", 100000, "count", 5);
  stage_act (town, "ruth.there", "monitors", "{sssIsIsI}", "where", "rain", "monitors", 10,
             "every_us", 100000, "count", 5);
  town_run (town, 1 * SECOND);
  stage_lose_connection (town);
  town_run (town, 10 * SECOND);
  g_assert_cmpuint (stage_noted (town, "ruth.here", "told enough 10"), ==, 5);
  g_assert_cmpuint (stage_noted (town, "ruth.here", "told no_such_port 10"), ==, 5);
  g_assert_cmpuint (stage_noted (town, "ruth.here", "done 5"), ==, 1);
  g_assert_cmpuint (stage_noted (town, "ruth.there", "told transport_error 10"), ==, 1);
  g_assert_cmpuint (stage_noted (town, "ruth.there", "told no_such_port 10"), ==, 5);
  g_assert_cmpuint (stage_noted (town, "ruth.there", "done 5"), ==, 1);
  g_assert_cmpuint (town_told (town, "failure"), ==, 0);
}

/* --- Servants that do not do what they should --- */

static void
ignore (AempNode *node, const AempList *message, void *user_data)
{
}

static void
start_deaf (AempNode *node, const AempList *arguments, void *user_data)
{
  aemp_rcv (node, aemp_self (node), NULL, ignore, NULL, NULL);
}

static void
start_mortal (AempNode *node, const AempList *arguments, void *user_data)
{
  aemp_kil (node, aemp_self (node), "s", "weak");
}

/* [anything…, port]: twice to the port. */
static void
answer_twice (AempNode *node, const AempList *message, void *user_data)
{
  g_autofree char *port = aemp_value_dup_text (aemp_list_get (message, message->count - 1), NULL);
  AempList answer = *message;

  answer.count--;
  aemp_snd_list (node, port, &answer);
  aemp_snd_list (node, port, &answer);
}

static void
start_stammering (AempNode *node, const AempList *arguments, void *user_data)
{
  aemp_rcv (node, aemp_self (node), NULL, answer_twice, NULL, NULL);
}

/* What a kind on ruth finds broken when rain's servants are such. */
static void
try_servants (const char *kind, AempFunction start, const char *broken)
{
  g_autoptr (Town) town = stage_new (1);

  aemp_service (town_node (town, "rain"), "aemp::servant", start, NULL);
  stage_act (town, "ruth.x", kind, "{sssI}", "where", "rain", "count", 4);
  town_run (town, 20 * SECOND);
  g_assert_cmpuint (stage_noted (town, "ruth.x", "broken "), ==, 1);
  g_assert_cmpuint (stage_noted (town, "ruth.x", broken), ==, 1);
  g_assert_cmpuint (stage_noted (town, "ruth.x", "done 4"), ==, 0);
}

static void
test_notices (void)
{
  g_test_summary ("Answers that are missing or come twice, and deaths of another reason than the "
                  "kill's, are noticed.");

  try_servants ("killer", start_deaf,
                "broken victim 1 was sent 10 messages before it was killed, and answered 0");
  try_servants ("killer", start_stammering, "broken victim 1 answers message 1 after 1, of 10");
  try_servants ("killer", start_mortal, "broken victim 1 died of no_such_port");
  try_servants ("linker", start_mortal, "broken port 1 was killed, but died of ");
  try_servants ("monitors", start_mortal, "broken the monitors of port 1 are told no_such_port");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/actors-deaths/killer", test_killer);
  g_test_add_func ("/actors-deaths/linker", test_linker);
  g_test_add_func ("/actors-deaths/monitors", test_monitors);
  g_test_add_func ("/actors-deaths/notices", test_notices);
  return g_test_run ();
}
