/* engine/aemp.h - what a program says to its node.
 *
 * The one header for services: built-in actors and modules of users include this and
 * nothing else of the engine.  A node lives in one thread; its callbacks come from the
 * loop that drives it, never from inside a call made here, and what a callback sends
 * or kills takes effect after it returned, in order.
 *
 * Port IDs are strings, "node#port"; the bare node ID is the node port.  They travel
 * inside messages like any other string, so one that came in a message may be anything:
 * a program that sends to it, monitors it or kills it asks aemp_port_id_is_valid() before.
 *
 * Formats make messages and reasons: see aemp_message_new() in value.h.  Nodes take what is
 * nested up to AEMP_DEPTH_MAX deep; to send more than that is a mistake, too. */
#pragma once

#include "family.h"

typedef struct AempNode AempNode;

/* A message, or what follows its tag; or the reason of a death (empty: normal). */
typedef void (*AempReceive) (AempNode *node, const AempList *message, void *user_data);

/* --- The node ------------------------------------------------------------------- */

const char *aemp_node_id (AempNode *node);
/* The port in whose context the code runs; NULL outside of all. */
const char *aemp_self (AempNode *node);
int64_t aemp_now_us (AempNode *node); /* monotonic, from any beginning */
/* Randomness of one purpose (`label`) and one occasion (`identity`, never a running
 * count of draws but what the draw is for); uniform in 0 … 2^64 - 1. */
uint64_t aemp_random (AempNode *node, const char *label, uint64_t identity);

/* --- Ports ---------------------------------------------------------------------- */

/* A new local port.  Without `receive` the first message that no tag takes kills it
 * (`unhandled_message`).  `destroy` (may be NULL) gets `user_data` when the callback is
 * replaced or the port is gone.  The ID is valid until the port is dead. */
const char *aemp_port (AempNode *node, AempReceive receive, void *user_data,
                       GDestroyNotify destroy);

/* Replaces the callback of a local port for messages whose first element is `tag`
 * (it gets the rest), or the default callback (NULL).  A NULL `receive` removes it.  To
 * set a callback on a port that is not there does nothing but destroy. */
void aemp_rcv (AempNode *node, const char *port, const char *tag, AempReceive receive,
               void *user_data, GDestroyNotify destroy);

/* Sends; never blocks, never fails: what cannot be delivered is told to monitors. */
void aemp_snd (AempNode *node, const char *port, const char *format, ...);
void aemp_snd_list (AempNode *node, const char *port, const AempList *message);

/* Kills with a reason ("" is the normal death), in order with what was sent before.  A
 * node port is not killed: that is a mistake of the caller's, reported as a failure of
 * the port in whose context it happened. */
void aemp_kil (AempNode *node, const char *port, const char *format, ...);
void aemp_kil_list (AempNode *node, const char *port, const AempList *reason);

/* An error in port context: SELF dies with the reason `die`, text (by printf's rules),
 * after the callback has returned. */
void aemp_die (AempNode *node, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* Runs `call` now in the context of a local port: its SELF, its errors. */
void aemp_peval (AempNode *node, const char *port, AempReceive call, void *user_data);

/* A callback bound to SELF as it is now, to be called from anywhere: it runs in that
 * port's context, and does nothing once the port is dead. */
typedef struct AempPsub AempPsub;
AempPsub *aemp_psub (AempNode *node, AempReceive call, void *user_data, GDestroyNotify destroy);
void aemp_psub_call (AempPsub *psub, const char *format, ...);
void aemp_psub_free (AempPsub *psub);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AempPsub, aemp_psub_free)

/* --- Monitors ------------------------------------------------------------------- */

/* Names a monitor for good: numbers are never used twice, and 0 is none. */
typedef uint64_t AempMonitor;

/* When `port` dies or messages to it were lost: calls `died` once with the reason, in
 * the context of the port that is SELF now (if there is one and it lives).  `destroy`
 * gets `user_data` when the monitor is gone, fired or not. */
AempMonitor aemp_mon (AempNode *node, const char *port, AempReceive died, void *user_data,
                      GDestroyNotify destroy);
/* … kills `other` (NULL: SELF) with the reason, if that is not empty. */
AempMonitor aemp_mon_kil (AempNode *node, const char *port, const char *other);
/* … sends the message, with the reason behind it, to `other`, whatever the reason. */
AempMonitor aemp_mon_snd (AempNode *node, const char *port, const char *other,
                          const char *format, ...);
/* … gives `reference` to `destroy`. */
AempMonitor aemp_mon_guard (AempNode *node, const char *port, void *reference,
                            GDestroyNotify destroy);
/* Stops it; nothing happens if it fired already. */
void aemp_unmon (AempNode *node, AempMonitor monitor);

/* Stops a monitor when it goes out of scope. */
typedef struct
{
  AempNode *node;
  AempMonitor monitor;
} AempGuard;
static inline void
aemp_guard_clear (AempGuard *guard)
{
  if (guard->node)
    aemp_unmon (guard->node, guard->monitor);
  guard->node = NULL;
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AempGuard, aemp_guard_clear)

/* --- Spawn, call, later --------------------------------------------------------- */

/* What a node can be asked to run by name, in the context of a spawned port (which it
 * should give callbacks by aemp_rcv()), or by a request to the node port (no SELF). */
typedef void (*AempFunction) (AempNode *node, const AempList *arguments, void *user_data);

/* Names contain "::"; a second registration replaces the first. */
void aemp_service (AempNode *node, const char *name, AempFunction function, void *user_data);

/* Asks the node of `where` (a node or port ID) for a port that runs function(args…); one
 * can send to it and monitor it at once.  Nothing happens before this returns.  Give the
 * ID back to g_free(). */
