/* tests/unit/test-pair.c - which of two connections stays, also towards nodes that do not know
 * our rule and towards strangers; what a node does with peers that misbehave. */

#include "stranger.h"

#include <string.h>

#define SOON (SECOND / 2)
#define RAIN "10.0.0.1:4040"

typedef struct
{
  Town *town;
  SimProcess *process;
  AempEnv *env;
} Elsewhere;

/* A host besides the nodes' where strangers live. */
static Elsewhere
elsewhere (Town *town, const char *host)
{
  SimProcess *process = sim_process_new (sim_host_new (town->world, host));
  return (Elsewhere){ town, process, sim_process_env (process) };
}

static void
elsewhere_clear (Elsewhere *place)
{
  sim_process_kill (place->process);
  sim_process_free (place->process);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Elsewhere, elsewhere_clear)

static bool
is_up (Town *town, const char *node, const char *peer)
{
  return aemp_node_is_up (town_node (town, node), peer) == AEMP_NODE_UP;
}

static Stranger *
friend_of_rain (Elsewhere *place, const char *id, const char *nonce, const char *keys)
{
  Stranger *stranger = stranger_dial (place->env, RAIN);
  town_run (place->town, SOON);
  stranger_greet (stranger, id, nonce, keys);
  town_run (place->town, SOON);
  return stranger;
}

