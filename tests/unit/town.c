/* tests/unit/town.c - a few nodes in a simulated world, for stories about them. */

#include "town.h"

#include <string.h>

#define SECRET "tea"

typedef struct
{
  Town *town;
  char *label;
} Ear;

typedef struct
{
  Town base;
  GPtrArray *names; /* of char * */
  GPtrArray *settings; /* of char *: key, value */
  GPtrArray *ears;
  bool started;
} WholeTown;

static void
append_name (GString *story, const char *field, const AempName *name)
{
  if (name && name->length > 0)
    g_string_append_printf (story, " %s=%s", field, name->text);
}

static void
see (AempTracer *tracer, const AempTraceEvent *event)
{
  Town *town = (Town *) ((char *) tracer - G_STRUCT_OFFSET (Town, tracer));
  g_string_append_printf (town->story, "%s %s", event->node->text,
                          aemp_trace_catalogue[event->kind].name);
  append_name (town->story, "peer", event->peer);
  append_name (town->story, "port", event->port);
  append_name (town->story, "other", event->other);
  if (event->text && *event->text)
    g_string_append_printf (town->story, " %s", event->text);
  if (event->connection)
    g_string_append_printf (town->story, " c=%016" G_GINT64_MODIFIER "x", event->connection);
  g_string_append_c (town->story, '\n');
}

static void
free_ear (void *memory)
{
  Ear *ear = memory;
  g_free (ear->label);
  g_free (ear);
}

Town *
town_new (uint64_t seed, const char *first, ...)
{
  WholeTown *whole = g_new0 (WholeTown, 1);
  Town *town = &whole->base;
  town->world = sim_world_new (seed);
  town->story = g_string_new (NULL);
  town->heard = g_string_new (NULL);
  town->tracer.see = see;
  whole->names = g_ptr_array_new_with_free_func (g_free);
  whole->settings = g_ptr_array_new_with_free_func (g_free);
  whole->ears = g_ptr_array_new_with_free_func (free_ear);
  sim_world_set_path (town->world, &(SimPath){ .delay_min_us = 1000, .delay_max_us = 5000 });
  va_list arguments;
  va_start (arguments, first);
  for (const char *name = first; name; name = va_arg (arguments, const char *))
    {
      House *house = &town->houses[town->count++];
      g_assert (town->count <= G_N_ELEMENTS (town->houses));
      house->town = town;
      house->host = sim_host_new (town->world, name);
      g_ptr_array_add (whole->names, g_strdup (name));
    }
  va_end (arguments);
  return town;
}

void
town_set (Town *town, const char *key, const char *value)
{
  WholeTown *whole = (WholeTown *) town;
  g_ptr_array_add (whole->settings, g_strdup (key));
  g_ptr_array_add (whole->settings, g_strdup (value));
}

static void
set (AempConfig *config, const char *key, const char *value)
{
  g_autoptr (GError) error = NULL;
  aemp_config_set (config, key, value, &error);
  g_assert_no_error (error);
}

static void
begin (House *house)
{
  Town *town = house->town;
  WholeTown *whole = (WholeTown *) town;
  g_autoptr (GError) error = NULL;
  g_autoptr (AempConfig) config = aemp_config_new ();
  g_autofree char *seed = g_strconcat (whole->names->pdata[0], ":4040", NULL);
  set (config, "nodeid", sim_host_name (house->host));
  set (config, "binds", "*:4040");
  set (config, "secret", SECRET);
  if (house == &town->houses[0])
    set (config, "global", "yes");
  else
    set (config, "seeds", seed);
  for (unsigned i = 0; i < whole->settings->len; i += 2)
    set (config, whole->settings->pdata[i], whole->settings->pdata[i + 1]);
  house->process = sim_process_new (house->host);
  house->node = aemp_node_new (sim_process_env (house->process), config, &town->tracer, &error);
  g_assert_no_error (error);
  aemp_node_start (house->node, &error);
  g_assert_no_error (error);
}

static void
begin_all (Town *town)
{
  WholeTown *whole = (WholeTown *) town;
  if (whole->started)
    return;
  whole->started = true;
  for (unsigned i = 0; i < town->count; i++)
    begin (&town->houses[i]);
}

void
town_run (Town *town, int64_t duration_us)
{
  begin_all (town);
  sim_world_run (town->world, sim_world_now_us (town->world) + duration_us);
}

static House *
house_of (Town *town, const char *name)
{
  begin_all (town);
  for (unsigned i = 0; i < town->count; i++)
    if (strcmp (sim_host_name (town->houses[i].host), name) == 0)
      return &town->houses[i];
  g_assert_not_reached ();
}

AempNode *
town_node (Town *town, const char *name)
{
  return house_of (town, name)->node;
}

SimHost *
town_host (Town *town, const char *name)
{
  return house_of (town, name)->host;
}

static void
finish (House *house, bool silently)
{
  if (!house->process)
    return;
  if (silently)
    sim_process_vanish (house->process);
  g_clear_pointer (&house->node, aemp_node_free);
  if (!silently)
    sim_process_kill (house->process);
  g_clear_pointer (&house->process, sim_process_free);
}

void
town_kill (Town *town, const char *name)
{
  finish (house_of (town, name), false);
}

void
town_vanish (Town *town, const char *name)
{
  finish (house_of (town, name), true);
}

void
town_restart (Town *town, const char *name)
{
  finish (house_of (town, name), false);
  begin (house_of (town, name));
}

void
town_cut (Town *town, const char *one, const char *other)
{
  sim_path_cut (town_host (town, one), town_host (town, other));
  sim_path_cut (town_host (town, other), town_host (town, one));
}

void
town_heal (Town *town, const char *one, const char *other)
{
  sim_path_heal (town_host (town, one), town_host (town, other));
  sim_path_heal (town_host (town, other), town_host (town, one));
}

void
town_free (Town *town)
{
  WholeTown *whole = (WholeTown *) town;
  for (unsigned i = 0; i < town->count; i++)
    finish (&town->houses[i], true);
  sim_world_free (town->world);
  g_string_free (town->story, TRUE);
  g_string_free (town->heard, TRUE);
  g_ptr_array_unref (whole->names);
  g_ptr_array_unref (whole->settings);
  g_ptr_array_unref (whole->ears);
  g_free (whole);
}

static unsigned
count (const char *text, const char *wanted)
{
  unsigned found = 0;
  for (const char *at = strstr (text, wanted); at; at = strstr (at + strlen (wanted), wanted))
    found++;
  return found;
}

unsigned
town_told (Town *town, const char *text)
{
  return count (town->story->str, text);
}

unsigned
town_heard (Town *town, const char *text)
{
  return count (town->heard->str, text);
}

void *
town_ear (Town *town, const char *label)
{
  WholeTown *whole = (WholeTown *) town;
  Ear *ear = g_new (Ear, 1);
  *ear = (Ear){ town, g_strdup (label) };
  g_ptr_array_add (whole->ears, ear);
  return ear;
}

void
town_hear (AempNode *node, const AempList *message, void *user_data)
{
  Ear *ear = user_data;
  g_autofree char *text = aemp_list_to_text (message, 0);
  g_string_append_printf (ear->town->heard, "%s: %s\n", ear->label, text);
}
