/* reports/json-out.c */

#include "json-out.h"

#include <string.h>

void
report_json_next (GString *out)
{
  if (out->len > 0 && !strchr ("[{,:", out->str[out->len - 1]))
    g_string_append_c (out, ',');
}

void
report_json_key (GString *out, const char *key)
{
  report_json_next (out);
  g_string_append_printf (out, "\"%s\":", key);
}

void
report_json_text (GString *out, const char *text, size_t length)
{
  g_autofree char *valid = NULL;

  if (!g_utf8_validate_len (text, length, NULL) && !memchr (text, 0, length))
    {
      valid = g_utf8_make_valid (text, (gssize)length);
      text = valid;
      length = strlen (valid);
    }
  g_string_append_c (out, '"');
  for (size_t at = 0; at < length; at++)
    if (text[at] == '"' || text[at] == '\\')
      g_string_append_printf (out, "\\%c", text[at]);
    else if ((uint8_t)text[at] < 0x20 || text[at] == '<' || text[at] == 0x7f)
      g_string_append_printf (out, "\\u%04x", (uint8_t)text[at]);
    else
      g_string_append_c (out, text[at]);
  g_string_append_c (out, '"');
}

void
report_json_name (GString *out, const AempName *name)
{
  report_json_text (out, name ? name->text : "", name ? name->length : 0);
}

void
report_json_unsigned (GString *out, const char *key, uint64_t number)
{
  report_json_key (out, key);
  g_string_append_printf (out, "%" G_GUINT64_FORMAT, number);
}

void
report_json_signed (GString *out, const char *key, int64_t number)
{
  report_json_key (out, key);
  g_string_append_printf (out, "%" G_GINT64_FORMAT, number);
}

void
report_json_string (GString *out, const char *key, const char *text)
{
  report_json_key (out, key);
  report_json_text (out, text ? text : "", text ? strlen (text) : 0);
}

void
report_json_value (GString *out, const char *key, const AempValue *value)
{
  g_autofree char *text = value ? aemp_value_to_text (value, 0) : NULL;

  if (!text)
    return;
  report_json_key (out, key);
  for (const char *at = text; *at; at++) /* only strings have one */
    if (*at == '<')
      g_string_append (out, "\\u003c");
    else
      g_string_append_c (out, *at);
}
