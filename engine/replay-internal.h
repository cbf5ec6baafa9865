/* engine/replay-internal.h - what the two files of a replay share. */
#pragma once

#include "recording.h"
#include "replay.h"

struct AempReplay
{
  AempEnv env;
  AempRecordReader reader;
  AempReplayWatch *watch;
  AempReplayState state;
  GError *error;
  const char *digest; /* recorded at the stop */
  uint64_t events;
  bool in_callback; /* the clock stands still */
  uint64_t objects_made;
  GHashTable *objects;   /* number → AempReplayObject, for look-ups */
  GPtrArray *interfaces; /* as asked last */
};

typedef enum
{
  AEMP_REPLAY_TIMER,
  AEMP_REPLAY_RESOLUTION,
  AEMP_REPLAY_LISTENER,
  AEMP_REPLAY_STREAM,
} AempReplayType;

/* What a stream was told last; it decides what it may be told next. */
typedef enum
{
  AEMP_REPLAY_NEWS_NONE,
  AEMP_REPLAY_NEWS_OPENED,
  AEMP_REPLAY_NEWS_ENDED,
  AEMP_REPLAY_NEWS_CLOSED,
} AempReplayNews;

typedef struct
{
  /* What the node knows it by. */
  union
  {
    AempEnv *env; /* every one begins with this */
    AempTimer timer;
    AempResolution resolution;
    AempListener listener;
    AempStream stream;
  } base;
  AempReplayType type;
  uint64_t number;
  bool waits;  /* for its timer, or its resolution */
  bool paused; /* nothing is read from the stream */
  AempReplayNews news; /* of a stream */
  AempTimerFired fired;
  AempResolved resolved;
  AempAccepted accepted;
  AempStreamEvents events;
  void *user_data;
} AempReplayObject;

/* --- replay.c --- */

/* The next record.  False: it does not go on. */
bool aemp_replay_next (AempReplay *replay, AempRecord *record);
/* The node wants (nothing: no kind) what is not recorded. */
void aemp_replay_diverge (AempReplay *replay, const AempRecord *wanted,
                          const AempRecord *recorded);
/* The last record read makes no sense where it is. */
void aemp_replay_broken (AempReplay *replay, const char *what);

AempReplayObject *aemp_replay_object_new (AempEnv *env, AempReplayType type, void *user_data);
/* Replaces what is in the list by texts where they lie, and NULL. */
void aemp_replay_list_texts (GPtrArray *list, const AempRecord *record);

/* --- replay-ask.c --- */

extern const AempEnvOps aemp_replay_ops;
