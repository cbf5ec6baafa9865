/* scenarios/scenario.h - a scenario as data: what the language says, checked.
 *
 * The whole file is parsed before anything runs; what is here is complete and makes
 * sense: every node and actor named exists, patterns (`worker*`, `worker1..4`) are
 * spread out, times are absolute.  Strings are owned by the scenario. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define SCENARIO_NODE_PORT "4040" /* where nodes listen, and seeds are dialed */
#define SCENARIO_ERROR (scenario_error_quark ())
GQuark scenario_error_quark (void);
typedef enum
{
  SCENARIO_ERROR_SYNTAX,  /* lines: FILE:LINE:COLUMN: what was expected */
  SCENARIO_ERROR_NOT_YET, /* a statement of the language that this build cannot play yet */
  SCENARIO_ERROR_FILE,    /* not readable, too large, not UTF-8 */
} ScenarioErrorCode;

#define SCENARIO_DEFAULT_SECRET "the secret of simulated nodes"
#define SCENARIO_FILE_MAX_BYTES (1024 * 1024)
#define SCENARIO_STATEMENTS_MAX 20000
#define SCENARIO_MISTAKES_MAX 20 /* of one text that are told */
#define SCENARIO_NODES_MAX 10000
#define SCENARIO_REACHES_MAX 64
#define SCENARIO_SEEDS_MAX 256            /* of one node */
#define SCENARIO_NAME_MAX_BYTES 100       /* of nodes and of actors */
#define SCENARIO_SPREAD_MAX (1000 * 1000) /* names that all sets and patterns stand for, in sum */
#define SCENARIO_TIME_MAX_US (INT64_C (3600) * 24 * 365 * 100 * 1000 * 1000) /* 100 years */
#define SCENARIO_UNTIMED_US (INT64_C (10) * 1000 * 1000) /* the end, when nothing says a time */
#define SCENARIO_REST_US (INT64_C (1) * 1000 * 1000)     /* between the last time said and the end */

/* What a node can have for TLS: keys and certificates of simulated nodes, no secrets at all. */
typedef struct
{
  const char *name;
  const char *authority; /* who signed it: those with the same one trust each other … */
  int64_t until_us;      /* … until then, by the clock on the wall; 0: as long as a run can last */
  const char *help;
  const char *pem; /* as engine/tls.h wants it */
} ScenarioCertificate;
extern const ScenarioCertificate scenario_certificates[]; /* ends with a NULL name */
/* NULL: there is none of that name. */
const ScenarioCertificate *scenario_certificate_find (const char *name);

typedef enum
{
  SCENARIO_DELAY_UNIFORM, /* from delay_min_us to delay_max_us, both included */
  SCENARIO_DELAY_NORMAL,  /* about delay_min_us; delay_max_us is the deviation */
  SCENARIO_DELAY_PARETO,  /* from delay_min_us on; half of delay_max_us more on average */
} ScenarioDelay;

/* One path between two hosts, one way. */
typedef struct
{
  ScenarioDelay delay;
  int64_t delay_min_us;
  int64_t delay_max_us;
  uint32_t loss_ppm;      /* of packets, in millionths */
  uint32_t loss_burst;    /* so many in a row, on average; 0: each for itself */
  uint32_t duplicate_ppm;
  uint32_t corrupt_ppm;
  bool reorders;
  uint64_t queue_bytes;  /* before the line; 0: whatever waits */
  uint64_t rate_bits;    /* a second; 0: as fast as can be */
  uint64_t buffer_bytes; /* of each end of a connection; 0: the default */
} ScenarioPath;

/* What a statement says of a path; the rest is as the network has it. */
typedef enum
{
  SCENARIO_PATH_DELAY = 1 << 0,
  SCENARIO_PATH_LOSS = 1 << 1,
  SCENARIO_PATH_RATE = 1 << 2,
  SCENARIO_PATH_BUFFER = 1 << 3,
  SCENARIO_PATH_DUPLICATE = 1 << 4,
  SCENARIO_PATH_CORRUPT = 1 << 5,
  SCENARIO_PATH_QUEUE = 1 << 6,
  SCENARIO_PATH_REORDER = 1 << 7,
} ScenarioPathParts;

typedef struct
{
  char *name; /* also its node ID and its host's name */
  GPtrArray *seeds; /* of char *: node names */
  bool global;
  char *secret; /* NULL: the default one, or with a certificate none */
  const ScenarioCertificate *certificate; /* NULL: none, and no TLS */
  GPtrArray *settings; /* of char *: key, value, key, value of engine/config.h */
  unsigned line;
} ScenarioNode;

