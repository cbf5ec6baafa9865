/* tests/unit/test-profile.c - the profile file: read, merged, and what a node makes of it. */
#include "engine/error.h"
#include "net/configure.h"
#include "net/keys.h"
#include "net/profile.h"
#include "net/relaxed.h"

#include <string.h>

/* As Perl's aemp writes it (without line breaks, keys in any order), and as people edit it. */
#define PERL_FILE                                                                                  \
  "{\"secret\":\"tea\",\"profile\":{\"seed\":{\"nodeid\":\"seed1\",\"binds\":[\"*:4040\"],"        \
  "\"services\":[[\"Some::Service::\"],\"a::b\"]},\"worker\":{\"parent\":\"seed\","                \
  "\"monitor_timeout\":5.5,\"seeds\":[\"10.0.0.1:4040\",\"10.0.0.2:4040\"]}},\"version\":1,"       \
  "\"future\":{\"kept\":[1,null,true,\"\\u00e9\"]},\"autocork\":\"1\"}"
#define PEOPLES_FILE                                                                               \
  "# our network\n"                                                                                \
  "{\n"                                                                                            \
  "  \"version\": 1,  # as it says\n"                                                              \
  "  \"secret\": \"a#b, ]\",\n"                                                                    \
  "  \"seeds\": [\"a:1\", \"b:2\",],\n"                                                            \
  "  \"profile\": { \"x\": { \"nodeid\": \"x\\\"#\",\t}, },\n"                                     \
  "}\n"

static NetProfiles *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  NetProfiles *profiles = net_profiles_parse (text, strlen (text), &error);

  g_assert_no_error (error);
  return profiles;
}

static void
expect_text (const NetSection *section, const char *key, const char *expected)
{
  const AempValue *value = net_section_get (section, key);
  g_autofree char *text = value ? net_value_text (value) : NULL;

  g_assert_cmpstr (text, ==, expected);
}

static void
expect_refusal (const char *text, const char *pattern)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (net_profiles_parse (text, strlen (text), &error));
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
  g_assert_true (g_pattern_match_simple (pattern, error->message));
}

static void
test_relaxed (void)
{
  static const char *const same[][2] = {
    { "[1,2,]#x\n", "[1,2 ]  \n" },
    { "{\"a\":[],}", "{\"a\":[] }" },
    { "[\"#,]\", \"\\\"#\" , # ]\n]", "[\"#,]\", \"\\\"#\"      \n]" },
    { "[\"a\tb\"]", "[\"a\\tb\"]" },
    { "[,]", "[,]" },
    { "[1,,]", "[1,,]" },
    { "\"open\\", "\"open\\" },
  };

  g_test_summary ("Comments and commas at the end are blanked, tabs in strings escaped; strings "
                  "are left alone, and what is no JSON stays none.");

  for (unsigned i = 0; i < G_N_ELEMENTS (same); i++)
    {
      g_autoptr (GByteArray) json = net_relaxed_to_json (same[i][0], strlen (same[i][0]));

      g_assert_cmpmem (json->data, json->len, same[i][1], strlen (same[i][1]));
    }
}

static void
test_perl (void)
{
  g_test_summary ("Perl's own file is read; what we write has everything that was in it, under "
                  "keys that we know and others, and is read the same again.");

  g_autoptr (NetProfiles) profiles = parse (PERL_FILE);
  g_autofree char *text = net_profiles_print (profiles);
  g_autoptr (NetProfiles) again = parse (text);
  g_autofree char *text_again = net_profiles_print (again);
  const AempValue *future = net_section_get (net_profiles_global (again), "future");
  g_autofree char *future_text = aemp_value_to_text (future, 0);

  expect_text (net_profiles_global (again), "secret", "tea");
  expect_text (net_profiles_global (again), "autocork", "1");
  expect_text (net_profiles_find (again, "worker"), "seeds", "10.0.0.1:4040,10.0.0.2:4040");
  expect_text (net_profiles_find (again, "worker"), "monitor_timeout", "5.5");
  g_assert_cmpstr (future_text, ==, "{\"kept\":[1,null,true,\"é\"]}");
  g_assert_true (g_str_has_prefix (text, "{\n  \"version\": 1,\n"));
  g_assert_cmpstr (text, ==, text_again);
}

static void
test_people (void)
{
  g_test_summary ("What people wrote by hand is read, too.");

  g_autoptr (NetProfiles) profiles = parse (PEOPLES_FILE);

  expect_text (net_profiles_global (profiles), "secret", "a#b, ]");
  expect_text (net_profiles_global (profiles), "seeds", "a:1,b:2");
  expect_text (net_profiles_find (profiles, "x"), "nodeid", "x\"#");
}

