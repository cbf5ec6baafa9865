/* engine/pair.c - connections in handshake, and which of two stays.
 *
 * Two nodes may dial each other at the same moment, lose a connection on one side only,
 * or restart under their old ID.  For every pair one node is the arbiter: the one with the
 * lower ID, or ours, if the other one does not know this rule (Perl).  The arbiter gives its
 * auth line on one connection at a time; as nobody sends a packet before it has seen the
 * other's auth line, nothing is ever sent on a connection that loses.
 *
 * Among several, the arbiter takes the one it dialed.  It waits for another one that is
 * under way, but not longer than connect_interval: a stranger who claims to be the peer
 * cannot block us.  An accepted connection in conflict has to prove itself first: its
 * dialer's auth line is verified before ours goes out.
 *
 * What comes in while a connection is up replaces it, unless it is left over from mutual
 * dialing.  Its dialer knows, and says in its auth line which `other` connections it has
 * with us: if the one that is up is among them, or is younger than the new one, the new
 * one is left over.  The arbiter, in turn, numbers its auth lines: one that it gave on a
 * connection and then gave up may arrive late, and must not undo what came after it.
 * docs/decisions.md has the argument. */

#include "internal.h"

#include "planted.h"

#include <string.h>

#define OTHERS_MAX 32 /* claims named in an auth line; it has room for more */
#define NEW_PROCESSES_MAX 2 /* of one node in monitor_timeout: a node that is started anew */

static const AempLinkEvents meeting_events;

static void
consider_soon (AempTimer *timer, void *user_data)
{
  AempMeeting *meeting = user_data;
  AempNode *node = meeting->node;
  aemp_turn_begin (node);
  g_autoptr (AempName) claim = aemp_name_ref (meeting->claim);
  aemp_pair_consider (node, claim);
  aemp_turn_end (node);
}

/* --- Begin and end ------------------------------------------------------------------------ */

static AempMeeting *
meeting_new (AempNode *node)
{
  AempMeeting *meeting = g_new0 (AempMeeting, 1);
  meeting->node = node;
  meeting->ordinal = ++node->links_made;
  meeting->began_us = aemp_env_now_us (node->env);
  meeting->limit = aemp_timer_new (node->env, consider_soon, meeting);
  meeting->by_age.data = meeting;
  g_queue_push_tail_link (&node->meetings, &meeting->by_age);
  return meeting;
}

static AempLinkConfig
link_config (AempMeeting *meeting)
{
  AempLinkConfig config = meeting->node->link_config;
  config.ordinal = meeting->ordinal;
  return config;
}

static uint64_t
hash_of (const char *text)
{
  return text ? aemp_hash_bytes (text, strlen (text)) : 0;
}

AempMeeting *
aemp_meeting_dial (AempNode *node, const char *address, AempDial *dial, AempSeed *seed)
{
  AempMeeting *meeting = meeting_new (node);
  AempLinkConfig config = link_config (meeting);
  meeting->dial = dial;
  meeting->seed = seed;
  meeting->address = g_strdup (address);
  AEMP_TRACE (node, .kind = AEMP_TRACE_DIAL, .peer = dial ? aemp_dial_peer (dial)->name : NULL,
              .text = address);
  meeting->link = aemp_link_dial (node->env, &config, address, &meeting_events, meeting);
  return meeting;
}

void
aemp_meeting_accept (AempNode *node, AempStream *stream)
{
  uint64_t host = aemp_door_host_of (stream);
  if (!aemp_door_make_room (node, host))
    {
      AEMP_TRACE (node, .kind = AEMP_TRACE_LINK_REFUSED, .text = "too many handshakes at once");
      aemp_stream_abort (stream);
      return;
    }
  AempMeeting *meeting = meeting_new (node);
  AempLinkConfig config = link_config (meeting);
  node->accepted_meetings++;
  meeting->host = host;
  meeting->link = aemp_link_accept (stream, &config, &meeting_events, meeting);
  node->accepted_nonces[meeting->ordinal % AEMP_NONCES_KEPT]
      = hash_of (aemp_handshake_nonce (aemp_link_handshake (meeting->link)));
}

