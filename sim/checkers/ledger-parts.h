/* sim/checkers/ledger-parts.h - how the ledger makes and drops its parts; for its own files. */
#pragma once

#include "ledger.h"

SimNode *sim_ledger_need_node (SimLedger *ledger, const AempName *name);
SimPort *sim_ledger_need_port (SimLedger *ledger, SimNode *node, const AempName *name);
SimPair *sim_ledger_need_pair (SimLedger *ledger, const AempName *from, const AempName *to);
/* The flow of `pair` to a port of its receiver. */
SimFlow *sim_ledger_need_flow (SimLedger *ledger, SimPair *pair, const AempName *name);
/* Makes it the current one.  Without a connection only the local one can be found. */
SimChannel *sim_ledger_add_channel (SimLedger *ledger, SimPair *pair);
/* Where the pair's messages go from now on; NULL: nowhere yet. */
void sim_ledger_set_current (SimPair *pair, SimChannel *channel);
/* A waiting channel's connection is up. */
void sim_ledger_bind_channel (SimLedger *ledger, SimChannel *channel, uint64_t connection);
/* It is out of the tables, and kept for a last look only.  Nothing may be under way in it. */
void sim_ledger_retire_channel (SimLedger *ledger, SimChannel *channel);
SimWatch *sim_ledger_add_watch (SimLedger *ledger, SimNode *node, SimFlow *flow, uint64_t number);
void sim_ledger_drop_watch (SimLedger *ledger, SimWatch *watch);

/* The sending process is over: the flow lasts until what is under way is settled. */
void sim_ledger_detach_flow (SimLedger *ledger, SimFlow *flow);
/* Drop what nobody needs any more. */
void sim_ledger_tidy_flow (SimLedger *ledger, SimFlow *flow);
void sim_ledger_tidy_port (SimLedger *ledger, SimPort *port);