static void
test_refusals (void)
{
  g_test_summary ("What is no profile file is refused, with the line where it is wrong.");

  expect_refusal ("", "*expected a map*");
  expect_refusal ("[]", "*expected a map*");
  expect_refusal ("{},{}", "*expected a map*");
  expect_refusal ("{\n\n\"a\": x}", "line 3: *");
  expect_refusal ("{\"a\": 1", "line 1: *");
  expect_refusal ("{\"version\": 2}", "*version*");
  expect_refusal ("{\"profile\": []}", "profile: *");
  expect_refusal ("{\"profile\": {\"x\": 1}}", "profile x: *");
  expect_refusal ("{\"a\\u0000b\": 1}", "*zero byte*");
}

/* --- Merging -------------------------------------------------------------------------------- */

#define FAMILY_FILE                                                                                \
  "{\"seeds\": \"global:1\", \"secret\": \"tea\", \"connect_interval\": 3, \"profile\": {"         \
  " \"old\": {\"seeds\": \"old:1\", \"monitor_timeout\": 7},"                                      \
  " \"mid\": {\"parent\": \"old\", \"seeds\": \"mid:1\", \"nodeid\": null},"                       \
  " \"young\": {\"parent\": \"mid\", \"binds\": \"*:*\"},"                                         \
  " \"one\": {\"parent\": \"two\"}, \"two\": {\"parent\": \"one\"},"                               \
  " \"orphan\": {\"parent\": \"odl\"}}}"

static NetSection *
merge (const char *profile, const NetSection *arguments, GError **error)
{
  g_autoptr (NetProfiles) profiles = parse (FAMILY_FILE);

  return net_configure_merge (profiles, profile, arguments, error);
}

static void
test_order (void)
{
  g_test_summary ("Arguments are overridden by what is set for all, that by the outermost parent, "
                  "and so on to the profile; null sets nothing, and a node ID there is always.");

  g_autoptr (NetSection) arguments = net_section_new ();
  net_section_put (arguments, "seeds", "s", "argument:1");
  net_section_put (arguments, "global", "b", true);
  g_autoptr (NetSection) young = merge ("young", arguments, NULL);
  g_autoptr (NetSection) old = merge ("old", arguments, NULL);
  g_autoptr (NetSection) nobody = merge ("nobody", arguments, NULL);
  g_autofree const char **overridden = net_configure_overridden (arguments, young);

  expect_text (young, "seeds", "mid:1");
  expect_text (young, "monitor_timeout", "7");
  expect_text (young, "connect_interval", "3");
  expect_text (young, "global", "on");
  expect_text (young, "nodeid", "young/");
  g_assert_null (net_section_get (young, "parent"));
  expect_text (old, "seeds", "old:1");
  expect_text (nobody, "seeds", "global:1");
  expect_text (nobody, "nodeid", "nobody/");
  g_assert_cmpstr (overridden[0], ==, "seeds");
  g_assert_null (overridden[1]);
}

static void
test_force (void)
{
  g_test_summary ("With force the arguments override the file; with norc it does not count.");

  g_autoptr (NetSection) arguments = net_section_new ();
  net_section_put (arguments, "seeds", "s", "argument:1");
  net_section_put (arguments, "force", "I", 1);
  g_autoptr (NetSection) forced = merge ("young", arguments, NULL);
  net_section_delete (arguments, "force");
  net_section_put (arguments, "norc", "s", "on");
  g_autoptr (NetSection) alone = merge ("young", arguments, NULL);

  expect_text (forced, "seeds", "argument:1");
  expect_text (forced, "secret", "tea");
  g_assert_null (net_section_get (forced, "force"));
  expect_text (alone, "seeds", "argument:1");
  g_assert_null (net_section_get (alone, "secret"));
}

static void
test_parents (void)
{
  g_test_summary ("Parents in a circle are an error that names them, and so is one that there is "
                  "not.");

  g_autoptr (NetSection) arguments = net_section_new ();
  g_autoptr (GError) circle = NULL;
  g_autoptr (GError) orphan = NULL;

  g_assert_null (merge ("one", arguments, &circle));
  g_assert_error (circle, AEMP_ERROR, AEMP_ERROR_CONFIG);
  g_assert_nonnull (strstr (circle->message, "one, two, one"));
  g_assert_null (merge ("orphan", arguments, &orphan));
  g_assert_nonnull (strstr (orphan->message, "odl, is not there (did you mean old?)"));
}

/* --- What a node makes of it ------------------------------------------------------------------ */

static NetSection *
settings_of (const char *text)
{
  g_autoptr (NetProfiles) profiles = parse (text);
  g_autoptr (NetSection) nothing = net_section_new ();

  return net_profiles_merge (profiles, "x", nothing, NET_ARGUMENTS_FIRST, NULL);
}

