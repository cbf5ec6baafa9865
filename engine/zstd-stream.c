/* engine/zstd-stream.c */

#include "zstd-stream.h"

#include "error.h"

#include <string.h>
#include <zstd.h>

#define LEVEL 3
#define WINDOW_LOG 20 /* 1 MiB: all that a reader has to remember */
#define ROOM_BYTES (64 * 1024)
#define PIECE_BYTES 1024 /* read at once: what a damaged one had is lost with it */

/* Of the format: headers, as far as we read them, and types of blocks. */
#define FRAME_BYTES 5
#define BLOCK_BYTES 3
#define BLOCK_REPEATED 1
#define BLOCK_RESERVED 3

/* An empty block, the last one. */
const uint8_t aemp_zstd_end_of_frame[AEMP_ZSTD_END_BYTES] = { 1, 0, 0 };

struct AempZstdWriter
{
  ZSTD_CCtx *context;
  uint8_t *room;
};

struct AempZstdReader
{
  ZSTD_DCtx *context;
};

/* --- Writing --- */

/* Without checksum (that is how it comes), so that a frame can be given an end later. */
AempZstdWriter *
aemp_zstd_writer_new (void)
{
  AempZstdWriter *writer = g_new0 (AempZstdWriter, 1);

  writer->context = ZSTD_createCCtx ();
  g_assert_nonnull (writer->context);
  ZSTD_CCtx_setParameter (writer->context, ZSTD_c_compressionLevel, LEVEL);
  ZSTD_CCtx_setParameter (writer->context, ZSTD_c_windowLog, WINDOW_LOG);
  ZSTD_CCtx_setParameter (writer->context, ZSTD_c_contentSizeFlag, 0);
  writer->room = g_malloc (ROOM_BYTES);
  return writer;
}

void
aemp_zstd_writer_free (AempZstdWriter *writer)
{
  if (!writer)
    return;
  ZSTD_freeCCtx (writer->context);
  g_free (writer->room);
  g_free (writer);
}

static void
compress (AempZstdWriter *writer, ZSTD_inBuffer *in, ZSTD_EndDirective directive, GByteArray *out)
{
  bool more;

  do
    {
      ZSTD_outBuffer room = { writer->room, ROOM_BYTES, 0 };
      const size_t left = ZSTD_compressStream2 (writer->context, &room, in, directive);

      g_assert_false (ZSTD_isError (left)); /* only for want of memory */
      g_byte_array_append (out, writer->room, (unsigned)room.pos);
      more = directive == ZSTD_e_continue ? in->pos < in->size : left > 0;
    }
  while (more);
}

void
aemp_zstd_write (AempZstdWriter *writer, const void *bytes, size_t length, GByteArray *out)
{
  compress (writer, &(ZSTD_inBuffer){ bytes, length, 0 }, ZSTD_e_continue, out);
}

void
aemp_zstd_flush (AempZstdWriter *writer, GByteArray *out)
{
  compress (writer, &(ZSTD_inBuffer){ "", 0, 0 }, ZSTD_e_flush, out);
}

void
aemp_zstd_end (AempZstdWriter *writer, GByteArray *out)
{
  compress (writer, &(ZSTD_inBuffer){ "", 0, 0 }, ZSTD_e_end, out);
}

/* --- Reading --- */

AempZstdReader *
aemp_zstd_reader_new (void)
{
  AempZstdReader *reader = g_new0 (AempZstdReader, 1);

  reader->context = ZSTD_createDCtx ();
  g_assert_nonnull (reader->context);
  return reader;
}

void
aemp_zstd_reader_free (AempZstdReader *reader)
{
  if (!reader)
    return;
  ZSTD_freeDCtx (reader->context);
  g_free (reader);
}

static uint32_t
little_endian (const uint8_t *bytes, unsigned length)
{
  uint32_t number = 0;

  while (length-- > 0)
    number = number << 8 | bytes[length];
  return number;
}

bool
aemp_zstd_is (const uint8_t *bytes, size_t length)
{
  return length >= 4 && little_endian (bytes, 4) == ZSTD_MAGICNUMBER;
}

bool
aemp_zstd_read (AempZstdReader *reader, const uint8_t **bytes, size_t *length, uint8_t *room,
                size_t size, size_t *got, GError **error)
{
  ZSTD_inBuffer in = { *bytes, MIN (*length, PIECE_BYTES), 0 };
  ZSTD_outBuffer out = { room, size, 0 };
  const size_t hint = ZSTD_decompressStream (reader->context, &out, &in);

  *bytes += in.pos;
  *length -= in.pos;
  *got = out.pos;
  if (!ZSTD_isError (hint))
    return true;
  g_set_error_literal (error, AEMP_ERROR, AEMP_ERROR_MALFORMED, "the compressed data is damaged");
  return false;
}

/* --- Walking --- */

/* The magic number and the descriptor: it says how long the rest of the header is. */
static void
see_frame (AempZstdWalk *walk)
{
  static const uint8_t of_dictionary[] = { 0, 1, 2, 4 };
  static const uint8_t of_content[] = { 0, 2, 4, 8 };
  const uint8_t descriptor = walk->header[4];
  const bool single = descriptor & 32;
  const bool one_byte = single && descriptor >> 6 == 0;

  walk->foreign = !aemp_zstd_is (walk->header, FRAME_BYTES);
  walk->has_checksum = descriptor & 4;
  walk->open = true;
  walk->next += FRAME_BYTES + !single + of_dictionary[descriptor & 3]
                + (one_byte ? 1 : of_content[descriptor >> 6]);
}

/* Is it the last one, its type, its size. */
static void
see_block (AempZstdWalk *walk)
{
  const uint32_t header = little_endian (walk->header, BLOCK_BYTES);
  const unsigned type = header >> 1 & 3;

  walk->foreign = type == BLOCK_RESERVED;
  walk->open = !(header & 1);
  walk->next += BLOCK_BYTES + (type == BLOCK_REPEATED ? 1 : header >> 3);
  if (!walk->open && walk->has_checksum)
    walk->next += 4;
}

/* What was fed reaches to `end`; true: a header is there. */
static bool
collect_header (AempZstdWalk *walk, const uint8_t *bytes, uint64_t end)
{
  const unsigned wanted = walk->open ? BLOCK_BYTES : FRAME_BYTES;

  if (walk->got == 0 && walk->next <= end)
    {
      walk->whole_bytes = walk->next;
      walk->within = walk->open;
    }
  for (; walk->got < wanted && walk->next + walk->got < end; walk->got++)
    walk->header[walk->got] = bytes[walk->next + walk->got - walk->seen];
  return walk->got == wanted;
}

void
aemp_zstd_walk (AempZstdWalk *walk, const uint8_t *bytes, size_t length)
{
  while (!walk->foreign && collect_header (walk, bytes, walk->seen + length))
    {
      walk->got = 0;
      if (walk->open)
        see_block (walk);
      else
        see_frame (walk);
    }
  walk->seen += length;
}
