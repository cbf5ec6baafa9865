/* engine/utf8.c */

#include "utf8.h"

#include <string.h>

#define HIGH_BITS UINT64_C (0x8080808080808080)

/* The first continuation byte is what tells overlong forms, surrogates and the end of
 * Unicode apart; the others are always 0x80 to 0xbf. */
typedef struct
{
  uint8_t length; /* 0: no character begins with this byte */
  uint8_t second_least;
  uint8_t second_most;
} Lead;

static Lead
lead_of (uint8_t byte)
{
  if (byte < 0xc2)
    return (Lead){ 0 };
  if (byte < 0xe0)
    return (Lead){ 2, 0x80, 0xbf };
  if (byte < 0xf0)
    return (Lead){ 3, byte == 0xe0 ? 0xa0 : 0x80, byte == 0xed ? 0x9f : 0xbf };
  if (byte < 0xf5)
    return (Lead){ 4, byte == 0xf0 ? 0x90 : 0x80, byte == 0xf4 ? 0x8f : 0xbf };
  return (Lead){ 0 };
}

int
aemp_utf8_character (const uint8_t *bytes, size_t length)
{
  Lead lead = lead_of (bytes[0]);

  if (lead.length == 0)
    return -1;
  for (size_t index = 1; index < lead.length; index++)
    {
      uint8_t least = index == 1 ? lead.second_least : 0x80;
      uint8_t most = index == 1 ? lead.second_most : 0xbf;

      if (index >= length)
        return 0;
      if (bytes[index] < least || bytes[index] > most)
        return -1 - (int)index;
    }
  return lead.length;
}

static size_t
ascii_length (const uint8_t *bytes, size_t length)
{
  size_t index = 0;
  uint64_t word;

  for (; index + 8 <= length; index += 8)
    {
      memcpy (&word, bytes + index, 8);
      if (word & HIGH_BITS)
        break;
    }
  while (index < length && bytes[index] < 0x80)
    index++;
  return index;
}

size_t
aemp_utf8_valid (const uint8_t *bytes, size_t length)
{
  size_t index = 0;

  while ((index += ascii_length (bytes + index, length - index)) < length)
    {
      int character = aemp_utf8_character (bytes + index, length - index);

      if (character <= 0)
        break;
      index += (size_t)character;
    }
  return index;
}

bool
aemp_utf8_is_ascii (const uint8_t *bytes, size_t length)
{
  return ascii_length (bytes, length) == length;
}

size_t
aemp_utf8_bytes_length (const uint8_t *bytes, size_t length)
{
  size_t result = length;

  for (size_t index = ascii_length (bytes, length); index < length; index++)
    result += bytes[index] >> 7;
  return result;
}

char *
aemp_utf8_write_bytes (char *out, const uint8_t *bytes, size_t length)
{
  for (size_t index = 0; index < length; index++)
    out = aemp_utf8_write (out, bytes[index]);
  return out;
}
