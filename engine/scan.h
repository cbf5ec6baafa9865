/* engine/scan.h - what the scanners and decoders of both framings share. */
#pragma once

#include "block.h"
#include "codec.h"
#include "error.h"

#include <string.h>

/* Strings may be copied in chunks: room behind the last one of a block. */
#define AEMP_SCAN_SLACK_BYTES 16

/* Reports `what` at a byte of the current packet, as in "json: expected `:` at byte 17". */
AempScanResult aemp_scan_fail (const AempScanner *scanner, AempErrorCode code, const char *what,
                               size_t position, GError **error);

/* The packet is longer than the limit. */
AempScanResult aemp_scan_fail_length (const AempScanner *scanner, const char *framing,
                                      GError **error);

/* Forgets the packet that was decoded and looks out for the next. */
void aemp_scan_next (AempScanner *scanner);

/* Limits may be set lower than they are, never higher. */
static inline void
aemp_scan_check_limits (const AempScanner *scanner)
{
  g_assert (scanner->limit_depth <= AEMP_DEPTH_MAX);
  g_assert (scanner->limit_bytes <= AEMP_MESSAGE_MAX_BYTES);
}

/* A block for the packet that was scanned. */
static inline void
aemp_scan_begin_block (const AempScanner *scanner, AempBlock *block)
{
  aemp_block_begin (block, scanner->values, scanner->string_bytes + AEMP_SCAN_SLACK_BYTES);
}

/* Does a packet of so many values and bytes of strings become too large? */
static inline bool
aemp_scan_is_too_large (size_t values, size_t string_bytes)
{
  return values * sizeof (AempValue) + string_bytes > AEMP_MESSAGE_MAX_MEMORY_BYTES;
}
