/* engine/recorder.h - an environment around another one, which writes down what passes.
 *
 * A node in it works as in the one behind it.  Everything that it asks and gets becomes
 * records (engine/recording.h); from them, engine/replay.h gives another node the same life.
 * That takes a node that gets its inputs from the environment alone: what a program does to
 * it from outside of its callbacks, after the start, is not seen here. */
#pragma once

#include "digest.h"
#include "env.h"

typedef struct AempRecorder AempRecorder;

/* Takes bytes of the recording.  False: it cannot, and is asked no more; the node goes on. */
typedef bool (*AempRecorderWrite) (const uint8_t *bytes, size_t length, void *user_data);

/* Around `env`, which has to outlive it.  Records are written when they become many, and
 * before anybody else can notice what led to them: a connection, bytes, an end. */
AempRecorder *aemp_recorder_new (AempEnv *env, AempRecorderWrite write, void *user_data);
AempEnv *aemp_recorder_env (AempRecorder *recorder);

/* Writes what is still held back, before somebody is told otherwise than through the
 * environment. */
void aemp_recorder_flush (AempRecorder *recorder);

/* The node ends here, having told these trace events.  What it asks while it is freed is
 * not recorded. */
void aemp_recorder_stop (AempRecorder *recorder, const AempDigest *digest);

/* Every object made in it has to be freed before. */
void aemp_recorder_free (AempRecorder *recorder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AempRecorder, aemp_recorder_free)
