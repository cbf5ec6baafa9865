/* tests/fuzz/fuzz-profile.c - for libFuzzer: random bytes as a profile file.
 *
 * What is refused has an error; what is taken is written and read again, and is the same then.
 * Making JSON strict keeps every line, and does nothing to what is strict. */
#include "net/profile.h"
#include "net/relaxed.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length);

static unsigned
count_lines (const void *bytes, size_t length)
{
  unsigned lines = 0;

  for (size_t i = 0; i < length; i++)
    lines += ((const char *)bytes)[i] == '\n';
  return lines;
}

static void
expect_strict (const char *text, size_t length)
{
  g_autoptr (GByteArray) once = net_relaxed_to_json (text, length);
  g_autoptr (GByteArray) twice = net_relaxed_to_json ((const char *)once->data, once->len);

  g_assert_cmpuint (count_lines (once->data, once->len), ==, count_lines (text, length));
  g_assert_cmpuint (once->len, >=, length);
  g_assert_cmpuint (twice->len, ==, once->len);
}

/* Every profile, as a node would take it: a configuration or an error. */
static void
merge_all (const NetProfiles *profiles)
{
  g_autofree const char **names = net_profiles_names (profiles);
  g_autoptr (NetSection) nothing = net_section_new ();

  for (unsigned i = 0; names[i] && i < 20; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (NetSection) settings
          = net_profiles_merge (profiles, names[i], nothing, NET_ARGUMENTS_FIRST, &error);

      g_assert_true ((settings == NULL) == (error != NULL));
      if (settings)
        g_assert_null (net_section_get (settings, "parent"));
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (NetProfiles) profiles = net_profiles_parse ((const char *)bytes, length, &error);

  expect_strict ((const char *)bytes, length);
  g_assert_true ((profiles == NULL) == (error != NULL));
  if (!profiles)
    return 0;
  g_autofree char *text = net_profiles_print (profiles);
  g_autoptr (NetProfiles) again = net_profiles_parse (text, strlen (text), &error);
  g_assert_no_error (error);
  g_autofree char *text_again = net_profiles_print (again);
  g_assert_cmpstr (text, ==, text_again);
  merge_all (profiles);
  return 0;
}
