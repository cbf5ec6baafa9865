/* sim/actors/chat_client.c - somebody in the room of chat_server.c.
 *
 * It watches the server, and joins again when it was lost. */

#include "sim/actors/find.h"
#include "sim/actors/starts.h"

typedef struct
{
  SimActor actor;
  SimFind find;
  char *nick;
  char *text;       /* empty: it only listens */
  int64_t every_us; /* 0: says it once each time it came in */
  int64_t stay_us;  /* 0: for ever */
  bool in_the_room;
  bool has_rhythm;
  GHashTable *heard; /* a set of char *: whom it has heard since it came in */
} Client;

static void
clear_client (SimActor *actor)
{
  Client *client = (Client *)actor;

  sim_find_clear (&client->find);
  g_free (client->nick);
  g_free (client->text);
  if (client->heard)
    g_hash_table_unref (client->heard);
}

static void
join (SimActor *actor)
{
  const Client *client = (Client *)actor;

  aemp_snd (actor->node, actor->find->port, "sss", "join", client->nick, actor->port);
}

static void
lose (SimActor *actor, const AempList *reason)
{
  Client *client = (Client *)actor;
  g_autofree char *word = sim_reason_word (reason);

  client->in_the_room = false;
  aemp_note (actor->node, actor->name, "lost", "s", word);
}

static void
say (Client *client)
{
  SimActor *actor = &client->actor;

  if (client->in_the_room && actor->find->port && *client->text)
    aemp_snd (actor->node, actor->find->port, "sss", "say", actor->port, client->text);
}

static void
tick (AempNode *node, const AempList *nothing, void *user_data)
{
  Client *client = user_data;

  say (client);
  sim_actor_after (&client->actor, client->every_us, tick);
}

static void
take_welcome (AempNode *node, const AempList *message, void *user_data)
{
  Client *client = user_data;
  uint64_t others = 0;

  if (!client->actor.find->port || !aemp_value_get_unsigned (aemp_list_get (message, 0), &others))
    return; /* lost again meanwhile */
  client->in_the_room = true;
  g_hash_table_remove_all (client->heard);
  aemp_note (node, client->actor.name, "connected", "u", others);
  if (client->every_us == 0 || !client->has_rhythm)
    say (client);
  if (client->every_us > 0 && !client->has_rhythm)
    sim_actor_after (&client->actor, client->every_us, tick);
  client->has_rhythm = true;
}

/* [nick, text].  Remarked once for everybody it hears, or the trace would be full of it. */
static void
take_said (AempNode *node, const AempList *message, void *user_data)
{
  Client *client = user_data;
  g_autofree char *nick = aemp_value_dup_text (aemp_list_get (message, 0), NULL);
  g_autofree char *text = aemp_value_dup_text (aemp_list_get (message, 1), NULL);

  if (!nick || !text || g_hash_table_contains (client->heard, nick))
    return;
  aemp_note (node, client->actor.name, "heard", "ss", text, nick);
  g_hash_table_add (client->heard, g_steal_pointer (&nick));
}

/* Who has left and comes back, is heard anew. */
static void
take_left (AempNode *node, const AempList *message, void *user_data)
{
  Client *client = user_data;
  g_autofree char *nick = aemp_value_dup_text (aemp_list_get (message, 0), NULL);

  if (!nick)
    return;
  g_hash_table_remove (client->heard, nick);
  aemp_note (node, client->actor.name, "gone", "s", nick);
}

static void
take_joined (AempNode *node, const AempList *message, void *user_data)
{
}

/* The server lost us, and we did not notice. */
static void
take_unknown (AempNode *node, const AempList *message, void *user_data)
{
  Client *client = user_data;

  client->in_the_room = false;
  if (client->actor.find->port)
    join (&client->actor);
}

static void
leave (AempNode *node, const AempList *nothing, void *user_data)
{
  Client *client = user_data;
  SimActor *actor = &client->actor;

  aemp_note (node, actor->name, "quit", "");
  if (actor->find->port)
    aemp_snd (node, actor->find->port, "ss", "quit", actor->port);
  aemp_kil (node, actor->port, "");
}

static bool
read_options (Client *client)
{
  SimActor *actor = &client->actor;

  return sim_find_option (&client->find, actor)
         && sim_actor_text (actor, "nick", NULL, &client->nick)
         && sim_actor_text (actor, "say", "", &client->text)
         && sim_actor_number (actor, "every_us", 0, 1, G_MAXINT64 / 4, &client->every_us)
         && sim_actor_number (actor, "stay_us", 0, 1, G_MAXINT64 / 4, &client->stay_us);
}

void
sim_chat_client_start (AempNode *node, const AempList *arguments, void *user_data)
{
  g_autoptr (SimActor) actor
      = sim_actor_new (sizeof (Client), node, arguments, user_data, clear_client);
  Client *client = (Client *)actor;

  if (!client || !read_options (client) || !sim_actor_open (actor))
    return;
  client->heard = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  sim_actor_receive (actor, "welcome", take_welcome);
  sim_actor_receive (actor, "said", take_said);
  sim_actor_receive (actor, "joined", take_joined);
  sim_actor_receive (actor, "left", take_left);
  sim_actor_receive (actor, "unknown", take_unknown);
  sim_find_start (&client->find, join, lose);
  if (client->stay_us > 0)
    sim_actor_after (actor, client->stay_us, leave);
}
