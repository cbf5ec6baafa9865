/* sim/print.h - verdicts as people read them. */
#pragma once

#include "sim/run.h"

typedef struct
{
  bool colour;
  const char *program;   /* as it was called: "./run" */
  const char *file;      /* of the scenario, as given */
  const char *arguments; /* of the command that repeats the run, without file and seed; "" */
  const char *trace;     /* where the trace was written; NULL: it was not */
  double real_seconds;
} SimPrintOptions;

typedef struct
{
  const bool *asked; /* [n]: promise n is shown */
  bool colour;
  /* Puts files and lines in the place of "line NUMBER"; NULL: numbers are lines.  g_free() it. */
  char *(*name_places) (const void *user_data, const char *text);
  const void *user_data;
} SimPrintPromises;

/* A line for each promise: what came of it. */
void sim_print_promises (GString *out, const SimFindings *findings, const SimPrintPromises *print);

/* The whole verdict of one run. */
char *sim_print_result (const Scenario *scenario, const SimResult *result,
                        const SimPrintOptions *options);
/* 12031 → "12,031" */
char *sim_print_count (uint64_t count);
/* … with a unit behind it, "node|nodes": for one, for all other numbers. */
char *sim_print_number_of (uint64_t count, const char *units);
/* A file, as a shell wants it, where that makes a difference. */
char *sim_print_quoted (const char *file);
/* How many marks were seen. */
unsigned sim_count_marks (uint64_t marks);
