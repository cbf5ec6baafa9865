/* sim/checkers/admission.c - promise 13: nobody gets in without the secret, or a
 * certificate that is trusted. */

#include "ledger.h"

#include "engine/planted.h"

#include <string.h>

/* Processes of one node ID that are remembered: a handshake may end when its peer has been
 * restarted already. */
#define PROCESSES_KEPT 4
/* Connections that are down and still remembered, of each node. */
#define DOWN_KEPT 64
/* A certificate is looked at early in a handshake; so long may the rest take, usually. */
#define HANDSHAKE_MOST_US (30 * G_USEC_PER_SEC)

typedef struct
{
  uint64_t instance;
  uint64_t secret;    /* its mark; 0: unknown */
  uint64_t authority; /* a hash of who signed its certificate; 0: it has none */
  int64_t expires_us; /* ... when that is over; G_MAXINT64: never */
} Process;

typedef struct
{
  AempName *name;
  bool traced;
  unsigned processes;              /* how many there were */
  Process process[PROCESSES_KEPT]; /* the latest, in a ring */
  GQueue links;                    /* Link, up now */
  GQueue down;                     /* Link, not any more; oldest first */
  GList in_checker;
} Member;

typedef struct
{
  uint64_t key;
  uint64_t peer;
  bool up;
  GList in_member;
} Link;

typedef struct
{
  SimChecker base;
  SimTable members;
  SimTable links; /* by node and connection */
  SimTable ways;  /* the same by peer, too: who is asked for with every message */
  GQueue all_members;
  bool clocks_changed; /* so nobody knows who took which certificate for expired */
  uint64_t last_key;   /* the link of the latest arrival: known to be fine, or told */
} Admission;

static Member *
need_member (Admission *admission, const AempName *name)
{
  Member *member = sim_table_get (&admission->members, name->hash);

  if (member)
    return member;
  member = g_new0 (Member, 1);
  member->name = aemp_name_new (name->text, name->length);
  member->in_checker.data = member;
  g_queue_push_tail_link (&admission->all_members, &member->in_checker);
  sim_table_add (&admission->members, name->hash, member);
  return member;
}

static Process *
latest_process (Member *member)
{
  return &member->process[(member->processes - 1) % PROCESSES_KEPT];
}

/* --- Links --- */

static void
drop_link (Admission *admission, GQueue *queue, Link *link)
{
  g_queue_unlink (queue, &link->in_member);
  sim_table_remove (&admission->links, link->key);
  sim_table_remove (&admission->ways, sim_key (link->key, link->peer));
  g_free (link);
}

static void
drop_links (Admission *admission, Member *member)
{
  while (member->links.head)
    drop_link (admission, &member->links, member->links.head->data);
  while (member->down.head)
    drop_link (admission, &member->down, member->down.head->data);
  admission->last_key = 0;
}

static uint64_t
link_key (const AempTraceEvent *event)
{
  return sim_key (event->node->hash, event->connection);
}

static void
note_link_up (Admission *admission, Member *member, const AempTraceEvent *event)
{
  const uint64_t key = link_key (event);
  Link *link = sim_table_get (&admission->links, key);

  if (link)
    drop_link (admission, link->up ? &member->links : &member->down, link);
  link = g_new0 (Link, 1);
  *link = (Link){ .key = key, .peer = event->peer ? event->peer->hash : 0, .up = true };
  link->in_member.data = link;
  g_queue_push_tail_link (&member->links, &link->in_member);
  sim_table_add (&admission->links, key, link);
  sim_table_add (&admission->ways, sim_key (key, link->peer), link);
}

static void
note_link_down (Admission *admission, Member *member, const AempTraceEvent *event)
{
  Link *link = sim_table_get (&admission->links, link_key (event));

  if (!link || !link->up)
    return;
  g_queue_unlink (&member->links, &link->in_member);
  g_queue_push_tail_link (&member->down, &link->in_member);
  link->up = false;
  if (member->down.length > DOWN_KEPT)
    drop_link (admission, &member->down, member->down.head->data);
  admission->last_key = 0;
}

/* Was it let in over this connection? */
static inline bool
was_let_in (const Admission *admission, uint64_t key, const AempName *peer)
{
  return peer && sim_table_get (&admission->ways, sim_key (key, peer->hash));
}

