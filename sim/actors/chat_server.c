/* sim/actors/chat_server.c - a room: who joins, hears what the others say.
 *
 *   client → server   ["join", nick, port]   ["say", port, text]   ["quit", port]
 *   server → client   ["welcome", number of others]   ["joined", nick]   ["left", nick]
 *                     ["said", nick, text]   ["unknown"]
 *
 * The server monitors its clients, so that a lost one has left. */

#include "sim/actors/starts.h"

#include <string.h>

typedef struct
{
  SimActor actor;
  GPtrArray *clients; /* of Client, in the order they joined; each belongs to its monitor */
} Server;

typedef struct
{
  Server *server;
  char *nick;
  char *port;
  AempMonitor monitor;
} Client;

static void
clear_server (SimActor *actor)
{
  Server *server = (Server *)actor;

  if (server->clients)
    g_ptr_array_unref (server->clients);
}

static void
free_client (void *user_data)
{
  Client *client = user_data;

  sim_actor_unref (&client->server->actor);
  g_free (client->nick);
  g_free (client->port);
  g_free (client);
}

static Client *
find_client (Server *server, const char *port)
{
  for (unsigned i = 0; i < server->clients->len; i++)
    {
      Client *client = server->clients->pdata[i];

      if (strcmp (client->port, port) == 0)
        return client;
    }
  return NULL;
}

static void
tell_others (Server *server, const Client *but, const char *tag, const char *nick, const char *text)
{
  for (unsigned i = 0; i < server->clients->len; i++)
    {
      const Client *client = server->clients->pdata[i];

      if (client == but)
        continue;
      if (text)
        aemp_snd (server->actor.node, client->port, "sss", tag, nick, text);
      else
        aemp_snd (server->actor.node, client->port, "ss", tag, nick);
    }
}

static void
see_off (Server *server, Client *client)
{
  g_ptr_array_remove (server->clients, client);
  aemp_note (server->actor.node, server->actor.name, "left", "s", client->nick);
  tell_others (server, NULL, "left", client->nick, NULL);
}

static void
client_died (AempNode *node, const AempList *reason, void *user_data)
{
  Client *client = user_data;

  see_off (client->server, client);
}

static void
welcome (Server *server, const char *nick, const char *port)
{
  SimActor *actor = &server->actor;
  Client *client = g_new0 (Client, 1);

  client->server = server;
  sim_actor_ref (actor);
  client->nick = g_strdup (nick);
  client->port = g_strdup (port);
  client->monitor = aemp_mon (actor->node, port, client_died, client, free_client);
  g_ptr_array_add (server->clients, client);
  aemp_snd (actor->node, port, "su", "welcome", (uint64_t)server->clients->len - 1);
  aemp_note (actor->node, actor->name, "joined", "s", nick);
  tell_others (server, client, "joined", nick, NULL);
}

static void
take_join (AempNode *node, const AempList *message, void *user_data)
{
  Server *server = user_data;
  g_autofree char *nick = aemp_value_dup_text (aemp_list_get (message, 0), NULL);
  g_autofree char *port = sim_port_at (message, 1);
  Client *before;

  if (!nick || !port)
    return; /* a stranger's nonsense is no reason to close the room */
  before = find_client (server, port);
  if (before)
    {
      /* It lost us and is back before its own loss was told here: for the room it has left. */
      AempMonitor monitor = before->monitor;

      see_off (server, before);
      aemp_unmon (node, monitor);
    }
  welcome (server, nick, port);
}

static void
take_say (AempNode *node, const AempList *message, void *user_data)
{
  Server *server = user_data;
  g_autofree char *port = sim_port_at (message, 0);
  g_autofree char *text = aemp_value_dup_text (aemp_list_get (message, 1), NULL);
  const Client *client;

  if (!port || !text)
    return;
  client = find_client (server, port);
  if (client)
    tell_others (server, client, "said", client->nick, text);
  else
    aemp_snd (node, port, "s", "unknown");
}

static void
take_quit (AempNode *node, const AempList *message, void *user_data)
{
  Server *server = user_data;
  g_autofree char *port = sim_port_at (message, 0);
  Client *client = port ? find_client (server, port) : NULL;

  if (client)
    {
      AempMonitor monitor = client->monitor;

      see_off (server, client);
      aemp_unmon (node, monitor);
    }
}

void
sim_chat_server_start (AempNode *node, const AempList *arguments, void *user_data)
{
  g_autoptr (SimActor) actor
      = sim_actor_new (sizeof (Server), node, arguments, user_data, clear_server);
  Server *server = (Server *)actor;

  if (!server || !sim_actor_open (actor))
    return;
  server->clients = g_ptr_array_new ();
  sim_actor_receive (actor, "join", take_join);
  sim_actor_receive (actor, "say", take_say);
  sim_actor_receive (actor, "quit", take_quit);
}
