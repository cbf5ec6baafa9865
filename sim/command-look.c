/* sim/command-look.c - the options of `aemp simulate` that look into one run. */

#include "sim/command-look.h"

#include "engine/units.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define VALUE_SHOWN_BYTES 100

void
sim_look_clear (SimLook *look)
{
  g_clear_pointer (&look->wanted, g_ptr_array_unref);
  g_clear_pointer (&look->places, g_array_unref);
}

/* --- Options ------------------------------------------------------------------------------- */

bool
sim_look_knows (const char *name)
{
  return strcmp (name, "--trap-at") == 0 || strcmp (name, "--inspect") == 0;
}

/* Is somebody there who would get a trap? */
static bool
is_traced (void)
{
  g_autofree char *status = NULL;
  if (!g_file_get_contents ("/proc/self/status", &status, NULL, NULL))
    return true; /* nobody knows */
  const char *tracer = strstr (status, "\nTracerPid:");
  return tracer && g_ascii_strtoull (tracer + strlen ("\nTracerPid:"), NULL, 10) != 0;
}

char *
sim_look_take (SimLook *look, const char *name, const char *value)
{
  if (strcmp (name, "--inspect") == 0)
    {
      if (!look->wanted)
        look->wanted = g_ptr_array_new_with_free_func (g_free);
      g_ptr_array_add (look->wanted, g_strdup (value));
      return NULL;
    }
  if (!g_ascii_string_to_unsigned (value, 10, 1, G_MAXUINT64, &look->trap_at, NULL))
    return g_strdup_printf ("--trap-at: '%s' is no line of a trace", value);
  if (!is_traced ())
    return g_strdup_printf ("--trap-at stops in a debugger, and there is none: put it behind\n"
                            "  gdb -ex run --args %s simulate …",
                            g_get_prgname () ? g_get_prgname () : "aemp");
  return NULL;
}

static char *
take_place (SimLook *look, const Scenario *scenario, const char *wanted)
{
  const char *at = strrchr (wanted, '@');
  SimLookAt place = { .node = G_MAXUINT };
  g_autoptr (GError) error = NULL;
  if (!at)
    return g_strdup_printf ("--inspect: expected NODE@TIME (ruth@5s), found '%s'", wanted);
  g_autofree char *name = g_strndup (wanted, (size_t)(at - wanted));
  if (!aemp_parse_duration (at + 1, AEMP_DURATION_PLAIN, &place.at_us, &error))
    return g_strdup_printf ("--inspect: %s", error->message);
  for (unsigned i = 0; i < scenario->nodes->len; i++)
    if (strcmp (((const ScenarioNode *)scenario->nodes->pdata[i])->name, name) == 0)
      place.node = i;
  if (place.node == G_MAXUINT)
    return g_strdup_printf ("--inspect: %s has no node '%s'", scenario->file, name);
  g_array_append_val (look->places, place);
  return NULL;
}

static int
compare_places (const void *one, const void *other)
{
  const SimLookAt *a = one, *b = other;
  if (a->at_us != b->at_us)
    return a->at_us < b->at_us ? -1 : 1;
  return a->node < b->node ? -1 : a->node > b->node;
}

char *
sim_look_prepare (SimLook *look, const Scenario *scenario)
{
  if (!look->wanted)
    return NULL;
  look->places = g_array_new (FALSE, FALSE, sizeof (SimLookAt));
  for (unsigned i = 0; i < look->wanted->len; i++)
    {
      char *trouble = take_place (look, scenario, look->wanted->pdata[i]);
      if (trouble)
        return trouble;
    }
  g_array_sort (look->places, compare_places);
  return NULL;
}

/* --- As people read it ----------------------------------------------------------------------- */

static void print_members (const AempValue *map, unsigned depth);

static bool
is_plain (const AempValue *value)
{
  return value->type != AEMP_MAP && value->type != AEMP_ARRAY;
}

static void
print_plain (const AempValue *value)
{
  g_autofree char *text = NULL;
  if (value->type == AEMP_TEXT)
    printf ("%.*s", (int)value->length, value->as.string);
  else
    printf ("%s", text = aemp_value_to_text (value, VALUE_SHOWN_BYTES));
}

/* What names an element of a list stands in front, whatever the order of its keys. */
static const AempValue *
name_of (const AempValue *map)
{
  static const char *const keys[] = { "number", "node", "family", "port", "is", "from" };
  for (unsigned i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      const AempValue *name = aemp_map_get (map, keys[i]);
      if (name)
        return name;
    }
  return NULL;
}

