/* reports/json-out.h - appends pieces of JSON to a text. */
#pragma once

#include "engine/value.h"

/* A comma, if there is something in front of it that wants one. */
void report_json_next (GString *out);
/* `"key":`, with the comma in front of it. */
void report_json_key (GString *out, const char *key);
/* Any bytes: what is no UTF-8 is replaced.  `<` is escaped: it may stand in a page. */
void report_json_text (GString *out, const char *text, size_t length);
void report_json_name (GString *out, const AempName *name);
void report_json_unsigned (GString *out, const char *key, uint64_t number);
void report_json_signed (GString *out, const char *key, int64_t number);
void report_json_string (GString *out, const char *key, const char *text);
/* A value as it was read; nothing, key included, if it is NULL. */
void report_json_value (GString *out, const char *key, const AempValue *value);
