/* tests/unit/test-door.c - how many strangers a node puts up with, and for how long; and a friend
 * who does not read. */

#include "stranger.h"

#include "engine/internal.h"

#include <string.h>

#define SOON (SECOND / 2)
#define RAIN "10.0.0.1:4040"

/* Many strangers from one host. */
typedef struct
{
  SimProcess *process;
  AempEnv *env;
  GPtrArray *strangers; /* of Stranger */
} Crowd;

static Crowd
crowd_from (Town *town, const char *host)
{
  SimProcess *process = sim_process_new (sim_host_new (town->world, host));
  return (Crowd){ process, sim_process_env (process),
                  g_ptr_array_new_with_free_func ((GDestroyNotify) stranger_free) };
}

static void
crowd_clear (Crowd *crowd)
{
  g_ptr_array_unref (crowd->strangers);
  sim_process_kill (crowd->process);
  sim_process_free (crowd->process);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Crowd, crowd_clear)

static void
come (Crowd *crowd, unsigned count)
{
  for (unsigned i = 0; i < count; i++)
    g_ptr_array_add (crowd->strangers, stranger_dial (crowd->env, RAIN));
}

static unsigned
count_staying (const Crowd *crowd)
{
  unsigned count = 0;
  for (unsigned i = 0; i < crowd->strangers->len; i++)
    count += !((Stranger *) crowd->strangers->pdata[i])->closed;
  return count;
}

static bool
is_up (Town *town, const char *peer)
{
  return aemp_node_is_up (town_node (town, "rain"), peer) == AEMP_NODE_UP;
}

static Stranger *
friend (Town *town, Crowd *home, const char *id)
{
  g_autofree char *nonce = g_strconcat ("0nonce of ", id, NULL);
  Stranger *stranger = stranger_dial (home->env, RAIN);
  town_run (town, SOON);
  stranger_greet (stranger, id, nonce, "");
  town_run (town, SOON);
  stranger_prove (stranger, "tea", "");
  town_run (town, SOON);
  return stranger;
}

