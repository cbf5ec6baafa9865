/* sim/actors/tour.c - goes through all that a program can ask of its node, step by step. */

#include "sim/actors/tour.h"

#include "sim/actors/starts.h"

#include <string.h>

struct TourWord
{
  Tour *tour;
  char *name;
  unsigned given_back;
};

typedef struct
{
  char *name;
  char *id;
} TourPort;

static void
free_port (void *memory)
{
  TourPort *port = memory;

  g_free (port->name);
  g_free (port->id);
  g_free (port);
}

/* Words outlive their step as long as the actor: what is given back twice is noticed. */
static void
free_word (void *memory)
{
  TourWord *word = memory;

  g_free (word->name);
  g_free (word);
}

static void
clear_tour (SimActor *actor)
{
  Tour *tour = (Tour *)actor;

  g_free (tour->where);
  g_free (tour->away);
  g_free (tour->far);
  g_string_free (tour->diary, TRUE);
  g_ptr_array_unref (tour->words);
  g_ptr_array_unref (tour->ports);
}

/* --- The diary -------------------------------------------------------------------------- */

static void
write_down (Tour *tour, const char *text)
{
  g_autoptr (GString) line = g_string_new (text);

  for (unsigned i = 0; i < tour->ports->len; i++)
    {
      const TourPort *port = tour->ports->pdata[i];

      g_string_replace (line, port->id, port->name, 0);
    }
  g_string_replace (line, tour->actor.port, "tour", 0);
  if (tour->diary->len > 0)
    g_string_append_c (tour->diary, ' ');
  g_string_append_len (tour->diary, line->str, (gssize)line->len);
}

void
sim_tour_say (Tour *tour, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  write_down (tour, text);
}

TourWord *
sim_tour_word (Tour *tour, const char *name)
{
  TourWord *word = g_new0 (TourWord, 1);

  word->tour = tour;
  word->name = g_strdup (name);
  g_ptr_array_add (tour->words, word);
  sim_actor_ref (&tour->actor);
  return word;
}

void
sim_tour_give_back (void *memory)
{
  TourWord *word = memory;
  Tour *tour = word->tour;

  if (word->given_back++ > 0)
    sim_actor_broken (&tour->actor, "%s is given back twice", word->name);
  else
    {
      sim_tour_say (tour, "-%s", word->name);
      sim_actor_unref (&tour->actor);
    }
}

/* A name for SELF in the diary: NULL for the tour and outside of ports. */
static const char *
name_of_self (const Tour *tour)
{
  const char *self = aemp_self (tour->actor.node);

  if (!self || strcmp (self, tour->actor.port) == 0)
    return NULL;
  for (unsigned i = 0; i < tour->ports->len; i++)
    {
      const TourPort *port = tour->ports->pdata[i];

      if (strcmp (self, port->id) == 0)
        return port->name;
    }
  return "?";
}

static void
hear_text (const TourWord *word, const char *text)
{
  const char *self = name_of_self (word->tour);

  if (self && strcmp (self, word->name) != 0)
    sim_tour_say (word->tour, "%s@%s%s", word->name, self, text);
  else
    sim_tour_say (word->tour, "%s%s", word->name, text);
}

void
sim_tour_hear (AempNode *node, const AempList *list, void *memory)
{
  g_autofree char *values = aemp_list_to_text (list, 0);
  g_autofree char *text = g_strdup_printf ("[%s]", values);

  hear_text (memory, text);
}

static void
append_keys (GString *text, char sign, const AempList *keys)
{
  for (uint32_t i = 0; i < keys->count; i++)
    {
      g_autofree char *key = aemp_value_dup_text (&keys->items[i], NULL);

      g_string_append_printf (text, "%s%c%s", text->len > 1 ? " " : "", sign, key);
    }
}

