/* sim/checkers/functions.c - promise 14: a secure node runs nothing for others that its
 * configuration does not allow.
 *
 * What is asked of a node stands in REQUEST, its refusal right behind that; a function that
 * runs says nothing, a spawned port begins.  What a node sends to its own node port because a
 * peer asked for it (`snd`, an answer) is still the peer's request. */

#include "ledger.h"

#define SPAWN_WORD "AnyEvent::MP::_spawn"
/* Spawns whose function is remembered, and requests that a node relays to itself. */
#define SPAWNS_KEPT 1024
#define RELAYED_KEPT 16

typedef enum
{
  ASKED_NOTHING,
  ASKED_FUNCTION, /* has to be refused */
  ASKED_SPAWN,    /* has to be refused unless its function is allowed */
  ASKED_OTHER,    /* may send something to this very node */
} Asked;

/* A node that said it is secure. */
typedef struct
{
  AempName *name;
  bool secure;
  GArray *allowed;                /* uint64_t: hashes of functions */
  uint64_t relayed[RELAYED_KEPT]; /* payloads; 0: none */
  unsigned relayed_next;
  Asked asked; /* by the latest request, which nothing of this node has followed yet … */
  char *who;   /* … from there … */
  char *word;  /* … with this word … */
  int64_t time_us;
  uint64_t line;
  GList in_checker;
} Guard;

typedef struct
{
  uint64_t key; /* of the port */
  uint64_t function;
} Spawned;

typedef struct
{
  SimChecker base;
  SimTable guards; /* by node */
  GQueue all_guards;
  unsigned asked; /* guards with an open request */
  Spawned spawned[SPAWNS_KEPT];
} Functions;

static uint64_t
hash_text (const char *text)
{
  return text ? aemp_hash_bytes (text, strlen (text)) : 0;
}

static bool
is_allowed (const Guard *guard, uint64_t function)
{
  for (unsigned at = 0; at < guard->allowed->len; at++)
    if (g_array_index (guard->allowed, uint64_t, at) == function)
      return true;
  return false;
}

/* --- What a node says of itself --- */

static void
forget_request (Functions *functions, Guard *guard)
{
  if (guard->asked == ASKED_NOTHING)
    return;
  guard->asked = ASKED_NOTHING;
  if (--functions->asked == 0)
    functions->base.findings->curious &= ~functions->base.bit;
  g_clear_pointer (&guard->who, g_free);
  g_clear_pointer (&guard->word, g_free);
}

static void
relax (Functions *functions, Guard *guard)
{
  forget_request (functions, guard);
  guard->secure = false;
  g_array_set_size (guard->allowed, 0);
  memset (guard->relayed, 0, sizeof guard->relayed);
}

static Guard *
need_guard (Functions *functions, const AempName *name)
{
  Guard *guard = sim_table_get (&functions->guards, name->hash);

  if (guard)
    return guard;
  guard = g_new0 (Guard, 1);
  guard->name = aemp_name_ref (name);
  guard->allowed = g_array_new (FALSE, FALSE, sizeof (uint64_t));
  guard->in_checker.data = guard;
  g_queue_push_tail_link (&functions->all_guards, &guard->in_checker);
  sim_table_add (&functions->guards, name->hash, guard);
  return guard;
}

/* "secure", or "secure FUNCTION,FUNCTION". */
static void
see_start (Functions *functions, const AempTraceEvent *event)
{
  g_auto (GStrv) words = g_strsplit_set (event->text ? event->text : "", " ,", -1);
  Guard *guard;

  if (!words[0] || strcmp (words[0], "secure") != 0)
    return;
  guard = need_guard (functions, event->node);
  guard->secure = true;
  for (char **word = words + 1; *word; word++)
    {
      const uint64_t hash = hash_text (*word);
      g_array_append_val (guard->allowed, hash);
    }
}

/* --- Requests --- */

/* A request of the node's own, which a peer had it send? */
static bool
is_relayed (const Guard *guard, uint64_t payload)
{
  for (unsigned at = 0; at < RELAYED_KEPT; at++)
    if (payload != 0 && guard->relayed[at] == payload)
      return true;
  return false;
}

static Asked
what_is_asked (const Guard *guard, const char *word)
{
  if (strcmp (word, SPAWN_WORD) == 0)
    return ASKED_SPAWN;
  if (strcmp (word, "eval") == 0)
    return ASKED_FUNCTION;
  if (!strstr (word, "::"))
    return ASKED_OTHER;
  return is_allowed (guard, hash_text (word)) ? ASKED_NOTHING : ASKED_FUNCTION;
}

static void
see_request (Functions *functions, Guard *guard, const AempTraceEvent *event, uint64_t line)
{
  const char *word = event->text ? event->text : "";
  const char *who = event->peer ? event->peer->text : "";

  if (event->connection == 0 && !is_relayed (guard, event->payload))
    return;
  guard->asked = what_is_asked (guard, word);
  if (guard->asked != ASKED_OTHER)
    functions->base.findings->judged[14]++;
  if (guard->asked == ASKED_NOTHING)
    return;
  functions->asked++;
  functions->base.findings->curious |= functions->base.bit; /* whatever the node does next */
  guard->who = g_strdup (event->connection == 0 ? "a peer, by way of itself" : who);
  guard->word = g_strdup (word);
  guard->time_us = event->time_us;
  guard->line = line;
}

