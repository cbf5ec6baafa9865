/* tests/unit/session-read.c - recorded sessions, read. */

#include "session-internal.h"

#define LINES_BEFORE_PACKETS 3

/* --- Reading --- */

/* One direction of it, as far as it was read. */
typedef struct
{
  GByteArray *bytes;
  unsigned lines;
  const AempCodec *codec; /* what the auth line said */
} Side;

static void
side_clear (Side *side)
{
  g_byte_array_unref (side->bytes);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Side, side_clear)

/* Takes the greeting and the auth line off; true: they have all come. */
static bool
take_lines (Side *side)
{
  const uint8_t *end;
  GByteArray *bytes = side->bytes;
  while (side->lines < LINES_BEFORE_PACKETS && (end = memchr (bytes->data, '\n', bytes->len)))
    {
      const uint8_t *last = memrchr (bytes->data, ';', end - bytes->data);
      side->codec = last ? aemp_codec_by_name ((const char *)last + 1, end - last - 1) : NULL;
      g_byte_array_remove_range (bytes, 0, end + 1 - bytes->data);
      side->lines++;
    }
  return side->lines == LINES_BEFORE_PACKETS;
}

static Story
take_packets (Side *side)
{
  AempScanner scanner;
  aemp_scanner_init (&scanner);
  g_assert_nonnull (side->codec);
  Story story = read_stream (side->codec, &scanner, side->bytes->data, side->bytes->len, 0, 0);
  g_assert_no_error (story.error);
  g_byte_array_remove_range (side->bytes, 0, side->bytes->len - story.left);
  return story;
}

GPtrArray *
session_read (const char *capture, GString *directions, GArray *times, const AempCodec *codecs[2])
{
  g_autoptr (GPtrArray) lines = capture_lines (capture);
  GPtrArray *packets = g_ptr_array_new_with_free_func ((GDestroyNotify)aemp_message_unref);
  g_auto (Side) from_first = { .bytes = g_byte_array_new () };
  g_auto (Side) from_second = { .bytes = g_byte_array_new () };
  for (unsigned i = 1; i < lines->len; i++)
    {
      const AempValue *map = capture_map (lines, i);
      const char *hex = capture_string (map, "hex");
      char direction = *capture_string (map, "dir");
      Side *side = direction == '>' ? &from_first : &from_second;
      if (!hex)
        continue;
      g_autoptr (GByteArray) chunk = from_hex (hex);
      g_byte_array_append (side->bytes, chunk->data, chunk->len);
      if (!take_lines (side))
        continue;
      double seconds;
      g_assert_true (aemp_value_get_double (aemp_map_get (map, "t"), &seconds));
      g_auto (Story) story = take_packets (side);
      for (unsigned packet = 0; packet < story.packets->len; packet++)
        {
          g_ptr_array_add (packets, aemp_message_ref (story.packets->pdata[packet]));
          g_string_append_c (directions, direction);
          g_array_append_val (times, seconds);
        }
    }
  codecs[0] = from_first.codec;
  codecs[1] = from_second.codec;
  return packets;
}

Story
session_story (const char *capture, const char *direction)
{
  const AempCodec *codecs[2];
  g_autoptr (GString) directions = g_string_new (NULL);
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (GPtrArray) packets = session_read (capture, directions, times, codecs);
  Story story = { .packets = g_ptr_array_new_with_free_func ((GDestroyNotify)aemp_message_unref) };
  for (unsigned i = 0; i < packets->len; i++)
    if (directions->str[i] == *direction)
      g_ptr_array_add (story.packets, aemp_message_ref (packets->pdata[i]));
  return story;
}

char *
session_word (const AempList *packet)
{
  if (packet->count < 2 || !aemp_value_is (&packet->items[0], ""))
    return NULL;
  return aemp_value_dup_text (&packet->items[1], NULL);
}

static int
compare_texts (const void *one, const void *other)
{
  return strcmp (*(char *const *)one, *(char *const *)other);
}

char *
session_text (const AempValue *value)
{
  if (value->type != AEMP_ARRAY)
    return aemp_value_to_text (value, 0);
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  for (unsigned i = 0; i < value->length; i++)
    g_ptr_array_add (texts, session_text (&value->as.items[i]));
  g_ptr_array_sort (texts, compare_texts);
  g_ptr_array_add (texts, NULL);
  g_autofree char *joined = g_strjoinv (",", (char **)texts->pdata);
  return g_strconcat ("[", joined, "]", NULL);
}

void
session_write (GString *out, const char *label, const AempList *list)
{
  g_string_append_printf (out, "%s:", label);
  for (unsigned i = 0; i < list->count; i++)
    {
      g_autofree char *text = session_text (&list->items[i]);
      g_string_append_printf (out, " %s", text);
    }
  g_string_append_c (out, '\n');
}