static void
test_configure (void)
{
  g_test_summary ("The host's name and a unique word stand in the node ID; lists are arrays, or "
                  "texts with commas, or numbers; Perl's own framing is left out.");

  g_autoptr (NetSection) settings = settings_of (
      "{\"nodeid\": \"a-%n-%u/\", \"binds\": [4040, \"*:*\"], \"seeds\": \"a:1, b:2\", \"secret\": "
      "\"tea\", \"framing_format\": [\"storable\", \"json\"], \"monitor_timeout\": 2.5, "
      "\"global\": true, \"secure\": [\"a::b\"], \"nodelay\": 0, \"services\": [\"a::f\", "
      "[\"a::g\", 1]]}");
  g_auto (NetConfigured) configured = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_true (net_configure (settings, "host", "word", &configured, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (configured.config->node_id, ==, "a-host-word/word");
  g_assert_cmpstr (configured.config->binds[0], ==, "4040");
  g_assert_cmpstr (configured.config->seeds[1], ==, "b:2");
  g_assert_cmpstr (configured.config->framing_format[0], ==, "json");
  g_assert_null (configured.config->framing_format[1]);
  g_assert_cmpint (configured.config->monitor_timeout_us, ==, 2500000);
  g_assert_true (configured.config->global);
  g_assert_true (configured.config->secure);
  g_assert_false (configured.nodelay);
  g_assert_cmpuint (aemp_message_list (configured.services).count, ==, 2);
}

static void
expect_unusable (const char *text, const char *pattern)
{
  g_autoptr (NetSection) settings = settings_of (text);
  g_auto (NetConfigured) configured = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_false (net_configure (settings, "host", "word", &configured, &error));
  g_assert_error (error, AEMP_ERROR, AEMP_ERROR_CONFIG);
  g_test_message ("%s", error->message);
  g_assert_true (g_pattern_match_simple (pattern, error->message));
}

static void
test_unusable (void)
{
  g_test_summary ("A node without a secret, or with settings that cannot be, does not begin.");

  expect_unusable ("{\"nodeid\": \"x\"}", "secret: *");
  expect_unusable ("{\"nodeid\": \"x\", \"secret\": \"\"}", "secret: *");
  expect_unusable ("{\"nodeid\": \"x y\", \"secret\": \"a\"}", "nodeid: *");
  expect_unusable ("{\"nodeid\": \"x\", \"secret\": {\"a\": 1}}", "secret: *");
  expect_unusable ("{\"nodeid\": \"x\", \"secret\": \"a\", \"seeds\": [[1]]}", "seeds: *");
  expect_unusable ("{\"nodeid\": \"x\", \"secret\": \"a\", \"services\": [1]}", "services: *");
  expect_unusable ("{\"nodeid\": \"x\", \"secret\": \"a\", \"framing_format\": [\"storable\"]}",
                   "framing_format: *storable*");
}

/* --- What people set -------------------------------------------------------------------------- */

static void
expect_value (const char *key, const char *text, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AempMessage) value = net_key_value (key, text, NULL, &error);
  AempList list = { 0 };
  g_autofree char *json = NULL;

  if (expected)
    {
      g_assert_no_error (error);
      list = aemp_message_list (value);
      json = aemp_list_to_text (&list, 0);
      g_assert_cmpstr (json, ==, expected);
    }
  else
    {
      g_assert_error (error, AEMP_ERROR, AEMP_ERROR_CONFIG);
      g_assert_true (g_str_has_prefix (error->message, key));
    }
}

static void
test_values (void)
{
  g_test_summary ("What people set is checked, and stands in the file as Perl wants it: arrays, "
                  "seconds as numbers, 1 and 0.");

  expect_value ("seeds", "a:1,b:2", "[\"a:1\",\"b:2\"]");
  expect_value ("seeds", "", "[]");
  expect_value ("seeds", "a", NULL);
  expect_value ("monitor_timeout", "1500ms", "1.5");
  expect_value ("monitor_timeout", "30", "30");
  expect_value ("monitor_timeout", "soon", NULL);
  expect_value ("nodelay", "off", "0");
  expect_value ("nodelay", "perhaps", NULL);
  expect_value ("secure", "on", "1");
  expect_value ("secure", "a::b,a::c", "[\"a::b\",\"a::c\"]");
  expect_value ("nodeid", "%n/%u/", "\"%n/%u/\"");
  expect_value ("nodeid", "%n %u", NULL);
  expect_value ("services", "a::b,c::", "[\"a::b\",\"c::\"]");
  expect_value ("secret", "12", "\"12\"");
  expect_value ("secret", "\xff", NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/profile/relaxed", test_relaxed);
  g_test_add_func ("/profile/perl", test_perl);
  g_test_add_func ("/profile/people", test_people);
  g_test_add_func ("/profile/refusals", test_refusals);
  g_test_add_func ("/profile/order", test_order);
  g_test_add_func ("/profile/force", test_force);
  g_test_add_func ("/profile/parents", test_parents);
  g_test_add_func ("/profile/configure", test_configure);
  g_test_add_func ("/profile/unusable", test_unusable);
  g_test_add_func ("/profile/values", test_values);
  return g_test_run ();
}