char *aemp_spawn (AempNode *node, const char *where, const char *function, const char *format,
                  ...) G_GNUC_WARN_UNUSED_RESULT;

#define AEMP_NO_TIMEOUT ((int64_t) -1)

/* Sends the message with a temporary reply port behind it; `replied` gets the reply, or
 * the empty list after `timeout_us`, or (AEMP_NO_TIMEOUT) when the port dies.  What is no
 * port ID gives no answer either: the empty list, soon, whatever the timeout. */
void aemp_cal (AempNode *node, const char *port, int64_t timeout_us, AempReceive replied,
               void *user_data, GDestroyNotify destroy, const char *format, ...);

/* Later, in the context of the port that is SELF now; not at all if that is dead then. */
void aemp_after (AempNode *node, int64_t delay_us, AempReceive call, void *user_data,
                 GDestroyNotify destroy);
void aemp_after_snd (AempNode *node, int64_t delay_us, const char *port, const char *format, ...);

/* --- Other nodes ---------------------------------------------------------------- */

/* Can there be such a port?  To use what is no port ID is a mistake: SELF dies of it. */
bool aemp_port_id_is_valid (const char *port);

/* The node ID in a port ID, as new text for g_free(). */
char *aemp_node_of (const char *port);
bool aemp_port_is_local (AempNode *node, const char *port);

typedef enum
{
  AEMP_NODE_UNKNOWN = -1,
  AEMP_NODE_DOWN = 0,
  AEMP_NODE_UP = 1,
} AempNodeState;
AempNodeState aemp_node_is_up (AempNode *node, const char *node_id);

/* The IDs of the connected nodes and our own, sorted; for g_strfreev(). */
char **aemp_up_nodes (AempNode *node);

/* `changed` is called with (node ID, true or false, reason…) whenever a node comes up or
 * goes down.  It stops by aemp_unmon(). */
AempMonitor aemp_mon_nodes (AempNode *node, AempReceive changed, void *user_data,
                            GDestroyNotify destroy);

/* Asks a node to run function(args…), without an answer; to send the message from there. */
void aemp_snd_to_func (AempNode *node, const char *where, const char *function,
                       const char *format, ...);
void aemp_snd_on (AempNode *node, const char *where, const char *port, const char *format, ...);

/* --- The database --------------------------------------------------------------- */

/* All nodes share a database: family → key → value.  Each node has a part of its own,
 * and everybody sees the merge of the parts of all nodes that are reachable.  What a node has set
 * vanishes with it.  A key that several nodes have set has one of their values, the
 * same one everywhere.  Families that begin with an apostrophe are the network's own. */

/* Names one setting of a key for good; 0 is none. */
typedef uint64_t AempSetting;

/* Sets a key in our own part; the format makes one value ("n": null; "" is null, too). */
AempSetting aemp_db_set (AempNode *node, const char *family, const char *key, const char *format,
                         ...);
/* Takes a setting back, if the key was not set again or deleted since. */
void aemp_db_unset (AempNode *node, AempSetting setting);
/* Deletes a key from our own part, whoever set it.  Nothing happens if it is not there. */
void aemp_db_del (AempNode *node, const char *family, const char *key);
/* Sets the key that is the ID of a local port; it is taken back when the port dies. */
AempSetting aemp_db_reg (AempNode *node, const char *family, const char *port, const char *format,
                         ...);

/* Takes a setting back when it goes out of scope. */
typedef struct
{
  AempNode *node;
  AempSetting setting;
} AempSettingGuard;
static inline void
aemp_setting_guard_clear (AempSettingGuard *guard)
{
  if (guard->node)
    aemp_db_unset (guard->node, guard->setting);
  guard->node = NULL;
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AempSettingGuard, aemp_setting_guard_clear)

/* Asks a global node, which may be ourselves, as soon as there is one; `answered` gets a list of one value: the map, the
 * array of keys, the array of values in the order of their keys.  It runs in the context of the port that is SELF now. */
void aemp_db_family (AempNode *node, const char *family, AempReceive answered, void *user_data,
                     GDestroyNotify destroy);
void aemp_db_keys (AempNode *node, const char *family, AempReceive answered, void *user_data,
                   GDestroyNotify destroy);
void aemp_db_values (AempNode *node, const char *family, AempReceive answered, void *user_data,
                     GDestroyNotify destroy);

/* What a monitor of a family is told.  The lists hold keys, in order; all of it is valid
 * during the call. */
typedef struct
{
  const AempFamily *family; /* as it is now */
  AempList added;
  AempList changed;
  AempList deleted;
} AempFamilyNews;
typedef void (*AempFamilyTold) (AempNode *node, const AempFamilyNews *news, void *user_data);

/* Calls `told` with what the family has (even if that is nothing) as soon as it is known, all
 * of it added, and then once for each net change; in the context of the port that is SELF now, until
 * that is dead or aemp_unmon() stops it. */
AempMonitor aemp_db_mon (AempNode *node, const char *family, AempFamilyTold told, void *user_data,
                         GDestroyNotify destroy);

/* Groups of ports, as 1.x called them: families whose keys are port IDs. */
AempSetting aemp_grp_reg (AempNode *node, const char *group, const char *port);
/* The ports known now, sorted; for g_strfreev().  The first call begins to watch the group, and knows
 * nothing yet on a node that is not global. */
char **aemp_grp_get (AempNode *node, const char *group);
AempMonitor aemp_grp_mon (AempNode *node, const char *group, AempFamilyTold told, void *user_data,
                          GDestroyNotify destroy);

/* --- Remarks -------------------------------------------------------------------- */

/* Says something in the trace: `who` ("ruth.watcher") remarks `what` ("told"), values.
 * Scenarios can expect it. */
void aemp_note (AempNode *node, const char *who, const char *what, const char *format, ...);
