/* engine/replay.h - an environment that gives a node the life of another one.
 *
 * It answers out of a recording (engine/recording.h) and plays its inputs, one a step.  The
 * node has to be made and started as the recorded one was: then everything is as it was
 * then, byte for byte.  What the node asks is compared with what was asked then. */
#pragma once

#include "env.h"
#include "recording.h"

typedef struct AempReplay AempReplay;

typedef enum
{
  AEMP_REPLAY_GOES_ON,
  AEMP_REPLAY_STOPPED, /* played to the place where the node was stopped */
  AEMP_REPLAY_CUT,     /* … where the recording breaks off, as when its process was killed */
  AEMP_REPLAY_FAILED,  /* the node did something else, or the recording is broken */
} AempReplayState;

/* Of records as aemp_recorder_new() writes them, which have to outlive it. */
AempReplay *aemp_replay_new (const uint8_t *records, size_t length);
AempEnv *aemp_replay_env (AempReplay *replay);

/* Who looks on: sees each record as it is played, asked or answered, and what the node writes, of
 * which a recording has the length only.  NULL: nobody does. */
typedef struct AempReplayWatch AempReplayWatch;
struct AempReplayWatch
{
  void (*saw) (AempReplayWatch *watch, const AempRecord *record);
  void (*wrote) (AempReplayWatch *watch, uint64_t stream, const uint8_t *bytes, size_t length);
};
void aemp_replay_set_watch (AempReplay *replay, AempReplayWatch *watch);

/* Plays the next input.  The first step is also the end of the beginning: whether the node
 * has asked all that was asked at its start. */
AempReplayState aemp_replay_step (AempReplay *replay);

/* Does the next step, or the beginning, get to this event of the recording? */
bool aemp_replay_reaches (const AempReplay *replay, uint64_t event);

/* As of now; within a callback it may be another one than the last step told.  Once it does
 * not go on, answers are made up, and what the node does has no meaning. */
AempReplayState aemp_replay_state (const AempReplay *replay);

/* Why it failed: AEMP_ERROR_DIVERGED, or AEMP_ERROR_MALFORMED.  NULL: it did not. */
const GError *aemp_replay_error (const AempReplay *replay);

/* How many events of the recording are played, asked and answered; errors tell this
 * number, too. */
uint64_t aemp_replay_events (const AempReplay *replay);

/* Once stopped: what the recorded node had told its tracer.  `digest` is valid as long as
 * the recording. */
void aemp_replay_recorded (const AempReplay *replay, const char **digest, uint64_t *events);

/* Every object made in it has to be freed before. */
void aemp_replay_free (AempReplay *replay);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AempReplay, aemp_replay_free)
