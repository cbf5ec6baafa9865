/* engine/recording.c - records to bytes, and back. */
#include "recording.h"

#include "load.h"
#include "printable.h"

#include <string.h>

#define NUMBER_MAX_BYTES 10
#define HASH_BYTES 8
#define CLOCK_MAX_US (INT64_C (1) << 60)
#define SHOWN_MAX_BYTES 60

typedef enum
{
  DOMAIN_NONE,
  DOMAIN_AEMP,
  DOMAIN_ERRNO,
  DOMAINS
} Domain;

typedef struct
{
  const char *fields;
  const char *words;
} Kind;

static const Kind kinds[AEMP_RECORD_COUNT] = { { "", "nothing" },
#define X(name, fields, words) { fields, words },
                                               AEMP_RECORD_KINDS (X)
#undef X
};

/* --- Records -------------------------------------------------------------------- */

void
aemp_record_set_error (AempRecord *record, const GError *error)
{
  if (!error)
    return;
  g_assert (error->domain == AEMP_ERROR || error->domain == AEMP_ERRNO);
  record->domain = error->domain;
  record->number = (uint64_t)error->code;
  record->text = error->message;
}

GError *
aemp_record_error (const AempRecord *record)
{
  return record->domain ? g_error_new_literal (record->domain, (int)record->number, record->text)
                        : NULL;
}

static bool
equal_text (const char *one, const char *other)
{
  return one && other ? strcmp (one, other) == 0 : one == other;
}

bool
aemp_record_equal (const AempRecord *one, const AempRecord *other)
{
  return one->kind == other->kind && one->time_us == other->time_us && one->object == other->object
         && one->number == other->number && one->hash == other->hash && one->domain == other->domain
         && equal_text (one->text, other->text) && one->length == other->length
         && (one->length == 0 || memcmp (one->bytes, other->bytes, one->length) == 0);
}

static void
describe_text (GString *out, const char *text)
{
  g_autofree char *shown = text ? aemp_printable (text, strlen (text), SHOWN_MAX_BYTES) : NULL;

  g_string_append_printf (out, text ? "\"%s\"" : "nothing", shown);
}

/* A few are shown, many are counted. */
static void
describe_bytes (GString *out, const uint8_t *bytes, size_t length)
{
  if (length > 16)
    g_string_append_printf (out, "%" G_GSIZE_FORMAT " bytes", length);
  else
    for (size_t i = 0; i < length; i++)
      g_string_append_printf (out, "%02x", bytes[i]);
}

static void
describe_texts (GString *out, const AempRecord *record)
{
  for (size_t at = 0; at < record->length; at += strlen ((const char *)record->bytes + at) + 1)
    {
      g_string_append (out, at > 0 ? ", " : "");
      describe_text (out, (const char *)record->bytes + at);
    }
}

static void
describe_field (GString *out, char field, const AempRecord *record)
{
  switch (field)
    {
    case 't':
      g_string_append_printf (out, "%" G_GINT64_FORMAT, record->time_us);
      break;
    case 'o':
      g_string_append_printf (out, "%" G_GUINT64_FORMAT, record->object);
      break;
    case 'n':
      g_string_append_printf (out, "%" G_GUINT64_FORMAT, record->number);
      break;
    case 'h':
      g_string_append_printf (out, "%016" G_GINT64_MODIFIER "x", record->hash);
      break;
    case 'x':
      describe_text (out, record->text);
      break;
    case 'b':
      describe_bytes (out, record->bytes, record->length);
      break;
    case 'l':
      describe_texts (out, record);
      break;
    case 'e':
      g_string_append (out, record->domain ? record->text : "no error");
      break;
    default:
      g_assert_not_reached ();
    }
}

char *
aemp_record_describe (const AempRecord *record)
{
  GString *out = g_string_new (NULL);

  for (const char *word = kinds[record->kind].words; *word; word++)
    if (*word == '$')
      describe_field (out, *++word, record);
    else
      g_string_append_c (out, *word);
  return g_string_free (out, false);
}

