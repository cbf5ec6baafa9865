/* tests/world/process.h - the built binary in a process of its own.
 *
 * What it says on its stderr drives a story: a test waits for lines, never for time. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

typedef struct
{
  GSubprocess *subprocess;
  GDataInputStream *lines; /* of its stderr */
  GString *said;           /* those that were read */
} Process;

/* `aemp COMMAND ARGUMENT…`; it dies when the test does. */
Process *begin (const char *command, const char *const *arguments);
/* … with these variables, name and value in turns. */
Process *begin_in (const char *const *environment, const char *command,
                   const char *const *arguments);
#define BEGIN(...) begin ("run", (const char *const[]){ __VA_ARGS__, NULL })
#define REPLAY(...) begin ("replay", (const char *const[]){ __VA_ARGS__, NULL })
void process_free (Process *process);

/* The next line; NULL: it says no more. */
char *next_line (Process *process);
/* Reads on to a line that matches; returns it. */
char *expect (Process *process, const char *pattern);
void hear (Process *process, const char *pattern);
/* Reads on until each of them, NULL at the end, was in a line, in any order. */
void hear_each (Process *process, const char *const *patterns);
#define HEAR_EACH(process, ...) hear_each (process, (const char *const[]){ __VA_ARGS__, NULL })
/* In how many of the lines that were read? */
unsigned count_said (const Process *process, const char *pattern);
/* The address in its next line about one. */
char *listening_at (Process *process);
/* All that it says to its end. */
char *hear_out (Process *process);

/* It ends so; then it is freed. */
void expect_status (Process *process, int status);
/* Ends it by a signal, in peace. */
void interrupt (Process *process, int signal_number);
