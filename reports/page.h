/* reports/page.h - the page that draws a trace: one file, which needs nothing else. */
#pragma once

#include <glib.h>

/* Around `data`, a JSON object without `<`. */
void report_page_write (GString *out, const char *title, const GString *data);
