/* sim/checkers/roster.c - what a trace says of nodes and their connections. */

#include "roster.h"

#define SEEDS_MAX 1024 /* of one node: more are not remembered */

/* What one node thinks of another. */
typedef struct
{
  uint64_t key;
  bool up;
  int64_t time_us; /* since then */
  uint64_t line;
  GList in_member;
} Link;

static void
seed_free (void *name)
{
  aemp_name_unref (name);
}

void
sim_roster_init (SimRoster *roster)
{
  *roster = (SimRoster){ .fault_us = 0 };
  sim_table_init (&roster->members);
  sim_table_init (&roster->links);
  sim_table_init (&roster->addresses);
}

static void
drop_links (SimRoster *roster, SimMember *member)
{
  while (member->links.head)
    {
      Link *link = g_queue_pop_head_link (&member->links)->data;
      sim_table_remove (&roster->links, link->key);
      g_free (link);
    }
}

void
sim_roster_clear (SimRoster *roster)
{
  while (roster->all.head)
    {
      SimMember *member = g_queue_pop_head_link (&roster->all)->data;
      drop_links (roster, member);
      g_ptr_array_unref (member->seeds);
      aemp_name_unref (member->name);
      g_free (member);
    }
  sim_table_clear (&roster->members);
  sim_table_clear (&roster->links);
  sim_table_clear (&roster->addresses);
}

SimMember *
sim_roster_member (const SimRoster *roster, const AempName *name)
{
  return sim_table_get (&roster->members, name->hash);
}

static SimMember *
need_member (SimRoster *roster, const AempName *name)
{
  SimMember *member = sim_roster_member (roster, name);

  if (member)
    return member;
  member = g_new (SimMember, 1);
  *member = (SimMember){ .name = aemp_name_new (name->text, name->length),
                         .ended_us = SIM_NEVER,
                         .seeds = g_ptr_array_new_with_free_func (seed_free) };
  member->in_roster.data = member;
  g_queue_push_tail_link (&roster->all, &member->in_roster);
  sim_table_add (&roster->members, name->hash, member);
  return member;
}

/* --- Processes --- */

static void
end_process (SimRoster *roster, SimMember *member, const AempTraceEvent *event, uint64_t line)
{
  drop_links (roster, member);
  g_ptr_array_set_size (member->seeds, 0);
  member->alive = member->is_begun = member->is_global = member->listens = false;
  member->master = NULL;
  member->ended_us = event->time_us;
  member->ended_line = line;
}

static void
begin_process (SimRoster *roster, SimMember *member, const AempTraceEvent *event, uint64_t line)
{
  if (member->alive)
    end_process (roster, member, event, line);
  member->traced = member->alive = true;
  member->is_begun = event->kind == AEMP_TRACE_PROCESS_START;
  member->secret = member->is_begun ? event->payload : 0;
  member->master_us = event->time_us;
  member->master_line = line;
}

/* True: its process is over, or another one begins. */
static bool
see_process (SimRoster *roster, SimMember *member, const AempTraceEvent *event, uint64_t line)
{
  if (event->kind == AEMP_TRACE_NODE_START && member->is_begun)
    {
      member->is_begun = false;
      return false;
    }
  if (event->kind == AEMP_TRACE_PROCESS_END)
    end_process (roster, member, event, line);
  else
    begin_process (roster, member, event, line);
  return true;
}

/* --- Addresses --- */

static void
add_address (SimRoster *roster, const char *text, SimMember *member)
{
  const uint64_t key = aemp_hash_bytes (text, strlen (text));

  sim_table_remove (&roster->addresses, key);
  sim_table_add (&roster->addresses, key, member);
}

/* A host of the node's name answers to that, too. */
static void
see_listen (SimRoster *roster, SimMember *member, const char *address)
{
  const char *port = strrchr (address, ':');

  member->listens = true;
  add_address (roster, address, member);
  if (port)
    {
      g_autofree char *by_name = g_strconcat (member->name->text, port, NULL);
      add_address (roster, by_name, member);
    }
}

static void
see_seed (SimMember *member, const char *address)
{
  AempName name = aemp_name_view (address, strlen (address));

  for (unsigned i = 0; i < member->seeds->len; i++)
    if (((AempName *)member->seeds->pdata[i])->hash == name.hash)
      return;
  if (member->seeds->len < SEEDS_MAX)
    g_ptr_array_add (member->seeds, aemp_name_ref (&name));
}

/* --- Connections --- */

static Link *
find_link (const SimRoster *roster, const SimMember *one, const SimMember *other)
{
  return sim_table_get (&roster->links, sim_key (one->name->hash, other->name->hash));
}

