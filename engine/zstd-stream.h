/* engine/zstd-stream.h - compressed traces.
 *
 * Pure machines: bytes in, bytes out.  A file may have several frames, one behind the other:
 * a node that is started again begins a new one. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define AEMP_ZSTD_SUFFIX ".zst"
#define AEMP_ZSTD_END_BYTES 3

typedef struct AempZstdWriter AempZstdWriter;
AempZstdWriter *aemp_zstd_writer_new (void);
void aemp_zstd_writer_free (AempZstdWriter *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AempZstdWriter, aemp_zstd_writer_free)

/* All append what is ready to `out`. */
void aemp_zstd_write (AempZstdWriter *writer, const void *bytes, size_t length, GByteArray *out);
/* Everything that was written can be read from then on. */
void aemp_zstd_flush (AempZstdWriter *writer, GByteArray *out);
/* The frame is over; what is written later begins another one. */
void aemp_zstd_end (AempZstdWriter *writer, GByteArray *out);

typedef struct AempZstdReader AempZstdReader;
AempZstdReader *aemp_zstd_reader_new (void);
void aemp_zstd_reader_free (AempZstdReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AempZstdReader, aemp_zstd_reader_free)

/* Is this the beginning of a compressed file?  Four bytes tell. */
bool aemp_zstd_is (const uint8_t *bytes, size_t length);
/* Takes from `bytes`, which moves on, and puts into `room`; how much that is.  False with
 * AEMP_ERROR_MALFORMED: nothing can be read from there on. */
bool aemp_zstd_read (AempZstdReader *reader, const uint8_t **bytes, size_t *length, uint8_t *room,
                     size_t size, size_t *got, GError **error);

/* How far a file is whole.  A frame whose writer was killed has no end; what stands in front of
 * `whole_bytes` becomes a whole one when aemp_zstd_end_of_frame is put behind it.  Begins zeroed;
 * feed it the file from the start, cut anywhere. */
typedef struct
{
  uint64_t whole_bytes;
  bool within;  /* a frame is open there */
  bool foreign; /* not compressed, or damaged */
  bool has_checksum; /* so the frame cannot be given an end */
  /* Its own. */
  bool open;
  uint64_t seen;
  uint64_t next; /* where the next header begins */
  uint8_t header[5];
  unsigned got; /* bytes of it */
} AempZstdWalk;
void aemp_zstd_walk (AempZstdWalk *walk, const uint8_t *bytes, size_t length);
extern const uint8_t aemp_zstd_end_of_frame[AEMP_ZSTD_END_BYTES];
