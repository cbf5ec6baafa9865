/* tests/unit/test-config.c - settings as data. */
#include "engine/config.h"
#include "engine/value.h"

#include <string.h>

static void
assert_list (char **list, const char *expected)
{
  g_autofree char *joined = g_strjoinv (",", list);

  g_assert_cmpstr (joined, ==, expected);
}

static void
set (AempConfig *config, const char *key, const char *value)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (aemp_config_set (config, key, value, &error));
  g_assert_no_error (error);
}

static void
test_defaults (void)
{
  g_autoptr (AempConfig) config = aemp_config_new ();

  g_test_summary ("The defaults are Perl's, but for two: storable is never offered, and "
                  "cleartext is accepted only where somebody configured it.");

  g_assert_null (config->node_id);
  assert_list (config->binds, "*");
  assert_list (config->seeds, "");
  g_assert_null (config->secret);
  g_assert_false (config->global);
  g_assert_cmpint (config->monitor_timeout_us, ==, 30000000);
  g_assert_cmpint (config->connect_interval_us, ==, 2000000);
  assert_list (config->framing_format, "cbor,json");
  assert_list (config->auth_offer, "tls_sha3_512,hmac_sha3_512");
  assert_list (config->auth_accept, "tls_sha3_512,hmac_sha3_512,tls_anon");
  g_assert_false (config->secure);
  g_assert_null (config->secure_allow);
  g_assert_cmpuint (config->queue_limit_bytes, ==, 80 * 1024 * 1024);
  g_assert_cmpuint (config->message_limit_bytes, ==, AEMP_MESSAGE_MAX_BYTES);
  g_assert_cmpuint (config->depth_limit, ==, AEMP_DEPTH_MAX);
}

static void
test_set (void)
{
  g_autoptr (AempConfig) config = aemp_config_new ();

  g_test_summary ("Every key reaches its place, and the last value counts.");

  set (config, "nodeid", "lake/eu-1.rain:7_x");
  set (config, "nodeid", "rain");
  g_assert_cmpstr (config->node_id, ==, "rain");
  set (config, "binds", "*:4040, 10.0.0.1:*,[fe80::1%2]:4041 ,rain.example:1,4042,*:*");
  assert_list (config->binds, "*:4040,10.0.0.1:*,[fe80::1%2]:4041,rain.example:1,4042,*:*");
  set (config, "binds", "");
  assert_list (config->binds, "");
  set (config, "seeds", "ruth:4040,[::1]:65535");
  assert_list (config->seeds, "ruth:4040,[::1]:65535");
  set (config, "secret", "tea; \xc3\xa9%");
  g_assert_cmpstr (config->secret, ==, "tea; \xc3\xa9%");
  set (config, "global", "on");
  g_assert_true (config->global);
  set (config, "monitor_timeout", "2.5");
  g_assert_cmpint (config->monitor_timeout_us, ==, 2500000);
  set (config, "connect_interval", "500ms");
  g_assert_cmpint (config->connect_interval_us, ==, 500000);
  set (config, "framing_format", "json");
  assert_list (config->framing_format, "json");
  set (config, "auth_offer", "hmac_sha3_512");
  assert_list (config->auth_offer, "hmac_sha3_512");
  set (config, "auth_accept", "hmac_sha3_512,cleartext");
  assert_list (config->auth_accept, "hmac_sha3_512,cleartext");
  set (config, "queue_limit", "64KiB");
  g_assert_cmpuint (config->queue_limit_bytes, ==, 65536);
  set (config, "message_limit", "1MiB");
  g_assert_cmpuint (config->message_limit_bytes, ==, 1048576);
  set (config, "depth_limit", "16");
  g_assert_cmpuint (config->depth_limit, ==, 16);
}

static void
test_cert (void)
{
  g_autoptr (AempConfig) config = aemp_config_new ();
  g_autoptr (AempConfig) copy = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("A certificate is text in PEM; what is none is not repeated, as it may be a secret.");

  g_assert_null (config->cert);
  set (config, "cert", "-----BEGIN PRIVATE KEY-----\nMII\n");
  copy = aemp_config_copy (config);
  g_assert_cmpstr (copy->cert, ==, "-----BEGIN PRIVATE KEY-----\nMII\n");
  g_assert_false (aemp_config_set (config, "cert", "/etc/darjeeling.pem", &error));
  g_assert_error (error, AEMP_ERROR, AEMP_ERROR_CONFIG);
  g_assert_null (strstr (error->message, "darjeeling"));
  g_assert_nonnull (config->cert);
  set (config, "cert", "");
  g_assert_null (config->cert);
}

