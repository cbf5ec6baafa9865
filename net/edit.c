/* net/edit.c - see edit.h. */
#include "net/edit.h"

#include "engine/tls.h"
#include "net/keys.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#define DAY_US (INT64_C (24) * 3600 * G_USEC_PER_SEC)
#define CERTIFICATE_BEFORE_US DAY_US /* other clocks may be behind ours */
#define CERTIFICATE_US (20 * 365 * DAY_US)
#define SECRET_BYTES 48 /* 64 characters in base64, without any = behind them */

/* What the commands are about; NULL: the file cannot be read. */
static NetSection *
section_of (NetSession *session)
{
  NetProfiles *profiles = net_session_profiles (session);

  if (!profiles)
    return NULL;
  return session->profile ? net_profiles_get (profiles, session->profile)
                          : net_profiles_global (profiles);
}

static int
set (NetSession *session, const char *key, AempMessage *value)
{
  NetSection *section = section_of (session);

  if (!section)
    return NET_EXIT_PROFILE;
  net_section_set (section, key, value);
  session->is_changed = true;
  return 0;
}

/* --- Profiles --------------------------------------------------------------------------- */

int
net_edit_profile (NetSession *session, NetWords *words, const char *key)
{
  const char *name = net_session_take (session, words, "the name of a profile");

  if (!name)
    return NET_EXIT_USAGE;
  if (*name == '\0' || !g_utf8_validate (name, -1, NULL))
    return net_session_usage (session, "expected the name of a profile");
  if (net_words_left (words) == 0)
    return net_session_usage (session, "expected commands about the profile %s", name);
  g_free (session->profile);
  session->profile = g_strdup (name);
  return 0;
}

int
net_edit_delprofile (NetSession *session, NetWords *words, const char *key)
{
  const char *name = net_session_take (session, words, "the name of a profile");
  NetProfiles *profiles = name ? net_session_profiles (session) : NULL;

  if (!name)
    return NET_EXIT_USAGE;
  if (!profiles)
    return NET_EXIT_PROFILE;
  if (!net_profiles_delete (profiles, name))
    return net_session_fail (session, NET_EXIT_FAILED, "there is no profile %s", name);
  session->is_changed = true;
  return 0;
}

/* --- Keys --------------------------------------------------------------------------------- */

static int
set_certificate (NetSession *session, const char *file)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AempMessage) value = NULL;
  g_autofree char *pem = NULL;
  size_t length;

  if (!g_file_get_contents (file, &pem, &length, &error))
    return net_session_fail (session, NET_EXIT_FAILED, "%s", error->message);
  if (!g_utf8_validate (pem, (gssize)length, NULL) || !strstr (pem, "-----BEGIN CERTIFICATE"))
    return net_session_fail (session, NET_EXIT_FAILED, "%s: it has no certificate in PEM", file);
  if (!strstr (pem, "PRIVATE KEY-----"))
    return net_session_fail (session, NET_EXIT_FAILED,
                             "%s: it has no private key in PEM; both belong into one file", file);
  value = aemp_message_new ("s", pem);
  return set (session, "cert", value);
}

int
net_edit_set (NetSession *session, NetWords *words, const char *key)
{
  bool is_file = strcmp (key, "cert") == 0;
  const NetWord *word = net_words_peek (words);
  g_autoptr (AempMessage) value = NULL;
  g_autoptr (GError) error = NULL;

  if (!net_session_take (session, words, is_file ? "a file with a certificate" : "a value"))
    return NET_EXIT_USAGE;
  if (is_file)
    return set_certificate (session, word->text);
  if (strcmp (key, "parent") == 0 && !session->profile)
    return net_session_usage (session,
                              "expected profile NAME in front: only profiles have parents");
  value = net_key_value (key, word->text,
                         word->json ? &aemp_message_list (word->json).items[0] : NULL, &error);
  if (!value)
    return net_session_usage (session, "%s", error->message);
  return set (session, key, value);
}

int
net_edit_del (NetSession *session, NetWords *words, const char *key)
{
  NetSection *section = section_of (session);

  if (!section)
    return NET_EXIT_PROFILE;
  session->is_changed |= net_section_delete (section, key);
  return 0;
}

/* --- Elements of lists ---------------------------------------------------------------------- */

