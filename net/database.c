/* net/database.c - see database.h. */
#include "net/database.h"

#include "net/suggest.h"
#include "net/talk.h"

#include <string.h>

#define LIMIT_SECONDS 5
#define LISTENERS "'l" /* families of the network's own: node → where it listens, … */
#define GLOBALS "'g"   /* … and who is global */

typedef struct
{
  const char *family;
  const char *key; /* of what is set */
  AempMessage *value;
  bool json;
  NetSection *nodes; /* of `aemp nodes`: the first answer */
} Request;

static Request *
request_of (NetTalk *talk)
{
  return talk->user_data;
}

static char *
value_json (const AempValue *value)
{
  return aemp_value_to_text (value, 0);
}

/* A word as it is, for people; anything else as JSON. */
static char *
value_words (const AempValue *value)
{
  return aemp_value_is_string (value) ? aemp_value_dup_text (value, NULL) : value_json (value);
}

/* --- family, keys, values ------------------------------------------------------------------ */

static void
print_pair (const char *mark, const AempValue *key, const AempValue *value)
{
  g_autofree char *key_text = value_words (key);
  g_autofree char *value_text = value_json (value);

  printf ("%s%s %s\n", mark, key_text, value_text);
}

static void
print_words (const AempValue *answer)
{
  for (uint32_t i = 0; answer->type == AEMP_MAP && i < answer->length; i++)
    print_pair ("", &answer->as.items[2 * i], &answer->as.items[2 * i + 1]);
  for (uint32_t i = 0; answer->type == AEMP_ARRAY && i < answer->length; i++)
    {
      g_autofree char *text = value_words (&answer->as.items[i]);

      puts (text);
    }
}

static void
on_answer (AempNode *node, const AempList *list, void *user_data)
{
  NetTalk *talk = user_data;
  const AempValue *answer = aemp_list_get (list, 0);
  g_autofree char *json = answer ? value_json (answer) : NULL;

  if (!answer || talk->is_over)
    return;
  if (request_of (talk)->json)
    puts (json);
  else
    print_words (answer);
  net_talk_end (talk, 0);
}

static void
begin_family (NetTalk *talk)
{
  aemp_db_family (talk->node, request_of (talk)->family, on_answer, talk, NULL);
}

static void
begin_keys (NetTalk *talk)
{
  aemp_db_keys (talk->node, request_of (talk)->family, on_answer, talk, NULL);
}

static void
begin_values (NetTalk *talk)
{
  aemp_db_values (talk->node, request_of (talk)->family, on_answer, talk, NULL);
}

/* --- mon -------------------------------------------------------------------------------------- */

static void
append_map (GString *line, const char *name, const AempFamily *family, const AempList *keys)
{
  g_string_append_printf (line, "\"%s\":{", name);
  for (uint32_t i = 0; i < keys->count; i++)
    {
      AempName view;
      g_autoptr (AempName) owned = NULL;
      g_autofree char *key = value_json (&keys->items[i]);
      g_autofree char *value = NULL;

      aemp_value_name (&keys->items[i], &view, &owned);
      value = value_json (aemp_family_get (family, &view));
      g_string_append_printf (line, "%s%s:%s", i > 0 ? "," : "", key, value);
    }
  g_string_append (line, "},");
}

static void
print_news_json (const AempFamilyNews *news)
{
  g_autoptr (GString) line = g_string_new ("{");
  g_autofree char *deleted = aemp_list_to_text (&news->deleted, 0);

  append_map (line, "added", news->family, &news->added);
  append_map (line, "changed", news->family, &news->changed);
  printf ("%s\"deleted\":[%s]}\n", line->str, deleted);
}

static void
print_set (const char *mark, const AempFamily *family, const AempList *keys)
{
  for (uint32_t i = 0; i < keys->count; i++)
    {
      AempName view;
      g_autoptr (AempName) owned = NULL;

      aemp_value_name (&keys->items[i], &view, &owned);
      print_pair (mark, &keys->items[i], aemp_family_get (family, &view));
    }
}

static void
print_news (const AempFamilyNews *news)
{
  print_set ("+ ", news->family, &news->added);
  print_set ("* ", news->family, &news->changed);
  for (uint32_t i = 0; i < news->deleted.count; i++)
    {
      g_autofree char *key = value_words (&news->deleted.items[i]);

      printf ("- %s\n", key);
    }
}

static void
on_news (AempNode *node, const AempFamilyNews *news, void *user_data)
{
  NetTalk *talk = user_data;

  if (request_of (talk)->json)
    print_news_json (news);
  else
    print_news (news);
  fflush (stdout);
}

static void
begin_mon (NetTalk *talk)
{
  aemp_db_mon (talk->node, request_of (talk)->family, on_news, talk, NULL);
}

/* --- set -------------------------------------------------------------------------------------- */

/* The question came behind what was set. */
static void
on_is_set (AempNode *node, const AempList *list, void *user_data)
{
  const Request *request = request_of (user_data);
  g_autofree char *value = value_json (&aemp_message_list (request->value).items[0]);

  printf ("%s %s %s, until this ends\n", request->family, request->key, value);
  fflush (stdout);
}

static void
begin_set (NetTalk *talk)
{
  const Request *request = request_of (talk);

  aemp_db_set (talk->node, request->family, request->key, "v",
               &aemp_message_list (request->value).items[0]);
  aemp_db_keys (talk->node, request->family, on_is_set, talk, NULL);
}

/* --- The command --------------------------------------------------------------------------------
 */

typedef struct
{
  const char *name;
  unsigned limit_seconds;
  void (*begin) (NetTalk *talk);
} Verb;