/* --- Writing -------------------------------------------------------------------- */

static uint8_t *
put_number (uint8_t *to, uint64_t number)
{
  for (; number >= 0x80; number >>= 7)
    *to++ = (uint8_t)(number | 0x80);
  *to++ = (uint8_t)number;
  return to;
}

static uint8_t *
put_hash (uint8_t *to, uint64_t hash)
{
  aemp_store_word (to, hash);
  return to + HASH_BYTES;
}

static uint8_t *
put_bytes (uint8_t *to, const void *bytes, size_t length)
{
  to = put_number (to, length);
  if (length > 0)
    memcpy (to, bytes, length);
  return to + length;
}

/* None is an empty one; any other has its zero. */
static uint8_t *
put_text (uint8_t *to, const char *text)
{
  return put_bytes (to, text, text ? strlen (text) + 1 : 0);
}

static uint8_t *
put_error (uint8_t *to, const AempRecord *record)
{
  if (!record->domain)
    return put_number (to, DOMAIN_NONE);
  to = put_number (to, record->domain == AEMP_ERRNO ? DOMAIN_ERRNO : DOMAIN_AEMP);
  to = put_number (to, record->number);
  return put_text (to, record->text);
}

static uint8_t *
put_field (uint8_t *to, char field, const AempRecord *record, int64_t *clock_us)
{
  switch (field)
    {
    case 't':
      g_assert (record->time_us >= *clock_us && record->time_us < CLOCK_MAX_US);
      to = put_number (to, (uint64_t)(record->time_us - *clock_us));
      *clock_us = record->time_us;
      return to;
    case 'o':
      return put_number (to, record->object);
    case 'n':
      return put_number (to, record->number);
    case 'h':
      return put_hash (to, record->hash);
    case 'x':
      return put_text (to, record->text);
    case 'b':
    case 'l':
      return put_bytes (to, record->bytes, record->length);
    case 'e':
      return put_error (to, record);
    default:
      g_assert_not_reached ();
    }
}

void
aemp_record_append (GByteArray *out, const AempRecord *record, int64_t *clock_us)
{
  size_t most = 1 + 6 * NUMBER_MAX_BYTES + HASH_BYTES + record->length
                + (record->text ? strlen (record->text) + 1 : 0);
  unsigned begin = out->len;
  uint8_t *to;

  g_assert (record->kind > AEMP_RECORD_NONE && record->kind < AEMP_RECORD_COUNT);
  g_byte_array_set_size (out, begin + (unsigned)most);
  to = out->data + begin;
  *to++ = (uint8_t)record->kind;
  for (const char *field = kinds[record->kind].fields; *field; field++)
    to = put_field (to, *field, record, clock_us);
  g_byte_array_set_size (out, (unsigned)(to - out->data));
}

/* --- Reading -------------------------------------------------------------------- */

typedef enum
{
  READ_FINE,
  READ_CUT,
  READ_BROKEN
} Read;

static Read
get_number (AempRecordReader *reader, uint64_t *number)
{
  *number = 0;
  for (unsigned shift = 0; shift < 64; shift += 7)
    {
      uint64_t byte;

      if (reader->at == reader->length)
        return READ_CUT;
      byte = reader->bytes[reader->at++];
      *number |= (byte & 0x7f) << shift;
      if (byte < 0x80)
        return shift == 63 && byte > 1 ? READ_BROKEN : READ_FINE;
    }
  return READ_BROKEN;
}

static Read
get_clock (AempRecordReader *reader, int64_t *time_us)
{
  uint64_t delta;
  Read read = get_number (reader, &delta);

  if (read != READ_FINE)
    return read;
  if (delta >= (uint64_t)(CLOCK_MAX_US - reader->clock_us))
    return READ_BROKEN;
  *time_us = reader->clock_us += (int64_t)delta;
  return READ_FINE;
}

