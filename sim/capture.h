/* sim/capture.h - everything that hosts send, as pcapng: a capture at every host at once.
 *
 * A segment is there when it is sent, also when it is lost on its way.  What something on the way
 * makes up (resets by who comes between) is there as if it came from where it says. */
#pragma once

#include "sim/world.h"

typedef struct SimCapture SimCapture;

/* Bytes of the file, in order. */
typedef void (*SimCaptureWrite) (const uint8_t *bytes, size_t length, void *user_data);

SimCapture *sim_capture_new (const char *comment, SimCaptureWrite write, void *user_data);
void sim_capture_free (SimCapture *capture);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimCapture, sim_capture_free)

/* To be called before the first connection: from then on every segment is an event, which is slower,
 * and makes no difference to what programs see.  The capture has to outlive the world. */
void sim_capture_attach (SimCapture *capture, SimWorld *world);

uint64_t sim_capture_segments (const SimCapture *capture);
/* Of those: with numbers of the sequence (bytes, SYN, FIN) that had been sent before. */
uint64_t sim_capture_repeated (const SimCapture *capture);
