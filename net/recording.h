/* net/recording.h - recordings of real nodes as files.
 *
 * A file begins with lines that people can read: the format, the version of the program, the
 * node's configuration and services; after an empty line follow the records.  The secret is
 * not among them, only a mark of 16 bits that tells a wrong one at once; but what the node
 * was sent is, so that the file is its owner's alone. */
#pragma once

#include "engine/aemp.h"
#include "engine/config.h"

typedef struct NetRecording NetRecording;

/* A new file; what is there already is not overwritten.  NULL with an error. */
NetRecording *net_recording_create (const char *path, const AempConfig *config,
                                    AempMessage *services, GError **error);
/* An AempRecorderWrite, for the recording.  When it fails, that is told once. */
bool net_recording_write (const uint8_t *bytes, size_t length, void *recording);
void net_recording_close (NetRecording *recording);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NetRecording, net_recording_close)

typedef struct
{
  char *build;           /* the version of the program that recorded */
  AempConfig *config;    /* without the secret */
  unsigned secret_mark;
  AempMessage *services;
  GMappedFile *file;
  const uint8_t *records; /* in it */
  size_t length;
} NetRecorded;

/* NULL with an error that names the file. */
NetRecorded *net_recorded_open (const char *path, GError **error);
void net_recorded_free (NetRecorded *recorded);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NetRecorded, net_recorded_free)

/* Of a secret (NULL: none), as it stands in the file. */
unsigned net_secret_mark (const char *secret);
