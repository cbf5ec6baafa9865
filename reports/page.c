/* reports/page.c */

#include "page.h"

#include "report-page.h"

#include <string.h>

static void
append_file (GString *out, const char *name)
{
  g_autofree char *path = g_strconcat ("/aemp/page/", name, NULL);
  g_autoptr (GBytes) bytes = g_resource_lookup_data (report_page_get_resource (), path,
                                                     G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);

  g_assert_nonnull (bytes); /* it is built in */
  g_string_append_len (out, g_bytes_get_data (bytes, NULL), (gssize)g_bytes_get_size (bytes));
}

static void
append_scripts (GString *out)
{
  static const char *const files[]
      = { "trace.js", "faults.js", "causes.js", "compare.js", "view.js", "draw.js", "panel.js", "main.js" };

  g_string_append (out, "'use strict';\n(() => {\n");
  for (unsigned at = 0; at < G_N_ELEMENTS (files); at++)
    append_file (out, files[at]);
  g_string_append (out, "})();\n");
}

/* In page.html, a line that is one word in @ stands for what comes here. */
void
report_page_write (GString *out, const char *title, const GString *data)
{
  g_autoptr (GString) frame = g_string_new (NULL);
  g_autofree char *safe_title = g_markup_escape_text (title, -1);
  g_auto (GStrv) lines = NULL;

  append_file (frame, "page.html");
  lines = g_strsplit (frame->str, "\n", -1);
  for (char **line = lines; *line; line++)
    if (strcmp (*line, "@title@") == 0)
      g_string_append (out, safe_title);
    else if (strcmp (*line, "@style@") == 0)
      append_file (out, "page.css");
    else if (strcmp (*line, "@data@") == 0)
      g_string_append_len (out, data->str, (gssize)data->len);
    else if (strcmp (*line, "@script@") == 0)
      append_scripts (out);
    else
      g_string_append_printf (out, "%s\n", *line);
}
