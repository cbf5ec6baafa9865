/* engine/codec.c */

#include "codec.h"

#include "json.h"
#include "scan.h"

const AempCodec *
aemp_codec_by_name (const char *name, size_t length)
{
  static const AempCodec *const codecs[] = { &aemp_codec_json, &aemp_codec_cbor };

  for (size_t index = 0; index < G_N_ELEMENTS (codecs); index++)
    if (strlen (codecs[index]->name) == length && memcmp (codecs[index]->name, name, length) == 0)
      return codecs[index];
  return NULL;
}

void
aemp_scanner_init (AempScanner *scanner)
{
  scanner->stream_offset = 0;
  scanner->limit_bytes = AEMP_MESSAGE_MAX_BYTES;
  scanner->limit_depth = AEMP_DEPTH_MAX;
  scanner->position = 0;
  scanner->stack[0] = 0;
  aemp_scan_next (scanner);
}

static size_t
used_bytes (const AempScanner *scanner)
{
  return offsetof (AempScanner, stack) + (scanner->depth + 1) * sizeof scanner->stack[0];
}

AempScanner *
aemp_scanner_keep (const AempScanner *scanner)
{
  return g_memdup2 (scanner, used_bytes (scanner));
}

void
aemp_scanner_go_on (AempScanner *scanner, const AempScanner *kept)
{
  memcpy (scanner, kept, used_bytes (kept));
}

void
aemp_scan_next (AempScanner *scanner)
{
  scanner->stream_offset += scanner->position;
  scanner->position = 0;
  scanner->values = 0;
  scanner->string_bytes = 0;
  scanner->depth = 0;
  scanner->state = 0;
  scanner->pending = 0;
}

AempScanResult
aemp_scan_fail (const AempScanner *scanner, AempErrorCode code, const char *what, size_t position,
                GError **error)
{
  g_set_error (error, AEMP_ERROR, (int)code, "%s at byte %" G_GUINT64_FORMAT, what,
               scanner->stream_offset + position);
  return AEMP_SCAN_ERROR;
}

AempScanResult
aemp_scan_fail_length (const AempScanner *scanner, const char *framing, GError **error)
{
  g_set_error (error, AEMP_ERROR, AEMP_ERROR_LIMIT,
               "%s: the packet is longer than %" G_GSIZE_FORMAT " bytes at byte %" G_GUINT64_FORMAT,
               framing, scanner->limit_bytes, scanner->stream_offset + scanner->limit_bytes);
  return AEMP_SCAN_ERROR;
}

AempMessage *
aemp_codec_decode_all (const AempCodec *codec, const uint8_t *bytes, size_t length, GError **error)
{
  AempScanner scanner;
  size_t taken;
  g_autoptr (AempMessage) message = NULL;

  aemp_scanner_init (&scanner);
  switch (codec->scan (&scanner, bytes, length, error))
    {
    case AEMP_SCAN_MORE:
      g_set_error (error, AEMP_ERROR, AEMP_ERROR_MALFORMED,
                   "%s: the packet is not complete at byte %" G_GSIZE_FORMAT, codec->name, length);
      return NULL;
    case AEMP_SCAN_ERROR:
      return NULL;
    case AEMP_SCAN_PACKET:
      break;
    }
  taken = scanner.position;
  message = codec->decode (&scanner, bytes, error);
  while (codec == &aemp_codec_json && taken < length && aemp_json_is_space (bytes[taken]))
    taken++;
  if (message && taken < length)
    {
      g_set_error (error, AEMP_ERROR, AEMP_ERROR_MALFORMED,
                   "%s: something follows the packet at byte %" G_GSIZE_FORMAT, codec->name, taken);
      return NULL;
    }
  return g_steal_pointer (&message);
}
