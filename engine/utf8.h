/* engine/utf8.h - UTF-8, checked and made. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* How many bytes in front are whole, valid characters: `length` if all of them are.
 * Zero bytes are fine; overlong forms, surrogates and what is beyond U+10FFFF are not. */
size_t aemp_utf8_valid (const uint8_t *bytes, size_t length);

/* One character that begins with a byte from 0x80 on.  Its length; 0 when the
 * `length` bytes that are there begin one that is not complete; -1 - N when byte N
 * cannot stand there. */
int aemp_utf8_character (const uint8_t *bytes, size_t length);

/* Are there only bytes below 0x80? */
bool aemp_utf8_is_ascii (const uint8_t *bytes, size_t length);

/* Byte strings are the code points 0 to 255: how long they are as UTF-8, and made so
 * (no ending zero is written).  The latter returns the end. */
size_t aemp_utf8_bytes_length (const uint8_t *bytes, size_t length);
char *aemp_utf8_write_bytes (char *out, const uint8_t *bytes, size_t length);

/* Writes one code point, 1 to 4 bytes; returns the end. */
static inline char *
aemp_utf8_write (char *out, uint32_t code_point)
{
  if (code_point < 0x80)
    *out++ = (char)code_point;
  else if (code_point < 0x800)
    {
      *out++ = (char)(0xc0 | code_point >> 6);
      *out++ = (char)(0x80 | (code_point & 0x3f));
    }
  else if (code_point < 0x10000)
    {
      *out++ = (char)(0xe0 | code_point >> 12);
      *out++ = (char)(0x80 | (code_point >> 6 & 0x3f));
      *out++ = (char)(0x80 | (code_point & 0x3f));
    }
  else
    {
      *out++ = (char)(0xf0 | code_point >> 18);
      *out++ = (char)(0x80 | (code_point >> 12 & 0x3f));
      *out++ = (char)(0x80 | (code_point >> 6 & 0x3f));
      *out++ = (char)(0x80 | (code_point & 0x3f));
    }
  return out;
}
