/* tests/unit/test-tls.c - two machines of TLS face each other, and strangers face one. */

#include "engine/tls.h"
#include "scenarios/scenario.h"

#include <glib/gstdio.h>
#include <gnutls/gnutls.h>
#include <string.h>

/* 2026-01-01T00:00:30Z: half a minute before the brief certificate expires. */
#define NOW_US (INT64_C (1767225630) * G_USEC_PER_SEC)
#define YEAR_US (INT64_C (365) * 24 * 3600 * G_USEC_PER_SEC)

/* One end. */
typedef struct
{
  AempTlsIdentity *identity;
  AempTls *tls;
  GByteArray *said;  /* and not yet heard by the other */
  GByteArray *heard; /* plain */
  GString *lengths;  /* of what it said, in the order said */
  GError *error;
  int64_t wall_us;
} End;

static AempTlsIdentity *
identity_of (const char *certificate)
{
  g_autoptr (GError) error = NULL;
  AempTlsIdentity *identity
      = aemp_tls_identity_new (scenario_certificate_find (certificate)->pem, &error);

  g_assert_no_error (error);
  return identity;
}

static End
end_new (const char *certificate, bool is_client)
{
  End end = { .identity = identity_of (certificate),
              .said = g_byte_array_new (),
              .heard = g_byte_array_new (),
              .lengths = g_string_new (NULL),
              .wall_us = NOW_US };

  end.tls = aemp_tls_new (end.identity, is_client);
  return end;
}