static const Verb verbs[] = {
  { "family", LIMIT_SECONDS, begin_family }, { "keys", LIMIT_SECONDS, begin_keys },
  { "values", LIMIT_SECONDS, begin_values }, { "set", NET_TALK_NO_LIMIT, begin_set },
  { "mon", NET_TALK_NO_LIMIT, begin_mon },
};

static const Verb *
find_verb (NetSession *session, const char *name)
{
  const char *names[G_N_ELEMENTS (verbs) + 1] = { NULL };
  g_autofree char *suggestion = NULL;

  for (unsigned i = 0; i < G_N_ELEMENTS (verbs); i++)
    {
      if (strcmp (verbs[i].name, name) == 0)
        return &verbs[i];
      names[i] = verbs[i].name;
    }
  suggestion = net_suggestion (name, names);
  net_session_usage (session, "expected family, keys, values, set or mon, not \"%s\"%s", name,
                     suggestion);
  return NULL;
}

static bool
take_json (NetWords *words)
{
  const NetWord *word = net_words_peek (words);
  bool json = word && strcmp (word->text, "--json") == 0;

  if (json)
    net_words_take (words);
  return json;
}

/* KEY [VALUE]; without VALUE it is null. */
static bool
take_setting (NetSession *session, NetWords *words, Request *request)
{
  g_autoptr (GError) error = NULL;
  const NetWord *word;

  request->key = net_session_take (session, words, "a key");
  if (!request->key)
    return false;
  word = net_words_take (words);
  request->value = word ? net_word_value (word, &error) : aemp_message_new ("n");
  if (error)
    net_session_usage (session, "%s", error->message);
  return request->value != NULL;
}

int
net_database_obey (NetSession *session, NetWords *words, const char *key)
{
  Request request = { .json = take_json (words) };
  const char *name = net_session_take (session, words, "family, keys, values, set or mon");
  const Verb *verb = name ? find_verb (session, name) : NULL;
  int status;

  request.json |= take_json (words);
  if (verb)
    request.family = net_session_take (session, words, "the name of a family");
  if (!request.family || !g_utf8_validate (request.family, -1, NULL))
    return NET_EXIT_USAGE;
  if (verb->begin == begin_set && !take_setting (session, words, &request))
    return NET_EXIT_USAGE;
  request.json |= take_json (words);
  status = net_talk (session, verb->limit_seconds, verb->begin, &request);
  g_clear_pointer (&request.value, aemp_message_unref);
  return status;
}

/* --- nodes
 * ---------------------------------------------------------------------------------------- */

/* Is it among the keys of the map? */
static bool
has_key (const AempValue *map, const char *key)
{
  return map && map->type == AEMP_MAP && aemp_map_get (map, key);
}

static void
print_node (const char *name, bool is_global, const AempValue *addresses)
{
  printf ("%-24s %-6s", name, is_global ? "global" : "");
  for (uint32_t i = 0; addresses->type == AEMP_ARRAY && i < addresses->length; i++)
    {
      g_autofree char *address = value_words (&addresses->as.items[i]);

      printf (" %s", address);
    }
  printf ("\n");
}

static void
print_node_json (GString *out, const char *name, bool is_global, const AempValue *addresses)
{
  g_autofree char *json = value_json (addresses);

  g_string_append (out, out->len > 1 ? "," : "");
  net_print_string (out, name);
  g_string_append_printf (out, ":{\"global\":%s,\"addresses\":%s}", is_global ? "true" : "false",
                          json);
}

static void
print_nodes (NetTalk *talk, const AempValue *globals)
{
  const Request *request = request_of (talk);
  g_autoptr (GString) json = g_string_new ("{");

  for (unsigned i = 0; i < net_section_count (request->nodes); i++)
    {
      const char *name = net_section_key (request->nodes, i);
      const AempValue *addresses = net_section_get (request->nodes, name);
      bool is_global = has_key (globals, name);

      if (strcmp (name, aemp_node_id (talk->node)) == 0)
        continue;
      if (request->json)
        print_node_json (json, name, is_global, addresses);
      else
        print_node (name, is_global, addresses);
    }
  if (request->json)
    printf ("%s}\n", json->str);
}

static void
on_globals (AempNode *node, const AempList *list, void *user_data)
{
  print_nodes (user_data, aemp_list_get (list, 0));
  net_talk_end (user_data, 0);
}

/* Those who listen are in the database; those who do not we know if they are connected with
 * us. */
static void
on_listeners (AempNode *node, const AempList *list, void *user_data)
{
  NetTalk *talk = user_data;
  const AempValue *map = aemp_list_get (list, 0);
  g_auto (GStrv) up = aemp_up_nodes (node);

  for (uint32_t i = 0; map && map->type == AEMP_MAP && i < map->length; i++)
    {
      g_autofree char *name = aemp_value_dup_text (&map->as.items[2 * i], NULL);

      if (name)
        net_section_put (request_of (talk)->nodes, name, "v", &map->as.items[2 * i + 1]);
    }
  for (char **name = up; *name; name++)
    if (!net_section_get (request_of (talk)->nodes, *name))
      net_section_put (request_of (talk)->nodes, *name, "[]");
  aemp_db_family (node, GLOBALS, on_globals, talk, NULL);
}

static void
begin_nodes (NetTalk *talk)
{
  aemp_db_family (talk->node, LISTENERS, on_listeners, talk, NULL);
}

int
net_database_nodes_obey (NetSession *session, NetWords *words, const char *key)
{
  g_autoptr (NetSection) nodes = net_section_new ();
  Request request = { .json = take_json (words), .nodes = nodes };

  return net_talk (session, LIMIT_SECONDS, begin_nodes, &request);
}
