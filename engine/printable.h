/* engine/printable.h - other people's bytes made fit for an error or a log. */
#pragma once

#include <glib.h>

/* At most `most_bytes` of them, printable ASCII as it is and every other byte as
 * `.`; "..." follows when something was cut off.  g_free() it. */
char *aemp_printable (const void *bytes, size_t length, size_t most_bytes);