/* --- Secrets and certificates --- */

/* A peer's process that has this instance, or its only one; NULL: unknown. */
static const Process *
peer_process (const Member *peer, uint64_t instance)
{
  for (unsigned at = 0; at < MIN (peer->processes, PROCESSES_KEPT); at++)
    if (instance != 0 && peer->process[at].instance == instance)
      return &peer->process[at];
  return peer->processes == 1 ? &peer->process[0] : NULL;
}

/* NULL: it may. */
static const char *
why_not (const Admission *admission, const Process *ours, const Process *theirs,
         const AempTraceEvent *event)
{
  if (!event->text || !g_str_has_prefix (event->text, "tls_"))
    return ours->secret == theirs->secret || AEMP_PLANTED (checker_takes_secrets_for_equal)
               ? NULL
               : "their secrets differ";
  if (ours->authority == 0 || ours->authority != theirs->authority)
    return "its certificate is not trusted";
  if (!admission->clocks_changed && theirs->expires_us < event->time_us - HANDSHAKE_MOST_US)
    return "its certificate had expired";
  return NULL;
}

static void
judge_link_up (Admission *admission, Member *member, const AempTraceEvent *event, uint64_t line)
{
  const Member *peer = event->peer ? sim_table_get (&admission->members, event->peer->hash) : NULL;
  const Process *ours = member->processes > 0 ? latest_process (member) : NULL;
  const Process *theirs = peer ? peer_process (peer, event->payload) : NULL;
  const char *why;

  if (!ours || !theirs || ours->secret == 0 || theirs->secret == 0)
    return;
  admission->base.findings->judged[13]++;
  why = why_not (admission, ours, theirs, event);
  if (why)
    sim_findings_breach (admission->base.findings, 13, event->time_us, line,
                         "%s let %s in at " SIM_TIME ", though %s (%s)", member->name->text,
                         peer->name->text, SIM_TIME_PARTS (event->time_us), why,
                         event->text && *event->text ? event->text : "no method");
}

static void
judge_link_refused (Admission *admission, Member *member, const AempTraceEvent *event)
{
  Member *peer = event->peer ? sim_table_get (&admission->members, event->peer->hash) : NULL;

  if (member->processes > 0 && latest_process (member)->secret != 0 && peer && peer->processes > 0
      && latest_process (peer)->secret != 0)
    admission->base.findings->judged[13]++;
}

static void
judge_node_up (Admission *admission, const Member *member, const AempTraceEvent *event,
               uint64_t line)
{
  if (!member->traced || event->connection == 0
      || was_let_in (admission, link_key (event), event->peer))
    return;
  sim_findings_breach (admission->base.findings, 13, event->time_us, line,
                       "%s takes %s for up at " SIM_TIME
                       ", though no handshake with it was done on that connection",
                       member->name->text, event->peer ? event->peer->text : "(nobody)",
                       SIM_TIME_PARTS (event->time_us));
}

static G_NO_INLINE void
judge_stranger (const Admission *admission, const AempTraceEvent *event, uint64_t line)
{
  const Member *member = sim_table_get (&admission->members, event->node->hash);

  if (!member || !member->traced)
    return;
  sim_findings_breach (admission->base.findings, 13, event->time_us, line,
                       "%s took a message from %s at " SIM_TIME
                       ", though no handshake with it was done on that connection",
                       member->name->text, event->peer ? event->peer->text : "(nobody)",
                       SIM_TIME_PARTS (event->time_us));
}

static inline void
judge_arrival (Admission *admission, const AempTraceEvent *event, uint64_t line)
{
  const uint64_t key = link_key (event);

  if (event->connection == 0 || key == admission->last_key)
    return;
  admission->last_key = key;
  if (G_UNLIKELY (!was_let_in (admission, key, event->peer)))
    judge_stranger (admission, event, line);
}

/* --- Processes --- */

