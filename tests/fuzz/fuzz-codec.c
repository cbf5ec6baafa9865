/* tests/fuzz/fuzz-codec.c */

#include "fuzz-codec.h"

#define PIECE_MOST 16

/* What became of a stream. */
typedef struct
{
  uint64_t hash; /* of all packets */
  size_t packets;
  GError *error;
} Outcome;

/* decode (encode (x)) is x. */
static void
check_again (const AempCodec *codec, AempMessage *message)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autoptr (GByteArray) once_more = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (AempMessage) again = NULL;
  AempList list = aemp_message_list (message), again_list;

  codec->encode (bytes, NULL, &list);
  again = aemp_codec_decode_all (codec, bytes->data, bytes->len, &error);
  g_assert_no_error (error);
  again_list = aemp_message_list (again);
  g_assert_cmpuint (list.count, ==, again_list.count);
  for (uint32_t index = 0; index < list.count; index++)
    g_assert_cmpint (aemp_value_compare (&list.items[index], &again_list.items[index]), ==, 0);
  g_assert_cmpuint (aemp_list_hash (&list), ==, aemp_list_hash (&again_list));
  codec->encode (once_more, NULL, &again_list);
  g_assert_cmpmem (bytes->data, bytes->len, once_more->data, once_more->len);
}

/* The same in the other framing; what one can say that the other cannot is as equal as
 * aemp_value_compare() says. */
static void
check_across (const AempCodec *codec, AempMessage *message)
{
  const AempCodec *other = codec == &aemp_codec_json ? &aemp_codec_cbor : &aemp_codec_json;
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (AempMessage) across = NULL;
  AempList list = aemp_message_list (message), across_list;

  other->encode (bytes, NULL, &list);
  across = aemp_codec_decode_all (other, bytes->data, bytes->len, &error);
  g_assert_no_error (error);
  across_list = aemp_message_list (across);
  g_assert_cmpuint (aemp_list_hash (&list), ==, aemp_list_hash (&across_list));
}

static Outcome
read_stream (const AempCodec *codec, const uint8_t *bytes, size_t length, size_t piece)
{
  Outcome outcome = { 0 };
  AempScanner scanner;
  size_t taken = 0, there = MIN (piece, length);

  aemp_scanner_init (&scanner);
  while (!outcome.error)
    {
      /* A copy of its own: nobody may look further. */
      g_autofree uint8_t *copy = g_memdup2 (bytes + taken, there - taken);
      AempScanResult result = codec->scan (&scanner, copy, there - taken, &outcome.error);

      if (result == AEMP_SCAN_PACKET)
        {
          size_t packet = scanner.position;
          g_autoptr (AempMessage) message = codec->decode (&scanner, copy, &outcome.error);

          taken += packet;
          if (message)
            {
              AempList list = aemp_message_list (message);

              check_again (codec, message);
              check_across (codec, message);
              outcome.hash = aemp_hash_mix (outcome.hash, aemp_list_hash (&list));
              outcome.packets++;
            }
        }
      else if (result == AEMP_SCAN_MORE && there == length)
        break;
      else if (result == AEMP_SCAN_MORE)
        there = MIN (there + piece, length);
    }
  return outcome;
}

void
fuzz_codec (const AempCodec *codec, const uint8_t *bytes, size_t length)
{
  Outcome whole, pieces;

  if (length == 0)
    return;
  whole = read_stream (codec, bytes + 1, length - 1, length);
  pieces = read_stream (codec, bytes + 1, length - 1, 1 + bytes[0] % PIECE_MOST);
  g_assert_cmpuint (whole.packets, ==, pieces.packets);
  g_assert_cmphex (whole.hash, ==, pieces.hash);
  g_assert_cmpint (whole.error != NULL, ==, pieces.error != NULL);
  if (whole.error)
    g_assert_cmpstr (whole.error->message, ==, pieces.error->message);
  g_clear_error (&whole.error);
  g_clear_error (&pieces.error);
}
