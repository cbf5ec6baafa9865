/* net/profile.c - see profile.h. */
#include "net/profile.h"

#include "engine/codec.h"
#include "engine/error.h"
#include "net/relaxed.h"
#include "net/suggest.h"

#include <string.h>

typedef struct
{
  char *name;
  NetSection *section;
} Profile;

struct NetProfiles
{
  NetSection *global;
  GPtrArray *profiles; /* of Profile, in the order of their names */
};

static void
profile_free (void *data)
{
  Profile *profile = data;

  g_free (profile->name);
  net_section_free (profile->section);
  g_free (profile);
}

NetProfiles *
net_profiles_new (void)
{
  NetProfiles *profiles = g_new (NetProfiles, 1);

  profiles->global = net_section_new ();
  profiles->profiles = g_ptr_array_new_with_free_func (profile_free);
  return profiles;
}

void
net_profiles_free (NetProfiles *profiles)
{
  if (!profiles)
    return;
  net_section_free (profiles->global);
  g_ptr_array_unref (profiles->profiles);
  g_free (profiles);
}

NetSection *
net_profiles_global (NetProfiles *profiles)
{
  return profiles->global;
}

/* Where it is or belongs. */
static unsigned
place_of (const NetProfiles *profiles, const char *name, bool *is_there)
{
  unsigned index = 0;
  int order = 1;

  for (; index < profiles->profiles->len; index++)
    {
      order = strcmp (((Profile *)profiles->profiles->pdata[index])->name, name);
      if (order >= 0)
        break;
    }
  *is_there = index < profiles->profiles->len && order == 0;
  return index;
}

NetSection *
net_profiles_find (const NetProfiles *profiles, const char *name)
{
  bool is_there;
  unsigned index = place_of (profiles, name, &is_there);

  return is_there ? ((Profile *)profiles->profiles->pdata[index])->section : NULL;
}

NetSection *
net_profiles_get (NetProfiles *profiles, const char *name)
{
  bool is_there;
  unsigned index = place_of (profiles, name, &is_there);
  Profile *profile;

  if (is_there)
    return ((Profile *)profiles->profiles->pdata[index])->section;
  profile = g_new (Profile, 1);
  profile->name = g_strdup (name);
  profile->section = net_section_new ();
  g_ptr_array_insert (profiles->profiles, (int)index, profile);
  return profile->section;
}

bool
net_profiles_delete (NetProfiles *profiles, const char *name)
{
  bool is_there;
  unsigned index = place_of (profiles, name, &is_there);

  if (is_there)
    g_ptr_array_remove_index (profiles->profiles, index);
  return is_there;
}

const char **
net_profiles_names (const NetProfiles *profiles)
{
  const char **names = g_new0 (const char *, profiles->profiles->len + 1);

  for (unsigned i = 0; i < profiles->profiles->len; i++)
    names[i] = ((Profile *)profiles->profiles->pdata[i])->name;
  return names;
}

/* --- Reading ---------------------------------------------------------------------- */

