/* net/relaxed.c - see relaxed.h. */
#include "net/relaxed.h"

#include <stdbool.h>
#include <stdint.h>

#define NOWHERE ((size_t)-1)

/* What was seen last outside of blanks and comments. */
typedef struct
{
  GByteArray *json;
  size_t comma; /* where a comma stands behind a value; NOWHERE: something else was last */
  bool is_after_value;
} Relaxed;

static void
append (Relaxed *relaxed, char byte)
{
  g_byte_array_append (relaxed->json, (const uint8_t *)&byte, 1);
}

static void
append_text (Relaxed *relaxed, const char *text, size_t length)
{
  g_byte_array_append (relaxed->json, (const uint8_t *)text, (unsigned)length);
}

/* Says how long the string is, its quotes included. */
static size_t
take_string (Relaxed *relaxed, const char *text, size_t length)
{
  size_t taken = 1;

  append (relaxed, '"');
  while (taken < length && text[taken] != '"')
    {
      if (text[taken] == '\\' && taken + 1 < length)
        {
          append (relaxed, text[taken++]);
          append (relaxed, text[taken++]);
          continue;
        }
      if (text[taken] == '\t')
        append_text (relaxed, "\\t", 2);
      else
        append (relaxed, text[taken]);
      taken++;
    }
  if (taken < length)
    append (relaxed, text[taken++]);
  relaxed->is_after_value = true;
  relaxed->comma = NOWHERE;
  return taken;
}

static size_t
blank_comment (Relaxed *relaxed, const char *text, size_t length)
{
  size_t taken = 0;

  for (; taken < length && text[taken] != '\n' && text[taken] != '\r'; taken++)
    append (relaxed, ' ');
  return taken;
}

/* Any other byte that is not blank. */
static void
take_byte (Relaxed *relaxed, char byte)
{
  bool closes = byte == ']' || byte == '}';

  if (closes && relaxed->comma != NOWHERE)
    relaxed->json->data[relaxed->comma] = ' ';
  relaxed->comma = byte == ',' && relaxed->is_after_value ? relaxed->json->len : NOWHERE;
  relaxed->is_after_value = closes || (byte != ',' && byte != ':' && byte != '[' && byte != '{');
  append (relaxed, byte);
}

GByteArray *
net_relaxed_to_json (const char *text, size_t length)
{
  Relaxed relaxed = { g_byte_array_new (), NOWHERE, false };
  size_t place = 0;

  while (place < length)
    if (text[place] == '"')
      place += take_string (&relaxed, text + place, length - place);
    else if (text[place] == '#')
      place += blank_comment (&relaxed, text + place, length - place);
    else if (text[place] == ' ' || text[place] == '\t' || text[place] == '\n'
             || text[place] == '\r')
      append (&relaxed, text[place++]);
    else
      take_byte (&relaxed, text[place++]);
  return relaxed.json;
}
