/* net/pcap.h - what a replayed node sent and got, as a capture of its network.
 *
 * A recording has what was received, and a replay what was sent, byte for byte; segments and their
 * acknowledgements are made up around them.  What the node never asked for it does not know: then
 * addresses are 192.0.2.1 (itself) and 192.0.2.2. */
#pragma once

#include "engine/replay.h"

typedef struct NetPcap NetPcap;

/* NULL with an error that names the file. */
NetPcap *net_pcap_open (const char *path, const char *node_id, GError **error);
/* To be given to the replay. */
AempReplayWatch *net_pcap_watch (NetPcap *pcap);
/* False with an error: not all of it could be written. */
bool net_pcap_close (NetPcap *pcap, GError **error);
