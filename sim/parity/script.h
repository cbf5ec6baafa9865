/* sim/parity/script.h - short scripts about sockets, played by the kernel and by the simulated
 * world: their text form, and what it means.
 *
 * A statement a line, "#" begins a comment.  What stands before the first `script` of a file
 * (hosts, delays, limits) holds for all of its scripts.  docs/parity-scripts.md tells of the
 * statements.  Time goes on only where a script waits or expects something. */
#pragma once

#include "sim/parity/sysctls.h"

#define PARITY_HOSTS_MAX 4
#define PARITY_SOCKETS_MAX 32
#define PARITY_LOTS_MAX 64 /* `lose` counts so far */
#define PARITY_GROUP_MAX_BYTES 64
#define PARITY_PATIENCE_US (4 * INT64_C (1000000)) /* of an `expect` that names no time */

typedef enum
{
  PARITY_LISTEN,  /* number: the backlog */
  PARITY_CONNECT, /* object: the socket that it dials, which may not be there */
  PARITY_ACCEPT,  /* object: the listener; this is expected, too */
  PARITY_WRITE,   /* number bytes, some later when there is no room */
  PARITY_READ,    /* number bytes at most, of a socket that is paused */
  PARITY_PAUSE,
  PARITY_RESUME,
  PARITY_END,   /* of writing */
  PARITY_CLOSE, /* of everything */
  PARITY_ABORT, /* ... with a reset */
  PARITY_SET,   /* option, number, times; up to here it is about a socket */
  PARITY_KILL,  /* subject: a host, as in all that follow */
  PARITY_VANISH,
  PARITY_RETURN,
  PARITY_CUT,   /* from subject to object, or both ways; number: ParityCut */
  PARITY_HEAL,  /* from subject to object */
  PARITY_DELAY, /* from subject to object: times[0] */
  PARITY_LOSE,  /* from subject to object: those of `number` as a mask; of acknowledgements */
  PARITY_WAIT,  /* times[0] */
  PARITY_EXPECT,
} ParityVerb;

typedef enum
{
  PARITY_SILENT,
  PARITY_REFUSING,
  PARITY_UNREACHABLE,
} ParityCut;

typedef enum
{
  PARITY_NODELAY,        /* number: on or off */
  PARITY_KEEPALIVE,      /* times: idle, between probes; number: of probes */
  PARITY_USER_TIMEOUT,   /* times[0] */
  PARITY_SEND_BUFFER,    /* number: of bytes */
  PARITY_RECEIVE_BUFFER, /* ... */
} ParityOption;

/* What a program sees of a socket. */
typedef enum
{
  PARITY_OPEN,     /* connect() has succeeded */
  PARITY_ACCEPTED,
  PARITY_WROTE,    /* all that was to be written has been taken */
  PARITY_BYTES,    /* number: so many */
  PARITY_ENDED,    /* the peer writes no more */
  PARITY_ERROR,    /* number: errno */
  PARITY_NOTHING,  /* as expected: for times[0] */
} ParityNewsKind;

typedef struct
{
  ParityVerb verb;
  unsigned line;
  unsigned subject; /* a socket, or a host */
  unsigned object;
  uint64_t number;
  int64_t times_us[2];
  ParityOption option;
  ParityNewsKind news; /* EXPECT, ACCEPT: which */
  bool acks;           /* LOSE: acknowledgements, not what takes numbers */
  bool both;           /* CUT, HEAL, DELAY: both ways */
  bool all;            /* HEAL, DELAY: of all hosts */
  bool has_time;       /* EXPECT, ACCEPT: is_us behind the last statement */
  int64_t after_us;
  int64_t tolerance_us; /* 0: as usual */
} ParityStatement;

typedef struct
{
  char *name; /* "ann.c" */
  unsigned host;
  bool listens;
  bool is_dialed;
} ParitySocket;

typedef struct
{
  char *name;
  char *group; /* the name of its file, without folder and ending */
  unsigned line;
  unsigned hosts_count;
  char *hosts[PARITY_HOSTS_MAX];
  unsigned sockets_count;
  ParitySocket sockets[PARITY_SOCKETS_MAX];
  int64_t limits[PARITY_LIMITS]; /* -1: as the kernel has it */
  int64_t model_limits[PARITY_LIMITS]; /* for the simulated world: those, else the usual ones */
  char *differs; /* why the simulated world is known to do something else; NULL: it is not */
  GArray *statements;            /* of ParityStatement */
} ParityScript;

/* Reads a file and appends its scripts to `scripts` (of ParityScript, which it frees).  False
 * with a SCENARIO_ERROR: "FILE:LINE:COLUMN: what was expected", a line for each mistake. */
bool parity_scripts_load (const char *file, GPtrArray *scripts, GError **error);
/* ... of a text; `file` is for messages and the group. */
bool parity_scripts_parse (const char *file, const char *text, GPtrArray *scripts, GError **error);
void parity_script_free (ParityScript *script);
GPtrArray *parity_scripts_new (void);

static inline const ParityStatement *
parity_script_statement (const ParityScript *script, unsigned index)
{
  return &g_array_index (script->statements, ParityStatement, index);
}

/* How long it waits, as far as that can be told. */
int64_t parity_script_length_us (const ParityScript *script);

/* CUT, HEAL, DELAY, LOSE: is that way one of those that it means? */
static inline bool
parity_statement_means (const ParityStatement *statement, unsigned from, unsigned to)
{
  return from != to
         && (statement->all || (from == statement->subject && to == statement->object)
             || (statement->both && from == statement->object && to == statement->subject));
}

/* "ECONNRESET" and back; NULL and 0: not known here. */
const char *parity_errno_name (int number);
int parity_errno_number (const char *name);
