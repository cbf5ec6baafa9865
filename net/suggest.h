/* net/suggest.h - what somebody may have meant. */
#pragma once

/* The known word that is most like `word`; NULL: none is.  `known` ends with NULL. */
const char *net_closest (const char *word, const char *const *known);

/* " (did you mean NAME?)", or nothing; for g_free(). */
char *net_suggestion (const char *word, const char *const *known);
