/* tests/world/house.h - a profile file of its own, and nodes and commands that use it.
 *
 * For stories that are told with the built binary as people would tell them. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

typedef struct
{
  char *directory; /* goes with all files in it */
  char *path;      /* of the profile file */
  GPtrArray *nodes; /* of Node */
} House;

/* One that goes on. */
typedef struct
{
  GSubprocess *subprocess;
  GDataInputStream *lines;
} Node;

/* As fixtures of GTest. */
void house_begin (House *house, const void *unused);
void house_end (House *house, const void *unused);
/* For g_free(). */
char *house_file (const House *house, const char *name);
char *contents (const char *path);

/* The command ends with this status; what it said, stdout and stderr. */
char *try (House *house, int status, const char *input, const char *const *arguments);
/* … and that matches. */
void expect (House *house, int status, const char *pattern, const char *const *arguments);
#define EXPECT(house, status, pattern, ...)                                                        \
  expect (house, status, pattern, (const char *const[]){ __VA_ARGS__, NULL })

/* Begins one that goes on, to be heard on its stdout or else its stderr; it dies with the house. */
Node *begin (House *house, const char *const *arguments, bool is_stdout);
#define NODE(house, ...) begin (house, (const char *const[]){ "run", __VA_ARGS__, NULL }, false)
#define LISTENER(house, ...) begin (house, (const char *const[]){ __VA_ARGS__, NULL }, true)
/* Reads on to a line that matches. */
char *hear (Node *node, const char *pattern);
#define HEAR(node, pattern) g_free (hear (node, pattern))
/* It ends with this status when it is sent the signal. */
void end (Node *node, int signal_number, int status);

/* Rain is global, and a seed; Ruth joins.  Both are profiles, and house->nodes. */
void begin_network (House *house);
