/* engine/writer.c */

#include "writer.h"

void
aemp_writer_grow (AempWriter *writer, size_t need)
{
  size_t length = (size_t)(writer->cursor - writer->out->data);

  g_assert (need < G_MAXUINT - AEMP_WRITER_SPARE_BYTES - length);
  g_byte_array_set_size (writer->out, (guint)(length + need + AEMP_WRITER_SPARE_BYTES));
  writer->cursor = writer->out->data + length;
  writer->end = writer->out->data + writer->out->len;
}