/* `certificate` is "AUTHORITY", "AUTHORITY until TIME", or none. */
static void
note_process (Admission *admission, Member *member, uint64_t secret, const char *certificate)
{
  const char *until = certificate ? strstr (certificate, " until ") : NULL;
  Process *process;
  guint64 expires_us;

  drop_links (admission, member);
  member->traced = true;
  member->processes++;
  process = latest_process (member);
  *process = (Process){ .secret = secret, .expires_us = G_MAXINT64 };
  if (!certificate || !*certificate)
    return;
  process->authority
      = aemp_hash_bytes (certificate, until ? (size_t)(until - certificate) : strlen (certificate));
  if (until
      && g_ascii_string_to_unsigned (until + strlen (" until "), 10, 0, G_MAXINT64, &expires_us,
                                     NULL))
    process->expires_us = (int64_t)expires_us;
}

static void
note_node_start (Admission *admission, Member *member, uint64_t instance)
{
  if (member->processes == 0 || latest_process (member)->instance != 0)
    note_process (admission, member, 0, NULL);
  latest_process (member)->instance = instance;
}

/* --- The checker --- */

/* Anything but a message. */
static G_NO_INLINE void
see_change (Admission *admission, const AempTraceEvent *event, uint64_t line)
{
  if (event->kind == AEMP_TRACE_PROCESS_START)
    note_process (admission, need_member (admission, event->node), event->payload, event->text);
  else if (event->kind == AEMP_TRACE_PROCESS_END)
    drop_links (admission, need_member (admission, event->node));
  else if (event->kind == AEMP_TRACE_NODE_START)
    note_node_start (admission, need_member (admission, event->node), event->payload);
  else if (event->kind == AEMP_TRACE_LINK_UP)
    {
      Member *member = need_member (admission, event->node);
      note_link_up (admission, member, event);
      judge_link_up (admission, member, event, line);
    }
  else if (event->kind == AEMP_TRACE_LINK_DOWN)
    note_link_down (admission, need_member (admission, event->node), event);
  else if (event->kind == AEMP_TRACE_LINK_REFUSED)
    judge_link_refused (admission, need_member (admission, event->node), event);
  else if (event->kind == AEMP_TRACE_NODE_UP)
    judge_node_up (admission, need_member (admission, event->node), event, line);
  else if (event->kind == AEMP_TRACE_FAULT && event->text
           && g_str_has_prefix (event->text, "clock "))
    admission->clocks_changed = true;
}

static void
admission_see (SimChecker *checker, const AempTraceEvent *event, uint64_t line)
{
  Admission *admission = (Admission *)checker;

  if (event->kind == AEMP_TRACE_DELIVER || event->kind == AEMP_TRACE_REQUEST
      || event->kind == AEMP_TRACE_UNKNOWN_PORT)
    judge_arrival (admission, event, line);
  else
    see_change (admission, event, line);
}

static SimChecker *
admission_new (SimFindings *findings)
{
  Admission *admission = g_new0 (Admission, 1);

  admission->base = (SimChecker){ .ops = &sim_checker_admission, .findings = findings };
  sim_table_init (&admission->members);
  sim_table_init (&admission->links);
  sim_table_init (&admission->ways);
  return &admission->base;
}

/* Everything is judged on the spot. */
static void
admission_end (SimChecker *checker, int64_t time_us, bool calm)
{
}

static void
admission_free (SimChecker *checker)
{
  Admission *admission = (Admission *)checker;

  while (admission->all_members.head)
    {
      Member *member = admission->all_members.head->data;
      g_queue_unlink (&admission->all_members, &member->in_checker);
      drop_links (admission, member);
      aemp_name_unref (member->name);
      g_free (member);
    }
  sim_table_clear (&admission->members);
  sim_table_clear (&admission->links);
  sim_table_clear (&admission->ways);
  g_free (admission);
}

static const int promises[] = { 13, 0 };
static const char *const units[] = { "handshake|handshakes" };

const SimCheckerOps sim_checker_admission = {
  .name = "admission",
  .promises = promises,
  .units = units,
  .kinds = SIM_KIND (DELIVER) | SIM_KIND (REQUEST) | SIM_KIND (UNKNOWN_PORT)
           | SIM_KIND (PROCESS_START) | SIM_KIND (PROCESS_END) | SIM_KIND (NODE_START)
           | SIM_KIND (LINK_UP) | SIM_KIND (LINK_DOWN) | SIM_KIND (LINK_REFUSED)
           | SIM_KIND (NODE_UP) | SIM_KIND (FAULT),
  .new = admission_new,
  .see = admission_see,
  .end = admission_end,
  .free = admission_free,
};
