/* sim/parity/program.h - the program that a host runs in a script: it does with its sockets what
 * the statements say, and reports what it sees of them.
 *
 * It is the same for the kernel and for the simulated world, which give it their sockets as a
 * table of functions.  Whoever runs it polls for what it wants, and has it look. */
#pragma once

#include "sim/parity/script.h"

/* Port of a script's socket: the first is 4001. */
#define PARITY_PORT_BASE 4001

/* As poll(2): */
#define PARITY_POLL_IN 1
#define PARITY_POLL_OUT 2
#define PARITY_POLL_ERROR 4
#define PARITY_POLL_HANGUP 8

/* Sockets that never block.  Every int is 0 or a count, or a negative errno. */
typedef struct
{
  void *(*open) (void *host);
  int (*set) (void *socket, const ParityStatement *statement);
  int (*bind) (void *socket, uint16_t port);
  int (*listen) (void *socket, unsigned backlog);
  int (*connect) (void *host, void *socket, unsigned to, uint16_t port); /* -EINPROGRESS */
  void *(*accept) (void *socket, int *error);
  int (*write) (void *socket, const void *bytes, size_t length);
  int (*read) (void *socket, void *bytes, size_t length);
  int (*end) (void *socket);   /* of writing */
  int (*error) (void *socket); /* why it is over, told once: an errno or 0, positive */
  void (*close) (void *socket);
  void (*abort) (void *socket);
} ParitySocketOps;

typedef void (*ParityReport) (unsigned socket, ParityNewsKind kind, uint64_t number,
                              void *user_data);

typedef struct ParityProgram ParityProgram;

ParityProgram *parity_program_new (const ParityScript *script, unsigned host,
                                   const ParitySocketOps *ops, void *ops_host,
                                   ParityReport report, void *user_data);
/* Gives its sockets up as they are: they go with their process. */
void parity_program_free (ParityProgram *program);
/* Does a statement about one of its sockets. */
void parity_program_do (ParityProgram *program, const ParityStatement *statement);
/* What to poll that socket for; false: it need not be polled at all. */
bool parity_program_wants (const ParityProgram *program, unsigned socket, void **handle,
                           unsigned *events);
/* ... and these came. */
void parity_program_look (ParityProgram *program, unsigned socket, unsigned events);
