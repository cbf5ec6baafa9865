/* tests/unit/test-check-admission.c - what promise 13 accepts, and what it catches. */

#include "story.h"

#define PLAY(...) story_play (&sim_checker_admission, STORY_GOES_ON, 100, __VA_ARGS__, NULL)

/* mallory has another secret than ruth. */
#define STRANGERS                                                                                  \
  "0.0  ruth     process_start  1 500\n"                                                           \
  "0.0  ruth     node_start     71\n"                                                              \
  "0.0  mallory  process_start  1 666\n"                                                           \
  "0.0  mallory  node_start     91\n"

static void
test_friends (void)
{
  g_test_summary ("Who knows the secret comes in; both ends are judged, messages pass.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, "1.0  rain  deliver  ruth a1 1 101\n");
  story_is_fine (story, 13, 2);
}

static void
test_one_end_only (void)
{
  g_test_summary ("One end is up, the other end never gets there: the link was lost meanwhile.");

  g_autoptr (Story) story = PLAY ("0.0  ruth  process_start  1 500\n"
                                  "0.0  rain  process_start  1 500\n"
                                  "1.0  ruth  link_up        rain 1 1 - x\n"
                                  "1.0  ruth  node_up        rain 1\n"
                                  "1.1  ruth  link_down      rain 1 reset\n");
  story_is_fine (story, 13, 1);
}

static void
test_stranger_refused (void)
{
  g_test_summary ("Who does not know it is refused: that is judged, and fine.");

  g_autoptr (Story) story = PLAY (STRANGERS, "1.0  ruth  link_refused  mallory 1 0 wrong answer\n");
  story_is_fine (story, 13, 1);
}

static void
test_stranger_let_in (void)
{
  g_test_summary ("Who does not know it comes in all the same.");

  g_autoptr (Story) story = PLAY (STRANGERS, "1.0  ruth  link_up  mallory 1 0 91 hmac_sha3_512\n");
  story_breaks (story, 13, 5,
                "ruth let mallory in at 1.000 s, though their secrets differ (hmac_sha3_512)");
}

/* Their secrets are alike; ruth and sun have certificates of one authority, sun's only for a
 * minute; mallory has one of another, and moon none. */
#define CERTIFICATES                                                                               \
  "0.0  ruth     process_start  1 500 ours\n"                                                      \
  "0.0  ruth     node_start     71\n"                                                              \
  "0.0  sun      process_start  1 500 ours until 60000000\n"                                       \
  "0.0  sun      node_start     81\n"                                                              \
  "0.0  mallory  process_start  1 500 theirs\n"                                                    \
  "0.0  mallory  node_start     91\n"                                                              \
  "0.0  moon     process_start  1 500\n"                                                           \
  "0.0  moon     node_start     95\n"

static void
test_certificates (void)
{
  g_test_summary ("Inside TLS it is the certificates that let somebody in, until they expire; "
                  "outside it is the secret.");

  g_autoptr (Story) story = PLAY (CERTIFICATES, "1.0   ruth  link_up  sun 1 0 81 tls_sha3_512\n"
                                                "2.0   sun   link_up  ruth 1 1 71 tls_sha3_512\n"
                                                "59.9  ruth  link_up  sun 2 0 81 tls_anon\n"
                                                "85.0  ruth  link_up  sun 3 0 81 tls_sha3_512\n"
                                                "99.0  sun   link_up  ruth 3 0 71 tls_sha3_512\n"
                                                "99.1  ruth  link_up  moon 4 0 95 hmac_sha3_512\n");
  story_is_fine (story, 13, 6);
}

static void
test_wrong_certificate (void)
{
  g_test_summary ("Who has a certificate of another authority comes in inside TLS, and so does who has "
                  "none: that the secret is right does not matter there.");

  g_autoptr (Story) story = PLAY (CERTIFICATES, "1.0  ruth  link_up  mallory 1 0 91 tls_sha3_512\n");
  story_breaks (story, 13, 9,
                "ruth let mallory in at 1.000 s, though its certificate is not trusted (tls_sha3_512)");
  g_autoptr (Story) none = PLAY (CERTIFICATES, "1.0  ruth  link_up  moon 1 0 95 tls_anon\n");
  story_breaks (none, 13, 9, "ruth let moon in at 1.000 s, though its certificate is not trusted");
}

static void
test_expired_certificate (void)
{
  g_test_summary ("Who has an expired certificate comes in; the same is nobody's fault when a clock was "
                  "set.");

  g_autoptr (Story) story = PLAY (CERTIFICATES, "95.0  ruth  link_up  sun 1 0 81 tls_sha3_512\n");
  story_breaks (story, 13, 9,
                "ruth let sun in at 95.000 s, though its certificate had expired (tls_sha3_512)");
  g_autoptr (Story) turned = PLAY (CERTIFICATES, "1.0   world  fault    7 clock ruth jump -1h\n"
                                                 "95.0  ruth   link_up  sun 1 0 81 tls_sha3_512\n");
  story_is_fine (turned, 13, 1);
}

static void
test_unknown_secret (void)
{
  g_test_summary ("A peer whose secret is not known is not judged.");

  g_autoptr (Story) story = PLAY ("0.0  ruth  process_start  1 500\n"
                                  "1.0  ruth  link_up        perl 1 0 - hmac_sha3_512\n"
                                  "1.0  ruth  node_up        perl 1\n"
                                  "1.1  ruth  deliver        perl a1 1 101\n");
  story_is_fine (story, 13, 0);
}

static void
test_new_secret (void)
{
  g_test_summary ("rain was restarted with another secret while her former process' answer was "
                  "under way: the instance tells which process it was.");

  g_autoptr (Story) story = PLAY ("0.0  ruth  process_start  1 500\n"
                                  "0.0  rain  process_start  1 500\n"
                                  "0.0  rain  node_start     81\n"
                                  "1.0  rain  process_end    1 killed\n"
                                  "1.0  rain  process_start  2 600\n"
                                  "1.0  rain  node_start     82\n"
                                  "1.1  ruth  link_up        rain 1 1 81 x\n");
  story_is_fine (story, 13, 1);
}

static void
test_node_up_without_handshake (void)
{
  g_test_summary ("A node is up over a connection that never was.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, "1.0  ruth  node_up  rain 2\n");
  story_breaks (story, 13, 9,
                "ruth takes rain for up at 1.000 s, though no handshake with it was done");
}

static void
test_message_without_handshake (void)
{
  g_test_summary ("Somebody's messages come in over a connection without a handshake: one breach, "
                  "however many they are.");

  g_autoptr (Story) story = PLAY (STRANGERS, "1.0  ruth  request  mallory 3 101 snd\n"
                                             "1.0  ruth  deliver  mallory a1 3 102\n");
  story_breaks (story, 13, 5, "ruth took a message from mallory at 1.000 s");
}

static void
test_message_of_another (void)
{
  g_test_summary ("A message is said to be from rain, but the connection is mallory's.");

  g_autoptr (Story) story = PLAY ("0.0  ruth  process_start  1 500\n"
                                  "1.0  ruth  link_up        mallory 3 0 - x\n"
                                  "1.1  ruth  deliver        rain a1 3 101\n");
  story_breaks (story, 13, 3, "ruth took a message from rain at 1.100 s");
}

static void
test_restart_forgets (void)
{
  g_test_summary ("A new process has none of the old one's connections.");

  g_autoptr (Story) story = PLAY (STORY_PAIR, "1.0  ruth  process_end    1 killed\n"
                                              "1.0  ruth  process_start  2 500\n"
                                              "1.1  ruth  node_up        rain 1\n");
  story_breaks (story, 13, 11, "ruth takes rain for up");
}

static void
test_vacuous (void)
{
  g_test_summary ("Without a handshake nothing was judged.");

  g_autoptr (Story) story = PLAY (STRANGERS);
  story_is_fine (story, 13, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add_func ("/check-admission/" name, function)
  ADD ("friends", test_friends);
  ADD ("one-end-only", test_one_end_only);
  ADD ("stranger-refused", test_stranger_refused);
  ADD ("stranger-let-in", test_stranger_let_in);
  ADD ("certificates", test_certificates);
  ADD ("wrong-certificate", test_wrong_certificate);
  ADD ("expired-certificate", test_expired_certificate);
  ADD ("unknown-secret", test_unknown_secret);
  ADD ("new-secret", test_new_secret);
  ADD ("node-up-without-handshake", test_node_up_without_handshake);
  ADD ("message-without-handshake", test_message_without_handshake);
  ADD ("message-of-another", test_message_of_another);
  ADD ("restart-forgets", test_restart_forgets);
  ADD ("vacuous", test_vacuous);
  return g_test_run ();
}
