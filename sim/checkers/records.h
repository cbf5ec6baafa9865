/* sim/checkers/records.h - what every node has set, and what every monitor was told.
 *
 * For the checker of promise 11.  Kept are the pairs (key and value, by its hash) that some
 * node has set or some monitor knows; of those that are gone there remains a sieve: it can
 * make us overlook an invented value, but never doubt one that was there. */
#pragma once

#include "roster.h"

#define SIM_ANSWERS_KEPT 1024
#define SIM_DROPPED_KEPT 8

typedef struct SimFamily SimFamily;
typedef struct SimKey SimKey;
typedef struct SimPairing SimPairing;
typedef struct SimSetting SimSetting;
typedef struct SimWatcher SimWatcher;
typedef struct SimKnown SimKnown;
typedef struct SimQuestion SimQuestion;
typedef struct SimRecords SimRecords;

struct SimFamily
{
  AempName *name;
  GQueue keys;       /* SimKey */
  GQueue watchers;   /* SimWatcher */
  unsigned users;    /* keys, watchers, questions */
  int64_t changed_us; /* something was set or deleted, or a monitor told of it */
  GList in_records;
};

struct SimKey
{
  SimFamily *family;
  AempName *name;
  uint64_t id;
  GQueue settings;    /* SimSetting: who has set it now */
  GQueue pairings;
  unsigned users;     /* pairings, and those who know of it */
  int64_t changed_us; /* somebody set or deleted it */
  GList in_family;
};

/* A key with one of its values. */
struct SimPairing
{
  SimKey *key;
  uint64_t hash;
  unsigned users;    /* settings, and those who know it */
  AempName *setter;  /* who set it last; NULL: nobody that we know of */
  int64_t set_us;
  uint64_t set_line;
  int64_t ended_us;  /* … and took it back, or ended; SIM_NEVER */
  bool deleted;      /* … it was deleted, or replaced */
  GList in_key;
};

/* In a node's own part of the database. */
struct SimSetting
{
  SimMember *member;
  SimPairing *pairing;
  uint64_t id;
  int64_t time_us;
  uint64_t line;
  GList in_member;
  GList in_key;
};

/* A monitor of a family. */
struct SimWatcher
{
  SimMember *member;
  SimFamily *family;
  uint64_t number;
  uint64_t id;
  int64_t time_us; /* when it began */
  uint64_t line;
  bool told;
  uint64_t calls;     /* that it got */
  unsigned news;      /* keys that it is about to be told of */
  int64_t news_us;
  uint64_t news_line;
  uint64_t sum;       /* of the pairs it knows */
  uint64_t wrong_by;  /* the sum told was wrong by this much, and that was said */
  SimTable known;     /* SimKnown, by the key's ID */
  GQueue all_known;
  GQueue gone;        /* SimKnown: deleted by the news; out of the table with the call */
  GList in_member;
  GList in_family;
};

struct SimKnown
{
  SimKey *key;
  SimPairing *pairing; /* NULL: deleted by the news */
  uint64_t call;       /* the call that told it last */
  int64_t time_us;
  uint64_t line;
  GList in_watcher;
};

struct SimQuestion
{
  SimMember *member;
  SimFamily *family;
  uint64_t number;
  uint64_t id;
  char what;          /* 'f'amily, 'k'eys, 'v'alues */
  int64_t asked_us;
  uint64_t line;
  uint64_t sum;       /* of the answer, … */
  uint64_t answer_line; /* … at this line; 0: it has none yet */
  GList in_queue;     /* of the member's; of the answers' */
};

/* What hangs on a member. */
typedef struct
{
  GQueue settings;
  GQueue watchers;
  GQueue questions; /* without an answer */
  struct
  {
    uint64_t number;
    uint64_t line;
  } dropped[SIM_DROPPED_KEPT]; /* its latest monitors that are no more, in a ring */
  unsigned dropped_count;
  bool misled; /* a wrong answer was told; further ones are not */
} SimOwn;

struct SimRecords
{
  SimRoster roster;
  SimTable families;
  SimTable keys;
  SimTable pairings;
  SimTable settings;
  SimTable watchers;
  SimTable questions;
  GQueue all_families;
  GQueue answers; /* SimQuestion, the latest; oldest first */
  uint64_t *sieve; /* of pairs that are gone; NULL: none is */
};

void sim_records_init (SimRecords *records);
void sim_records_clear (SimRecords *records);

SimOwn *sim_records_own (SimMember *member);
SimFamily *sim_records_need_family (SimRecords *records, const AempName *name);
SimKey *sim_records_need_key (SimRecords *records, SimFamily *family, const AempName *name);
/* Was this pair ever set by anybody? */
bool sim_records_was_set (const SimRecords *records, const SimKey *key, uint64_t hash);

/* Everything that hangs on a process. */
void sim_records_end_process (SimRecords *records, SimMember *member, int64_t time_us);

SimSetting *sim_records_setting (const SimRecords *records, const SimMember *member,
                                 const SimKey *key);
void sim_records_set (SimRecords *records, SimMember *member, SimKey *key,
                      const AempTraceEvent *event, uint64_t line);
void sim_records_unset (SimRecords *records, SimSetting *setting, int64_t time_us, bool deleted);
/* The keys and families that nobody needs any more; after each of the calls above. */
void sim_records_tidy_key (SimRecords *records, SimKey *key);
void sim_records_tidy_family (SimRecords *records, SimFamily *family);

SimWatcher *sim_records_watcher (const SimRecords *records, const AempTraceEvent *event);
SimWatcher *sim_records_watch (SimRecords *records, SimMember *member, SimFamily *family,
                               const AempTraceEvent *event, uint64_t line);
void sim_records_unwatch (SimRecords *records, SimWatcher *watcher);
SimKnown *sim_records_known (const SimWatcher *watcher, const SimKey *key);
/* The watcher knows this of the key from now on; hash 0: that it is not there. */
void sim_records_learn (SimRecords *records, SimWatcher *watcher, SimKey *key, uint64_t hash,
                        int64_t time_us, uint64_t line);
/* It was called. */
void sim_records_called (SimRecords *records, SimWatcher *watcher);

SimQuestion *sim_records_question (const SimRecords *records, const AempTraceEvent *event);
SimQuestion *sim_records_ask (SimRecords *records, SimMember *member, SimFamily *family,
                              const AempTraceEvent *event, uint64_t line);
void sim_records_answer (SimRecords *records, SimQuestion *question, uint64_t sum, uint64_t line);

/* --- How it ends (database-end.c) --- */

/* Tells what is not as it should be now.  What was changed, begun or asked after `late_us` is
 * left open; `questions`: they count, too. */
void sim_records_judge (SimRecords *records, int64_t now_us, int64_t late_us, bool questions,
                        const SimTold *told);
