/* engine/dial.c - reaching a node by its ID.
 *
 * First its addresses are asked for (limit: connect_interval), then they are tried in
 * order, one each interval, or as soon as the one before has failed.  The attempt ends when
 * the node is up over whatever connection, when every address failed, or after
 * monitor_timeout.
 *
 * Attempts that fail may fail at once (a global node knows that there is no address), and
 * who is told may begin the next one at once: so they begin a while after each other. */

#include "internal.h"

#include "planted.h"

#define INTERVAL_MIN_US 400000
#define PAUSE_US 100000 /* from one attempt to the next, unless it leads to a connection */

struct AempDial
{
  AempPeer *peer;
  char **addresses; /* NULL: being asked for */
  unsigned next;    /* the one to try next */
  int64_t began_us;
  bool rests;       /* the last attempt is too young: nobody is asked yet */
  AempTimer *timer; /* the end of the rest; the limit of asking; the next address; the limit of all */
};

static void try_next (AempDial *dial);

AempPeer *
aemp_dial_peer (const AempDial *dial)
{
  return dial->peer;
}

bool
aemp_dial_is_waiting (const AempDial *dial)
{
  for (GList *l = dial->peer->node->meetings.head; l; l = l->next)
    {
      const AempMeeting *meeting = l->data;
      if (meeting->dial == dial && !meeting->claim)
        return true;
    }
  return false;
}

bool
aemp_dial_wants_addresses (const AempDial *dial)
{
  return !dial->addresses;
}

/* Is any connection with the node under way: one of this dial's, or one that it dialed? */
static bool
has_meetings (const AempDial *dial)
{
  for (GList *l = dial->peer->node->meetings.head; l; l = l->next)
    {
      const AempMeeting *meeting = l->data;
      if (meeting->dial == dial
          || (meeting->claim && aemp_name_equal (meeting->claim, dial->peer->name)))
        return true;
    }
  return false;
}

static int64_t
limit_left_us (const AempDial *dial)
{
  AempNode *node = dial->peer->node;
  int64_t gone = aemp_env_now_us (node->env) - dial->began_us;
  return MAX (node->config->monitor_timeout_us - gone, 0);
}

/* connect_interval, or less if there are many addresses; drawn a little shorter. */
static int64_t
interval_us (const AempDial *dial)
{
  AempNode *node = dial->peer->node;
  const AempConfig *config = node->config;
  int64_t shared = (config->monitor_timeout_us - config->connect_interval_us)
                   / MAX (g_strv_length (dial->addresses), 1);
  int64_t interval = MAX (MIN (config->connect_interval_us, shared), INTERVAL_MIN_US);
  uint64_t draw;
  aemp_env_random_bytes (node->env, "dial-interval", node->links_made, &draw, sizeof draw);
  return interval * (int64_t) (900 + draw % 101) / 1000;
}

static void
ask (AempDial *dial)
{
  AempPeer *peer = dial->peer;
  AempNode *node = peer->node;
  dial->rests = false;
  peer->next_dial_us = aemp_env_now_us (node->env) + PAUSE_US;
  aemp_timer_start (dial->timer, node->config->connect_interval_us);
  aemp_global_find (peer);
}

static void
on_timer (AempTimer *timer, void *user_data)
{
  AempDial *dial = user_data;
  AempNode *node = dial->peer->node;
  aemp_turn_begin (node);
  if (dial->rests)
    ask (dial);
  else if (dial->addresses && dial->addresses[dial->next] && limit_left_us (dial) > 0
           && !(dial->next > 0 && AEMP_PLANTED (first_address_only)))
    try_next (dial);
  else if (!AEMP_PLANTED (dial_never_gives_up))
    {
      AEMP_MARK (node, DIAL_TOO_LONG);
      aemp_peer_lost (dial->peer, "connect timeout");
    }
  aemp_turn_end (node);
}

void
aemp_dial_begin (AempPeer *peer)
{
  AempNode *node = peer->node;
  AempDial *dial = g_new0 (AempDial, 1);
  dial->peer = peer;
  dial->began_us = aemp_env_now_us (node->env);
  dial->timer = aemp_timer_new (node->env, on_timer, dial);
  peer->dial = dial;
  if (aemp_env_rare (node->env, AEMP_RARE_DIAL_RESTS, peer->name->hash))
    peer->next_dial_us = dial->began_us + PAUSE_US;
  dial->rests = dial->began_us < peer->next_dial_us;
  if (dial->rests)
    AEMP_MARK (node, DIAL_RESTS);
  if (dial->rests)
    aemp_timer_start (dial->timer, peer->next_dial_us - dial->began_us);
  else
    ask (dial);
}

void
aemp_dial_end (AempPeer *peer)
{
  AempDial *dial = g_steal_pointer (&peer->dial);
  if (!dial)
    return;
  for (GList *l = peer->node->meetings.head, *next; l; l = next)
    {
      AempMeeting *meeting = l->data;
      next = l->next;
      if (meeting->dial != dial)
        continue;
      meeting->dial = NULL;
      if (!meeting->answered) /* with our auth line out its fate is the pair's matter */
        aemp_meeting_free (meeting);
    }
  aemp_timer_free (dial->timer);
  g_strfreev (dial->addresses);
  g_free (dial);
}

static void
try_next (AempDial *dial)
{
  AempNode *node = dial->peer->node;
  if (dial->next > 0)
    AEMP_MARK (node, DIAL_SECOND_ADDRESS);
  const char *address = dial->addresses[dial->next++];
  int64_t wait = dial->addresses[dial->next] ? interval_us (dial) : limit_left_us (dial);
  aemp_timer_start (dial->timer, MIN (wait, limit_left_us (dial)));
  aemp_meeting_dial (node, address, dial, NULL);
}

void
aemp_dial_found (AempPeer *peer, const char *const *addresses)
{
  AempDial *dial = peer->dial;
  if (!dial || dial->addresses)
    return; /* nobody asks (any more) */
  if (!addresses || !addresses[0])
    {
      if (AEMP_PLANTED (unknown_node_never_told))
        {
          aemp_timer_stop (dial->timer);
          return;
        }
      AEMP_MARK (peer->node, NO_KNOWN_ADDRESS);
      aemp_peer_lose_later (peer, "no known address");
      return;
    }
  dial->rests = false;
  dial->addresses = g_strdupv ((char **) addresses);
  unsigned last = g_strv_length (dial->addresses) - 1;
  if (last > 0 && aemp_env_rare (peer->node->env, AEMP_RARE_ADDRESSES_TURNED, peer->name->hash))
    {
      char *first = dial->addresses[0];
      dial->addresses[0] = dial->addresses[last];
      dial->addresses[last] = first;
    }
  try_next (dial);
}

void
aemp_dial_failed (AempDial *dial, const char *text)
{
  if (dial->addresses && dial->addresses[dial->next] && !AEMP_PLANTED (first_address_only))
    aemp_timer_start (dial->timer, 0);
  else
    aemp_dial_look (dial, text);
}

void
aemp_dial_look (AempDial *dial, const char *text)
{
  if (dial->addresses && !dial->addresses[dial->next] && !has_meetings (dial))
    aemp_peer_lost (dial->peer, text);
}