static void
breach (Functions *functions, const Guard *guard, const char *what)
{
  sim_findings_breach (functions->base.findings, 14, guard->time_us, guard->line,
                       "%s is secure, and %s for %s at " SIM_TIME " (%s)", guard->name->text, what,
                       guard->who, SIM_TIME_PARTS (guard->time_us), guard->word);
}

/* Is the port one of a function that is allowed?  Without a list none is; else it may be that
 * nobody told of the spawn. */
static bool
may_begin (const Functions *functions, const Guard *guard, const AempName *port)
{
  const uint64_t key = sim_key (guard->name->hash, port ? port->hash : 0);
  const Spawned *spawned = &functions->spawned[key % SPAWNS_KEPT];

  if (guard->allowed->len == 0)
    return false;
  return spawned->key != key || is_allowed (guard, spawned->function);
}

/* What a node does next shows what it did about a request. */
static void
judge_next (Functions *functions, Guard *guard, const AempTraceEvent *event)
{
  if (guard->asked == ASKED_FUNCTION && event->kind != AEMP_TRACE_REFUSED)
    breach (functions, guard, "did not refuse a function");
  else if (guard->asked == ASKED_SPAWN && event->kind == AEMP_TRACE_PORT_NEW
           && !may_begin (functions, guard, event->port))
    breach (functions, guard, "spawned a port");
  else if (guard->asked == ASKED_OTHER && event->kind == AEMP_TRACE_SEND
           && (!event->port || event->port->length == 0) && event->peer
           && event->peer->hash == guard->name->hash)
    guard->relayed[guard->relayed_next++ % RELAYED_KEPT] = event->payload;
  forget_request (functions, guard);
}

static void
note_spawn (Functions *functions, const AempTraceEvent *event)
{
  uint64_t key;

  if (!event->peer || !event->port)
    return;
  key = sim_key (event->peer->hash, event->port->hash);
  functions->spawned[key % SPAWNS_KEPT] = (Spawned){ key, hash_text (event->text) };
}

/* --- The checker --- */

static Guard *
find_guard (const Functions *functions, const AempTraceEvent *event)
{
  return functions->all_guards.length > 0 ? sim_table_get (&functions->guards, event->node->hash)
                                          : NULL;
}

static void
functions_see (SimChecker *checker, const AempTraceEvent *event, uint64_t line)
{
  Functions *functions = (Functions *)checker;
  Guard *guard = NULL;

  if (functions->asked > 0)
    {
      guard = find_guard (functions, event);
      if (guard && guard->asked != ASKED_NOTHING)
        judge_next (functions, guard, event);
    }
  if (event->kind == AEMP_TRACE_REQUEST)
    {
      guard = find_guard (functions, event);
      if (guard && guard->secure)
        see_request (functions, guard, event, line);
    }
  else if (event->kind == AEMP_TRACE_SPAWN)
    note_spawn (functions, event);
  else if (event->kind == AEMP_TRACE_NODE_START || event->kind == AEMP_TRACE_PROCESS_START
           || event->kind == AEMP_TRACE_PROCESS_END)
    {
      guard = find_guard (functions, event);
      if (guard)
        relax (functions, guard);
      if (event->kind == AEMP_TRACE_NODE_START)
        see_start (functions, event);
    }
}

static SimChecker *
functions_new (SimFindings *findings)
{
  Functions *functions = g_new0 (Functions, 1);

  functions->base = (SimChecker){ .ops = &sim_checker_functions, .findings = findings };
  sim_table_init (&functions->guards);
  return &functions->base;
}

/* A refusal comes with its request: nothing is left to wait for. */
static void
functions_end (SimChecker *checker, int64_t time_us, bool calm)
{
  Functions *functions = (Functions *)checker;

  for (GList *link = functions->all_guards.head; link; link = link->next)
    if (((Guard *)link->data)->asked == ASKED_FUNCTION)
      breach (functions, link->data, "did not refuse a function");
}

static void
functions_free (SimChecker *checker)
{
  Functions *functions = (Functions *)checker;

  while (functions->all_guards.head)
    {
      Guard *guard = functions->all_guards.head->data;
      g_queue_unlink (&functions->all_guards, &guard->in_checker);
      relax (functions, guard);
      g_array_unref (guard->allowed);
      aemp_name_unref (guard->name);
      g_free (guard);
    }
  sim_table_clear (&functions->guards);
  g_free (functions);
}

static const int promises[] = { 14, 0 };
static const char *const units[] = { "request|requests" };

const SimCheckerOps sim_checker_functions = {
  .name = "admission",
  .promises = promises,
  .units = units,
  .kinds = SIM_KIND (REQUEST) | SIM_KIND (SPAWN) | SIM_KIND (NODE_START) | SIM_KIND (PROCESS_START)
           | SIM_KIND (PROCESS_END),
  .new = functions_new,
  .see = functions_see,
  .end = functions_end,
  .free = functions_free,
};