static void
test_secret_empty (void)
{
  g_autoptr (AempConfig) config = aemp_config_new ();

  g_test_summary ("An empty secret is no secret.");

  set (config, "secret", "tea");
  set (config, "secret", "");
  g_assert_null (config->secret);
}

static void
test_secure (void)
{
  g_autoptr (AempConfig) config = aemp_config_new ();

  g_test_summary ("Secure is a switch as in Perl, or the list of what may still run.");

  set (config, "secure", "on");
  g_assert_true (config->secure);
  g_assert_null (config->secure_allow);
  set (config, "secure", "chat::client,echo");
  g_assert_true (config->secure);
  assert_list (config->secure_allow, "chat::client,echo");
  set (config, "secure", "off");
  g_assert_false (config->secure);
  g_assert_null (config->secure_allow);
}

static void
test_refused (void)
{
  static const struct
  {
    const char *key;
    const char *value;
    const char *expected; /* a part of the error */
  } refusals[] = {
    { "nodeid", "", "node ID of 1 to 255 characters" },
    { "nodeid", "ra in", "letters, digits and _ - . : /" },
    { "nodeid", "rain#1", "letters, digits" },
    { "nodeid", "rain;1", "letters, digits" },
    { "nodeid", "caf\xc3\xa9", "letters, digits" },
    { "nodeid", "rain\n", "not \"rain.\"" },
    { "binds", "rain", "host:port, each of them may be *" },
    { "binds", ":4040", "host:port" },
    { "binds", "**:4040", "host:port" },
    { "binds", "fe80::1:4040", "host:port" },
    { "binds", "*:4040,,*:4041", "one comma between" },
    { "binds", "*:4040,*:4040", "nothing twice" },
    { "binds", "0", "host:port" },
    { "seeds", "ruth", "a number from 1 to 65535" },
    { "seeds", "ruth:0", "a number from 1 to 65535" },
    { "seeds", "ruth:65536", "a number from 1 to 65535" },
    { "seeds", "ruth:http", "a number from 1 to 65535" },
    { "seeds", "*:4040", "host:port" },
    { "seeds", "[]:4040", "host:port" },
    { "seeds", "ru th:4040", "host:port" },
    { "global", "maybe", "on or off" },
    { "monitor_timeout", "0", "more than nothing and at most 24 hours" },
    { "monitor_timeout", "25h", "at most 24 hours" },
    { "monitor_timeout", "-1", "not be negative" },
    { "connect_interval", "soon", "expected a duration" },
    { "framing_format", "xml", "expected cbor or json, not \"xml\"" },
    { "framing_format", "cbor,storable", "storable is Perl's own" },
    { "auth_offer", "cleartext", "cleartext is never sent" },
    { "auth_offer", "hmac_md6_64_256", "tls_sha3_512, hmac_sha3_512 or tls_anon" },
    { "auth_accept", "hmac_sha3_512;json", "or cleartext" },
    { "secure", "", "on, off or a list" },
    { "secure", "chat client", "on, off or a list" },
    { "queue_limit", "lots", "expected a size" },
    { "message_limit", "65MiB", "from 1KiB to 64MiB" },
    { "message_limit", "1023", "from 1KiB to 64MiB" },
    { "depth_limit", "0", "from 1 to 512" },
    { "depth_limit", "513", "from 1 to 512" },
  };
  g_autoptr (AempConfig) config = aemp_config_new ();

  g_test_summary ("What a key cannot take is refused: the error names the key, what was "
                  "expected and what came instead.  The setting stays as it was.");

  set (config, "nodeid", "rain");
  for (size_t i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *prefix = g_strconcat (refusals[i].key, ": expected ", NULL);

      g_test_message ("%s = %s", refusals[i].key, refusals[i].value);
      g_assert_false (aemp_config_set (config, refusals[i].key, refusals[i].value, &error));
      g_assert_error (error, AEMP_ERROR, AEMP_ERROR_CONFIG);
      g_assert_true (g_str_has_prefix (error->message, prefix));
      g_assert_nonnull (strstr (error->message, refusals[i].expected));
    }
  g_assert_cmpstr (config->node_id, ==, "rain");
  assert_list (config->binds, "*");
  assert_list (config->seeds, "");
  g_assert_cmpint (config->monitor_timeout_us, ==, 30000000);
  assert_list (config->framing_format, "cbor,json");
  g_assert_false (config->secure);
}

