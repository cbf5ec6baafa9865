/* net/words.h - the arguments of the command, as Perl's aemp takes them.
 *
 * A word that begins with [ { or " is JSON, if it is that; when the first one begins with [,
 * its elements replace all words. */
#pragma once

#include "engine/value.h"

typedef struct
{
  char *text;        /* as typed; the content of a string in JSON, the JSON of anything else */
  AempMessage *json; /* one value; NULL: plain text */
} NetWord;

typedef struct
{
  GPtrArray *words; /* of NetWord */
  unsigned next;
} NetWords;

/* NULL with AEMP_ERROR_CONFIG: the first word begins like JSON, and is none. */
NetWords *net_words_new (int count, char *const *texts, GError **error);
void net_words_free (NetWords *words);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NetWords, net_words_free)

unsigned net_words_left (const NetWords *words);
/* The next one, without and with taking it.  NULL: there is none. */
const NetWord *net_words_peek (const NetWords *words);
const NetWord *net_words_take (NetWords *words);

/* What a word stands for in a message: JSON, or text.  NULL with an error: it begins like
 * JSON and is none, or is not UTF-8. */
AempMessage *net_word_value (const NetWord *word, GError **error);

/* The rest as one message.  NULL with an error that says which word is bad. */
AempMessage *net_words_take_message (NetWords *words, GError **error);
