/* net/show.c - see show.h. */
#include "net/show.h"

#include "net/configure.h"
#include "net/keys.h"
#include "net/suggest.h"

#include <string.h>

static void
print (const NetSection *section)
{
  g_autoptr (GString) text = g_string_new (NULL);

  net_section_print (section, 0, text);
  puts (text->str);
}

int
net_show_profile (NetSession *session, NetWords *words, const char *key)
{
  const NetWord *word = net_words_take (words);
  const char *name = word ? word->text : session->profile;
  NetProfiles *profiles = net_session_profiles (session);
  const NetSection *section;

  if (!profiles)
    return NET_EXIT_PROFILE;
  section = name ? net_profiles_find (profiles, name) : net_profiles_global (profiles);
  if (section)
    {
      print (section);
      return 0;
    }
  g_autofree const char **names = net_profiles_names (profiles);
  g_autofree char *suggestion = net_suggestion (name, names);
  return net_session_fail (session, NET_EXIT_FAILED, "there is no profile %s%s", name, suggestion);
}

/* --- Pairs ---------------------------------------------------------------------------- */

static bool
refuse_key (NetSession *session, const char *key)
{
  g_autofree const char **names = net_key_names ();
  g_autofree char *suggestion = net_suggestion (key, names);
  g_autofree char *known = g_strjoinv (", ", (char **)names);

  if (g_str_has_prefix (key, "--"))
    net_session_usage (session, "%s: options stand in front of the profile and the settings", key);
  else
    net_session_usage (session, "\"%s\" is no key%s; there are %s", key, suggestion, known);
  return false;
}

static bool
is_direction (const char *key)
{
  return strcmp (key, "force") == 0 || strcmp (key, "norc") == 0 || strcmp (key, "profile") == 0;
}

/* A certificate is long, and its key a secret that should not stand in a command line. */
static AempMessage *
value_of (const char *key, const NetWord *word, GError **error)
{
  g_autofree char *pem = NULL;

  if (strcmp (key, "cert") != 0 || *word->text != '@')
    return net_key_value (key, word->text,
                          word->json ? &aemp_message_list (word->json).items[0] : NULL, error);
  if (g_file_get_contents (word->text + 1, &pem, NULL, error))
    return net_key_value (key, pem, NULL, error);
  g_prefix_error (error, "cert: ");
  return NULL;
}

static bool
take_pair (NetSession *session, NetWords *words, NetSection *settings)
{
  const char *key = net_words_take (words)->text;
  const NetWord *word = net_words_take (words);
  g_autoptr (AempMessage) value = NULL;
  g_autoptr (GError) error = NULL;

  if (!net_key_is_known (key) && !is_direction (key))
    return refuse_key (session, key);
  if (!word)
    net_session_usage (session, "%s needs a value", key);
  else if (net_section_get (settings, key))
    net_session_usage (session, "%s is given twice", key);
  else
    value = value_of (key, word, &error);
  if (value)
    net_section_set (settings, key, value);
  else if (error)
    net_session_usage (session, "%s", error->message);
  return value != NULL;
}

NetSection *
net_show_take_pairs (NetSession *session, NetWords *words)
{
  g_autoptr (NetSection) settings = net_section_new ();

  while (net_words_left (words) > 0)
    if (!take_pair (session, words, settings))
      return NULL;
  return g_steal_pointer (&settings);
}

int
net_show_config (NetSession *session, NetWords *words, const char *key)
{
  const char *name = net_session_take (session, words, "the name of a profile");
  g_autoptr (NetSection) arguments = name ? net_show_take_pairs (session, words) : NULL;
  NetProfiles *profiles = arguments ? net_session_profiles (session) : NULL;
  g_autoptr (NetSection) settings = NULL;
  g_autoptr (GError) error = NULL;

  if (!arguments)
    return NET_EXIT_USAGE;
  if (!profiles)
    return NET_EXIT_PROFILE;
  settings = net_configure_merge (profiles, name, arguments, &error);
  if (!settings)
    return net_session_fail (session, NET_EXIT_PROFILE, "%s", error->message);
  net_configure_add_defaults (settings);
  print (settings);
  return 0;
}