static bool refuse (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

static bool
refuse (GError **error, const char *format, ...)
{
  va_list arguments;
  g_autofree char *text = NULL;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error_literal (error, AEMP_ERROR, AEMP_ERROR_CONFIG, text);
  return false;
}

/* A key as a string that ends with a zero. */
static char *
dup_key (const AempValue *value, GError **error)
{
  size_t length;
  g_autofree char *key = aemp_value_dup_text (value, &length);

  if (strlen (key) == length)
    return g_steal_pointer (&key);
  refuse (error, "a key with a zero byte in it");
  return NULL;
}

/* Reads the pairs of a map into a section; `profile` is left to others where it is told. */
static bool
read_section (NetSection *section, const AempValue *map, const AempValue **profile, GError **error)
{
  for (uint32_t i = 0; i < map->length; i++)
    {
      const AempValue *pair = &map->as.items[2 * i];
      g_autofree char *key = dup_key (&pair[0], error);

      if (!key)
        return false;
      if (profile && strcmp (key, "profile") == 0)
        *profile = &pair[1];
      else
        net_section_put (section, key, "v", &pair[1]);
    }
  return true;
}

static bool
read_profiles (NetProfiles *profiles, const AempValue *map, GError **error)
{
  if (map->type != AEMP_MAP)
    return refuse (error, "profile: expected a map of profiles");
  for (uint32_t i = 0; i < map->length; i++)
    {
      const AempValue *pair = &map->as.items[2 * i];
      g_autofree char *name = dup_key (&pair[0], error);

      if (!name)
        return false;
      if (pair[1].type != AEMP_MAP)
        return refuse (error, "profile %s: expected a map of settings", name);
      if (!read_section (net_profiles_get (profiles, name), &pair[1], NULL, error))
        return false;
    }
  return true;
}

/* We write no version but ours. */
static bool
take_version (NetProfiles *profiles, GError **error)
{
  const AempValue *value = net_section_get (profiles->global, "version");
  int64_t version = NET_PROFILE_VERSION;

  if (value && (!aemp_value_get_integer (value, &version) || version != NET_PROFILE_VERSION))
    return refuse (error, "its version is not %d, and no other one is known", NET_PROFILE_VERSION);
  net_section_delete (profiles->global, "version");
  return true;
}

static bool
read_all (NetProfiles *profiles, const AempList *list, GError **error)
{
  const AempValue *profile = NULL;

  if (list->count != 1 || list->items[0].type != AEMP_MAP)
    return refuse (error, "expected a map of settings in braces");
  return read_section (profiles->global, &list->items[0], &profile, error)
         && take_version (profiles, error)
         && (!profile || read_profiles (profiles, profile, error));
}

/* The codec counts bytes, people count lines. */
static void
say_line (GError **error, const GByteArray *json)
{
  const char *at = error && *error ? g_strrstr ((*error)->message, " at byte ") : NULL;
  uint64_t offset = at ? g_ascii_strtoull (at + strlen (" at byte "), NULL, 10) : 0;
  unsigned line = 1;

  if (!at)
    return;
  for (uint64_t i = 0; i < offset && i < json->len; i++)
    line += json->data[i] == '\n';
  (*error)->message[at - (*error)->message] = '\0';
  g_prefix_error (error, "line %u: ", line);
}

NetProfiles *
net_profiles_parse (const char *text, size_t length, GError **error)
{
  g_autoptr (GByteArray) json = net_relaxed_to_json (text, length);
  g_autoptr (NetProfiles) profiles = net_profiles_new ();
  g_autoptr (AempMessage) message = NULL;
  AempList list;

  g_byte_array_prepend (json, (const uint8_t *)"[", 1);
  g_byte_array_append (json, (const uint8_t *)"]", 1);
  message = aemp_codec_decode_all (&aemp_codec_json, json->data, json->len, error);
  if (!message)
    {
      say_line (error, json);
      return NULL;
    }
  list = aemp_message_list (message);
  return read_all (profiles, &list, error) ? g_steal_pointer (&profiles) : NULL;
}

/* --- Writing ---------------------------------------------------------------------- */

static void
print_profiles (const NetProfiles *profiles, GString *out)
{
  g_string_append (out, "{");
  for (unsigned i = 0; i < profiles->profiles->len; i++)
    {
      const Profile *profile = profiles->profiles->pdata[i];

      g_string_append (out, i > 0 ? ",\n    " : "\n    ");
      net_print_string (out, profile->name);
      g_string_append (out, ": ");
      net_section_print (profile->section, 2, out);
    }
  g_string_append (out, "\n  }");
}

char *
net_profiles_print (const NetProfiles *profiles)
{
  g_autoptr (NetSection) section = net_section_new ();
  GString *out = g_string_new (NULL);

  net_section_put (section, "version", "I", NET_PROFILE_VERSION);
  for (unsigned i = 0; i < net_section_count (profiles->global); i++)
    {
      const char *key = net_section_key (profiles->global, i);

      net_section_put (section, key, "v", net_section_get (profiles->global, key));
    }
  net_section_print (section, 0, out);
  g_string_truncate (out, out->len - strlen ("\n}"));
  g_string_append (out, ",\n  \"profile\": ");
  print_profiles (profiles, out);
  g_string_append (out, "\n}\n");
  return g_string_free (out, false);
}

/* --- Merging ---------------------------------------------------------------------- */

static bool
refuse_circle (const GPtrArray *line, const char *name, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (unsigned i = 0; i < line->len; i++)
    g_string_append_printf (text, "%s, ", (char *)line->pdata[i]);
  return refuse (error, "the parents of profile %s go round in a circle: %s%s",
                 (char *)line->pdata[0], text->str, name);
}

static bool
refuse_parent (const NetProfiles *profiles, const char *child, const char *name, GError **error)
{
  g_autofree const char **names = net_profiles_names (profiles);
  g_autofree char *suggestion = net_suggestion (name, names);

  return refuse (error, "profile %s: its parent, %s, is not there%s", child, name, suggestion);
}

static bool
has_name (const GPtrArray *line, const char *name)
{
  for (unsigned i = 0; i < line->len; i++)
    if (strcmp (line->pdata[i], name) == 0)
      return true;
  return false;
}

/* The name of a profile's parent; NULL: it has none. */
static char *
parent_of (const NetProfiles *profiles, const char *name)
{
  const NetSection *section = net_profiles_find (profiles, name);
  const AempValue *value = section ? net_section_get (section, "parent") : NULL;
  g_autofree char *parent = value ? aemp_value_dup_text (value, NULL) : NULL;

  return parent && *parent ? g_steal_pointer (&parent) : NULL;
}

/* The profile, its parent, …; NULL with an error. */
static GPtrArray *
line_of (const NetProfiles *profiles, const char *profile, GError **error)
{
  g_autoptr (GPtrArray) line = g_ptr_array_new_with_free_func (g_free);
  char *next = g_strdup (profile);

  while (next)
    {
      g_autofree char *name = g_steal_pointer (&next);

      if (has_name (line, name))
        {
          refuse_circle (line, name, error);
          return NULL;
        }
      if (line->len > 0 && !net_profiles_find (profiles, name))
        {
          refuse_parent (profiles, line->pdata[line->len - 1], name, error);
          return NULL;
        }
      next = parent_of (profiles, name);
      g_ptr_array_add (line, g_steal_pointer (&name));
    }
  return g_steal_pointer (&line);
}

NetSection *
net_profiles_merge (const NetProfiles *profiles, const char *profile, const NetSection *arguments,
                    NetArgumentsPlace place, GError **error)
{
  g_autoptr (GPtrArray) line = line_of (profiles, profile, error);
  g_autoptr (NetSection) settings = net_section_new ();

  if (!line)
    return NULL;
  if (place == NET_ARGUMENTS_FIRST)
    net_section_overlay (settings, arguments);
  net_section_overlay (settings, profiles->global);
  if (place == NET_ARGUMENTS_OVER_GLOBAL)
    net_section_overlay (settings, arguments);
  for (unsigned i = line->len; i > 0; i--)
    {
      const NetSection *section = net_profiles_find (profiles, line->pdata[i - 1]);

      if (section)
        net_section_overlay (settings, section);
    }
  if (place == NET_ARGUMENTS_LAST)
    net_section_overlay (settings, arguments);
  net_section_delete (settings, "parent");
  return g_steal_pointer (&settings);
}
