/* engine/codec.h - packets as bytes: the framings `json` and `cbor`.
 *
 * Reading takes two steps.  An incremental scanner finds where a packet ends and
 * how large it becomes in memory; it remembers how far it looked, so a trickle
 * of single bytes costs no more than one piece.  Then the decoder runs once, into
 * one block.  Both are bounded in depth (AEMP_DEPTH_MAX) and size, on the
 * wire and in memory.
 *
 * A packet is an array.  Everything that the specifications (RFC 8259, RFC 8949)
 * call malformed is refused, and so is a packet that is no array: the error says
 * what and at which byte of the stream. */
#pragma once

#include "value.h"

/* What one message may take in memory: a byte of CBOR can become a value of 16. */
#define AEMP_MESSAGE_MAX_MEMORY_BYTES (4 * (size_t)AEMP_MESSAGE_MAX_BYTES)

typedef enum
{
  AEMP_SCAN_MORE,   /* the packet is not complete yet */
  AEMP_SCAN_PACKET, /* complete: decode it */
  AEMP_SCAN_ERROR,  /* never will be */
} AempScanResult;

/* The progress of one direction of one connection.  Plain data: no free. */
typedef struct
{
  uint64_t stream_offset;  /* bytes of all packets before this one, for errors */
  size_t limit_bytes;      /* longest packet taken; AEMP_MESSAGE_MAX_BYTES */
  uint32_t limit_depth;    /* AEMP_DEPTH_MAX */
  size_t position;         /* bytes of the current packet looked at so far */
  size_t values;           /* values seen in it */
  size_t string_bytes;     /* room its strings need, ending zeros included */
  uint32_t depth;
  uint32_t state;          /* the codec's own */
  uint64_t pending;        /* the codec's own */
  uint64_t stack[AEMP_DEPTH_MAX + 1]; /* the codec's own: a word a level */
} AempScanner;

typedef struct
{
  const char *name; /* as in the greeting */

  /* Looks at the packet that begins at `bytes`; what was looked at in earlier
   * calls must be there again, with more behind it.  After AEMP_SCAN_PACKET the
   * packet is the first `scanner->position` bytes.  An error is the same however the
   * bytes were cut: AEMP_ERROR_MALFORMED, or AEMP_ERROR_LIMIT for too deep, too long,
   * too large. */
  AempScanResult (*scan) (AempScanner *scanner, const uint8_t *bytes, size_t length,
                          GError **error);

  /* Decodes the packet that scan() found at `bytes` and makes the scanner ready
   * for the next.  NULL with an error where only decoding can tell (UTF-8, say). */
  AempMessage *(*decode) (AempScanner *scanner, const uint8_t *bytes, GError **error);

  /* Appends the packet `[port, list…]`; `port` may be NULL for the packet of the
   * list alone (an empty list makes the keepalive). */
  void (*encode) (GByteArray *out, const AempName *port, const AempList *list);
} AempCodec;

extern const AempCodec aemp_codec_json;
extern const AempCodec aemp_codec_cbor;

/* NULL: not one of ours. */
const AempCodec *aemp_codec_by_name (const char *name, size_t length);

void aemp_scanner_init (AempScanner *scanner);
/* A scanner is large.  One that waits for more is kept in a copy that is only as large as the
 * packet is deep (for g_free()), and later goes on as a whole one again. */
AempScanner *aemp_scanner_keep (const AempScanner *scanner);
void aemp_scanner_go_on (AempScanner *scanner, const AempScanner *kept);

/* One whole packet from memory, nothing behind it; for tests and for people's
 * input.  NULL with an error. */
AempMessage *aemp_codec_decode_all (const AempCodec *codec, const uint8_t *bytes, size_t length,
                                    GError **error);