typedef struct
{
  unsigned one; /* indices of nodes; both ways */
  unsigned other;
  ScenarioPath path; /* complete */
  unsigned said;     /* ScenarioPathParts: what the link itself says */
  unsigned line;
} ScenarioLink;

/* What an actor takes behind its kind, given by whoever plays the scenario, so that
 * the language knows it:  parameters in a small notation, e.g.
 *   "TARGET:target [every DURATION:every_us] [size SIZE:size_bytes] [count NUMBER:count]"
 * Words in lower case stand for themselves, WORDS:key are values that become `key` of the
 * actor's options: TARGET (an actor, node.name), TEXT, DURATION (µs), SIZE (bytes),
 * NUMBER.  Parts in brackets may be missing, and may come in any order. */
typedef struct
{
  const char *kind;       /* "flood"; the function that is run is "aemp::flood" */
  const char *parameters;
  const char *help;
  /* What `expect` can wait for, each with what follows: "found PORT; told REASON (its first
   * word)".  "": it remarks nothing; NULL: nobody knows, so anything may be expected. */
  const char *remarks;
} ScenarioActorKind;

/* Is this the first word of one of its remarks? */
bool scenario_kind_remarks (const ScenarioActorKind *kind, const char *what);

typedef struct
{
  char *key;
  char *text;     /* NULL: a number */
  int64_t number;
} ScenarioOption;

typedef struct
{
  unsigned node; /* index */
  char *name;    /* without the node: "talk" */
  char *full_name; /* "worker1.talk" */
  char *kind;
  GPtrArray *options; /* of ScenarioOption, in the order written */
  char *arguments;    /* the same in the language: "rain.sink every 10ms" */
  unsigned line;
} ScenarioActor;

typedef enum
{
  SCENARIO_CUT,     /* from `a` to `b`, and from `b` to `a` unless one_way */
  SCENARIO_HEAL,    /* everything, or between `a` and `b` */
  SCENARIO_KILL,    /* the processes of `a`: their peers get ends or resets */
  SCENARIO_VANISH,  /* the hosts of `a`: silence */
  SCENARIO_RESTART, /* the nodes of `a`, stopped or not, as new processes */
  SCENARIO_RESET,   /* the connections between `a` and `b` */
  SCENARIO_PAUSE,   /* the processes of `a`, for `duration_us` */
  SCENARIO_CLOCK,   /* of the hosts of `a`: `clock` and `amount` say what */
  SCENARIO_STALL,   /* what is sent from `a` to `b` is told to nobody, for `duration_us` */
  SCENARIO_HALF_CLOSE, /* the connections of `a` are ended towards `b` */
  SCENARIO_SLOW,    /* the processes of `a` read `rate_bits` a second, for `duration_us` */
  SCENARIO_ACCEPT,  /* ... accept after `each_min_us` to `each_max_us`, for `duration_us` */
  SCENARIO_REFUSE,  /* the hosts of `a` refuse who dials, for `duration_us` */
  SCENARIO_LOOKUP,  /* their lookups fail (`fails_ppm`) or take `each_…`, for `duration_us` */
  SCENARIO_DELAY,   /* from `a` to `b`, and back unless one_way, paths are as `path` says */
  SCENARIO_LOSS,
  SCENARIO_RATE,
  SCENARIO_CALM,    /* every fault ends; from here on only liveness is judged */
  SCENARIO_STORM,   /* `faults` by chance, for `duration_us` */
  SCENARIO_ACTION_KINDS
} ScenarioActionKind;

/* One kind of fault of a storm, which strikes again and again. */
typedef struct
{
  ScenarioActionKind kind;
  bool one;      /* of what happens between sides: one pair; otherwise all of `of`, in two sides */
  bool one_way;  /* CUT: always, otherwise as may be */
  bool refusing; /* CUT */
  GArray *of;              /* of unsigned: indices of nodes, sorted, no doubles */
  int64_t every_min_us;    /* from one to the next, both included */
  int64_t every_max_us;
  int64_t for_min_us; /* how long one of them lasts; RESET, HALF_CLOSE: 0 */
  int64_t for_max_us;
} ScenarioFault;