static void
test_one_host (void)
{
  g_test_summary ("Too many come from one address at once: those beyond its limit are sent away; "
                  "from another address there is room.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  g_auto (Crowd) crowd = crowd_from (town, "dark");
  g_auto (Crowd) home = crowd_from (town, "home");
  town_run (town, SOON);
  come (&crowd, AEMP_MEETINGS_OF_HOST_MAX + 7);
  town_run (town, SOON);
  g_assert_cmpuint (count_staying (&crowd), ==, AEMP_MEETINGS_OF_HOST_MAX);
  g_assert_cmpuint (town_told (town, "link_refused too many handshakes at once"), ==, 7);
  g_autoptr (Stranger) ruth = friend (town, &home, "ruth");
  g_assert_true (is_up (town, "ruth"));
  g_assert_cmpuint (count_staying (&crowd), ==, AEMP_MEETINGS_OF_HOST_MAX);
}

static void
test_oldest_goes (void)
{
  g_test_summary ("After a second the oldest of them makes room for a new one from there, who gets "
                  "in.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  g_auto (Crowd) crowd = crowd_from (town, "dark");
  town_run (town, SOON);
  come (&crowd, 1);
  town_run (town, SOON);
  come (&crowd, AEMP_MEETINGS_OF_HOST_MAX - 1);
  town_run (town, 2 * SECOND);
  g_autoptr (Stranger) ruth = friend (town, &crowd, "ruth");
  g_assert_true (is_up (town, "ruth"));
  g_assert_cmpuint (count_staying (&crowd), ==, AEMP_MEETINGS_OF_HOST_MAX - 1);
  g_assert_true (((Stranger *) crowd.strangers->pdata[0])->closed);
  g_assert_cmpuint (town_told (town, "makes room for others from its address"), ==, 1);
}

static void
test_many_hosts (void)
{
  static const char *const names[] = { "a", "b", "c", "d" };
  g_test_summary ("From several addresses they take all places there are, for a second; then "
                  "there is one for a friend from elsewhere.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  g_auto (Crowd) home = crowd_from (town, "home");
  Crowd crowds[G_N_ELEMENTS (names)];
  unsigned staying = 0;
  town_run (town, SOON);
  for (unsigned i = 0; i < G_N_ELEMENTS (names); i++)
    {
      crowds[i] = crowd_from (town, names[i]);
      come (&crowds[i], AEMP_MEETINGS_MAX / G_N_ELEMENTS (names));
    }
  town_run (town, SOON / 10);
  come (&home, 1);
  town_run (town, SOON / 10);
  g_assert_cmpuint (count_staying (&home), ==, 0);
  town_run (town, 2 * SECOND);
  g_autoptr (Stranger) ruth = friend (town, &home, "ruth");
  g_assert_true (is_up (town, "ruth"));
  for (unsigned i = 0; i < G_N_ELEMENTS (names); i++)
    {
      staying += count_staying (&crowds[i]);
      crowd_clear (&crowds[i]);
    }
  g_assert_cmpuint (staying, ==, AEMP_MEETINGS_MAX - 1);
  g_assert_cmpuint (town_told (town, "makes room for others\n"), ==, 1);
}

static void
test_claimed (void)
{
  g_test_summary ("The one that makes room had claimed to be a friend, who waits behind it: she is "
                  "asked for her proof at once.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  g_auto (Crowd) crowd = crowd_from (town, "dark");
  g_auto (Crowd) home = crowd_from (town, "home");
  town_set (town, "connect_interval", "20");
  town_run (town, SOON);
  come (&crowd, 1);
  town_run (town, SOON);
  stranger_greet (crowd.strangers->pdata[0], "ruth", "0nonce of a stranger", "");
  town_run (town, SOON);
  g_autoptr (Stranger) ruth = stranger_dial (home.env, RAIN);
  town_run (town, SOON);
  stranger_greet (ruth, "ruth", "0nonce of ruth-----", "");
  town_run (town, SOON);
  g_assert_false (stranger_was_answered (ruth));
  come (&crowd, AEMP_MEETINGS_OF_HOST_MAX);
  town_run (town, SOON);
  g_assert_true (((Stranger *) crowd.strangers->pdata[0])->closed);
  g_assert_true (stranger_was_answered (ruth));
}

static void
test_bytes (void)
{
  g_test_summary ("Whoever has not proved itself is read no further than three lines, however it "
                  "cuts them: a line too long ends it, and so does a proof that is none.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  g_auto (Crowd) crowd = crowd_from (town, "dark");
  g_autofree char *filling = g_strnfill (AEMP_HANDSHAKE_LINE_MAX_BYTES - 1, 'a');
  g_autofree char *greeting = g_strdup_printf (
      "aemp;1;eve;hmac_sha3_512;json;x=%.*s\n", AEMP_HANDSHAKE_LINE_MAX_BYTES - 33, filling);
  town_run (town, SOON);
  come (&crowd, 1);
  Stranger *eve = crowd.strangers->pdata[0];
  town_run (town, SOON);
  g_assert_cmpuint (strlen (greeting), ==, AEMP_HANDSHAKE_LINE_MAX_BYTES);
  stranger_say (eve, greeting);
  stranger_say (eve, filling);
  stranger_say (eve, "\n");
  town_run (town, SOON);
  stranger_say (eve, filling);
  town_run (town, SOON);
  g_assert_false (eve->closed); /* one byte is left */
  stranger_say (eve, "a");
  town_run (town, SOON);
  g_assert_true (eve->closed);
}

static void
test_never_reads (void)
{
  g_test_summary ("A friend does not read: what is to be said to it waits up to the limit, then it "
                  "is dropped with a transport_error that says so.  Another friend, who does "
                  "read, gets every message.");
  g_autoptr (Town) town = town_new (1, "rain", "ruth", NULL);
  town_set (town, "queue_limit", "100000");
  g_auto (Crowd) home = crowd_from (town, "home");
  g_autoptr (GString) payload = g_string_new (NULL);
  town_run (town, SOON);
  AempNode *rain = town_node (town, "rain");
  AempNode *ruth = town_node (town, "ruth");
  g_autoptr (Stranger) deaf = friend (town, &home, "deaf");
  const char *ear = aemp_port (ruth, town_hear, town_ear (town, "ruth"), NULL);
  aemp_mon (rain, "deaf#x", town_hear, town_ear (town, "told"), NULL);
  town_run (town, SOON);
  aemp_stream_pause (deaf->stream);
  g_string_set_size (payload, 10000);
  memset (payload->str, 'a', payload->len);
  unsigned said = 0;
  for (; said < 1000 && is_up (town, "deaf"); said++)
    {
      aemp_snd (rain, "deaf#x", "s", payload->str);
      aemp_snd (rain, ear, "sI", "hej", said);
      town_run (town, SECOND / 100);
    }
  town_run (town, SECOND);
  g_assert_cmpuint (said, <, 1000);
  g_assert_cmpuint (town_told (town, "rain link_down peer=deaf send queue limit reached"), ==, 1);
  g_assert_cmpuint (
      town_heard (town, "told: \"transport_error\",\"deaf\",\"send queue limit reached\"\n"), ==, 1);
  g_assert_cmpuint (town_heard (town, "ruth: \"hej\","), ==, said);
  g_assert_cmpuint (town_told (town, "rain node_down peer=ruth"), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/door/one-host", test_one_host);
  g_test_add_func ("/door/oldest-goes", test_oldest_goes);
  g_test_add_func ("/door/many-hosts", test_many_hosts);
  g_test_add_func ("/door/claimed", test_claimed);
  g_test_add_func ("/door/bytes", test_bytes);
  g_test_add_func ("/door/never-reads", test_never_reads);
  return g_test_run ();
}