static void
see_link (SimRoster *roster, SimMember *member, const AempTraceEvent *event, uint64_t line)
{
  SimMember *peer = need_member (roster, event->peer);
  Link *link = find_link (roster, member, peer);

  if (!link)
    {
      link = g_new0 (Link, 1);
      link->key = sim_key (member->name->hash, peer->name->hash);
      link->in_member.data = link;
      g_queue_push_tail_link (&member->links, &link->in_member);
      sim_table_add (&roster->links, link->key, link);
    }
  link->up = event->kind == AEMP_TRACE_NODE_UP;
  link->time_us = event->time_us;
  link->line = line;
  roster->strangers = roster->strangers || !peer->traced;
}

bool
sim_roster_connected (const SimRoster *roster, const SimMember *one, const SimMember *other)
{
  const Link *there = find_link (roster, one, other);
  const Link *back = find_link (roster, other, one);

  return there && back && there->up && back->up;
}

/* --- Events --- */

static void
see_master (SimRoster *roster, SimMember *member, const AempTraceEvent *event, uint64_t line)
{
  member->master
      = event->peer && event->peer->length > 0 ? need_member (roster, event->peer) : NULL;
  member->master_us = event->time_us;
  member->master_line = line;
}

static bool
is_of_interest (const AempTraceEvent *event)
{
  const bool has_peer = event->peer && event->peer->length > 0;

  if (event->kind == AEMP_TRACE_NODE_UP || event->kind == AEMP_TRACE_NODE_DOWN)
    return has_peer;
  if (event->kind == AEMP_TRACE_DIAL)
    return !has_peer; /* of a seed */
  return event->kind != AEMP_TRACE_FAULT && SIM_ROSTER_KINDS >> event->kind & 1;
}

static bool
see_of_interest (SimRoster *roster, SimMember *member, const AempTraceEvent *event, uint64_t line)
{
  const char *text = event->text ? event->text : "";

  if (event->kind == AEMP_TRACE_PROCESS_START || event->kind == AEMP_TRACE_PROCESS_END
      || event->kind == AEMP_TRACE_NODE_START)
    return see_process (roster, member, event, line);
  if (event->kind == AEMP_TRACE_LISTEN)
    see_listen (roster, member, text);
  else if (event->kind == AEMP_TRACE_SEED || event->kind == AEMP_TRACE_DIAL)
    see_seed (member, text);
  else if (event->kind == AEMP_TRACE_GLOBAL)
    member->is_global = true;
  else if (event->kind == AEMP_TRACE_MASTER)
    see_master (roster, member, event, line);
  else
    see_link (roster, member, event, line);
  return false;
}

bool
sim_roster_see (SimRoster *roster, const AempTraceEvent *event, uint64_t line)
{
  if (event->kind == AEMP_TRACE_FAULT || event->kind == AEMP_TRACE_PROCESS_START
      || event->kind == AEMP_TRACE_PROCESS_END)
    roster->fault_us = roster->changed_us = event->time_us;
  if (!is_of_interest (event))
    return false;
  if (event->kind != AEMP_TRACE_DIAL)
    roster->changed_us = event->time_us;
  return see_of_interest (roster, need_member (roster, event->node), event, line);
}

/* --- Circles and groups --- */

static SimMember *
circle_of (SimMember *member)
{
  while (member->circle != member)
    member = member->circle = member->circle->circle;
  return member;
}

static SimMember *
group_of (SimMember *member)
{
  while (member->group != member)
    member = member->group = member->group->group;
  return member;
}

static void
begin_look (SimRoster *roster)
{
  for (GList *link = roster->all.head; link; link = link->next)
    {
      SimMember *member = link->data;
      const bool counts = member->alive && member->traced;
      member->is_seed = member->belongs = false;
      member->seed_of = NULL;
      member->circle = counts ? member : NULL;
      member->group = counts && member->is_global ? member : NULL;
    }
}

/* A seed of a living node: alive, and not kept out by another secret.  NULL: none such. */
static SimMember *
living_seed (const SimRoster *roster, const SimMember *member, unsigned index)
{
  const AempName *address = member->seeds->pdata[index];
  SimMember *seed = sim_table_get (&roster->addresses, address->hash);

  if (!seed || !seed->circle
      || (seed->secret != 0 && member->secret != 0 && seed->secret != member->secret))
    return NULL;
  return seed;
}

static void
join_seeds (SimRoster *roster, SimMember *member)
{
  for (unsigned i = 0; i < member->seeds->len; i++)
    {
      SimMember *seed = living_seed (roster, member, i);
      if (!seed)
        continue;
      if (!seed->is_seed || seed->seed_of == seed)
        seed->seed_of = member;
      seed->is_seed = seed->belongs = member->belongs = true;
      circle_of (member)->circle = circle_of (seed);
    }
}

