/* net/words.c - see words.h. */
#include "net/words.h"

#include "engine/codec.h"
#include "engine/error.h"

#include <string.h>

static void
word_free (void *data)
{
  NetWord *word = data;

  g_free (word->text);
  g_clear_pointer (&word->json, aemp_message_unref);
  g_free (word);
}

static bool
looks_like_json (const char *text)
{
  return *text == '[' || *text == '{' || *text == '"';
}

/* One value; NULL with an error: the text is none. */
static AempMessage *
parse_value (const char *text, GError **error)
{
  g_autofree char *list = g_strconcat ("[", text, "]", NULL);
  g_autoptr (AempMessage) message
      = aemp_codec_decode_all (&aemp_codec_json, (const uint8_t *)list, strlen (list), error);

  if (!message)
    {
      char *at = g_strrstr ((*error)->message, " at byte "); /* of our list, not of the word */

      if (at)
        *at = '\0';
      return NULL;
    }
  if (aemp_message_list (message).count == 1)
    return g_steal_pointer (&message);
  g_set_error_literal (error, AEMP_ERROR, AEMP_ERROR_MALFORMED, "json: more than one value");
  return NULL;
}

/* Takes over what it is given; strings with a zero byte are left as their JSON. */
static void
add (NetWords *words, char *text, AempMessage *json)
{
  const AempValue *value = json ? &aemp_message_list (json).items[0] : NULL;
  NetWord *word = g_new (NetWord, 1);
  size_t length;
  char *content = value ? aemp_value_dup_text (value, &length) : NULL;

  *word = (NetWord){ text, json };
  if (content && strlen (content) == length)
    {
      g_free (word->text);
      word->text = g_steal_pointer (&content);
    }
  g_free (content);
  g_ptr_array_add (words->words, word);
}

static void
add_elements (NetWords *words, const AempMessage *list)
{
  const AempValue *array = &aemp_message_list ((AempMessage *)list).items[0];

  for (uint32_t i = 0; i < array->length; i++)
    {
      const AempValue *element = &array->as.items[i];

      add (words, aemp_value_to_text (element, 0), aemp_message_new ("v", element));
    }
}

NetWords *
net_words_new (int count, char *const *texts, GError **error)
{
  g_autoptr (NetWords) words = g_new0 (NetWords, 1);

  words->words = g_ptr_array_new_with_free_func (word_free);
  if (count > 0 && texts[0][0] == '[')
    {
      g_autoptr (AempMessage) list = parse_value (texts[0], error);

      if (!list)
        {
          g_prefix_error (error, "the first argument begins with [, so it has to be JSON: ");
          return NULL;
        }
      add_elements (words, list);
      return g_steal_pointer (&words);
    }
  for (int i = 0; i < count; i++)
    {
      g_autoptr (GError) no_json = NULL;

      add (words, g_strdup (texts[i]),
           looks_like_json (texts[i]) ? parse_value (texts[i], &no_json) : NULL);
    }
  return g_steal_pointer (&words);
}

void
net_words_free (NetWords *words)
{
  if (!words)
    return;
  g_ptr_array_unref (words->words);
  g_free (words);
}

unsigned
net_words_left (const NetWords *words)
{
  return words->words->len - words->next;
}

const NetWord *
net_words_peek (const NetWords *words)
{
  return net_words_left (words) > 0 ? words->words->pdata[words->next] : NULL;
}

const NetWord *
net_words_take (NetWords *words)
{
  const NetWord *word = net_words_peek (words);

  words->next += word != NULL;
  return word;
}

AempMessage *
net_word_value (const NetWord *word, GError **error)
{
  if (word->json)
    return aemp_message_ref (word->json);
  if (looks_like_json (word->text))
    {
      g_autoptr (AempMessage) value = parse_value (word->text, error);

      g_assert (!value); /* it would have been found before */
      return NULL;
    }
  if (g_utf8_validate (word->text, -1, NULL))
    return aemp_message_new ("s", word->text);
  g_set_error_literal (error, AEMP_ERROR, AEMP_ERROR_CONFIG, "expected text in UTF-8");
  return NULL;
}

AempMessage *
net_words_take_message (NetWords *words, GError **error)
{
  g_autoptr (GPtrArray) kept = g_ptr_array_new_with_free_func ((GDestroyNotify)aemp_message_unref);
  g_autoptr (GArray) values = g_array_new (false, false, sizeof (AempValue));
  AempList list;

  while (net_words_left (words) > 0)
    {
      const NetWord *word = net_words_take (words);
      AempMessage *value = net_word_value (word, error);

      if (!value)
        {
          g_prefix_error (error, "argument %s: ", word->text);
          return NULL;
        }
      g_ptr_array_add (kept, value);
      g_array_append_val (values, aemp_message_list (value).items[0]);
    }
  list = (AempList){ (const AempValue *)values->data, values->len, NULL };
  return aemp_message_new ("@", &list);
}
