/* engine/printable.c - see printable.h. */
#include "printable.h"

char *
aemp_printable (const void *bytes, size_t length, size_t most_bytes)
{
  const char *from = bytes;
  size_t kept = MIN (length, most_bytes);
  GString *text = g_string_sized_new (kept + 4);

  for (size_t i = 0; i < kept; i++)
    g_string_append_c (text, g_ascii_isprint (from[i]) ? from[i] : '.');
  if (kept < length)
    g_string_append (text, "...");
  return g_string_free (text, FALSE);
}
