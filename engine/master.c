/* engine/master.c - the slave's side: which global node it asks, and what that answers.
 *
 * A node that is not global has one of its connected seeds as its master.  When it is lost, or
 * does not answer for monitor_timeout while another seed is connected, that one is
 * taken, and gets everything that is still to be answered. */

#include "global.h"

#include "planted.h"

#include <string.h>

static void on_patience_ends (AempTimer *timer, void *user_data);

/* --- Questions ------------------------------------------------------------------------------ */

static void
wait_for_answer (AempGlobal *global, int64_t limit_us)
{
  AempNode *node = global->node;
  if (!global->patience)
    global->patience = aemp_timer_new (node->env, on_patience_ends, global);
  aemp_timer_start (global->patience, limit_us);
}

void
aemp_master_ask (AempGlobal *global, const char *format, ...)
{
  AempPeer *master = global->master;
  va_list arguments;
  va_start (arguments, format);
  g_autoptr (AempMessage) message = aemp_message_new_va (format, &arguments);
  va_end (arguments);
  AempList list = aemp_message_list (message);
  aemp_send (master->node, &(AempAddress){ master, master->node->no_name }, &list);
  if (global->asked++ == 0)
    wait_for_answer (global, master->node->config->monitor_timeout_us);
}

/* Each answer shows that the master is awake. */
static void
answered (AempGlobal *global)
{
  if (global->asked == 0)
    return;
  if (--global->asked == 0)
    aemp_timer_stop (global->patience);
  else
    wait_for_answer (global, global->node->config->monitor_timeout_us);
}

static void
stop_waiting (AempGlobal *global)
{
  global->asked = 0;
  if (global->patience)
    aemp_timer_stop (global->patience);
}

/* --- Choice --------------------------------------------------------------------------------- */

/* Our part of the database; as long as there is none, our listeners are all of it. */
static void
send_database (AempGlobal *global, AempPeer *master)
{
  AempTelling telling;
  AempNode *node = global->node;
  AempName family = aemp_name_view (AEMP_FAMILY_LISTENERS, strlen (AEMP_FAMILY_LISTENERS));
  g_autoptr (AempMessage) listeners = aemp_global_own_listeners (node);
  AempList list = aemp_message_list (listeners);
  aemp_tell_begin (&telling, AEMP_TELL_SLAVE, &master, 1);
  if (master->instance) /* 2.02 knows no claims */
    telling.behind = aemp_message_new ("u", global->masters);
  if (global->database)
    aemp_tell_own (&telling, global->database);
  else if (list.items[0].length > 0)
    aemp_tell_pair (&telling, &family, node->name, &list.items[0]);
  aemp_tell_end (&telling);
}

static void
ask_for_addresses (AempGlobal *global)
{
  for (GList *l = global->node->peers_by_age.head; l; l = l->next)
    {
      AempPeer *peer = l->data;
      if (peer->dial && aemp_dial_wants_addresses (peer->dial))
        aemp_global_find (peer);
    }
}

static void
trace_master (AempGlobal *global)
{
  AEMP_TRACE (global->node, .kind = AEMP_TRACE_MASTER,
              .peer = global->master ? global->master->name : NULL);
}

static void
choose (AempGlobal *global, AempPeer *master)
{
  stop_waiting (global);
  global->master = master;
  trace_master (global);
  if (!master)
    return;
  global->masters++;
  send_database (global, master);
  ask_for_addresses (global);
  aemp_watches_ask (global->node);
  aemp_questions_put (global->node);
}

void
aemp_master_offer (AempGlobal *global, AempPeer *seed)
{
  if ((!global->is_global || AEMP_PLANTED (global_node_takes_master)) && !global->master)
    choose (global, seed);
}

void
aemp_master_lost (AempGlobal *global, AempPeer *peer)
{
  if (global->master != peer)
    return;
  AEMP_MARK (peer->node, MASTER_LOST);
  choose (global,
          AEMP_PLANTED (next_master_not_taken) ? NULL : aemp_seeds_connected (peer->node, peer));
}

/* An empty database takes ours back, whenever that one wakes up. */
static void
give_up (AempGlobal *global, AempPeer *next)
{
  AempPeer *master = global->master;
  AEMP_MARK (global->node, MASTER_GIVEN_UP);
  aemp_watches_take_leave (global->node, master);
  aemp_request (master, "s{}", "g_slave");
  choose (global, next);
}

static void
on_patience_ends (AempTimer *timer, void *user_data)
{
  AempGlobal *global = user_data;
  AempNode *node = global->node;
  aemp_turn_begin (node);
  AempPeer *next = aemp_seeds_connected (node, global->master);
  if (next)
    give_up (global, next);
  else
    wait_for_answer (global, node->config->connect_interval_us);
  aemp_turn_end (node);
}

void
aemp_master_leave (AempGlobal *global)
{
  if (!global->master)
    return;
  aemp_watches_take_leave (global->node, global->master);
  choose (global, NULL);
}

/* --- Answers --------------------------------------------------------------------------------- */

void
aemp_on_found (AempGlobal *global, AempPeer *from, const AempList *arguments)
{
  const AempValue *wanted = aemp_list_get (arguments, 0);
  AempName name;
  g_autoptr (AempName) owned = NULL;
  if (from != global->master || !wanted || !aemp_value_name (wanted, &name, &owned))
    return; /* late news from a former master */
  answered (global);
  AempPeer *peer = aemp_peer_find (global->node, &name);
  g_auto (GStrv) addresses = aemp_global_addresses (aemp_list_get (arguments, 1));
  if (peer)
    aemp_dial_found (peer, (const char *const *)addresses);
}

void
aemp_on_reply (AempGlobal *global, AempPeer *from, const AempList *arguments)
{
  uint64_t number;
  const AempValue *answer = aemp_list_get (arguments, 1);
  if (from != global->master || !answer
      || !aemp_value_get_unsigned (aemp_list_get (arguments, 0), &number))
    return;
  answered (global);
  aemp_question_answered (global->node, number, answer);
}

static bool
is_true (const AempValue *value)
{
  return value && value->type == AEMP_BOOLEAN && value->as.boolean;
}

void
aemp_on_chg1 (AempGlobal *global, AempPeer *from, const AempList *arguments)
{
  const AempValue *family = aemp_list_get (arguments, 0);
  AempName name;
  g_autoptr (AempName) owned = NULL;
  if (from != global->master || !family || !aemp_value_name (family, &name, &owned))
    return;
  answered (global);
  aemp_watches_hear_contents (global->node, &name, aemp_list_get (arguments, 1),
                              is_true (aemp_list_get (arguments, 2)));
}

void
aemp_on_chg2 (AempGlobal *global, AempPeer *from, const AempList *arguments)
{
  const AempValue *family = aemp_list_get (arguments, 0);
  AempName name;
  g_autoptr (AempName) owned = NULL;
  if (from != global->master)
    AEMP_MARK (global->node, OLD_MASTER_IGNORED);
  if ((from != global->master && !AEMP_PLANTED (old_master_believed)) || !family
      || !aemp_value_name (family, &name, &owned))
    return;
  aemp_watches_hear_change (global->node, &name, aemp_list_get (arguments, 1),
                            aemp_list_get (arguments, 2), is_true (aemp_list_get (arguments, 3)));
}
