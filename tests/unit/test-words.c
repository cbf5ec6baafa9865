/* tests/unit/test-words.c - the arguments of the command; what somebody may have meant. */
#include "engine/error.h"
#include "net/suggest.h"
#include "net/words.h"

#include <string.h>

static NetWords *
words_of (char *const *texts, GError **error)
{
  return net_words_new ((int)g_strv_length ((char **)texts), texts, error);
}
#define WORDS(...) words_of ((char *const[]){ __VA_ARGS__, NULL }, NULL)

static void
test_plain (void)
{
  g_test_summary ("Words are text, unless they begin like JSON and are JSON.");

  g_autoptr (NetWords) words = WORDS ("rain", "[::1]:4040", "{\"a\": 1}", "\"12\"", "12");

  g_assert_cmpuint (net_words_left (words), ==, 5);
  g_assert_null (net_words_peek (words)->json);
  g_assert_cmpstr (net_words_take (words)->text, ==, "rain");
  g_assert_null (net_words_peek (words)->json);
  g_assert_cmpstr (net_words_take (words)->text, ==, "[::1]:4040");
  g_assert_nonnull (net_words_peek (words)->json);
  g_assert_cmpstr (net_words_take (words)->text, ==, "{\"a\": 1}");
  g_assert_cmpstr (net_words_take (words)->text, ==, "12");
  g_assert_cmpstr (net_words_take (words)->text, ==, "12");
  g_assert_null (net_words_take (words));
  g_assert_cmpuint (net_words_left (words), ==, 0);
}

static void
test_replaced (void)
{
  g_test_summary ("A first word that begins with [ is all words; it has to be JSON.");

  g_autoptr (GError) error = NULL;
  g_autoptr (NetWords) words = WORDS ("[\"snd\", \"a#b\", [1, \"two\"], null]", "ignored");

  g_assert_cmpuint (net_words_left (words), ==, 4);
  g_assert_cmpstr (net_words_take (words)->text, ==, "snd");
  g_assert_cmpstr (net_words_take (words)->text, ==, "a#b");
  g_assert_cmpstr (net_words_peek (words)->text, ==, "[1,\"two\"]");
  g_assert_cmpuint (aemp_message_list (net_words_take (words)->json).items[0].length, ==, 2);
  g_assert_null (words_of ((char *const[]){ "[1", NULL }, &error));
  g_assert_error (error, AEMP_ERROR, AEMP_ERROR_MALFORMED);
}

static void
test_message (void)
{
  g_test_summary ("The rest becomes a message of texts and JSON values; one that only begins like "
                  "JSON is refused then.");

  g_autoptr (GError) error = NULL;
  g_autoptr (NetWords) words = WORDS ("12", "[12, {\"b\": null}]", "\"é\"", "");
  g_autoptr (NetWords) bad = WORDS ("fine", "{bad");
  g_autoptr (NetWords) odd = WORDS ("\xff");
  g_autoptr (AempMessage) message = net_words_take_message (words, &error);
  AempList list = aemp_message_list (message);
  g_autofree char *text = aemp_list_to_text (&list, 0);

  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, "\"12\",[12,{\"b\":null}],\"é\",\"\"");
  g_assert_null (net_words_take_message (bad, &error));
  g_assert_true (g_str_has_prefix (error->message, "argument {bad: "));
  g_clear_error (&error);
  g_assert_null (net_words_take_message (odd, &error));
  g_assert_error (error, AEMP_ERROR, AEMP_ERROR_CONFIG);
}

static void
test_suggestions (void)
{
  static const char *const known[] = { "seeds", "secret", "secure", "binds", "db", NULL };

  g_test_summary ("The nearest of the known words is named, if it is near enough.");

  g_assert_cmpstr (net_closest ("sedes", known), ==, "seeds");
  g_assert_cmpstr (net_closest ("seed", known), ==, "seeds");
  g_assert_cmpstr (net_closest ("secrte", known), ==, "secret");
  g_assert_cmpstr (net_closest ("bd", known), ==, "db");
  g_assert_null (net_closest ("monitor", known));
  g_assert_null (net_closest ("", known));
  g_assert_null (
      net_closest ("a-word-that-is-much-longer-than-any-that-somebody-could-mean", known));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/words/plain", test_plain);
  g_test_add_func ("/words/replaced", test_replaced);
  g_test_add_func ("/words/message", test_message);
  g_test_add_func ("/words/suggestions", test_suggestions);
  return g_test_run ();
}