static void
test_perl (void)
{
  g_test_summary ("A Perl node (no instance, no dial) connects, monitors a port that is not "
                  "there, and is answered.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  g_auto (Elsewhere) place = elsewhere (town, "perl");
  g_autoptr (Stranger) perl = friend_of_rain (&place, "perl", "0nonce-of-perl-1", "");
  g_assert_true (stranger_was_answered (perl));
  stranger_prove (perl, "tea", "");
  stranger_say (perl, "[\"\",\"mon1\",\"x\"]");
  town_run (town, SOON);
  g_assert_true (is_up (town, "rain", "perl"));
  g_assert_true (g_str_has_suffix (perl->heard->str,
                                   "[\"\",\"g_global\"][\"\",\"kil0\",\"x\",\"no_such_port\",\"cannot "
                                   "monitor nonexistent port\",\"rain#x\"]"));
}

static void
test_perl_second_alive (void)
{
  g_test_summary ("A second connection from a Perl node whose first is alive: the first is asked "
                  "for the time, answers, and stays.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  g_auto (Elsewhere) place = elsewhere (town, "perl");
  g_autoptr (Stranger) first = friend_of_rain (&place, "perl", "0nonce-of-perl-1", "");
  stranger_prove (first, "tea", "");
  town_run (town, SOON);
  g_autoptr (Stranger) second = friend_of_rain (&place, "perl", "0nonce-of-perl-2", "");
  g_assert_false (stranger_was_answered (second));
  stranger_prove (second, "tea", "");
  town_run (town, SOON);
  const char *question = strstr (first->heard->str, "[\"\",\"time\",\"rain#");
  g_assert_nonnull (question);
  const char *reply_port = strchr (question, '#') + 1;
  g_autofree char *answer = g_strdup_printf (
      "[\"%.*s\",1767225600.5]", (int) (strchr (reply_port, '"') - reply_port), reply_port);
  stranger_say (first, answer);
  town_run (town, 5 * SECOND);
  g_assert_true (second->closed);
  g_assert_false (first->closed);
  g_assert_cmpuint (town_told (town, "rain node_down peer=perl"), ==, 0);
}

static void
test_perl_second_dead (void)
{
  g_test_summary ("… whose first does not answer within connect_interval: the second replaces it.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  g_auto (Elsewhere) place = elsewhere (town, "perl");
  g_autoptr (Stranger) first = friend_of_rain (&place, "perl", "0nonce-of-perl-1", "");
  stranger_prove (first, "tea", "");
  town_run (town, SOON);
  g_autoptr (Stranger) second = friend_of_rain (&place, "perl", "0nonce-of-perl-2", "");
  stranger_prove (second, "tea", "");
  town_run (town, SECOND);
  g_assert_false (stranger_was_answered (second));
  town_run (town, 2 * SECOND);
  g_assert_true (stranger_was_answered (second));
  g_assert_true (first->closed);
  g_assert_cmpuint (town_told (town, "rain node_down peer=perl switched connections"), ==, 1);
  g_assert_true (is_up (town, "rain", "perl"));
}

static void
test_perl_third (void)
{
  g_test_summary ("… and a third one that waited behind the second is decided, too, not left until "
                  "its time is over.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  g_auto (Elsewhere) place = elsewhere (town, "perl");
  g_autoptr (Stranger) first = friend_of_rain (&place, "perl", "0nonce-of-perl-1", "");
  stranger_prove (first, "tea", "");
  town_run (town, SOON);
  g_autoptr (Stranger) second = friend_of_rain (&place, "perl", "0nonce-of-perl-2", "");
  g_autoptr (Stranger) third = friend_of_rain (&place, "perl", "0nonce-of-perl-3", "");
  stranger_prove (second, "tea", "");
  stranger_prove (third, "tea", "");
  for (int i = 0; i < 2; i++)
    {
      town_run (town, SOON);
      const char *question = g_strrstr (first->heard->str, "[\"\",\"time\",\"rain#");
      g_assert_nonnull (question);
      const char *reply_port = strchr (question, '#') + 1;
      g_autofree char *answer = g_strdup_printf (
          "[\"%.*s\",1]", (int) (strchr (reply_port, '"') - reply_port), reply_port);
      stranger_say (first, answer);
    }
  town_run (town, SOON);
  g_assert_true (second->closed);
  g_assert_true (third->closed);
  g_assert_false (first->closed);
}

static void
test_relayed_to_ourselves (void)
{
  g_test_summary ("A peer has us send a request of the global protocol to ourselves: it does not "
                  "make us forget our own addresses.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  g_auto (Elsewhere) place = elsewhere (town, "perl");
  g_autoptr (Stranger) perl = friend_of_rain (&place, "perl", "0nonce-of-perl-1", "");
  stranger_prove (perl, "tea", "");
  stranger_say (perl, "[\"\",\"snd\",\"rain\",\"g_upd\",\"'l\",null,[\"rain\"]]");
  town_run (town, SOON);
  stranger_say (perl, "[\"\",\"g_find\",\"rain\"]");
  town_run (town, SOON);
  g_assert_true (g_str_has_suffix (perl->heard->str,
                                   "[\"\",\"g_found\",\"rain\",[\"10.0.0.1:4040\"]]"));
}

static void
test_stranger_cannot_block (void)
{
  g_test_summary ("A stranger claims to be ruth, is greeted, and says no more; the real ruth is "
                  "not kept out, even if the stranger knows her instance.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  g_auto (Elsewhere) place = elsewhere (town, "dark");
  g_auto (Elsewhere) home = elsewhere (town, "home");
  g_autoptr (Stranger) stranger
      = friend_of_rain (&place, "ruth", "0nonce-of-stranger", "instance=her;dial=1");
  g_assert_true (stranger_was_answered (stranger));
  g_autoptr (Stranger) ruth
      = friend_of_rain (&home, "ruth", "0nonce-of-ruth-0", "instance=her;dial=1");
  stranger_prove (ruth, "tea", "");
  town_run (town, 3 * SECOND);
  g_assert_true (is_up (town, "rain", "ruth"));
  g_assert_true (stranger->closed);
  g_assert_true (stranger_was_answered (ruth));
}

static void
test_strangers_wait (void)
{
  g_test_summary ("Two who claim to be the same node at once: neither is answered before it has "
                  "proved itself.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  g_auto (Elsewhere) place = elsewhere (town, "dark");
  g_autoptr (Stranger) first = stranger_dial (place.env, RAIN);
  g_autoptr (Stranger) second = stranger_dial (place.env, RAIN);
  g_autoptr (Stranger) third = friend_of_rain (&place, "ruth", "0nonce-third----", "instance=i;dial=1");
  g_assert_true (stranger_was_answered (third));
  stranger_greet (first, "ruth", "0nonce-first----", "instance=i;dial=1");
  stranger_greet (second, "ruth", "0nonce-second---", "instance=i;dial=1");
  town_run (town, 3 * SECOND);
  g_assert_true (third->closed);
  g_assert_false (stranger_was_answered (first));
  g_assert_false (stranger_was_answered (second));
  stranger_prove (second, "tea", "");
  town_run (town, SOON);
  g_assert_true (stranger_was_answered (second));
  g_assert_true (is_up (town, "rain", "ruth"));
}

static void
test_wrong_proof (void)
{
  g_test_summary ("A stranger without the secret in conflict with a friend who is up changes "
                  "nothing.");
  g_autoptr (Town) town = town_new (1, "rain", "ruth", NULL);
  g_auto (Elsewhere) place = elsewhere (town, "dark");
  town_run (town, 2 * SECOND);
  g_autoptr (Stranger) stranger
      = friend_of_rain (&place, "ruth", "0nonce-of-stranger", "instance=new;dial=1");
  stranger_prove (stranger, "coffee", "");
  town_run (town, SOON);
  g_assert_false (stranger_was_answered (stranger));
  g_assert_true (stranger->closed);
  g_assert_cmpuint (town_told (town, "node_down"), ==, 0);
}

static void
test_left_over (void)
{
  g_test_summary ("A connection of a process that says it has the one that is up (left over from "
                  "mutual dialing) is refused; one that does not say so replaces it.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  g_auto (Elsewhere) home = elsewhere (town, "home");
  g_autoptr (Stranger) first
      = friend_of_rain (&home, "ruth", "0nonce-of-ruth-1", "instance=her;dial=1");
  stranger_prove (first, "tea", "");
  town_run (town, SOON);
  const char *told = strstr (town->story->str, "rain node_up peer=ruth c=");
  g_assert_nonnull (told);
  g_autofree char *left = g_strdup_printf ("other=%.16s", strstr (told, "c=") + 2);
  g_autoptr (Stranger) left_over
      = friend_of_rain (&home, "ruth", "0nonce-of-ruth-0", "instance=her;dial=1");
  stranger_prove (left_over, "tea", left);
  town_run (town, SOON);
  g_assert_false (stranger_was_answered (left_over));
  g_assert_true (left_over->closed);
  g_assert_false (first->closed);
  g_autoptr (Stranger) second
      = friend_of_rain (&home, "ruth", "0nonce-of-ruth-2", "instance=her;dial=1");
  stranger_prove (second, "tea", "");
  town_run (town, SOON);
  g_assert_true (stranger_was_answered (second));
  g_assert_true (first->closed);
  g_assert_cmpuint (town_told (town, "rain node_down peer=ruth switched connections"), ==, 1);
}

static void
test_given_up (void)
{
  g_test_summary ("The arbiter gives its line on one connection, gives that up, and goes on with "
                  "another one; the first line comes late, and changes nothing.  A later one does.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  g_auto (Elsewhere) home = elsewhere (town, "home");
  g_autoptr (Stranger) given_up
      = friend_of_rain (&home, "moss", "0nonce-of-moss-0", "instance=his;dial=1");
  g_autoptr (Stranger) chosen
      = friend_of_rain (&home, "moss", "0nonce-of-moss-1", "instance=his;dial=1");
  stranger_prove (chosen, "tea", "turn=0000000000000009");
  town_run (town, SOON);
  g_assert_cmpuint (town_told (town, "rain node_up peer=moss"), ==, 1);
  stranger_prove (given_up, "tea", "turn=0000000000000008");
  town_run (town, SOON);
  g_assert_true (given_up->closed);
  g_assert_false (chosen->closed);
  g_assert_cmpuint (town_told (town, "rain node_down"), ==, 0);
  g_assert_cmpuint (town_told (town, "the other side has given it up"), ==, 1);
  g_autoptr (Stranger) newer
      = friend_of_rain (&home, "moss", "0nonce-of-moss-2", "instance=his;dial=1");
  stranger_prove (newer, "tea", "turn=000000000000000a");
  town_run (town, SOON);
  g_assert_true (chosen->closed);
  g_assert_cmpuint (town_told (town, "rain node_down peer=moss switched connections"), ==, 1);
  g_assert_cmpuint (town_told (town, "rain node_up peer=moss"), ==, 2);
}

static void
test_perl_mutual (void)
{
  g_test_summary ("We dial a Perl node while it dials us: only one of the two connections gets "
                  "our auth line.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  g_auto (Elsewhere) home = elsewhere (town, "perl");
  AempListener *listener;
  g_autoptr (Stranger) dialed = stranger_listen (home.env, &listener);
  town_set (town, "seeds", "perl:4040");
  town_run (town, SOON);
  g_assert_true (dialed->opened);
  g_autoptr (Stranger) dialing = friend_of_rain (&home, "perl", "0nonce-of-perl-2", "");
  stranger_greet (dialed, "perl", "0nonce-of-perl-1", "");
  town_run (town, SOON);
  g_assert_cmpint (stranger_was_answered (dialed) + stranger_was_answered (dialing), ==, 1);
  Stranger *taken = stranger_was_answered (dialed) ? dialed : dialing;
  Stranger *other = taken == dialed ? dialing : dialed;
  stranger_prove (taken, "tea", "");
  town_run (town, SOON);
  g_assert_true (is_up (town, "rain", "perl"));
  g_assert_false (stranger_was_answered (other));
  aemp_listener_free (listener);
}

static void
test_wrong_node (void)
{
  g_test_summary ("At ruth's address another node answers: the connection is not used for "
                  "messages to ruth.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  g_auto (Elsewhere) home = elsewhere (town, "home");
  AempListener *listener;
  g_autoptr (Stranger) impostor = stranger_listen (home.env, &listener);
  g_autoptr (Stranger) slave = friend_of_rain (&home, "slave", "0nonce-of-slave-", "");
  stranger_prove (slave, "tea", "");
  stranger_say (slave, "[\"\",\"g_slave\",{\"'l\":{\"ruth\":[\"10.0.0.2:4040\"]}}]");
  town_run (town, SOON);
  AempNode *rain = town_node (town, "rain");
  aemp_mon (rain, "ruth#x", town_hear, town_ear (town, "told"), NULL);
  aemp_snd (rain, "ruth#x", "s", "for ruth only");
  town_run (town, SOON);
  g_assert_true (impostor->opened);
  stranger_greet (impostor, "impostor", "0nonce-of-impostor", "");
  town_run (town, SOON);
  g_assert_true (impostor->closed);
  g_assert_null (strstr (impostor->heard->str, "for ruth only"));
  g_assert_cmpstr (town->heard->str, ==,
                   "told: \"transport_error\",\"ruth\",\"another node answers there\"\n");
  aemp_listener_free (listener);
}

static void
test_trickle (void)
{
  g_test_summary ("A handshake that trickles in, a byte a second, is cut off after "
                  "monitor_timeout all the same.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  g_auto (Elsewhere) place = elsewhere (town, "slow");
  g_autoptr (Stranger) slow = stranger_dial (place.env, RAIN);
  town_run (town, SOON);
  for (int i = 0; i < 40 && !slow->closed; i++)
    {
      stranger_say (slow, "a");
      town_run (town, SECOND);
    }
  g_assert_true (slow->closed);
  g_assert_cmpint (sim_world_now_us (town->world), <, 33 * SECOND);
  g_assert_cmpuint (town_told (town, "handshake timeout"), ==, 1);
}

static void
test_malformed (void)
{
  g_test_summary ("A malformed packet closes the connection, and the trace says what and where; "
                  "what came before it was dispatched.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  g_auto (Elsewhere) place = elsewhere (town, "perl");
  g_autofree char *port
      = g_strdup (aemp_port (town_node (town, "rain"), town_hear, town_ear (town, "got"), NULL));
  g_autoptr (Stranger) perl = friend_of_rain (&place, "perl", "0nonce-of-perl-1", "");
  stranger_prove (perl, "tea", "");
  g_autofree char *packet = g_strdup_printf ("[\"%s\",1][\"%s\",01]", strchr (port, '#') + 1,
                                             strchr (port, '#') + 1);
  stranger_say (perl, packet);
  town_run (town, SOON);
  g_assert_cmpstr (town->heard->str, ==, "got: 1\n");
  g_assert_true (perl->closed);
  g_assert_cmpuint (town_told (town, "rain malformed peer=perl json: "), ==, 1);
  g_assert_false (is_up (town, "rain", "perl"));
}

static void
test_late_and_odd_requests (void)
{
  g_test_summary ("A kil0 nobody asked for, a g_found from no master, requests without arguments "
                  "or with odd ones: ignored, and the connection goes on.");
  static const char *const packets[] = {
    "[\"\",\"kil0\",\"x\",\"why\"]", "[\"\",\"kil0\"]", "[\"\",\"kil1\"]", "[\"\",\"kil1\",null]",
    "[\"\",\"mon0\",\"x\"]", "[\"\",\"mon1\"]", "[\"\",\"mon1\",\"\"]", "[\"\",\"mon1\",{}]",
    "[\"\",\"g_found\",\"x\",[\"10.0.0.9:1\"]]", "[\"\",\"g_found\"]", "[\"\",\"g_find\"]",
    "[\"\",\"g_set\",[]]", "[\"\",\"g_set\"]", "[\"\",\"g_slave\",[]]", "[\"\",\"g_upd\",\"'l\"]",
    "[\"\",\"g_upd\",\"'l\",{\"a\":1},[[]]]", "[\"\",\"snd\"]", "[\"\",\"snd\",\"\"]",
    "[\"\",\"snd\",\"rain\"]", "[\"\",\"snd\",[]]", "[\"\",\"can\"]", "[\"\",\"time\"]",
    "[\"\",\"eval\"]", "[\"\",\"up_nodes\",1]", "[\"\",\"AnyEvent::MP::_spawn\"]",
    "[\"\",\"AnyEvent::MP::_spawn\",\"a#b\",\"x::y\"]", "[\"\",\"AnyEvent::MP::_spawn\",\"\",\"x::y\"]",
    "[\"\"]", "[null]", "[null,1]", "[[],1]", "[5,1]", "[]", "[\"\",[]]", "[\"\",null]",
    "[\"x#y\",1]",
  };
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  g_auto (Elsewhere) place = elsewhere (town, "perl");
  g_autoptr (Stranger) perl = friend_of_rain (&place, "perl", "0nonce-of-perl-1", "");
  stranger_prove (perl, "tea", "");
  for (unsigned i = 0; i < G_N_ELEMENTS (packets); i++)
    stranger_say (perl, packets[i]);
  g_string_truncate (perl->heard, 0);
  stranger_say (perl, "[\"\",\"can\",\"mon1\",\"perl#t\",\"alive\"]");
  town_run (town, SECOND);
  g_assert_false (perl->closed);
  g_assert_nonnull (strstr (perl->heard->str, "[\"t\",\"alive\",\"1\"]"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pair/perl", test_perl);
  g_test_add_func ("/pair/perl-second-alive", test_perl_second_alive);
  g_test_add_func ("/pair/perl-second-dead", test_perl_second_dead);
  g_test_add_func ("/pair/perl-third", test_perl_third);
  g_test_add_func ("/pair/relayed-to-ourselves", test_relayed_to_ourselves);
  g_test_add_func ("/pair/stranger-cannot-block", test_stranger_cannot_block);
  g_test_add_func ("/pair/strangers-wait", test_strangers_wait);
  g_test_add_func ("/pair/wrong-proof", test_wrong_proof);
  g_test_add_func ("/pair/left-over", test_left_over);
  g_test_add_func ("/pair/given-up", test_given_up);
  g_test_add_func ("/pair/perl-mutual", test_perl_mutual);
  g_test_add_func ("/pair/wrong-node", test_wrong_node);
  g_test_add_func ("/pair/trickle", test_trickle);
  g_test_add_func ("/pair/malformed", test_malformed);
  g_test_add_func ("/pair/late-and-odd-requests", test_late_and_odd_requests);
  return g_test_run ();
}
