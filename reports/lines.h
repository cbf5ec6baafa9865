/* reports/lines.h - a file, line by line, compressed or not.
 *
 * Memory does not grow with the file.  What is behind damage in compressed data cannot be read:
 * there the file ends, and says why. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define REPORT_LINE_MAX_BYTES (16 * 1024 * 1024) /* a longer one is passed over */

typedef struct ReportLines ReportLines;

typedef enum
{
  REPORT_LINES_LINE,
  REPORT_LINES_TOO_LONG, /* one was passed over */
  REPORT_LINES_END,
  REPORT_LINES_ERROR, /* it names the file */
} ReportLinesNext;

/* "-" is standard input.  NULL with an error that names the file. */
ReportLines *report_lines_open (const char *path, GError **error);
void report_lines_close (ReportLines *lines);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReportLines, report_lines_close)

/* The next line, without its end, until the next call. */
ReportLinesNext report_lines_next (ReportLines *lines, const char **line, size_t *length,
                                   GError **error);
/* Of the latest line: from 1. */
uint64_t report_lines_number (const ReportLines *lines);
/* Had the latest line no end?  Then it was the last. */
bool report_lines_ends_within (const ReportLines *lines);
