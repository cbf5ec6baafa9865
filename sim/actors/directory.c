/* sim/actors/directory.c - a node's directory of its actors, asked by the network.
 *
 * It belongs to a port that nobody knows: a port goes when its node goes, and then the
 * directory is freed.  The actors and monitors hold references too, as the node may free
 * them later than that port, in whose context the monitors run: an actor leaves the
 * directory with its very death, so that the next question finds it no more. */

#include "sim/actors/actor.h"

#include <string.h>

struct SimDirectory
{
  unsigned references;
  char *port;
  GTree *ports; /* char *: actor's name → char *: port ID */
};

static int
compare_names (const void *one, const void *other, void *user_data)
{
  return strcmp (one, other);
}

static void
ignore_message (AempNode *node, const AempList *message, void *user_data)
{
}

static void
unref_directory (void *user_data)
{
  sim_directory_unref (user_data);
}

SimDirectory *
sim_directory_new (AempNode *node)
{
  SimDirectory *directory = g_new0 (SimDirectory, 1);

  directory->references = 1;
  directory->ports = g_tree_new_full (compare_names, NULL, g_free, g_free);
  directory->port = g_strdup (aemp_port (node, ignore_message, directory, unref_directory));
  return directory;
}

SimDirectory *
sim_directory_ref (SimDirectory *directory)
{
  directory->references++;
  return directory;
}

void
sim_directory_unref (SimDirectory *directory)
{
  if (--directory->references > 0)
    return;
  g_tree_unref (directory->ports);
  g_free (directory->port);
  g_free (directory);
}

/* An actor that is watched. */
typedef struct
{
  SimDirectory *directory;
  char *name;
  const char *port; /* valid as long as the actor begins */
} Entry;

static void
free_entry (void *user_data)
{
  Entry *entry = user_data;

  sim_directory_unref (entry->directory);
  g_free (entry->name);
  g_free (entry);
}

static void
actor_died (AempNode *node, const AempList *reason, void *user_data)
{
  const Entry *entry = user_data;

  g_tree_remove (entry->directory->ports, entry->name);
}

static void
watch_actor (AempNode *node, const AempList *nothing, void *user_data)
{
  Entry *entry = user_data;

  aemp_mon (node, entry->port, actor_died, entry, free_entry);
}

bool
sim_directory_enter (SimDirectory *directory, AempNode *node, const char *name, const char *port)
{
  Entry *entry;

  if (g_tree_lookup (directory->ports, name))
    return false;
  g_tree_insert (directory->ports, g_strdup (name), g_strdup (port));
  entry = g_new0 (Entry, 1);
  entry->directory = sim_directory_ref (directory);
  entry->name = g_strdup (name);
  entry->port = port;
  aemp_peval (node, directory->port, watch_actor, entry);
  return true;
}

void
sim_directory_answer (AempNode *node, const AempList *arguments, void *user_data)
{
  SimDirectory *directory = user_data;
  g_autofree char *name = aemp_value_dup_text (aemp_list_get (arguments, 0), NULL);
  g_autofree char *reply_port = sim_port_at (arguments, 1);
  AempList reply = aemp_list_skip (*arguments, 2);
  const char *port;

  if (!name || !reply_port)
    return; /* nobody to answer to */
  port = g_tree_lookup (directory->ports, name);
  if (port)
    aemp_snd (node, reply_port, "@s", &reply, port);
  else
    aemp_snd (node, reply_port, "@n", &reply);
}