/* Frees the meeting and hands out its link. */
static AempLink *
meeting_dissolve (AempMeeting *meeting)
{
  AempNode *node = meeting->node;
  AempLink *link = meeting->link;
  if (!aemp_link_is_dialed (link))
    node->accepted_meetings--;
  g_queue_unlink (&node->meetings, &meeting->by_age);
  aemp_timer_free (meeting->limit);
  g_clear_pointer (&meeting->claim, aemp_name_unref);
  g_free (meeting->address);
  g_free (meeting);
  return link;
}

void
aemp_meeting_free (AempMeeting *meeting)
{
  aemp_link_free (meeting_dissolve (meeting));
}

void
aemp_meetings_free (AempNode *node)
{
  while (node->meetings.head)
    aemp_meeting_free (node->meetings.head->data);
}

void
aemp_meeting_refuse (AempMeeting *meeting, const char *text)
{
  AempNode *node = meeting->node;
  AempDial *dial = meeting->dial;
  AempSeed *seed = meeting->seed;
  AempPeer *peer = meeting->claim ? aemp_peer_find (node, meeting->claim) : NULL;
  AEMP_TRACE (node, .kind = AEMP_TRACE_LINK_REFUSED, .peer = meeting->claim,
              .connection = aemp_link_connection (meeting->link),
              .number = aemp_link_is_dialed (meeting->link), .text = text,
              .address = meeting->address);
  aemp_meeting_free (meeting);
  if (dial)
    aemp_dial_failed (dial, text);
  else if (peer && peer->dial)
    aemp_dial_look (peer->dial, text);
  if (seed)
    aemp_seed_failed (seed);
}

/* --- What is known of a connection ------------------------------------------------------- */

static const AempHandshakePeer *
greeting (const AempMeeting *meeting)
{
  return aemp_handshake_peer (aemp_link_handshake (meeting->link));
}

static bool
is_dialed (const AempMeeting *meeting)
{
  return aemp_link_is_dialed (meeting->link);
}

static bool
we_arbitrate (const AempMeeting *meeting)
{
  return !greeting (meeting)->dial || aemp_name_compare (meeting->node->name, meeting->claim) < 0
         || AEMP_PLANTED (both_arbitrate);
}

static bool
same_instance (const AempMeeting *meeting, const char *instance)
{
  return g_strcmp0 (greeting (meeting)->instance, instance) == 0
         || AEMP_PLANTED (instance_not_compared);
}

static bool
is_with (const AempMeeting *meeting, const AempName *peer)
{
  return meeting->claim && aemp_name_equal (meeting->claim, peer);
}

/* What their auth line says besides; NULL: nothing. */
static const char *
option (const AempMeeting *meeting, const char *key)
{
  return aemp_handshake_option (aemp_link_handshake (meeting->link), key);
}

/* --- Giving our auth line ------------------------------------------------------------------ */

/* The process at the other end has these connections with us besides this one.  Those in
 * handshake are claims: strangers may make many, but not push out the one that is up. */
static void
append_others (GString *out, const AempMeeting *meeting)
{
  AempNode *node = meeting->node;
  unsigned claims = 0;
  AempPeer *peer = aemp_peer_find (node, meeting->claim);
  if (peer && peer->link && same_instance (meeting, peer->instance))
    g_string_append_printf (out, ",%016" G_GINT64_MODIFIER "x", aemp_link_connection (peer->link));
  for (GList *l = node->meetings.head; l && claims < OTHERS_MAX; l = l->next)
    {
      const AempMeeting *other = l->data;
      if (other == meeting || !is_with (other, meeting->claim)
          || !same_instance (meeting, greeting (other)->instance))
        continue;
      claims++;
      g_string_append_printf (out, ",%016" G_GINT64_MODIFIER "x",
                              aemp_link_connection (other->link));
    }
}