typedef enum
{
  SCENARIO_CLOCK_JUMP,   /* of the wall clock, by `amount` µs */
  SCENARIO_CLOCK_OFFSET, /* of the wall clock, `amount` µs from the right time */
  SCENARIO_CLOCK_DRIFT,  /* of all clocks, `amount` millionths too fast */
  SCENARIO_CLOCK_KINDS
} ScenarioClockKind;
#define SCENARIO_DRIFT_MAX_PPM 100000
#define SCENARIO_JUMP_MAX_US (SCENARIO_TIME_MAX_US / 10)

typedef struct
{
  ScenarioActionKind kind;
  int64_t at_us;
  GArray *a; /* of unsigned: indices of nodes, sorted, no doubles; may be empty */
  GArray *b;
  bool one_way;
  bool refusing; /* CUT: with resets */
  int64_t duration_us; /* how long, of what ends by itself; STORM, too */
  int64_t each_min_us; /* ACCEPT, LOOKUP: how long each of them takes */
  int64_t each_max_us;
  uint32_t fails_ppm; /* LOOKUP: so many millionths; 0: they take long */
  uint64_t rate_bits; /* SLOW */
  ScenarioPath path;  /* DELAY, LOSS, RATE: that part of it */
  GPtrArray *faults; /* STORM: of ScenarioFault; NULL otherwise */
  bool swarm; /* STORM: each run draws which of the faults there are, and how often */
  bool knobs; /* STORM: each run draws the time limits of its nodes */
  bool rare; /* STORM: nodes are sent to rare points */
  ScenarioClockKind clock;
  int64_t amount; /* CLOCK: may be negative */
  char *text; /* as written, for the trace and for people */
  unsigned line;
  unsigned column;
} ScenarioAction;

/* The statement that says it: "half-close". */
const char *scenario_action_name (ScenarioActionKind kind);
/* Does a storm do it between two sides, rather than to one node? */
bool scenario_is_of_sides (ScenarioActionKind kind);
/* Does it change what paths are like? */
static inline bool
scenario_is_of_paths (ScenarioActionKind kind)
{
  return kind == SCENARIO_DELAY || kind == SCENARIO_LOSS || kind == SCENARIO_RATE;
}
/* One by itself, that is in no scenario. */
ScenarioAction *scenario_action_new (ScenarioActionKind kind, int64_t at_us, unsigned line);
void scenario_action_free (ScenarioAction *action);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScenarioAction, scenario_action_free)

typedef enum
{
  SCENARIO_EXPECT_NOTE,  /* an actor's remark */
  SCENARIO_EXPECT_WHOLE, /* `conditions` of the network, all at once */
} ScenarioExpectKind;

typedef enum
{
  SCENARIO_ALL_CONNECTED = 1 << 0,   /* each pair of living nodes that the seeds connect */
  SCENARIO_ONE_NETWORK = 1 << 1,     /* all who have seeds, or are one, by global nodes and masters */
  SCENARIO_DATABASES_EQUAL = 1 << 2, /* all monitors know what the living nodes have set */
} ScenarioConditions;

typedef struct
{
  ScenarioExpectKind kind;
  unsigned conditions; /* WHOLE: ScenarioConditions */
  unsigned actor;   /* NOTE: index */
  char *what;       /* NOTE: "told" */
  char *value;      /* NOTE: what the remark goes on with, whole words; NULL: any */
  unsigned at_least; /* how often: "once" is 1 and 1, "never" 0 and 0, default 1 and more */
  unsigned at_most;  /* G_MAXUINT: no limit */
  int64_t from_us;  /* counted from here … */
  int64_t until_us; /* … to before this */
  bool bound;       /* `within bound`: until_us is computed */
  bool open;        /* no `within`: until_us is the end */
  char *text;
  unsigned line;
  unsigned column; /* of the statement's name */
} ScenarioExpect;

/* What chance does at one place, see sim/decide.h. */
typedef struct
{
  char *label;
  uint64_t identity;
  int64_t value; /* 0: all is well */
} ScenarioDecision;

/* A place that the run has to come to, or it is vacuous. */
typedef struct
{
  int mark;   /* an AempMark; -1: an event */
  int event;  /* an AempTraceKind … */
  char *node; /* … that it reports */
  char *peer; /* … about this one; NULL: about any */
  unsigned line;
} ScenarioReach;