static void
end_clear (End *end)
{
  aemp_tls_free (end->tls);
  aemp_tls_identity_free (end->identity);
  g_byte_array_unref (end->said);
  g_byte_array_unref (end->heard);
  g_string_free (end->lengths, TRUE);
  g_clear_error (&end->error);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (End, end_clear)

static bool
hear (End *end, const void *bytes, size_t length)
{
  unsigned before = end->said->len;
  bool is_good = end->error == NULL
                 && aemp_tls_feed (end->tls, bytes, length, end->wall_us, end->heard, end->said,
                                   &end->error);

  if (end->said->len > before)
    g_string_append_printf (end->lengths, " %u", end->said->len - before);
  return is_good;
}

/* Hears all that the other one said, in pieces. */
static bool
hear_end (End *end, End *from, size_t piece)
{
  g_autoptr (GByteArray) said = g_steal_pointer (&from->said);
  bool is_good = true;

  from->said = g_byte_array_new ();
  for (size_t at = 0; at < said->len && is_good; at += piece)
    is_good = hear (end, said->data + at, MIN (piece, said->len - at));
  return is_good;
}

/* Until nobody has anything to say. */
static void
talk (End *one, End *other, size_t piece)
{
  do
    {
      hear_end (other, one, piece);
      hear_end (one, other, piece);
    }
  while (one->said->len > 0 || other->said->len > 0);
}

static void
meet (End *client, End *server, size_t piece)
{
  hear (client, NULL, 0);
  hear (server, NULL, 0);
  talk (client, server, piece);
}

static void
say (End *end, const char *text)
{
  aemp_tls_seal (end->tls, (const uint8_t *)text, strlen (text), end->said);
}

static void
assert_heard (End *end, const char *text)
{
  g_assert_cmpmem (end->heard->data, end->heard->len, text, strlen (text));
  g_byte_array_set_size (end->heard, 0);
}

static void
assert_met (End *client, End *server)
{
  g_assert_no_error (client->error);
  g_assert_no_error (server->error);
  g_assert_true (aemp_tls_is_ready (client->tls) && aemp_tls_is_ready (server->tls));
}

static void
test_talk (void)
{
  g_test_summary (
      "Two ends of one authority meet, whatever the pieces their bytes come in, talk both "
      "ways at once, and say goodbye.");

  static const size_t pieces[] = { 1, 2, 5, 6, 7, 100, 1000, 1 << 20 };

  for (size_t i = 0; i < G_N_ELEMENTS (pieces); i++)
    {
      g_auto (End) client = end_new ("signed", true);
      g_auto (End) server = end_new ("signed", false);

      meet (&client, &server, pieces[i]);
      assert_met (&client, &server);
      say (&client, "how are you?");
      say (&server, "hello");
      say (&server, " there");
      talk (&client, &server, pieces[i]);
      assert_heard (&server, "how are you?");
      assert_heard (&client, "hello there");

      g_assert_false (aemp_tls_is_ended (client.tls));
      aemp_tls_end (server.tls, server.said);
      talk (&client, &server, pieces[i]);
      assert_met (&client, &server);
      g_assert_true (aemp_tls_is_ended (client.tls));
      g_assert_false (aemp_tls_is_ended (server.tls));
      say (&client, "still here");
      talk (&client, &server, pieces[i]);
      assert_heard (&server, "still here");
    }
}

static void
test_keys_kept (void)
{
  g_test_summary ("The environment cannot make us write down the keys.");

  g_autofree char *folder = g_dir_make_tmp ("aemp-keys-XXXXXX", NULL);
  g_autofree char *file = g_build_filename (folder, "keys", NULL);
  g_auto (End) client = end_new ("signed", true);
  g_auto (End) server = end_new ("signed", false);

  g_setenv ("SSLKEYLOGFILE", file, TRUE);
  meet (&client, &server, 1000);
  assert_met (&client, &server);
  g_unsetenv ("SSLKEYLOGFILE");
  g_assert_false (g_file_test (file, G_FILE_TEST_EXISTS));
  g_rmdir (folder);
}

static void
test_self_signed (void)
{
  g_test_summary ("As Perl does it: all nodes share one certificate that signed itself.");

  g_auto (End) client = end_new ("alone", true);
  g_auto (End) server = end_new ("alone", false);

  meet (&client, &server, 1000);
  assert_met (&client, &server);
}

static void
test_much (void)
{
  g_test_summary ("A megabyte arrives as it was.");

  g_auto (End) client = end_new ("signed", true);
  g_auto (End) server = end_new ("signed", false);
  g_autoptr (GByteArray) much = g_byte_array_new ();

  for (unsigned i = 0; i < 1 << 18; i++)
    g_byte_array_append (much, (const uint8_t *)&i, sizeof i);
  meet (&client, &server, 1000);
  aemp_tls_seal (client.tls, much->data, much->len, client.said);
  talk (&client, &server, 1448);
  assert_met (&client, &server);
  g_assert_cmpmem (server.heard->data, server.heard->len, much->data, much->len);
}

/* The lengths of all that is said from the first byte to the goodbyes. */
static char *
lengths_of_a_life (void)
{
  g_auto (End) client = end_new ("signed", true);
  g_auto (End) server = end_new ("brief", false);

  meet (&client, &server, 1 << 20);
  assert_met (&client, &server);
  for (unsigned i = 1; i < 20000; i = i * 3 + 1)
    {
      g_autofree char *text = g_strnfill (i, 'x');

      say (&client, text);
      g_string_append_printf (client.lengths, " %u", client.said->len);
      talk (&client, &server, 1 << 20);
    }
  aemp_tls_end (client.tls, client.said);
  g_string_append_printf (client.lengths, " %u", client.said->len);
  return g_strconcat (client.lengths->str, " |", server.lengths->str, NULL);
}

static void
test_lengths (void)
{
  g_test_summary ("Two hundred handshakes: other bytes each time, always as many.");

  g_autofree char *first = lengths_of_a_life ();

  for (unsigned i = 0; i < 200; i++)
    {
      g_autofree char *again = lengths_of_a_life ();

      g_assert_cmpstr (again, ==, first);
    }
}

/* --- Whom we do not let in ---------------------------------------------------------- */

static void
assert_refused (End *end, const char *text)
{
  g_assert_error (end->error, AEMP_ERROR, AEMP_ERROR_AUTH);
  g_assert_cmpstr (end->error->message, ==, text);
}

static void
test_other_authority (void)
{
  g_test_summary ("Another authority signed the peer's certificate: both see it, as client and as "
                  "server, and no plain byte gets through.");

  for (unsigned i = 0; i < 2; i++)
    {
      g_auto (End) client = end_new (i ? "other" : "signed", true);
      g_auto (End) server = end_new (i ? "signed" : "other", false);

      meet (&client, &server, 1000);
      assert_refused (&client, "the peer's certificate is signed by nobody we trust");
      assert_refused (&server, "the peer does not trust who signed our certificate");
      g_assert_false (aemp_tls_is_ready (server.tls) || aemp_tls_is_ready (client.tls));
      g_assert_cmpuint (server.heard->len + client.heard->len, ==, 0);
    }
}

static void
test_server_judges (void)
{
  g_test_summary (
      "The server does not trust a client who trusts it: it is the server who says no.");

  const char *theirs = strstr (scenario_certificate_find ("signed")->pem, "-----BEGIN CERTIFICATE");
  g_autofree char *pem = g_strconcat (scenario_certificate_find ("other")->pem, theirs, NULL);
  g_autoptr (GError) error = NULL;
  g_auto (End) client = end_new ("other", true);
  g_auto (End) server = end_new ("signed", false);

  aemp_tls_free (client.tls);
  aemp_tls_identity_free (client.identity);
  client.identity = aemp_tls_identity_new (pem, &error);
  g_assert_no_error (error);
  client.tls = aemp_tls_new (client.identity, true);

  meet (&client, &server, 1000);
  assert_refused (&server, "the peer's certificate is signed by nobody we trust");
  assert_refused (&client, "the peer does not trust who signed our certificate");
  g_assert_false (aemp_tls_is_ready (server.tls));
}

static void
test_times (void)
{
  g_test_summary ("A certificate is good from its first second to its last, by the clock of who "
                  "judges; the system's clock is not asked.");

  static const struct
  {
    int64_t seconds;
    const char *fault; /* NULL: it is good */
  } times[] = {
    { 1577836799, "is not valid before 2020-01-01T00:00:00Z" },
    { 1577836800, NULL },
    { 1767225660, NULL },
    { 1767225661, "has expired, it was valid until 2026-01-01T00:01:00Z" },
    { INT64_C (4102444799), "has expired, it was valid until 2026-01-01T00:01:00Z" },
  };

  for (size_t i = 0; i < 2 * G_N_ELEMENTS (times); i++)
    {
      bool judge_is_client = i % 2 == 0;
      g_auto (End) judge = end_new ("signed", judge_is_client);
      g_auto (End) brief = end_new ("brief", !judge_is_client);
      g_autofree char *text = g_strconcat ("the peer's certificate ", times[i / 2].fault, NULL);

      judge.wall_us = times[i / 2].seconds * G_USEC_PER_SEC;
      meet (&judge, &brief, 1000);
      if (times[i / 2].fault == NULL)
        {
          assert_met (&judge, &brief);
          continue;
        }
      assert_refused (&judge, text);
      assert_refused (&brief, "the peer says that our certificate is not valid at this time");
    }
}

static void
test_garbage (void)
{
  g_test_summary (
      "What is no TLS is refused in words, as client and as server, before and after the "
      "handshake.");

#define GARBAGE(text)                                                                              \
  {                                                                                                \
    text, sizeof (text) - 1                                                                        \
  }
  static const struct
  {
    const char *bytes;
    size_t length;
  } garbage[] = {
    GARBAGE ("GET / HTTP/1.1\r\nHost: rain\r\n\r\n"),
    GARBAGE ("hmac_sha3_512;0123456789;cbor\n[\"\",\"g_global\"]"),
    GARBAGE ("\x16\x03\x01\x00\x09\x58\x00\x00\x05xxxxx"),
    GARBAGE ("\x17\x03\x03\x00\x05xxxxxxxxxxxx"),
    GARBAGE ("\x17\x03\x03\xff\xffxxxxxxxxxxxx"),
    GARBAGE ("\x15\x03\x03\x00\x02\x02\x28"),
    GARBAGE (
        "\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
  };

  for (size_t i = 0; i < 2 * G_N_ELEMENTS (garbage); i++)
    {
      g_auto (End) end = end_new ("signed", i % 2 == 0);

      hear (&end, NULL, 0);
      hear (&end, garbage[i / 2].bytes, garbage[i / 2].length);
      g_assert_error (end.error, AEMP_ERROR, AEMP_ERROR_PROTOCOL);
      g_assert_true (g_str_has_prefix (end.error->message, "the peer"));
      g_test_message ("%s", end.error->message);
    }
  g_auto (End) client = end_new ("signed", true);
  g_auto (End) server = end_new ("signed", false);
  meet (&client, &server, 1000);
  assert_met (&client, &server);
  g_assert_false (hear (&server,
                        "\x17\x03\x03\x00\x20"
                        "0123456789abcdef0123456789abcdef",
                        37));
  g_assert_error (server.error, AEMP_ERROR, AEMP_ERROR_PROTOCOL);
}

static void
test_damage (void)
{
  g_test_summary ("One bit of a sealed record is turned over: nothing of it is handed out.");

  g_auto (End) client = end_new ("signed", true);
  g_auto (End) server = end_new ("signed", false);

  meet (&client, &server, 1000);
  say (&client, "pay rain 10");
  client.said->data[client.said->len / 2] ^= 1;
  talk (&client, &server, 1000);
  g_assert_error (server.error, AEMP_ERROR, AEMP_ERROR_PROTOCOL);
  g_assert_cmpuint (server.heard->len, ==, 0);
  g_assert_error (client.error, AEMP_ERROR, AEMP_ERROR_PROTOCOL); /* it was told */
}

static void
test_random_damage (void)
{
  g_test_summary (
      "Whatever byte of the handshake somebody on the way changes: either nobody is let in, "
      "or what is said arrives as it was.");

  g_autoptr (GRand) rand = g_rand_new_with_seed (5);

  for (unsigned i = 0; i < 300; i++)
    {
      g_auto (End) client = end_new ("signed", true);
      g_auto (End) server = end_new ("signed", false);
      End *from = &client, *to = &server;
      unsigned hit = g_rand_int_range (rand, 0, 4500);

      hear (&client, NULL, 0);
      for (unsigned turn = 0; turn < 8; turn++)
        {
          if (hit < from->said->len)
            from->said->data[hit] ^= (uint8_t)g_rand_int_range (rand, 1, 256);
          hit = hit < from->said->len ? 100000 : hit - from->said->len;
          hear_end (to, from, 700);
          End *next = from;
          from = to;
          to = next;
        }
      if (client.error != NULL || server.error != NULL)
        continue;
      if (!aemp_tls_is_ready (client.tls) || !aemp_tls_is_ready (server.tls))
        continue; /* a length was made longer: they wait for the rest */
      say (&client, "hello");
      talk (&client, &server, 1000);
      assert_heard (&server, "hello");
    }
}

/* --- Strangers that are not ours ------------------------------------------------------ */

typedef struct
{
  gnutls_session_t session;
  gnutls_certificate_credentials_t credentials;
  GByteArray *in;
  GByteArray *out;
} Stranger;

static ssize_t
stranger_pull (gnutls_transport_ptr_t data, void *bytes, size_t most)
{
  Stranger *stranger = data;
  size_t length = MIN (most, stranger->in->len);

  if (length == 0)
    {
      gnutls_transport_set_errno (stranger->session, EAGAIN);
      return -1;
    }
  memcpy (bytes, stranger->in->data, length);
  g_byte_array_remove_range (stranger->in, 0, (guint)length);
  return (ssize_t)length;
}

static ssize_t
stranger_push (gnutls_transport_ptr_t data, const void *bytes, size_t length)
{
  g_byte_array_append (((Stranger *)data)->out, bytes, (guint)length);
  return (ssize_t)length;
}

/* A client that trusts everybody. */
static void
stranger_init (Stranger *stranger, const char *priorities, const char *certificate)
{
  *stranger = (Stranger){ .in = g_byte_array_new (), .out = g_byte_array_new () };
  gnutls_certificate_allocate_credentials (&stranger->credentials);
  if (certificate != NULL)
    {
      const char *pem = scenario_certificate_find (certificate)->pem;
      gnutls_datum_t text = { (unsigned char *)pem, (unsigned)strlen (pem) };

      g_assert_cmpint (gnutls_certificate_set_x509_key_mem (stranger->credentials, &text, &text,
                                                            GNUTLS_X509_FMT_PEM),
                       >=, 0);
    }
  gnutls_init (&stranger->session, GNUTLS_CLIENT | GNUTLS_NONBLOCK);
  g_assert_cmpint (gnutls_priority_set_direct (stranger->session, priorities, NULL), ==, 0);
  gnutls_credentials_set (stranger->session, GNUTLS_CRD_CERTIFICATE, stranger->credentials);
  gnutls_transport_set_ptr (stranger->session, stranger);
  gnutls_transport_set_pull_function (stranger->session, stranger_pull);
  gnutls_transport_set_push_function (stranger->session, stranger_push);
}

static void
stranger_clear (Stranger *stranger)
{
  gnutls_deinit (stranger->session);
  gnutls_certificate_free_credentials (stranger->credentials);
  g_byte_array_unref (stranger->in);
  g_byte_array_unref (stranger->out);
}

static void
stranger_meet (Stranger *stranger, End *end)
{
  for (unsigned i = 0; i < 6; i++)
    {
      gnutls_handshake (stranger->session);
      hear (end, stranger->out->data, stranger->out->len);
      g_byte_array_set_size (stranger->out, 0);
      g_byte_array_append (stranger->in, end->said->data, end->said->len);
      g_byte_array_set_size (end->said, 0);
    }
}

static void
test_no_certificate (void)
{
  g_test_summary ("A client that shows no certificate is not let in, in either version of TLS.");

  static const char *const versions[]
      = { "NORMAL:-VERS-ALL:+VERS-TLS1.2", "NORMAL:-VERS-ALL:+VERS-TLS1.3" };

  for (size_t i = 0; i < G_N_ELEMENTS (versions); i++)
    {
      g_auto (End) server = end_new ("signed", false);
      Stranger stranger;

      stranger_init (&stranger, versions[i], NULL);
      stranger_meet (&stranger, &server);
      assert_refused (&server, "the peer shows no certificate");
      stranger_clear (&stranger);
    }
}

static void
test_versions (void)
{
  g_test_summary ("TLS 1.2 and 1.3 are spoken, nothing older, and with RSA only.");

  static const struct
  {
    const char *priorities;
    bool is_good;
  } cases[] = {
    { "NORMAL:-VERS-ALL:+VERS-TLS1.3", true },
    { "NORMAL:-VERS-ALL:+VERS-TLS1.2", true },
    { "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+ECDHE-RSA:-GROUP-ALL:+GROUP-SECP256R1", true },
    { "NORMAL:-VERS-ALL:+VERS-TLS1.3:-GROUP-ALL:+GROUP-SECP256R1", true },
    { "NORMAL:-VERS-ALL:+VERS-TLS1.1", false },
    { "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+DHE-RSA", false },
    { "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+RSA", false },
    { "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-CBC", false },
    { "NORMAL:-VERS-ALL:+VERS-TLS1.3:-SIGN-ALL:+SIGN-ECDSA-SECP256R1-SHA256", false },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (End) server = end_new ("signed", false);
      Stranger stranger;

      stranger_init (&stranger, cases[i].priorities, "signed");
      stranger_meet (&stranger, &server);
      g_test_message ("%s", cases[i].priorities);
      g_assert_true (aemp_tls_is_ready (server.tls) == cases[i].is_good);
      if (!cases[i].is_good)
        g_assert_error (server.error, AEMP_ERROR, AEMP_ERROR_PROTOCOL);
      stranger_clear (&stranger);
    }
}

/* --- Identities ------------------------------------------------------------------------ */

static void
assert_unusable (const char *pem, const char *text)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (aemp_tls_identity_new (pem, &error));
  g_assert_error (error, AEMP_ERROR, AEMP_ERROR_CONFIG);
  g_assert_cmpstr (error->message, ==, text);
}

static void
test_identities (void)
{
  g_test_summary ("What cannot be used as `cert` is told in words; the order in the text does not "
                  "matter.");

  const char *good = scenario_certificate_find ("signed")->pem;
  const char *certificates = strstr (good, "-----BEGIN CERTIFICATE");
  g_autofree char *key = g_strndup (good, (gsize)(certificates - good));
  g_autofree char *backward = g_strconcat (certificates, key, NULL);
  g_autofree char *mixed = g_strconcat (scenario_certificate_find ("other")->pem, NULL);
  g_autofree char *foreign = g_strconcat (key, strstr (mixed, "-----BEGIN CERTIFICATE"), NULL);
  g_autofree char *cut = g_strndup (good, strlen (good) - 200);
  g_autoptr (AempTlsIdentity) identity = NULL;
  g_autoptr (GError) error = NULL;

  assert_unusable ("", "cert: expected text in PEM with a private key that is not encrypted");
  assert_unusable ("tea", "cert: expected text in PEM with a private key that is not encrypted");
  assert_unusable (certificates,
                   "cert: expected text in PEM with a private key that is not encrypted");
  assert_unusable (key, "cert: expected a certificate in PEM behind the private key");
  assert_unusable (foreign, "cert: none of the certificates in it belongs to the private key");
  g_assert_null (aemp_tls_identity_new (cut, NULL));
  identity = aemp_tls_identity_new (backward, &error);
  g_assert_no_error (error);
}

static void
test_new_certificate (void)
{
  g_test_summary ("A certificate that we made is one by which two nodes meet, and others do not.");

  g_autoptr (GError) error = NULL;
  g_autofree char *pem
      = aemp_tls_certificate_new ("aemp", NOW_US - YEAR_US, NOW_US + YEAR_US, &error);
  g_auto (End) client = end_new ("alone", true);
  g_auto (End) server = end_new ("alone", false);

  g_assert_no_error (error);
  aemp_tls_free (client.tls);
  aemp_tls_identity_free (client.identity);
  client.identity = aemp_tls_identity_new (pem, &error);
  g_assert_no_error (error);
  client.tls = aemp_tls_new (client.identity, true);
  meet (&client, &server, 1000);
  assert_refused (&client, "the peer's certificate is signed by nobody we trust");

  g_auto (End) one = end_new ("alone", true);
  g_auto (End) other = end_new ("alone", false);
  aemp_tls_free (one.tls);
  aemp_tls_free (other.tls);
  one.tls = aemp_tls_new (client.identity, true);
  other.tls = aemp_tls_new (client.identity, false);
  meet (&one, &other, 1000);
  assert_met (&one, &other);
  g_assert_null (aemp_tls_certificate_new ("", NOW_US, NOW_US + YEAR_US, NULL));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add_func ("/tls/" name, function)
  ADD ("keys-kept", test_keys_kept); /* before strangers, which ask the environment */
  ADD ("talk", test_talk);
  ADD ("self-signed", test_self_signed);
  ADD ("much", test_much);
  ADD ("lengths", test_lengths);
  ADD ("other-authority", test_other_authority);
  ADD ("server-judges", test_server_judges);
  ADD ("times", test_times);
  ADD ("garbage", test_garbage);
  ADD ("damage", test_damage);
  ADD ("random-damage", test_random_damage);
  ADD ("no-certificate", test_no_certificate);
  ADD ("versions", test_versions);
  ADD ("identities", test_identities);
  ADD ("new-certificate", test_new_certificate);
#undef ADD
  return g_test_run ();
}