static void
test_node_id_length (void)
{
  g_autoptr (AempConfig) config = aemp_config_new ();
  g_autofree char *longest = g_strnfill (AEMP_NODE_ID_MAX_BYTES, 'r');
  g_autofree char *longer = g_strnfill (AEMP_NODE_ID_MAX_BYTES + 1, 'r');
  g_autoptr (GError) error = NULL;

  g_test_summary ("A node ID has to leave room in the greeting line.");

  set (config, "nodeid", longest);
  g_assert_false (aemp_config_set (config, "nodeid", longer, &error));
  g_assert_error (error, AEMP_ERROR, AEMP_ERROR_CONFIG);
  g_assert_cmpstr (config->node_id, ==, longest);
}

static void
test_unknown_key (void)
{
  g_autoptr (AempConfig) config = aemp_config_new ();
  g_autoptr (GError) error = NULL;

  g_test_summary ("The error about an unknown key lists those there are.");

  g_assert_false (aemp_config_set (config, "nodid", "rain", &error));
  g_assert_error (error, AEMP_ERROR, AEMP_ERROR_CONFIG);
  for (size_t i = 0; aemp_config_keys[i].key != NULL; i++)
    g_assert_nonnull (strstr (error->message, aemp_config_keys[i].key));
  g_assert_nonnull (strstr (error->message, "not \"nodid\""));
}

static void
test_keys (void)
{
  size_t count = 0;

  g_test_summary ("Each key of the table has its line of help and is known to set().");

  for (; aemp_config_keys[count].key != NULL; count++)
    {
      g_autoptr (AempConfig) config = aemp_config_new ();
      g_autoptr (GError) error = NULL;

      g_assert_cmpuint (strlen (aemp_config_keys[count].help), >, 10);
      if (!aemp_config_set (config, aemp_config_keys[count].key, "?", &error))
        g_assert_true (g_str_has_prefix (error->message, aemp_config_keys[count].key));
    }
  g_assert_cmpuint (count, ==, 15);
}

static void
test_copy (void)
{
  g_autoptr (AempConfig) config = aemp_config_new ();

  g_test_summary ("A copy has everything and lives on alone.");

  set (config, "nodeid", "rain");
  set (config, "seeds", "ruth:4040");
  set (config, "secret", "tea");
  set (config, "secure", "echo");
  set (config, "depth_limit", "17");
  g_autoptr (AempConfig) copy = aemp_config_copy (config);
  set (config, "nodeid", "ruth");
  set (config, "seeds", "");
  g_clear_pointer (&config, aemp_config_free);

  g_assert_cmpstr (copy->node_id, ==, "rain");
  assert_list (copy->binds, "*");
  assert_list (copy->seeds, "ruth:4040");
  g_assert_cmpstr (copy->secret, ==, "tea");
  assert_list (copy->secure_allow, "echo");
  assert_list (copy->auth_offer, "tls_sha3_512,hmac_sha3_512");
  assert_list (copy->auth_accept, "tls_sha3_512,hmac_sha3_512,tls_anon");
  assert_list (copy->framing_format, "cbor,json");
  g_assert_true (copy->secure);
  g_assert_cmpuint (copy->depth_limit, ==, 17);
}

static void
test_get (void)
{
  static const char *const values[][2] = {
    { "nodeid", "rain/1" }, { "binds", "*:4040,[::1]:*" }, { "seeds", "ruth:4040" },
    { "secret", "tea, with milk" }, { "global", "on" }, { "monitor_timeout", "31s" },
    { "connect_interval", "1234567us" }, { "framing_format", "json,cbor" },
    { "auth_offer", "hmac_sha3_512" }, { "auth_accept", "cleartext" }, { "secure", "a::b,c" },
    { "secure", "on" }, { "queue_limit", "123456789" }, { "message_limit", "1KiB" },
    { "depth_limit", "7" },        { "cert", "-----BEGIN PRIVATE KEY-----\n" },
  };

  g_test_summary ("Every setting can be had as text, and another configuration that is given "
                  "that has the same.");

  for (size_t i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autoptr (AempConfig) config = aemp_config_new ();
      g_autoptr (AempConfig) other = aemp_config_new ();
      g_autofree char *before = aemp_config_get (config, values[i][0]);

      set (config, values[i][0], values[i][1]);
      g_autofree char *text = aemp_config_get (config, values[i][0]);
      set (other, values[i][0], text);
      g_autofree char *again = aemp_config_get (other, values[i][0]);
      g_assert_cmpstr (text, !=, before);
      g_assert_cmpstr (text, ==, again);
      if (strpbrk (values[i][1], "uK") == NULL)
        g_assert_cmpstr (text, ==, values[i][1]);
    }
}