static void
join_globals (SimRoster *roster, SimMember *member)
{
  for (GList *link = member->in_roster.next; link; link = link->next)
    {
      SimMember *other = link->data;
      if (other->group && other->is_global && sim_roster_connected (roster, member, other))
        group_of (member)->group = group_of (other);
    }
}

void
sim_roster_look (SimRoster *roster)
{
  begin_look (roster);
  for (GList *link = roster->all.head; link; link = link->next)
    {
      SimMember *member = link->data;
      if (member->circle)
        join_seeds (roster, member);
      if (member->group)
        join_globals (roster, member);
    }
  for (GList *link = roster->all.head; link; link = link->next)
    {
      SimMember *member = link->data;
      const SimMember *speaker = member->circle ? sim_roster_speaker (roster, member) : NULL;
      if (member->circle)
        member->circle = circle_of (member);
      member->group = speaker ? group_of ((SimMember *)speaker) : NULL;
    }
}

const SimMember *
sim_roster_speaker (const SimRoster *roster, const SimMember *member)
{
  const SimMember *master = member->master;

  if (member->is_global)
    return member;
  if (!master || !master->alive || !master->is_global
      || !sim_roster_connected (roster, member, master))
    return NULL;
  return master;
}

bool
sim_roster_since (const SimRoster *roster, const SimMember *one, const SimMember *other,
                  int64_t *time_us, uint64_t *line)
{
  const Link *link = find_link (roster, one, other);

  if (!link)
    return false;
  *time_us = link->time_us;
  *line = link->line;
  return true;
}

/* --- Words --- */

void
sim_roster_say_link (GString *out, const SimRoster *roster, const SimMember *one,
                     const SimMember *other)
{
  const Link *link = find_link (roster, one, other);

  if (!link)
    g_string_append_printf (out, "%s was never connected with %s", one->name->text,
                            other->name->text);
  else
    g_string_append_printf (out, "%s %s %s at " SIM_TIME " (line %" G_GUINT64_FORMAT ")",
                            one->name->text, link->up ? "got connected with" : "lost",
                            other->name->text, SIM_TIME_PARTS (link->time_us), link->line);
}

/* ": ruth lost rain at …, rain was never …" */
static void
say_both_links (GString *out, const SimRoster *roster, const SimMember *one, const SimMember *other)
{
  g_string_append (out, ": ");
  sim_roster_say_link (out, roster, one, other);
  g_string_append (out, ", ");
  sim_roster_say_link (out, roster, other, one);
}

static void
say_seeds (GString *out, const SimRoster *roster, const SimMember *member)
{
  bool any = false;

  for (unsigned i = 0; i < member->seeds->len; i++)
    {
      const SimMember *seed = living_seed (roster, member, i);
      if (!seed || seed == member)
        continue;
      g_string_append (out, any ? ", " : "; of its seeds, ");
      sim_roster_say_link (out, roster, member, seed);
      any = true;
    }
  if (!any)
    g_string_append (out, "; none of its seeds is alive");
}

void
sim_roster_say_why_alone (GString *out, const SimRoster *roster, const SimMember *member)
{
  const SimMember *master = member->master;

  if (!master)
    {
      g_string_append_printf (
          out, "%s has no master since " SIM_TIME " (line %" G_GUINT64_FORMAT ")",
          member->name->text, SIM_TIME_PARTS (member->master_us), member->master_line);
      say_seeds (out, roster, member);
      return;
    }
  g_string_append_printf (out,
                          "%s has the master %s since " SIM_TIME " (line %" G_GUINT64_FORMAT "), ",
                          member->name->text, master->name->text,
                          SIM_TIME_PARTS (member->master_us), member->master_line);
  if (!master->alive)
    g_string_append (out, "which is dead");
  else if (!master->is_global)
    g_string_append (out, "which is no global node");
  else
    {
      g_string_append (out, "and is not connected with it");
      say_both_links (out, roster, member, master);
    }
}

void
sim_roster_say_why_deaf (GString *out, const SimRoster *roster, const SimMember *member,
                         const SimMember *source)
{
  const SimMember *here = sim_roster_speaker (roster, member);
  const SimMember *there = sim_roster_speaker (roster, source);

  if (!here || !there)
    sim_roster_say_why_alone (out, roster, here ? source : member);
  else if (member == source)
    g_string_append_printf (out, "%s speaks for it", here->name->text);
  else if (here == there)
    g_string_append_printf (out, "%s speaks for both", here->name->text);
  else
    {
      const bool connected = sim_roster_connected (roster, here, there);
      g_string_append_printf (out, "%s speaks for %s, %s for %s, and they are %sconnected",
                              here->name->text, member->name->text, there->name->text,
                              source->name->text, connected ? "" : "not ");
      if (!connected)
        say_both_links (out, roster, here, there);
    }
}
