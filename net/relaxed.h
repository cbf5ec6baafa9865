/* net/relaxed.h - JSON as people and Perl write it into files, made strict.
 *
 * Perl's relaxed JSON has comments, from # to the end of the line, a comma behind the last
 * element of an array or a map, and tabs in strings. */
#pragma once

#include <glib.h>

/* The same text with comments and such commas blanked and tabs in strings escaped: every line
 * and, but for the tabs, every byte stays in its place.  It never fails: what is no JSON is
 * left for who reads it to refuse. */
GByteArray *net_relaxed_to_json (const char *text, size_t length);
