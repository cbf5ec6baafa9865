/* engine/tls-stream.h - a stream inside TLS: it takes a stream, and is one.
 *
 * It keeps the promises of streams (engine/env.h), so whoever has one need not know.
 * `opened` comes when the handshake is done and the peer is trusted; `closed` has an
 * AEMP_ERROR when it is not, or when what comes is no TLS.  `ended` is the peer's own word
 * that nothing more will come.  A connection that ends without it was perhaps cut off by
 * somebody: that is `closed`, of the domain AEMP_ERRNO with code 0.
 *
 * What was sealed and not taken by the stream below waits here: at most as much as
 * AEMP_TLS_WAITING_MAX_BYTES, like in a send buffer.  Nothing more is taken until it is gone; a peer who has us say even more
 * than that, without reading it, is given up. */
#pragma once

#include "env.h"
#include "tls.h"

#define AEMP_TLS_WAITING_MAX_BYTES (128 * 1024)

typedef struct
{
  const AempTlsIdentity *identity; /* borrowed, has to outlive the stream */
  bool is_client;
  /* What was read of the stream below and is TLS already. */
  const uint8_t *read;
  size_t read_bytes;
  /* What still has to go out in plain bytes, before TLS. */
  const uint8_t *unsent;
  size_t unsent_bytes;
} AempTlsBegin;

/* Takes `below`, which is open; its events come here from now on. */
AempStream *aemp_tls_stream_new (AempStream *below, const AempTlsBegin *begin,
                                 const AempStreamEvents *events, void *user_data);
