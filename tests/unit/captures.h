/* tests/unit/captures.h - reads the recorded sessions in tests/data/captures. */
#pragma once

#include "codec-helper.h"

/* Every line of a file of JSON Lines as a message with the line's map as its only value. */
static inline GPtrArray *
capture_lines (const char *name)
{
  g_autofree char *path
      = g_build_filename (g_getenv ("AEMP_TEST_DATA"), "captures", name, NULL);
  g_autofree char *content = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GError) error = NULL;
  GPtrArray *messages = g_ptr_array_new_with_free_func ((GDestroyNotify)aemp_message_unref);

  g_file_get_contents (path, &content, NULL, &error);
  g_assert_no_error (error);
  lines = g_strsplit (content, "\n", -1);
  for (char **line = lines; *line; line++)
    if (**line)
      {
        g_autofree char *packet = g_strdup_printf ("[%s]", *line);

        g_ptr_array_add (messages, aemp_codec_decode_all (&aemp_codec_json, (uint8_t *)packet,
                                                          strlen (packet), &error));
        g_assert_no_error (error);
      }
  return messages;
}

/* The map of one such line. */
static inline const AempValue *
capture_map (const GPtrArray *lines, guint index)
{
  AempList list = aemp_message_list (lines->pdata[index]);

  return &list.items[0];
}

/* A string of such a map; NULL: not there. */
static inline const char *
capture_string (const AempValue *map, const char *key)
{
  const AempValue *value = aemp_map_get (map, key);

  return value && value->type == AEMP_TEXT ? value->as.string : NULL;
}
