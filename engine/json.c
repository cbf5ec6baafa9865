/* engine/json.c - writes JSON as Perl's does: no white space, only what must be escaped. */

#include "json.h"

#include "chunk.h"
#include "number.h"
#include "utf8.h"
#include "writer.h"

#define PIECE_BYTES 256 /* of a string at a time; each byte may become six */

typedef struct
{
  AempWriter writer;
  size_t most_bytes; /* stop somewhere behind this length of the array */
} JsonWriter;

static void write_value (JsonWriter *json, const AempValue *value);

static inline void
write_byte (JsonWriter *json, char byte)
{
  aemp_writer_need (&json->writer, 1);
  *json->writer.cursor++ = (uint8_t)byte;
}

static inline void
write_plain (JsonWriter *json, const char *text, size_t length)
{
  aemp_writer_need (&json->writer, length);
  memcpy (json->writer.cursor, text, length);
  json->writer.cursor += length;
}

static inline bool
is_past_limit (const JsonWriter *json)
{
  return aemp_writer_length (&json->writer) > json->most_bytes;
}

/* A byte that cannot stand for itself, as it is written. */
static uint8_t *
write_escaped (uint8_t *out, uint8_t byte)
{
  static const char letters[128] = {
    ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't', ['"'] = '"', ['\\'] = '\\'
  };
  static const char digits[] = "0123456789abcdef";

  if (byte >= 0x80) /* of a byte string */
    return (uint8_t *)aemp_utf8_write ((char *)out, byte);
  *out++ = '\\';
  if (letters[byte] != '\0')
    {
      *out++ = (uint8_t)letters[byte];
      return out;
    }
  memcpy (out, "u00", 3);
  out[3] = (uint8_t)digits[byte >> 4];
  out[4] = (uint8_t)digits[byte & 15];
  return out + 5;
}

/* There is room for six times the `length`, and a chunk more. */
static inline uint8_t *
write_piece (uint8_t *out, const uint8_t *cursor, size_t length, AempChunkMarks marks)
{
  const uint8_t *end = cursor + length;

  while ((cursor = aemp_chunk_copy (&out, cursor, end, marks)) < end)
    out = write_escaped (out, *cursor++);
  return out;
}

/* A piece at a time. */
static void
write_long_string (JsonWriter *json, const uint8_t *string, size_t length, AempChunkMarks marks)
{
  AempWriter *writer = &json->writer;

  write_byte (json, '"');
  while (length > 0 && !is_past_limit (json))
    {
      size_t piece = MIN (length, PIECE_BYTES);

      aemp_writer_need (writer, 6 * piece + AEMP_CHUNK_BYTES);
      writer->cursor = write_piece (writer->cursor, string, piece, marks);
      string += piece;
      length -= piece;
    }
  write_byte (json, '"');
}

static inline void
write_string (JsonWriter *json, const char *string, size_t length, AempChunkMarks marks)
{
  uint8_t *out;

  if (G_UNLIKELY (length > PIECE_BYTES))
    {
      write_long_string (json, (const uint8_t *)string, length, marks);
      return;
    }
  aemp_writer_need (&json->writer, 6 * length + 2 + AEMP_CHUNK_BYTES);
  out = json->writer.cursor;
  *out++ = '"';
  out = write_piece (out, (const uint8_t *)string, length, marks);
  *out++ = '"';
  json->writer.cursor = out;
}

static void
write_integer (JsonWriter *json, const AempValue *integer)
{
  aemp_writer_need (&json->writer, AEMP_NUMBER_MAX_BYTES);
  json->writer.cursor = (uint8_t *)aemp_number_write_integer ((char *)json->writer.cursor, integer);
}

static void
write_double (JsonWriter *json, double number)
{
  if (!aemp_number_is_finite (number))
    {
      write_plain (json, "null", 4); /* JSON has no word for it */
      return;
    }
  aemp_writer_need (&json->writer, AEMP_NUMBER_MAX_BYTES);
  json->writer.cursor = (uint8_t *)aemp_number_write_double ((char *)json->writer.cursor, number);
}

static void
write_list (JsonWriter *json, const AempValue *values, size_t count)
{
  for (size_t index = 0; index < count && !is_past_limit (json); index++)
    {
      if (index > 0)
        write_byte (json, ',');
      write_value (json, &values[index]);
    }
}

static void
write_map (JsonWriter *json, const AempValue *map)
{
  write_byte (json, '{');
  for (size_t index = 0; index < map->length && !is_past_limit (json); index++)
    {
      if (index > 0)
        write_byte (json, ',');
      write_value (json, &map->as.items[2 * index]);
      write_byte (json, ':');
      write_value (json, &map->as.items[2 * index + 1]);
    }
  write_byte (json, '}');
}

static void
write_value (JsonWriter *json, const AempValue *value)
{
  switch ((AempType)value->type)
    {
    case AEMP_NULL:
    case AEMP_UNDEFINED:
      write_plain (json, "null", 4);
      break;
    case AEMP_BOOLEAN:
      write_plain (json, value->as.boolean ? "true" : "false", value->as.boolean ? 4 : 5);
      break;
    case AEMP_INTEGER:
      write_integer (json, value);
      break;
    case AEMP_DOUBLE:
      write_double (json, value->as.real);
      break;
    case AEMP_TEXT:
      write_string (json, value->as.string, value->length, AEMP_CHUNK_CONTROLS);
      break;
    case AEMP_BYTES:
      write_string (json, value->as.string, value->length, AEMP_CHUNK_CONTROLS | AEMP_CHUNK_HIGH);
      break;
    case AEMP_ARRAY:
      write_byte (json, '[');
      write_list (json, value->as.items, value->length);
      write_byte (json, ']');
      break;
    case AEMP_MAP:
      write_map (json, value);
      break;
    case AEMP_TAGGED:
      write_value (json, &value->as.items[1]);
      break;
    }
}

void
aemp_json_write_values (GByteArray *out, const AempValue *values, size_t count, size_t most_bytes)
{
  JsonWriter json = { .most_bytes = most_bytes > 0 ? out->len + most_bytes : SIZE_MAX };

  aemp_writer_begin (&json.writer, out);
  write_list (&json, values, count);
  aemp_writer_end (&json.writer);
}

static void
json_encode (GByteArray *out, const AempName *port, const AempList *list)
{
  JsonWriter json = { .most_bytes = SIZE_MAX };

  aemp_writer_begin (&json.writer, out);
  write_byte (&json, '[');
  if (port)
    {
      write_string (&json, port->text, port->length, AEMP_CHUNK_CONTROLS);
      if (list->count > 0)
        write_byte (&json, ',');
    }
  write_list (&json, list->items, list->count);
  write_byte (&json, ']');
  aemp_writer_end (&json.writer);
}

const AempCodec aemp_codec_json = {
  .name = "json",
  .scan = aemp_json_scan,
  .decode = aemp_json_decode,
  .encode = json_encode,
};