static bool
names_other (const AempMeeting *meeting, uint64_t connection)
{
  g_auto (GStrv) others = g_strsplit (option (meeting, "other") ?: "", ",", 0);
  g_autofree char *wanted = g_strdup_printf ("%016" G_GINT64_MODIFIER "x", connection);
  return g_strv_contains ((const char *const *) others, wanted);
}

/* What our auth line has to say about this connection among others; NULL: nothing. */
static char *
answer_options (const AempMeeting *meeting)
{
  if (!greeting (meeting)->dial)
    return NULL;
  if (we_arbitrate (meeting))
    return g_strdup_printf ("turn=%016" G_GINT64_MODIFIER "x", ++meeting->node->turns_given);
  g_autoptr (GString) others = g_string_new (NULL);
  append_others (others, meeting);
  return others->len ? g_strconcat ("other=", others->str + 1, NULL) : NULL;
}

static void
answer (AempMeeting *meeting)
{
  g_autofree char *options = answer_options (meeting);
  if (meeting->waits_since_us)
    AEMP_MARK (meeting->node, ANSWER_RELEASED);
  meeting->answered = true;
  meeting->waits_since_us = 0;
  aemp_timer_stop (meeting->limit);
  aemp_link_answer (meeting->link, options);
}

/* --- Done --------------------------------------------------------------------------------- */

/* Our own attempts to reach a node that is up now are not needed any more. */
static void
drop_own_attempts (AempNode *node, AempPeer *peer)
{
  for (GList *l = node->meetings.head, *next; l; l = next)
    {
      AempMeeting *meeting = l->data;
      next = l->next;
      if (!is_dialed (meeting) || !is_with (meeting, peer->name))
        continue;
      AempSeed *seed = meeting->seed;
      AEMP_MARK (node, DIAL_CROSSED);
      AEMP_TRACE (node, .kind = AEMP_TRACE_LINK_REFUSED, .peer = meeting->claim,
                  .connection = aemp_link_connection (meeting->link), .number = 1,
                  .text = "another connection is up", .address = meeting->address);
      if (seed)
        aemp_seed_met (seed, peer);
      aemp_meeting_free (meeting);
    }
}

/* Two living processes push each other out: that has to be said, or nobody finds out. */
static bool
is_contested (AempPeer *peer)
{
  AempNode *node = peer->node;
  int64_t now_us = aemp_env_now_us (node->env);
  if (peer->new_processes == 0
      || now_us - peer->new_processes_since_us > node->config->monitor_timeout_us)
    {
      peer->new_processes = 0;
      peer->new_processes_since_us = now_us;
    }
  if (++peer->new_processes <= NEW_PROCESSES_MAX)
    return false;
  AEMP_MARK (node, NODE_CONTESTED);
  return true;
}

/* Why the connection that is up goes. */
static char *
replace (AempPeer *peer, const AempMeeting *meeting)
{
  static const char text[] = "switched connections";
  if (same_instance (meeting, peer->instance))
    {
      AEMP_MARK (peer->node, SAME_INSTANCE_REPLACED);
      return g_strdup (text);
    }
  AEMP_MARK (peer->node, NEW_INSTANCE_REPLACED);
  if (!is_contested (peer))
    return g_strdup (text);
  return g_strdup_printf ("%s: another process uses the node ID %s (at %s)", text,
                          peer->name->text, aemp_link_peer_address (meeting->link));
}

static void
become_up (AempMeeting *meeting)
{
  AempNode *node = meeting->node;
  AempSeed *seed = meeting->seed;
  AempPeer *peer = aemp_peer_get (node, meeting->claim);
  const AempHandshake *handshake = aemp_link_handshake (meeting->link);
  const char *instance = greeting (meeting)->instance;
  AEMP_TRACE (node, .kind = AEMP_TRACE_LINK_UP, .peer = peer->name,
              .connection = aemp_link_connection (meeting->link),
              .number = is_dialed (meeting),
              .payload = hash_of (instance),
              .text = aemp_handshake_method (handshake));
  if (peer->link && AEMP_PLANTED (stale_transport_used))
    {
      aemp_meeting_free (meeting);
      return;
    }
  if (peer->link)
    {
      g_autofree char *text = replace (peer, meeting);
      peer->coming = true; /* what is sent by those who are told waits for the new one */
      aemp_peer_lost (peer, text);
      peer->coming = false;
    }
  g_free (peer->turn);
  peer->turn = g_strdup (option (meeting, "turn"));
  AempLink *link = meeting_dissolve (meeting);
  aemp_peer_up (peer, link);
  if (seed)
    aemp_seed_met (seed, peer);
  drop_own_attempts (node, peer);
  aemp_pair_consider (node, peer->name); /* those who waited for this one */
}