/* The elements that a key has now; a text has commas. */
static AempMessage *
elements_of (const NetSection *section, const char *key)
{
  const AempValue *value = net_section_get (section, key);
  g_autofree char *text = value ? net_value_text (value) : NULL;

  if (value && value->type == AEMP_ARRAY)
    return aemp_message_new ("v", value);
  if (text && *text)
    return net_key_value (key, text, NULL, NULL);
  return NULL;
}

/* Where it is, as text; behind the last one: nowhere. */
static uint32_t
place_of (const AempList *list, const char *element)
{
  uint32_t place = 0;

  for (; place < list->count; place++)
    {
      g_autofree char *text = net_value_text (&list->items[place]);

      if (text && strcmp (text, element) == 0)
        break;
    }
  return place;
}

static AempList
array_list (AempMessage *message)
{
  const AempValue *array = message ? &aemp_message_list (message).items[0] : NULL;

  return array ? (AempList){ array->as.items, array->length, message } : (AempList){ 0 };
}

/* As elements: a service may be an array, with its arguments, and there may be several of one. */
static AempMessage *
new_elements (const char *key, const NetWord *word, GError **error)
{
  if (strcmp (key, "services") == 0 && word->json)
    return aemp_message_new ("[v]", &aemp_message_list (word->json).items[0]);
  return net_key_value (key, word->text, NULL, error);
}

int
net_edit_add_element (NetSession *session, NetWords *words, const char *key)
{
  const NetWord *word = net_words_peek (words);
  NetSection *section = section_of (session);
  g_autoptr (AempMessage) added = NULL;
  g_autoptr (AempMessage) before = NULL;
  g_autoptr (AempMessage) after = NULL;
  g_autoptr (GError) error = NULL;
  AempList list, more;

  if (!net_session_take (session, words, "what to add"))
    return NET_EXIT_USAGE;
  if (!section)
    return NET_EXIT_PROFILE;
  added = new_elements (key, word, &error);
  if (!added)
    return net_session_usage (session, "%s", error->message);
  before = elements_of (section, key);
  list = array_list (before);
  more = array_list (added);
  if (strcmp (key, "services") != 0 && place_of (&list, word->text) < list.count)
    return 0;
  after = aemp_message_new ("[@@]", &list, &more);
  return set (session, key, after);
}

int
net_edit_del_element (NetSession *session, NetWords *words, const char *key)
{
  const char *element = net_session_take (session, words, "what to remove");
  NetSection *section = element ? section_of (session) : NULL;
  g_autoptr (AempMessage) before = NULL;
  g_autoptr (AempMessage) after = NULL;
  AempList list, end;
  uint32_t place;

  if (!element)
    return NET_EXIT_USAGE;
  if (!section)
    return NET_EXIT_PROFILE;
  before = elements_of (section, key);
  list = array_list (before);
  place = place_of (&list, element);
  if (place == list.count)
    return net_session_fail (session, NET_EXIT_FAILED, "%s does not have %s", key, element);
  end = aemp_list_skip (list, place + 1);
  list.count = place;
  after = aemp_message_new ("[@@]", &list, &end);
  return set (session, key, after);
}

/* --- Secrets and certificates --------------------------------------------------------------- */

int
net_edit_gensecret (NetSession *session, NetWords *words, const char *key)
{
  uint8_t bytes[SECRET_BYTES];
  g_autofree char *text = NULL;
  g_autoptr (AempMessage) value = NULL;

  if (getrandom (bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
    return net_session_fail (session, NET_EXIT_FAILED, "the kernel gave no randomness");
  text = g_base64_encode (bytes, sizeof bytes);
  value = aemp_message_new ("s", text);
  return set (session, "secret", value);
}

int
net_edit_gencert (NetSession *session, NetWords *words, const char *key)
{
  int64_t now_us = g_get_real_time ();
  g_autoptr (GError) error = NULL;
  g_autofree char *pem = aemp_tls_certificate_new ("aemp", now_us - CERTIFICATE_BEFORE_US,
                                                   now_us + CERTIFICATE_US, &error);
  g_autoptr (AempMessage) value = NULL;

  if (!pem)
    return net_session_fail (session, NET_EXIT_FAILED, "%s", error->message);
  value = aemp_message_new ("s", pem);
  return set (session, "cert", value);
}