static void
test_get_defaults (void)
{
  g_autoptr (AempConfig) config = aemp_config_new ();

  g_test_summary ("So it is with the defaults.");

  for (const AempConfigKey *key = aemp_config_keys + 1; key->key; key++)
    {
      g_autofree char *text = aemp_config_get (config, key->key);
      set (config, key->key, text);
      g_autofree char *again = aemp_config_get (config, key->key);
      g_assert_cmpstr (text, ==, again);
    }
}

static void
assert_fault (const char *key, const char *value, const char *fault)
{
  g_autoptr (AempConfig) config = aemp_config_new ();
  g_autoptr (GError) error = NULL;

  set (config, "nodeid", "rain");
  set (config, "secret", "tea");
  g_assert_true (aemp_config_check (config, &error));
  g_assert_no_error (error);
  set (config, key, value);
  g_assert_false (aemp_config_check (config, &error));
  g_assert_error (error, AEMP_ERROR, AEMP_ERROR_CONFIG);
  g_assert_true (g_str_has_prefix (error->message, fault));
}

/* A certificate, no secret, and one setting; NULL: nothing is wrong with that. */
static void
assert_tls_fault (const char *key, const char *value, const char *fault)
{
  g_autoptr (AempConfig) config = aemp_config_new ();
  g_autoptr (GError) error = NULL;

  set (config, "nodeid", "rain");
  set (config, "cert", "-----BEGIN PRIVATE KEY-----\n");
  if (key)
    set (config, key, value);
  g_assert_true (aemp_config_check (config, &error) == !fault);
  if (fault)
    g_assert_true (g_str_has_prefix (error->message, fault));
}

static void
test_check (void)
{
  g_autoptr (AempConfig) nameless = aemp_config_new ();
  g_autoptr (GError) error = NULL;

  g_test_summary ("A node without a name, without a secret, or with settings by which "
                  "nobody could ever connect does not start.");

  set (nameless, "secret", "tea");
  g_assert_false (aemp_config_check (nameless, &error));
  g_assert_error (error, AEMP_ERROR, AEMP_ERROR_CONFIG);
  g_assert_true (g_str_has_prefix (error->message, "nodeid: "));

  assert_fault ("secret", "", "secret: ");
  assert_tls_fault (NULL, NULL, NULL);
  assert_tls_fault ("auth_offer", "hmac_sha3_512", "auth_offer: with a certificate");
  assert_tls_fault ("auth_accept", "hmac_sha3_512,cleartext", "auth_accept: with a certificate");
  assert_tls_fault ("auth_offer", "tls_anon", NULL);
  assert_fault ("framing_format", "", "framing_format: ");
  assert_fault ("auth_offer", "tls_sha3_512", "auth_offer: ");
  assert_fault ("auth_accept", "tls_sha3_512,tls_anon", "auth_accept: ");
  assert_fault ("auth_accept", "", "auth_accept: ");
  assert_fault ("connect_interval", "31", "connect_interval: ");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/config/defaults", test_defaults);
  g_test_add_func ("/config/set", test_set);
  g_test_add_func ("/config/cert", test_cert);
  g_test_add_func ("/config/secret-empty", test_secret_empty);
  g_test_add_func ("/config/secure", test_secure);
  g_test_add_func ("/config/refused", test_refused);
  g_test_add_func ("/config/node-id-length", test_node_id_length);
  g_test_add_func ("/config/unknown-key", test_unknown_key);
  g_test_add_func ("/config/keys", test_keys);
  g_test_add_func ("/config/copy", test_copy);
  g_test_add_func ("/config/get", test_get);
  g_test_add_func ("/config/get-defaults", test_get_defaults);
  g_test_add_func ("/config/check", test_check);
  return g_test_run ();
}