typedef struct
{
  char *file;
  char *source; /* the text it was made from */
  char *title;
  GPtrArray *nodes;   /* of ScenarioNode */
  ScenarioPath network; /* every path, unless a link says otherwise */
  GPtrArray *network_settings; /* of char *: key, value of other `network` settings, as `connect_retries` */
  GPtrArray *links;   /* of ScenarioLink */
  GPtrArray *actors;  /* of ScenarioActor */
  GPtrArray *actions; /* of ScenarioAction, by time, then in the order written */
  GPtrArray *expects; /* of ScenarioExpect */
  bool promises[15];  /* [n]: promise n is checked */
  bool promise_by_number[15]; /* … and was named by number: vacuous by itself */
  int64_t until_us;   /* the end */
  bool until_said;    /* … by an `until`; otherwise it is computed */
  bool seed_said;
  uint64_t seed; /* to be played if nobody says another one */
  GPtrArray *decisions; /* of ScenarioDecision */
  bool decides_nothing_else; /* what chance decides at other places is that all is well */
  GPtrArray *reaches; /* of ScenarioReach */
} Scenario;

/* Does one of the storms draw the nodes' time limits? */
bool scenario_has_knobs (const Scenario *scenario);

/* Reads a scenario.  `file` is for messages only.  `kinds` ends with a NULL kind.
 * NULL with a SCENARIO_ERROR whose message has a line for each mistake that is none because
 * of another one, by place, at most SCENARIO_MISTAKES_MAX; each begins with FILE:LINE:COLUMN:
 * (only with FILE: when there is nothing to read). */
Scenario *scenario_parse (const char *text, const char *file, const ScenarioActorKind *kinds,
                          GError **error);
Scenario *scenario_load (const char *file, const ScenarioActorKind *kinds, GError **error);
void scenario_free (Scenario *scenario);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Scenario, scenario_free)

bool scenario_knows_node (const Scenario *scenario, const char *name);

/* `--set key=value`: a setting of every node, or of the network.  False with a
 * SCENARIO_ERROR (or AEMP_ERROR_CONFIG for a value that does not fit) changes nothing. */
bool scenario_set (Scenario *scenario, const char *key_value, GError **error);

/* Settings of the network besides delay, loss, rate and buffer. */
typedef struct
{
  const char *key;
  bool duration;          /* in µs; otherwise a plain number */
  int64_t usual;          /* if nothing is said */
  int64_t least, most;
  const char *help;
} ScenarioNetworkKey;
extern const ScenarioNetworkKey scenario_network_keys[]; /* ends with a NULL key */
/* What a key of the table above is in this scenario. */
int64_t scenario_network_value (const Scenario *scenario, const char *key);

/* How long the network may take, at worst, to fulfil these ScenarioConditions when all faults
 * are over at `from_us`: what `within bound` stands for.  See scenarios/bound.c. */
int64_t scenario_bound_us (const Scenario *scenario, unsigned conditions, int64_t from_us);
/* When the network has come to rest at last: the bound after the latest thing that is done to it;
 * -1 if there is no `calm`. */
int64_t scenario_rest_us (const Scenario *scenario);
/* Computes deadlines and end anew after a change.  False with a SCENARIO_ERROR: an
 * `until` comes before something that the scenario says. */
bool scenario_settle (Scenario *scenario, GError **error);

/* The same scenario?  Says nothing of file, source, line numbers and the text as written. */
bool scenario_equal (const Scenario *one, const Scenario *other);

/* Writes it in the language again: parses to an equal scenario. */
char *scenario_print (const Scenario *scenario);
/* … one action of it, without a time and a line's end.  g_free() it. */
char *scenario_print_action (const Scenario *scenario, const ScenarioAction *action);
/* Tells people what it says, in sentences. */
char *scenario_explain (const Scenario *scenario);

/* The table of statements, for the reference; see scenarios/statements.c. */
typedef struct ScenarioParser ScenarioParser;
typedef struct
{
  const char *statement; /* "cut" */
  const char *form;      /* "cut SET | SET" */
  const char *help;
  const char *example;
  bool not_yet;
  bool takes_at; /* it happens at a time: `at TIME` may stand in front */
  /* How it is read; NULL when not yet.  Names have to be known before they are used, so
   * `declare` (may be NULL) reads those a statement makes in a pass of its own. */
  bool (*parse) (ScenarioParser *parser);
  bool (*declare) (ScenarioParser *parser);
} ScenarioStatement;
extern const ScenarioStatement *const scenario_statements[]; /* ends with NULL */

/* The reference of the language as Markdown: docs/scenario-language.md. */
char *scenario_reference (const ScenarioActorKind *kinds);

/* `aemp lint FILE…`: reads and explains; argv[0] is the command's name.  Returns the exit
 * status: 0, 65 scenario error, 64 usage. */
int scenario_lint_command (int argc, char **argv, const ScenarioActorKind *kinds);
