/* engine/claim.c - whose slave a node is, when two say that it is theirs.
 *
 * A slave numbers the masters it chooses, and tells each its number: a claim.  Global nodes
 * tell each other the claims of their slaves.  Of two claims of the same process the higher one is
 * the newer; who has the lower one has a connection that the slave has given up. */

#include "global.h"

#include "planted.h"

#include <string.h>

void
aemp_claim_take (AempPeer *slave, const AempValue *claim)
{
  AempMember *member = aemp_global_member (slave);
  uint64_t number = 0;
  if (slave->instance)
    aemp_value_get_unsigned (claim, &number);
  member->turned_away = false;
  member->claim = number;
  member->claim_is_news = number > 0;
  if (number > 0)
    slave->node->global->claims_news = true;
}

/* --- Telling ---------------------------------------------------------------------------------- */

static bool
has_claim (const AempPeer *peer)
{
  return peer->is_slave && peer->member && peer->member->claim > 0;
}

static AempMessage *
message_of (const GPtrArray *slaves)
{
  if (slaves->len == 0)
    return NULL;
  g_autofree AempValue *pairs = g_new (AempValue, 4 * slaves->len);
  AempValue *parts = pairs + 2 * slaves->len;
  for (unsigned i = 0; i < slaves->len; i++)
    {
      const AempPeer *slave = slaves->pdata[i];
      parts[2 * i] = (AempValue){ .type = AEMP_TEXT,
                                  .length = strlen (slave->instance),
                                  .as.string = slave->instance };
      parts[2 * i + 1] = (AempValue){ .type = AEMP_INTEGER, .as.integer = slave->member->claim };
      pairs[2 * i] = aemp_name_value (slave->name);
      pairs[2 * i + 1] = (AempValue){ .type = AEMP_ARRAY, .length = 2, .as.items = &parts[2 * i] };
    }
  AempList list = { .items = pairs, .count = 2 * slaves->len };
  return aemp_message_new ("{@}", &list);
}

static AempMessage *
collect (AempGlobal *global, bool news_only)
{
  g_autoptr (GPtrArray) slaves = g_ptr_array_new ();
  for (GList *l = global->node->peers_by_age.head; l; l = l->next)
    {
      AempPeer *peer = l->data;
      if (!has_claim (peer) || (news_only && !peer->member->claim_is_news))
        continue;
      if (news_only)
        peer->member->claim_is_news = false;
      g_ptr_array_add (slaves, peer);
    }
  return message_of (slaves);
}

AempMessage *
aemp_claims_of_all (AempGlobal *global)
{
  return collect (global, false);
}

AempMessage *
aemp_claims_take_news (AempGlobal *global)
{
  if (!global->claims_news)
    return NULL;
  global->claims_news = false;
  return collect (global, true);
}

/* An update that changes nothing, but for those who read on. */
static void
tell_alone (AempPeer *to, AempMessage *claims)
{
  AempList behind = aemp_message_list (claims);
  if (to->instance) /* 2.02 knows no claims */
    aemp_request (to, "ss{}[]@", "g_upd", AEMP_FAMILY_LISTENERS, &behind);
}

void
aemp_claims_tell_rest (AempGlobal *global)
{
  g_autoptr (AempMessage) news = aemp_claims_take_news (global);
  for (unsigned i = 0; news && i < global->globals->len; i++)
    tell_alone (global->globals->pdata[i], news);
}

/* --- Hearing ---------------------------------------------------------------------------------- */

typedef struct
{
  AempName *slave;
  uint64_t link_began;
} Probe;

static void
probe_free (void *memory)
{
  Probe *probe = memory;
  aemp_name_unref (probe->slave);
  g_free (probe);
}

static void
on_sign_of_life (AempNode *node, const AempList *reply, void *user_data)
{
  const Probe *probe = user_data;
  AempPeer *slave = aemp_peer_find (node, probe->slave);
  if (!slave || !slave->link || slave->link_began != probe->link_began)
    return; /* another connection */
  if (slave->member)
    slave->member->is_probed = false;
  if (reply->count == 0)
    aemp_peer_lose_later (slave, "no sign of life, and it was seen elsewhere");
}

/* Another process has its name, elsewhere: is the one that we know still there? */
static void
ask_for_sign_of_life (AempPeer *slave)
{
  AempNode *node = slave->node;
  if (slave->member->is_probed)
    return;
  AEMP_MARK (node, SLAVE_PROBED);
  slave->member->is_probed = true;
  Probe *probe = g_new (Probe, 1);
  *probe = (Probe){ aemp_name_ref (slave->name), slave->link_began };
  aemp_cal (node, slave->name->text, node->config->monitor_timeout_us, on_sign_of_life, probe,
            probe_free, "s", "time");
}

static void
turn_away (AempPeer *slave)
{
  AEMP_MARK (slave->node, SLAVE_TURNED_AWAY);
  if (AEMP_PLANTED (slave_not_turned_away))
    return;
  aemp_global_forget_slave (slave);
  aemp_subscriber_lost (slave);
  slave->member->turned_away = true;
}

static void
tell_ours (AempPeer *to, AempPeer *slave)
{
  g_autoptr (GPtrArray) slaves = g_ptr_array_new ();
  g_ptr_array_add (slaves, slave);
  g_autoptr (AempMessage) claim = message_of (slaves);
  tell_alone (to, claim);
}

static void
hear_claim (AempPeer *from, AempPeer *slave, const AempValue *instance, uint64_t claim)
{
  if (!has_claim (slave))
    return;
  if (!aemp_value_is (instance, slave->instance))
    ask_for_sign_of_life (slave);
  else if (AEMP_PLANTED (older_claim_wins) ? claim < slave->member->claim
                                           : claim > slave->member->claim)
    turn_away (slave);
  else if (claim < slave->member->claim) /* it may not have heard, as it had no such slave then */
    {
      AEMP_MARK (slave->node, OLD_CLAIM_ANSWERED);
      tell_ours (from, slave);
    }
}

void
aemp_claims_hear (AempPeer *from, const AempValue *claims)
{
  for (uint32_t i = 0; claims && claims->type == AEMP_MAP && i < claims->length; i++)
    {
      AempName key;
      g_autoptr (AempName) owned = NULL;
      const AempValue *parts = &claims->as.items[2 * i + 1];
      uint64_t claim;
      if (!aemp_value_name (&claims->as.items[2 * i], &key, &owned) || parts->type != AEMP_ARRAY
          || parts->length < 2 || !aemp_value_is_string (&parts->as.items[0])
          || !aemp_value_get_unsigned (&parts->as.items[1], &claim))
        continue;
      AempPeer *slave = aemp_peer_find (from->node, &key);
      if (slave && slave->link)
        hear_claim (from, slave, &parts->as.items[0], claim);
    }
}