void
sim_tour_hear_family (AempNode *node, const AempFamilyNews *news, void *memory)
{
  g_autoptr (GString) text = g_string_new ("(");

  append_keys (text, '+', &news->added);
  append_keys (text, '~', &news->changed);
  append_keys (text, '-', &news->deleted);
  g_string_append_c (text, ')');
  hear_text (memory, text->str);
}

void
sim_tour_hear_nodes (AempNode *node, const AempList *list, void *memory)
{
  const TourWord *word = memory;
  Tour *tour = word->tour;
  const AempValue *up = aemp_list_get (list, 1);

  if (!aemp_value_is (aemp_list_get (list, 0), tour->away))
    return;
  hear_text (word, up && up->as.boolean ? "[up]" : "[down]");
  if (strcmp (word->name, "stop") != 0)
    return;
  aemp_unmon (node, tour->monitors[0]);
  aemp_unmon (node, tour->monitors[1]);
}

/* --- Ports ------------------------------------------------------------------------------- */

static const char *
remember (Tour *tour, const char *name, char *id)
{
  TourPort *port = g_new (TourPort, 1);

  *port = (TourPort){ g_strdup (name), id };
  g_ptr_array_add (tour->ports, port);
  return id;
}

const char *
sim_tour_name (Tour *tour, const char *name, const char *id)
{
  return remember (tour, name, g_strdup (id));
}

const char *
sim_tour_port (Tour *tour, const char *name)
{
  const char *id
      = aemp_port (tour->actor.node, sim_tour_hear, sim_tour_word (tour, name), sim_tour_give_back);

  return remember (tour, name, g_strdup (id));
}

const char *
sim_tour_spawn (Tour *tour, const char *place, const char *name)
{
  return remember (tour, name, aemp_spawn (tour->actor.node, place, "aemp::servant", ""));
}

const char *
sim_tour_id (Tour *tour, const char *name)
{
  for (unsigned i = 0; i < tour->ports->len; i++)
    {
      const TourPort *port = tour->ports->pdata[i];

      if (strcmp (port->name, name) == 0)
        return port->id;
    }
  g_assert_not_reached ();
}

AempMonitor
sim_tour_mon (Tour *tour, const char *name, const char *word)
{
  return aemp_mon (tour->actor.node, sim_tour_id (tour, name), sim_tour_hear,
                   sim_tour_word (tour, word), sim_tour_give_back);
}

void
sim_tour_end (Tour *tour, const char *const *names)
{
  for (; *names; names++)
    aemp_kil (tour->actor.node, sim_tour_id (tour, *names), "");
}

void
sim_tour_in (Tour *tour, const char *name, AempReceive call)
{
  aemp_peval (tour->actor.node, sim_tour_id (tour, name), call, tour);
}

/* --- Going ------------------------------------------------------------------------------- */

static const char *
name_of_step (const TourStep *step)
{
  while (!step->name)
    step--;
  return step->name;
}

/* A word of this step that the node still has; NULL: none. */
static const TourWord *
find_kept (const Tour *tour)
{
  for (unsigned i = 0; i < tour->words->len; i++)
    {
      const TourWord *word = tour->words->pdata[i];

      if (word->given_back == 0)
        return word;
    }
  return NULL;
}

/* False: it is broken. */
static bool
end_step (Tour *tour)
{
  const TourStep *step = tour->step;
  bool is_last = !step[1].act || step[1].name;
  const TourWord *kept = is_last ? find_kept (tour) : NULL;

  if (strcmp (tour->diary->str, step->diary) != 0)
    sim_actor_broken (&tour->actor, "%s: it should be %s and is %s", name_of_step (step),
                      step->diary, tour->diary->str);
  else if (kept)
    sim_actor_broken (&tour->actor, "%s: %s is not given back", name_of_step (step), kept->name);
  else
    {
      g_string_truncate (tour->diary, 0);
      if (is_last)
        {
          g_ptr_array_set_size (tour->ports, 0);
          tour->steps++;
        }
      return true;
    }
  return false;
}