/* The peer is the arbiter, and has given its line on another connection since. */
static bool
was_given_up (const AempMeeting *meeting)
{
  const AempPeer *peer = aemp_peer_find (meeting->node, meeting->claim);
  const char *turn = option (meeting, "turn");
  return turn && peer && peer->turn && same_instance (meeting, peer->instance)
         && strcmp (turn, peer->turn) < 0;
}

static void
become_up_if_done (AempMeeting *meeting)
{
  if (aemp_link_is_done (meeting->link))
    become_up (meeting);
}

/* --- The arbiter's decision ---------------------------------------------------------------- */

/* Waits, or lets others wait, from now on; looks again when that has lasted long enough. */
static void
wait_for_it (AempMeeting *meeting)
{
  if (meeting->waits_since_us)
    return;
  AEMP_MARK (meeting->node, ANSWER_WITHHELD);
  meeting->waits_since_us = MAX (aemp_env_now_us (meeting->node->env), 1);
  if (!AEMP_PLANTED (withheld_answer_stays))
    aemp_timer_start (meeting->limit, meeting->node->config->connect_interval_us);
}

static bool
waited_long (const AempMeeting *meeting)
{
  return meeting->waits_since_us
         && aemp_env_now_us (meeting->node->env) - meeting->waits_since_us
                >= meeting->node->config->connect_interval_us;
}

/* The connection on which our auth line is out and theirs has not come. */
static AempMeeting *
find_candidate (AempNode *node, const AempName *peer)
{
  for (GList *l = node->meetings.head; l; l = l->next)
    {
      AempMeeting *meeting = l->data;
      if (is_with (meeting, peer) && meeting->answered && we_arbitrate (meeting))
        return meeting;
    }
  return NULL;
}

/* Is our own attempt to reach this node so young that nobody knows what becomes of it? */
static bool
is_being_dialed (AempNode *node, const AempName *name)
{
  AempPeer *peer = aemp_peer_find (node, name);
  return peer && peer->dial && aemp_dial_is_waiting (peer->dial);
}

/* The best one to go on with, among those that may: ours first, then the oldest. */
static AempMeeting *
find_next (AempNode *node, const AempName *peer, unsigned *waiting)
{
  AempMeeting *best = NULL;
  *waiting = 0;
  for (GList *l = node->meetings.head; l; l = l->next)
    {
      AempMeeting *meeting = l->data;
      if (!is_with (meeting, peer) || meeting->answered)
        continue;
      ++*waiting;
      if (!best || (is_dialed (meeting) && !is_dialed (best)))
        best = meeting;
    }
  return best;
}

/* The oldest accepted one whose dialer has proved itself. */
static AempMeeting *
find_verified (AempNode *node, const AempName *peer)
{
  for (GList *l = node->meetings.head; l; l = l->next)
    {
      AempMeeting *meeting = l->data;
      if (is_with (meeting, peer) && !meeting->answered && meeting->verified)
        return meeting;
    }
  return NULL;
}

static void
probe_answered (AempNode *node, const AempList *reply, void *user_data)
{
  const AempName *peer = user_data;
  if (reply->count == 0)
    return; /* silence, or lost: those who wait go on when they have waited long enough */
  for (GList *l = node->meetings.head, *next; l; l = next)
    {
      AempMeeting *meeting = l->data;
      next = l->next;
      if (is_with (meeting, peer) && !meeting->answered && meeting->waits_since_us
          && !greeting (meeting)->instance)
        aemp_meeting_refuse (meeting, "the old connection is alive");
    }
  aemp_pair_consider (node, peer); /* others may have waited behind those */
}

