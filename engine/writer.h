/* engine/writer.h - appends to a GByteArray by plain pointers; for the encoders. */
#pragma once

#include <glib.h>
#include <stdint.h>
#include <string.h>

#define AEMP_WRITER_SPARE_BYTES 256 /* asked for in advance, so that most values need no more */

typedef struct
{
  GByteArray *out;
  uint8_t *cursor;
  uint8_t *end;
} AempWriter;

/* Makes the array longer than is written yet: its length is right again after end(). */
void aemp_writer_grow (AempWriter *writer, size_t need);

static inline void
aemp_writer_begin (AempWriter *writer, GByteArray *out)
{
  guint length = out->len;

  g_byte_array_set_size (out, length + AEMP_WRITER_SPARE_BYTES);
  writer->out = out;
  writer->cursor = out->data + length;
  writer->end = out->data + out->len;
}

/* Room for `need` more bytes at the cursor. */
static inline void
aemp_writer_need (AempWriter *writer, size_t need)
{
  if (G_UNLIKELY ((size_t)(writer->end - writer->cursor) < need))
    aemp_writer_grow (writer, need);
}

static inline size_t
aemp_writer_length (const AempWriter *writer)
{
  return (size_t)(writer->cursor - writer->out->data);
}

static inline void
aemp_writer_end (AempWriter *writer)
{
  writer->out->len = (guint)aemp_writer_length (writer);
}
