/* sim/actors/actor.c - begins and ends an actor, and reads its options. */

#include "sim/actors/actor.h"

#define REASON_WORD_MAX_BYTES 40

void *
sim_actor_new (size_t size, AempNode *node, const AempList *arguments, void *directory,
               void (*clear) (SimActor *actor))
{
  const AempValue *options = aemp_list_get (arguments, 1);
  g_autofree char *name = NULL;

  /* Asked by a request to the node port instead of a spawn: there is nobody to be. */
  if (!aemp_self (node))
    return NULL;
  name = aemp_value_dup_text (aemp_list_get (arguments, 0), NULL);
  if (!name || !*name)
    {
      aemp_die (node, "an actor needs a name as its first argument");
      return NULL;
    }
  if (options && options->type != AEMP_MAP)
    {
      aemp_die (node, "%s: the second argument of an actor is a map of options", name);
      return NULL;
    }

  SimActor *actor = g_malloc0 (size);
  actor->node = node;
  actor->name = g_steal_pointer (&name);
  actor->port = g_strdup (aemp_self (node));
  actor->references = 1;
  actor->clear = clear;
  actor->directory = sim_directory_ref (directory);
  actor->options = options;
  return actor;
}

SimActor *
sim_actor_ref (SimActor *actor)
{
  actor->references++;
  return actor;
}

void
sim_actor_unref (SimActor *actor)
{
  if (--actor->references > 0)
    return;
  if (actor->clear)
    actor->clear (actor);
  sim_directory_unref (actor->directory);
  g_free (actor->port);
  g_free (actor->name);
  g_free (actor);
}

static const AempValue *
find_option (SimActor *actor, const char *key)
{
  g_assert (actor->known_count < SIM_ACTOR_OPTIONS_MAX);
  actor->known[actor->known_count++] = key;
  return actor->options ? aemp_map_get (actor->options, key) : NULL;
}

bool
sim_actor_text (SimActor *actor, const char *key, const char *preset, char **text)
{
  const AempValue *value = find_option (actor, key);

  if (value)
    *text = aemp_value_dup_text (value, NULL);
  else
    *text = g_strdup (preset);
  if (!*text)
    aemp_die (actor->node, "%s: the option '%s' %s", actor->name, key,
              value ? "should be a text" : "is missing");
  return *text != NULL;
}

bool
sim_actor_number (SimActor *actor, const char *key, int64_t preset, int64_t least, int64_t most,
                  int64_t *number)
{
  const AempValue *value = find_option (actor, key);

  *number = preset;
  if (value && (!aemp_value_get_integer (value, number) || *number < least || *number > most))
    {
      aemp_die (actor->node,
                "%s: the option '%s' should be a number from %" G_GINT64_FORMAT
                " to %" G_GINT64_FORMAT,
                actor->name, key, least, most);
      return false;
    }
  return true;
}

static bool
is_known (SimActor *actor, const AempValue *key)
{
  for (unsigned i = 0; i < actor->known_count; i++)
    if (aemp_value_is (key, actor->known[i]))
      return true;
  return false;
}

static bool
knows_all_options (SimActor *actor)
{
  for (uint32_t i = 0; actor->options && i < actor->options->length; i++)
    {
      const AempValue *key = &actor->options->as.items[2 * i];

      if (!is_known (actor, key))
        {
          g_autofree char *text = aemp_value_to_text (key, REASON_WORD_MAX_BYTES);

          aemp_die (actor->node, "%s: it has no option %s", actor->name, text);
          return false;
        }
    }
  return true;
}

bool
sim_actor_open (SimActor *actor)
{
  if (!knows_all_options (actor))
    return false;
  actor->options = NULL;
  if (sim_directory_enter (actor->directory, actor->node, actor->name, actor->port))
    return true;
  aemp_die (actor->node, "%s: an actor of this name is here already", actor->name);
  return false;
}

static void
unref_actor (void *user_data)
{
  sim_actor_unref (user_data);
}

void
sim_actor_receive (SimActor *actor, const char *tag, AempReceive receive)
{
  aemp_rcv (actor->node, actor->port, tag, receive, sim_actor_ref (actor), unref_actor);
}

void
sim_actor_after (SimActor *actor, int64_t delay_us, AempReceive call)
{
  aemp_after (actor->node, delay_us, call, sim_actor_ref (actor), unref_actor);
}

void
sim_actor_broken (SimActor *actor, const char *format, ...)
{
  g_autofree char *why = NULL;
  va_list arguments;

  if (actor->broken)
    return;
  actor->broken = true;
  va_start (arguments, format);
  why = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  aemp_note (actor->node, actor->name, "broken", "s", why);
  aemp_die (actor->node, "%s: %s", actor->name, why);
}

char *
sim_port_at (const AempList *message, uint32_t index)
{
  g_autofree char *port = aemp_value_dup_text (aemp_list_get (message, index), NULL);

  return port && aemp_port_id_is_valid (port) ? g_steal_pointer (&port) : NULL;
}

char *
sim_reason_word (const AempList *reason)
{
  const AempValue *first = aemp_list_get (reason, 0);

  if (!first)
    return g_strdup ("normal");
  if (aemp_value_is_string (first))
    return aemp_value_dup_text (first, NULL);
  return aemp_value_to_text (first, REASON_WORD_MAX_BYTES);
}