static void
name_unref (void *name)
{
  aemp_name_unref (name);
}

/* Without `instance` only the old connection itself can tell whether it is alive. */
static void
probe (AempPeer *peer)
{
  aemp_cal (peer->node, peer->name->text, peer->node->config->connect_interval_us,
            probe_answered, aemp_name_ref (peer->name), name_unref, "s", "time");
}

/* One connection is up, another one has just proved itself. */
static void
decide_against_up (AempPeer *peer, AempMeeting *meeting)
{
  bool known = greeting (meeting)->instance;
  if (AEMP_PLANTED (new_connection_refused_while_up))
    {
      aemp_meeting_refuse (meeting, "already connected");
      return;
    }
  if (known && same_instance (meeting, peer->instance) && !AEMP_PLANTED (mutual_dial_loses_messages)
      && (meeting->ordinal <= peer->link_began
          || names_other (meeting, aemp_link_connection (peer->link))))
    {
      AEMP_MARK (peer->node, DIAL_CROSSED);
      aemp_meeting_refuse (meeting, "another connection is up");
      aemp_pair_consider (peer->node, peer->name); /* the next one */
      return;
    }
  if (!known && !peer->instance && !(meeting->probes && waited_long (meeting)))
    {
      if (!meeting->probes)
        {
          meeting->waits_since_us = 0; /* it may have waited for another reason before */
          probe (peer);
        }
      meeting->probes = true;
      wait_for_it (meeting);
      return;
    }
  answer (meeting);
  become_up_if_done (meeting);
}

/* Somebody's auth line is out already: may another one go before it? */
static void
decide_against_candidate (AempMeeting *candidate, AempMeeting *verified)
{
  if (verified && verified->ordinal > candidate->ordinal
      && !same_instance (verified, greeting (candidate)->instance))
    {
      AEMP_MARK (candidate->node, NEWER_PROCESS_FIRST);
      aemp_meeting_refuse (candidate, "a newer process has the same node ID");
      answer (verified);
      become_up_if_done (verified);
    }
  else if (waited_long (candidate))
    {
      g_autoptr (AempName) peer = aemp_name_ref (candidate->claim);
      AempNode *node = candidate->node;
      AEMP_MARK (node, NO_ANSWER_TO_ANSWER);
      aemp_meeting_refuse (candidate, "no answer, and another connection waits");
      aemp_pair_consider (node, peer);
    }
  else
    wait_for_it (candidate);
}

static void
decide_among_waiting (AempNode *node, const AempName *peer)
{
  unsigned waiting;
  AempMeeting *next = find_next (node, peer, &waiting);
  AempMeeting *verified = find_verified (node, peer);
  if (!next)
    return;
  bool being_dialed = is_being_dialed (node, peer);
  if (!is_dialed (next) && being_dialed && !waited_long (next))
    {
      wait_for_it (next);
      return;
    }
  if (!is_dialed (next) && (waiting > 1 || being_dialed))
    {
      if (!verified)
        return; /* in conflict with each other: the first to prove itself goes on */
      next = verified;
    }
  answer (next);
  become_up_if_done (next);
}

void
aemp_pair_consider (AempNode *node, const AempName *name)
{
  AempPeer *peer = aemp_peer_find (node, name);
  AempMeeting *verified = find_verified (node, name);
  AempMeeting *candidate = find_candidate (node, name);
  if (peer && peer->link)
    {
      if (verified && we_arbitrate (verified))
        decide_against_up (peer, verified);
    }
  else if (candidate)
    {
      unsigned waiting;
      if (find_next (node, name, &waiting))
        decide_against_candidate (candidate, verified);
    }
  else
    decide_among_waiting (node, name);
}

/* --- What a connection tells ---------------------------------------------------------------- */