static const TourStep *
first_that_fits (const Tour *tour, const TourStep *step)
{
  while (step->act && step->fits && !step->fits (tour))
    step++;
  return step;
}

/* At the end of the last chapter the tour moves on to the other node.  False: it is over. */
static bool
find_next (Tour *tour)
{
  static const TourStep *const chapters[] = { sim_tour_monitors, sim_tour_ports, sim_tour_nodes };

  tour->step = first_that_fits (tour, tour->step ? tour->step + 1 : chapters[0]);
  while (!tour->step->act)
    {
      if (++tour->chapter == G_N_ELEMENTS (chapters))
        {
          if (strcmp (tour->place, tour->where) == 0)
            return false;
          tour->place = tour->where;
          tour->chapter = 0;
        }
      tour->step = first_that_fits (tour, chapters[tour->chapter]);
    }
  return true;
}

static void begin_step (Tour *tour);

static void
on_end (AempNode *node, const AempList *nothing, void *user_data)
{
  Tour *tour = user_data;

  if (end_step (tour))
    begin_step (tour);
}

/* What the node has to free at its end. */
static void
leave_behind (Tour *tour)
{
  AempNode *node = tour->actor.node;

  aemp_mon_nodes (node, sim_tour_hear_nodes, sim_tour_word (tour, "left-1"), sim_tour_give_back);
  aemp_mon (node, aemp_node_id (node), TOUR_HEARD (tour, "left-2"));
  aemp_mon (node, tour->where, TOUR_HEARD (tour, "left-3"));
  aemp_mon (node, tour->actor.port, TOUR_HEARD (tour, "left-4"));
}

static void
begin_step (Tour *tour)
{
  SimActor *actor = &tour->actor;

  if (!find_next (tour))
    {
      leave_behind (tour);
      aemp_note (actor->node, actor->name, "done", "u", (uint64_t)tour->steps);
      return;
    }
  tour->step->act (tour);
  sim_actor_after (actor, tour->step->takes_us > 0 ? tour->step->takes_us : tour->every_us, on_end);
}

static void
on_begin (AempNode *node, const AempList *nothing, void *user_data)
{
  begin_step (user_data);
}

/* Asked by a request to the node port, it is where no SELF is: it tries what needs one. */
static void
try_outside (AempNode *node, const AempList *arguments)
{
  g_autofree char *port = sim_port_at (arguments, 0);

  if (!port)
    return;
  aemp_die (node, "there is nobody to die");
  bool refused = aemp_mon_kil (node, port, NULL) == 0;
  aemp_snd (node, port, "sb", "outside", refused);
}

void
sim_tour_start (AempNode *node, const AempList *arguments, void *user_data)
{
  if (!aemp_self (node))
    {
      try_outside (node, arguments);
      return;
    }
  g_autoptr (SimActor) actor
      = sim_actor_new (sizeof (Tour), node, arguments, user_data, clear_tour);
  Tour *tour = (Tour *)actor;

  if (!tour)
    return;
  tour->diary = g_string_new (NULL);
  tour->words = g_ptr_array_new_with_free_func (free_word);
  tour->ports = g_ptr_array_new_with_free_func (free_port);
  tour->place = aemp_node_id (node);
  if (!sim_actor_text (actor, "where", NULL, &tour->where)
      || !sim_actor_text (actor, "away", "", &tour->away)
      || !sim_actor_text (actor, "far", "", &tour->far)
      || !sim_actor_number (actor, "limit_bytes", 0, 1, 1000 * 1000, &tour->limit_bytes)
      || !sim_actor_number (actor, "is_secure", 0, 0, 1, &tour->is_secure)
      || !sim_actor_number (actor, "every_us", 500 * 1000, 5 * TOUR_MOMENT_US, G_MAXINT64 / 4,
                            &tour->every_us)
      || !sim_actor_open (actor))
    return;
  sim_actor_after (actor, 2 * tour->every_us, on_begin);
}
