/* sim/checkers/roster-judge.c - is it one network? */

#include "roster.h"

#include "engine/planted.h"

typedef struct
{
  SimRoster *roster;
  const SimTold *told;
  GPtrArray *seeds;   /* SimMember, of the circle that is judged, … */
  GPtrArray *globals; /* … and its global nodes */
  bool all;
  bool enough; /* nobody wants to hear more */
} Judge;

static void
tell (Judge *judge, const SimMember *waits, const SimMember *waits_for, int64_t time_us,
      uint64_t line, const GString *text)
{
  if (AEMP_PLANTED (checker_ends_early))
    return;
  judge->roster->waits = waits;
  judge->roster->waits_for = waits_for;
  if (!judge->told->tell (judge->told->user_data, time_us, line, text->str))
    judge->enough = true;
}

/* --- Is a circle complete? --- */

static bool
has_seed (const SimRoster *roster, const SimMember *member, const SimMember *seed)
{
  for (unsigned i = 0; i < member->seeds->len; i++)
    if (sim_table_get (&roster->addresses, ((AempName *)member->seeds->pdata[i])->hash) == seed)
      return true;
  return false;
}

static bool
is_complete (const SimRoster *roster, const GPtrArray *seeds)
{
  for (unsigned i = 0; i < seeds->len; i++)
    for (unsigned j = 0; j < i; j++)
      if (!has_seed (roster, seeds->pdata[i], seeds->pdata[j])
          && !has_seed (roster, seeds->pdata[j], seeds->pdata[i]))
        return false;
  return true;
}

/* --- Who waits for what --- */

static void
judge_slave (Judge *judge, const SimMember *member)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (sim_roster_speaker (judge->roster, member) || (member->master && !member->master->traced))
    return;
  if (member->is_seed)
    g_string_append_printf (text, "%s is a seed of %s, but no global node; ", member->name->text,
                            member->seed_of->name->text);
  sim_roster_say_why_alone (text, judge->roster, member);
  tell (judge, member, NULL, member->master_us, member->master_line, text);
}

/* Nobody has to become global before somebody asks, but who is somebody's seed has been asked. */
static void
judge_seed (Judge *judge, const SimMember *member)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (member->is_global || !sim_roster_speaker (judge->roster, member))
    return;
  g_string_append_printf (text, "%s is a seed of %s, but no global node: it has the master %s",
                          member->name->text, member->seed_of->name->text,
                          member->master->name->text);
  tell (judge, member, NULL, member->master_us, member->master_line, text);
}

static void
judge_pair (Judge *judge, const SimMember *one, const SimMember *other)
{
  g_autoptr (GString) text = NULL;
  const SimMember *later = one->master_line > other->master_line ? one : other;
  int64_t time_us = later->master_us; /* if they never met: since both are there */
  uint64_t line = later->master_line;

  if (sim_roster_connected (judge->roster, one, other) || (!one->listens && !other->listens))
    return;
  text = g_string_new (NULL);
  g_string_append_printf (text, "the global nodes %s and %s are not connected: ", one->name->text,
                          other->name->text);
  sim_roster_say_link (text, judge->roster, one, other);
  g_string_append (text, ", ");
  sim_roster_say_link (text, judge->roster, other, one);
  if (!sim_roster_since (judge->roster, one, other, &time_us, &line))
    sim_roster_since (judge->roster, other, one, &time_us, &line);
  tell (judge, one, other, time_us, line, text);
}

static void
judge_circle (Judge *judge, const GPtrArray *members)
{
  for (unsigned i = 0; i < members->len && !judge->enough; i++)
    {
      const SimMember *member = members->pdata[i];
      if (member->is_seed)
        judge_seed (judge, member);
      if (!member->is_global)
        judge_slave (judge, member);
    }
  for (unsigned i = 0; i < judge->globals->len; i++)
    for (unsigned j = 0; j < i && !judge->enough; j++)
      judge_pair (judge, judge->globals->pdata[j], judge->globals->pdata[i]);
}

/* --- All circles --- */

static bool
is_member (const Judge *judge, const SimMember *member, const SimMember *circle)
{
  if (!member->circle)
    return false;
  return judge->all ? member->belongs || member->seeds->len > 0
                    : member->belongs && member->circle == circle;
}

/* The circle that `circle` stands for; or everybody. */
static unsigned
judge_one (Judge *judge, const SimMember *circle)
{
  g_autoptr (GPtrArray) members = g_ptr_array_new ();

  g_ptr_array_set_size (judge->seeds, 0);
  g_ptr_array_set_size (judge->globals, 0);
  for (GList *link = judge->roster->all.head; link; link = link->next)
    {
      SimMember *member = link->data;
      if (!is_member (judge, member, circle))
        continue;
      g_ptr_array_add (members, member);
      if (member->is_seed)
        g_ptr_array_add (judge->seeds, member);
      if (member->is_global)
        g_ptr_array_add (judge->globals, member);
    }
  if (!judge->all && !is_complete (judge->roster, judge->seeds))
    return 0;
  judge_circle (judge, members);
  return members->len;
}

bool
sim_roster_still_waits (const SimRoster *roster)
{
  const SimMember *waits = roster->waits;
  const SimMember *other = roster->waits_for;

  if (!waits || !waits->alive)
    return false;
  if (other)
    return other->alive && !sim_roster_connected (roster, waits, other);
  return !sim_roster_speaker (roster, waits);
}

unsigned
sim_roster_judge (SimRoster *roster, bool all, const SimTold *told)
{
  g_autoptr (GPtrArray) seeds = g_ptr_array_new ();
  g_autoptr (GPtrArray) globals = g_ptr_array_new ();
  Judge judge = { .roster = roster, .told = told, .seeds = seeds, .globals = globals, .all = all };
  unsigned judged = 0;

  roster->waits = roster->waits_for = NULL;
  if (all)
    return judge_one (&judge, NULL);
  for (GList *link = roster->all.head; link && !judge.enough; link = link->next)
    if (((SimMember *)link->data)->circle == link->data && ((SimMember *)link->data)->belongs)
      judged += judge_one (&judge, link->data);
  return judged;
}