/* Does the greeting lead where we wanted to go? */
static bool
is_wanted (AempMeeting *meeting)
{
  AempNode *node = meeting->node;
  if (meeting->dial && !aemp_name_equal (aemp_dial_peer (meeting->dial)->name, meeting->claim)
      && !AEMP_PLANTED (dialed_node_not_checked))
    {
      AEMP_MARK (node, DIAL_WRONG_NODE);
      aemp_meeting_refuse (meeting, "another node answers there");
      return false;
    }
  AempPeer *peer = aemp_peer_find (node, meeting->claim);
  if (is_dialed (meeting) && peer && peer->link)
    {
      AempSeed *seed = meeting->seed;
      if (seed) /* believed for as long as that connection is up, and no longer */
        aemp_seed_met (seed, peer);
      meeting->seed = NULL;
      aemp_meeting_refuse (meeting, "another connection is up");
      return false;
    }
  return true;
}

static void
on_greeted (AempLink *link, void *user_data)
{
  AempMeeting *meeting = user_data;
  AempNode *node = meeting->node;
  const char *id = greeting (meeting)->node_id;
  aemp_turn_begin (node);
  meeting->claim = aemp_name_new (id, strlen (id));
  if (!is_wanted (meeting))
    return;
  if (AEMP_PLANTED_IS_ON (mutual_dial_loses_both) && !is_dialed (meeting)
      && is_being_dialed (node, meeting->claim) && AEMP_PLANTED (mutual_dial_loses_both))
    {
      aemp_meeting_refuse (meeting, "already connecting");
      return;
    }
  g_autoptr (AempName) claim = aemp_name_ref (meeting->claim);
  if (we_arbitrate (meeting))
    aemp_pair_consider (node, claim);
  else
    answer (meeting);
}

static void
on_verified (AempLink *link, void *user_data)
{
  AempMeeting *meeting = user_data;
  AempNode *node = meeting->node;
  aemp_turn_begin (node);
  meeting->verified = true;
  if (aemp_link_is_done (link) && was_given_up (meeting))
    {
      aemp_meeting_refuse (meeting, "the other side has given it up");
      return;
    }
  if (aemp_link_is_done (link))
    {
      become_up (meeting);
      return;
    }
  g_autoptr (AempName) claim = aemp_name_ref (meeting->claim);
  aemp_pair_consider (node, claim);
}

/* Our own node ID, and a nonce that we sent on a connection that we accepted: it is us. */
static bool
is_self (const AempMeeting *meeting)
{
  const AempHandshake *handshake = aemp_link_handshake (meeting->link);
  const AempHandshakePeer *peer = handshake ? aemp_handshake_peer (handshake) : NULL;
  if (!meeting->seed || !peer || !peer->nonce)
    return false;
  uint64_t nonce = hash_of (peer->nonce);
  for (unsigned i = 0; i < AEMP_NONCES_KEPT; i++)
    if (meeting->node->accepted_nonces[i] == nonce)
      return true;
  return false;
}

static void
on_closed (AempLink *link, const GError *error, void *user_data)
{
  AempMeeting *meeting = user_data;
  AempNode *node = meeting->node;
  aemp_turn_begin (node);
  if (g_error_matches (error, AEMP_ERROR, AEMP_ERROR_LIMIT))
    AEMP_MARK (node, HANDSHAKE_TIMEOUT);
  g_autoptr (AempName) about = NULL;
  if (meeting->claim)
    about = aemp_name_ref (meeting->claim);
  else if (meeting->dial)
    about = aemp_name_ref (aemp_dial_peer (meeting->dial)->name);
  AempSeed *seed = meeting->seed;
  bool self = is_self (meeting);
  if (self)
    meeting->seed = NULL;
  aemp_meeting_refuse (meeting, error->message);
  if (self)
    aemp_seed_is_self (seed);
  if (about)
    aemp_pair_consider (node, about);
}

static bool
on_packet (AempLink *link, AempMessage *message, void *user_data)
{
  g_assert_not_reached (); /* a link that is done has another owner */
}

static const AempLinkEvents meeting_events = {
  .greeted = on_greeted,
  .verified = on_verified,
  .packet = on_packet,
  .closed = on_closed,
};