static Read
get_hash (AempRecordReader *reader, uint64_t *hash)
{
  if (reader->length - reader->at < HASH_BYTES)
    return READ_CUT;
  *hash = aemp_load_word (reader->bytes + reader->at);
  reader->at += HASH_BYTES;
  return READ_FINE;
}

static Read
get_bytes (AempRecordReader *reader, const uint8_t **bytes, size_t *length)
{
  uint64_t count;
  Read read = get_number (reader, &count);

  if (read != READ_FINE)
    return read;
  if (count > reader->length - reader->at)
    return READ_CUT;
  *bytes = reader->bytes + reader->at;
  *length = (size_t)count;
  reader->at += count;
  return READ_FINE;
}

/* Texts end in traces, so they have to be good ones. */
static Read
get_text (AempRecordReader *reader, const char **text)
{
  const uint8_t *bytes;
  size_t length;
  Read read = get_bytes (reader, &bytes, &length);

  *text = NULL;
  if (read != READ_FINE || length == 0)
    return read;
  *text = (const char *)bytes;
  return bytes[length - 1] == 0 && g_utf8_validate (*text, (gssize)length - 1, NULL) ? READ_FINE
                                                                                     : READ_BROKEN;
}

static Read
get_texts (AempRecordReader *reader, AempRecord *record)
{
  Read read = get_bytes (reader, &record->bytes, &record->length);
  const char *text = (const char *)record->bytes;
  size_t left = record->length;

  if (read != READ_FINE || left == 0)
    return read;
  if (text[left - 1] != '\0')
    return READ_BROKEN;
  for (; left > 0; left -= strlen (text) + 1, text += strlen (text) + 1)
    if (!g_utf8_validate (text, -1, NULL))
      return READ_BROKEN;
  return READ_FINE;
}

static Read
get_error (AempRecordReader *reader, AempRecord *record)
{
  uint64_t domain;
  Read read = get_number (reader, &domain);

  if (read != READ_FINE || domain == DOMAIN_NONE)
    return read;
  if (domain >= DOMAINS)
    return READ_BROKEN;
  record->domain = domain == DOMAIN_ERRNO ? AEMP_ERRNO : AEMP_ERROR;
  read = get_number (reader, &record->number);
  if (read == READ_FINE)
    read = get_text (reader, &record->text);
  return read == READ_FINE && (record->number > G_MAXINT || !record->text) ? READ_BROKEN : read;
}

static Read
get_field (AempRecordReader *reader, char field, AempRecord *record)
{
  switch (field)
    {
    case 't':
      return get_clock (reader, &record->time_us);
    case 'o':
      return get_number (reader, &record->object);
    case 'n':
      return get_number (reader, &record->number);
    case 'h':
      return get_hash (reader, &record->hash);
    case 'x':
      return get_text (reader, &record->text);
    case 'b':
      return get_bytes (reader, &record->bytes, &record->length);
    case 'l':
      return get_texts (reader, record);
    case 'e':
      return get_error (reader, record);
    default:
      g_assert_not_reached ();
    }
}

static Read
get_record (AempRecordReader *reader, AempRecord *record)
{
  uint8_t kind;
  Read read = READ_FINE;

  *record = (AempRecord){ 0 };
  if (reader->at == reader->length)
    return READ_CUT;
  kind = reader->bytes[reader->at++];
  if (kind == AEMP_RECORD_NONE || kind >= AEMP_RECORD_COUNT)
    return READ_BROKEN;
  record->kind = kind;
  for (const char *field = kinds[kind].fields; *field && read == READ_FINE; field++)
    read = get_field (reader, *field, record);
  return read;
}

bool
aemp_record_read (AempRecordReader *reader, AempRecord *record, GError **error)
{
  AempRecordReader before = *reader;
  Read read = get_record (reader, record);

  if (read == READ_FINE)
    {
      reader->count++;
      return true;
    }
  *reader = before;
  if (read == READ_BROKEN)
    g_set_error (error, AEMP_ERROR, AEMP_ERROR_MALFORMED,
                 "the recording is broken at event %" G_GUINT64_FORMAT, reader->count + 1);
  return false;
}
