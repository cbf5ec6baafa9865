/* sim/search/lines.h - the events of a run that somebody else plays, or has recorded, line by line. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* An event as it stands in a trace. */
typedef struct
{
  char *text;     /* the line, without its end */
  uint64_t line;  /* its number */
  int64_t time_us;
  char *node;
  const char *rest; /* in `text`: what stands behind the line's number */
} SimLine;

/* Reads a line of a trace.  NULL: it is no event. */
SimLine *sim_line_new (const char *text);
void sim_line_free (SimLine *line);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimLine, sim_line_free)
/* The text of a member, as it is written (with quotes, if it has some); "" if it is not there.  g_free() it. */
char *sim_line_field (const SimLine *line, const char *key);
/* The keys of the members in which they differ, with commas between; g_free() it. */
char *sim_lines_difference (const SimLine *one, const SimLine *other);
/* "   412    3.204000 s  ruth     deliver   port e, payload …", for people; `brief`: without hashes. */
char *sim_line_print (const SimLine *line, bool brief);

typedef struct SimLines SimLines;

/* Plays with a command that writes the trace to its stdout.  NULL with an error. */
SimLines *sim_lines_play (const char *const *command, char **environment, const char *folder,
                          GError **error);
/* Reads a trace's file. */
SimLines *sim_lines_open (const char *file, GError **error);
/* The next event; NULL: there is none. */
SimLine *sim_lines_next (SimLines *lines);
/* The digest that the last line of the trace has; NULL: it broke off, or is not read so far. */
const char *sim_lines_digest (const SimLines *lines);
/* Waits for the end of the process. */
void sim_lines_free (SimLines *lines);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimLines, sim_lines_free)
