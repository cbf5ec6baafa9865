/* engine/link.h - one connection: a stream, its handshake, then packets.
 *
 * A link knows nothing of nodes; what it reads and what becomes of it goes to its owner
 * through a table.  All news comes from the loop, never from inside a call; after
 * aemp_link_free() there is none. */
#pragma once

#include "env.h"
#include "handshake.h"
#include "tls-stream.h"

typedef struct AempLink AempLink;

typedef struct
{
  /* The peer's greeting is there: answer now, later, or free the link. */
  void (*greeted) (AempLink *link, void *user_data);
  /* The peer's auth line is right.  With our answer given, the link is done. */
  void (*verified) (AempLink *link, void *user_data);
  /* A packet; never the keepalive.  False: no more for now, see aemp_link_resume(). */
  bool (*packet) (AempLink *link, AempMessage *message, void *user_data);
  /* The link is over; only free may follow.  Domain AEMP_ERRNO for what the stream
   * said (code 0: the peer's end), AEMP_ERROR for what the peer did wrong. */
  void (*closed) (AempLink *link, const GError *error, void *user_data);
} AempLinkEvents;

typedef struct
{
  const AempHandshakeConfig *handshake; /* borrowed, has to outlive the link */
  const AempTlsIdentity *identity;      /* the same; NULL: no TLS, and the handshake knows it */
  int64_t handshake_limit_us;           /* from the first moment to done */
  size_t message_limit_bytes;
  uint32_t depth_limit;
  uint64_t ordinal; /* of this link in its process: the identity of its nonce */
  /* Called at the end of every callback from the loop in which there may have been news,
   * also when the link was freed in it. */
  void (*rest) (void *rest_data);
  void *rest_data;
} AempLinkConfig;

AempLink *aemp_link_dial (AempEnv *env, const AempLinkConfig *config, const char *address,
                          const AempLinkEvents *events, void *user_data);
AempLink *aemp_link_accept (AempStream *stream, const AempLinkConfig *config,
                            const AempLinkEvents *events, void *user_data);
/* Ends it at once, without news: what is buffered and fits is still sent.  May be called
 * from its own events. */
void aemp_link_free (AempLink *link);
/* … with a reset instead. */
void aemp_link_abort (AempLink *link);

/* The greeting and all of the handshake that is not needed any more is forgotten. */
void aemp_link_settle (AempLink *link);

void aemp_link_set_owner (AempLink *link, const AempLinkEvents *events, void *user_data);

/* Gives our auth line.  True: the peer's was right already, so the link is done. */
bool aemp_link_answer (AempLink *link, const char *options);
bool aemp_link_is_done (const AempLink *link);
const AempHandshake *aemp_link_handshake (const AempLink *link); /* NULL once settled */
bool aemp_link_is_dialed (const AempLink *link);
/* The other end, for people. */
const char *aemp_link_peer_address (const AempLink *link);
uint64_t aemp_link_connection (const AempLink *link); /* 0 before the greeting */

/* Puts a packet into the output of a link that is done; flush sends it. */
void aemp_link_send (AempLink *link, const AempName *port, const AempList *list);
void aemp_link_flush (AempLink *link);
/* What the stream did not take yet; inside TLS a little more may wait in that. */
size_t aemp_link_queued_bytes (const AempLink *link);
bool aemp_link_is_stuck (const AempLink *link); /* waits for room in the send buffer */

/* After `packet` returned false: go on with the next packet, from the loop. */
void aemp_link_resume (AempLink *link);
