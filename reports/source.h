/* reports/source.h - one of several traces: whose it is, and what has to be known of it before
 * it is put in order with the others. */
#pragma once

#include "clocks.h"
#include "passage.h"
#include "trace-file.h"

typedef struct
{
  char *path;
  unsigned index; /* as given */
  AempName *node; /* NULL: a simulation's */
  int64_t began_us;
  int64_t part;
  GArray *lives; /* of unsigned: the lives that begin in it, skimmed */
  GArray *up;    /* of uint64_t: the connections of the latest one, skimmed */
} ReportSource;

/* Skims a file: tells the clocks of its lives and their meetings, and the passage of the node, its
 * instances and what its processes ended with.  Of a simulation's trace it reads the first
 * line only.  NULL with an error that names the file. */
ReportSource *report_source_new (const char *path, unsigned index, ReportClocks *clocks,
                                 ReportPassage *passage, GError **error);
void report_source_free (void *source);

/* The order of the files of one node, for g_ptr_array_sort(): as their processes began and their parts
 * follow, or else as given. */
int report_source_compare (const void *one, const void *other);

/* Is this the first line of a process's first part? */
bool report_begins_life (const AempValue *head);