/* "worker  tags: ask, tell" and what is no plain value below it. */
static void
print_element (const AempValue *map, unsigned indent, unsigned depth)
{
  const AempValue *name = name_of (map);
  printf ("%*s", (int)(2 * indent), "");
  if (name)
    {
      fputs (indent ? "" : " ", stdout);
      print_plain (name);
    }
  for (uint32_t i = 0; i < map->length; i++)
    {
      const AempValue *key = &map->as.items[2 * i], *value = key + 1;
      if (value == name || !is_plain (value))
        continue;
      printf ("   %s: ", key->as.string);
      print_plain (value);
    }
  putchar ('\n');
  print_members (map, depth);
}

static void
print_list (const AempValue *list, unsigned depth)
{
  for (uint32_t i = 0; i < list->length; i++)
    if (list->as.items[i].type == AEMP_MAP)
      print_element (&list->as.items[i], depth, depth + 1);
}

static bool
is_of_maps (const AempValue *value)
{
  return value->type == AEMP_ARRAY && value->length > 0 && value->as.items[0].type == AEMP_MAP;
}

/* The pairs of a family, or of a message: each a line, cut. */
static void
print_pairs (const AempValue *map, unsigned depth)
{
  for (uint32_t i = 0; i < map->length; i++)
    {
      g_autofree char *text = aemp_value_to_text (&map->as.items[2 * i + 1], VALUE_SHOWN_BYTES);
      printf ("%*s%s = %s\n", (int)(2 * depth), "", map->as.items[2 * i].as.string, text);
    }
}

static void
print_member (const char *key, const AempValue *value, unsigned depth)
{
  int indent = (int)(2 * depth);
  if (value->type == AEMP_MAP && strcmp (key, "keys") == 0)
    print_pairs (value, depth);
  else if (value->type == AEMP_MAP)
    {
      printf ("%*s%s:", indent, "", key);
      print_element (value, 0, depth + 1);
    }
  else if (is_of_maps (value) && strcmp (key, "message") != 0)
    {
      printf ("%*s%s (%u):\n", indent, "", key, value->length);
      print_list (value, depth + 1);
    }
  else
    {
      g_autofree char *text = aemp_value_to_text (value, VALUE_SHOWN_BYTES);
      printf ("%*s%s: %s\n", indent, "", key, text);
    }
}

/* What is not plain among the members of a map. */
static void
print_members (const AempValue *map, unsigned depth)
{
  for (uint32_t i = 0; i < map->length; i++)
    if (!is_plain (&map->as.items[2 * i + 1]))
      print_member (map->as.items[2 * i].as.string, &map->as.items[2 * i + 1], depth);
}

static void
print_state (const SimLookAt *place, const AempValue *state)
{
  static const char *const sections[] = { "ports", "monitors_of_nodes", "peers", "meetings",
                                          "local", "database", NULL };
  const AempValue *ways = aemp_map_get (state, "ways"), *node = aemp_map_get (state, "state");
  g_autofree char *time = aemp_format_duration (place->at_us);
  printf ("%s at %s\n", aemp_map_get (state, "host")->as.string, time);
  print_member ("process", aemp_map_get (state, "process"), 1);
  if (ways)
    print_member ("ways", ways, 1);
  for (unsigned i = 0; node && sections[i]; i++)
    {
      const AempValue *section = aemp_map_get (node, sections[i]);
      if (section)
        print_member (sections[i], section, 1);
    }
}

static void
on_inspected (const SimLookAt *place, const AempValue *state, void *user_data)
{
  const SimLook *look = user_data;
  g_autofree char *text = look->json ? aemp_value_to_text (state, 0) : NULL;
  if (text)
    puts (text);
  else
    print_state (place, state);
}

/* --- The run --------------------------------------------------------------------------------- */

static void
trap (const AempTraceEvent *event, uint64_t line)
{
  g_autoptr (GString) text = g_string_new (NULL);
  aemp_trace_write_json (text, event, line);
  fprintf (stderr, "aemp simulate: %s\n", text->str);
  raise (SIGTRAP);
}

static void
on_event (const AempTraceEvent *event, uint64_t line, void *user_data)
{
  const SimLook *look = user_data;
  if (look->line_told)
    look->line_told (line);
  if (line == look->trap_at)
    trap (event, line);
}

/* What a library that was put in front of this program would like to hear. */
static void
tell_outside (const char *function)
{
  void (*told) (void) = (void (*) (void))dlsym (RTLD_DEFAULT, function);
  if (told)
    told ();
}

void
sim_look_begin (SimLook *look, SimRunOptions *run)
{
  look->line_told = (void (*) (uint64_t))dlsym (RTLD_DEFAULT, "aemp_outside_line");
  if (look->trap_at || look->line_told)
    {
      run->observe = on_event;
      run->observe_data = look;
    }
  if (look->places)
    {
      run->places = (const SimLookAt *)(void *)look->places->data;
      run->places_count = look->places->len;
      run->inspected = on_inspected;
      run->inspected_data = look;
    }
  tell_outside ("aemp_outside_begin");
}

void
sim_look_end (const SimLook *look)
{
  if (look->line_told)
    tell_outside ("aemp_outside_end");
}
