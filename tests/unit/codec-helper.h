/* tests/unit/codec-helper.h - what the tests of the codecs share. */
#pragma once

#include "engine/codec.h"
#include "engine/error.h"

#include <string.h>

/* A small generator of our own: the same numbers everywhere. */
static inline uint64_t
draw (uint64_t *seed)
{
  uint64_t mixed = *seed += UINT64_C (0x9e3779b97f4a7c15);

  mixed = (mixed ^ mixed >> 30) * UINT64_C (0xbf58476d1ce4e5b9);
  mixed = (mixed ^ mixed >> 27) * UINT64_C (0x94d049bb133111eb);
  return mixed ^ mixed >> 31;
}

static inline size_t
draw_below (uint64_t *seed, size_t limit)
{
  return (size_t)(draw (seed) % limit);
}

typedef struct
{
  GPtrArray *packets; /* of AempMessage */
  GError *error;      /* what ended the stream; NULL: nothing did */
  size_t left;        /* bytes of a packet that is not complete */
} Story;

static inline void
story_clear (Story *story)
{
  g_clear_pointer (&story->packets, g_ptr_array_unref);
  g_clear_error (&story->error);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Story, story_clear)

/* Keeps a scanner in its small copy for a while. */
static inline void
let_wait (AempScanner *scanner)
{
  g_autofree AempScanner *kept = aemp_scanner_keep (scanner);

  memset (scanner, 0xff, sizeof *scanner);
  aemp_scanner_go_on (scanner, kept);
}

/* Reads a stream that arrives in pieces of 1 to `most` bytes, drawn from `seed`; `most` 0
 * is all at once.  Every look is at a copy of its own, so that a sanitizer sees a look
 * too far. */
static inline Story
read_stream (const AempCodec *codec, const AempScanner *like, const uint8_t *bytes, size_t length,
             size_t most, uint64_t seed)
{
  Story story = { .packets = g_ptr_array_new_with_free_func ((GDestroyNotify)aemp_message_unref) };
  AempScanner scanner = *like;
  size_t there = most > 0 ? 0 : length, taken = 0;

  while (!story.error)
    {
      g_autofree uint8_t *copy = g_memdup2 (bytes + taken, there - taken);
      AempScanResult result = codec->scan (&scanner, copy, there - taken, &story.error);

      if (result == AEMP_SCAN_PACKET)
        {
          size_t packet = scanner.position;
          AempMessage *message = codec->decode (&scanner, copy, &story.error);

          taken += packet;
          if (message)
            g_ptr_array_add (story.packets, message);
        }
      else if (result == AEMP_SCAN_MORE && there == length)
        break;
      else if (result == AEMP_SCAN_MORE)
        {
          size_t piece = 1 + draw_below (&seed, most);

          there += MIN (piece, length - there);
          let_wait (&scanner);
        }
    }
  story.left = length - taken;
  return story;
}

static inline void
assert_same_story (const Story *one, const Story *other)
{
  g_assert_cmpuint (one->packets->len, ==, other->packets->len);
  for (guint index = 0; index < one->packets->len; index++)
    {
      AempList one_list = aemp_message_list (one->packets->pdata[index]);
      AempList other_list = aemp_message_list (other->packets->pdata[index]);
      g_autofree char *one_text = aemp_list_to_text (&one_list, 0);
      g_autofree char *other_text = aemp_list_to_text (&other_list, 0);

      g_assert_cmpstr (one_text, ==, other_text);
    }
  g_assert_cmpstr (one->error ? one->error->message : "", ==,
                   other->error ? other->error->message : "");
  g_assert_cmpint (one->error ? one->error->code : -1, ==, other->error ? other->error->code : -1);
  if (!one->error)
    g_assert_cmpuint (one->left, ==, other->left);
}

/* In one piece, byte by byte, in pieces of every small size: always the same. */
static inline void
assert_cuts_do_not_matter (const AempCodec *codec, const uint8_t *bytes, size_t length)
{
  AempScanner fresh;
  g_auto (Story) whole = { NULL, NULL, 0 };

  aemp_scanner_init (&fresh);
  whole = read_stream (codec, &fresh, bytes, length, 0, 0);
  for (size_t most = 1; most < 12; most += 3)
    {
      g_auto (Story) pieces = read_stream (codec, &fresh, bytes, length, most, most);

      assert_same_story (&whole, &pieces);
    }
}

/* Bytes from hexadecimal digits; blanks are skipped. */
static inline GByteArray *
from_hex (const char *hex)
{
  GByteArray *bytes = g_byte_array_new ();

  for (; *hex; hex++)
    if (*hex != ' ')
      {
        uint8_t byte;

        g_assert_true (g_ascii_isxdigit (hex[0]) && g_ascii_isxdigit (hex[1]));
        byte = (uint8_t)(g_ascii_xdigit_value (hex[0]) << 4 | g_ascii_xdigit_value (hex[1]));
        g_byte_array_append (bytes, &byte, 1);
        hex++;
      }
  return bytes;
}

static inline char *
to_hex (const uint8_t *bytes, size_t length)
{
  GString *hex = g_string_new (NULL);

  for (size_t index = 0; index < length; index++)
    g_string_append_printf (hex, "%02x", bytes[index]);
  return g_string_free (hex, FALSE);
}

/* The whole packet of a message as its codec writes it. */
static inline GByteArray *
encode_list (const AempCodec *codec, AempMessage *message)
{
  GByteArray *out = g_byte_array_new ();
  AempList list = aemp_message_list (message);

  codec->encode (out, NULL, &list);
  return out;
}
