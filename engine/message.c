/* engine/message.c */

#include "block.h"
#include "utf8.h"

#include <string.h>

#define FLAT_MAX 8          /* scalars of a message that is made in one go */
#define FORMAT_DEPTH_MAX 32 /* brackets that are open at once in a format */

AempMessage *
aemp_message_ref (AempMessage *message)
{
  g_assert (message->references < UINT32_MAX);
  message->references++;
  return message;
}

void
aemp_message_unref (AempMessage *message)
{
  if (!message)
    return;
  g_assert (message->references > 0);
  if (--message->references == 0)
    g_free (message);
}

AempList
aemp_message_list (AempMessage *message)
{
  const AempValue *root = &message->values[0];

  return (AempList){ .items = root->as.items, .count = root->length, .message = message };
}

/* What a message under construction needs besides its block. */
typedef struct
{
  AempBlock block;
  const char *format;                 /* all of it, for the last words */
  AempValue *begin[FORMAT_DEPTH_MAX]; /* where the elements of an open bracket begin */
  char closes[FORMAT_DEPTH_MAX];
  unsigned depth;
  uint32_t deepest; /* of all values so far, the root counted */
} Builder;

static G_GNUC_NORETURN void
refuse (const char *format, const char *why)
{
  g_error ("aemp_message_new (\"%s\"): %s", format, why);
  g_assert_not_reached ();
}

static void
measure (const char *format, va_list *arguments, size_t *values, size_t *string_bytes)
{
  const AempList *list;

  *values = 1;
  *string_bytes = 0;
  for (const char *letter = format; *letter; letter++)
    switch (*letter)
      {
      case ' ':
      case ']':
      case '}':
        break;
      case 'n':
      case '[':
      case '{':
        *values += 1;
        break;
      case 'b':
      case 'I':
        (void)va_arg (*arguments, int);
        *values += 1;
        break;
      case 'i':
      case 'u':
        (void)va_arg (*arguments, uint64_t);
        *values += 1;
        break;
      case 'd':
        (void)va_arg (*arguments, double);
        *values += 1;
        break;
      case 's':
        *string_bytes += strlen (va_arg (*arguments, const char *)) + 1;
        *values += 1;
        break;
      case 't':
      case 'y':
        (void)va_arg (*arguments, const void *);
        *string_bytes += va_arg (*arguments, size_t) + 1;
        *values += 1;
        break;
      case 'v':
        aemp_block_measure (va_arg (*arguments, const AempValue *), values, string_bytes);
        break;
      case '@':
        list = va_arg (*arguments, const AempList *);
        for (uint32_t index = 0; index < list->count; index++)
          aemp_block_measure (&list->items[index], values, string_bytes);
        break;
      default:
        refuse (format, "unknown letter");
      }
}

bool
aemp_list_is_too_deep (const AempList *list)
{
  if (list->message)
    return list->message->depth > AEMP_DEPTH_MAX;
  for (uint32_t index = 0; index < list->count; index++)
    if (aemp_block_depth (&list->items[index]) >= AEMP_DEPTH_MAX)
      return true;
  return false;
}

/* --- Scalars ---------------------------------------------------------------------- */

static AempValue
string_value (const char *format, AempType type, const void *bytes, size_t length)
{
  if (length > UINT32_MAX)
    refuse (format, "a string is too long");
  if (type == AEMP_TEXT && aemp_utf8_valid (bytes, length) < length)
    refuse (format, "a text is not UTF-8");
  return (AempValue){ .type = (uint8_t)type, .length = (uint32_t)length, .as.string = bytes };
}

static AempValue
signed_value (int64_t integer)
{
  return (AempValue){ .type = AEMP_INTEGER,
                      .negative = integer < 0,
                      .as.integer = (uint64_t)(integer < 0 ? -1 - integer : integer) };
}

static inline bool
is_scalar (char letter)
{
  switch (letter)
    {
    case 'n':
    case 'b':
    case 'd':
    case 'i':
    case 'I':
    case 'u':
    case 's':
    case 't':
    case 'y':
      return true;
    default:
      return false;
    }
}

/* The next argument; a string is still the caller's. */
static inline AempValue
take_scalar (const char *format, char letter, va_list *arguments)
{
  const void *bytes;

  switch (letter)
    {
    case 'b':
      return (AempValue){ .type = AEMP_BOOLEAN, .as.boolean = va_arg (*arguments, int) != 0 };
    case 'd':
      return (AempValue){ .type = AEMP_DOUBLE, .as.real = va_arg (*arguments, double) };
    case 'i':
      return signed_value (va_arg (*arguments, int64_t));
    case 'I':
      return signed_value (va_arg (*arguments, int));
    case 'u':
      return (AempValue){ .type = AEMP_INTEGER, .as.integer = va_arg (*arguments, uint64_t) };
    case 's':
      bytes = va_arg (*arguments, const char *);
      return string_value (format, AEMP_TEXT, bytes, strlen (bytes));
    case 't':
    case 'y':
      bytes = va_arg (*arguments, const void *);
      return string_value (format, letter == 't' ? AEMP_TEXT : AEMP_BYTES, bytes,
                           va_arg (*arguments, size_t));
    default:
      return (AempValue){ .type = AEMP_NULL };
    }
}

static inline void
push_scalar (AempBlock *block, AempValue value)
{
  if (aemp_value_is_string (&value))
    {
      char *string = aemp_block_string (block, value.length);

      if (value.length > 0)
        memcpy (string, value.as.string, value.length);
      value.as.string = string;
    }
  *aemp_block_push (block) = value;
}

/* --- Copies and brackets ------------------------------------------------------------ */

static void
add_copy (Builder *builder, const AempValue *value)
{
  AempBlock *block = &builder->block;
  uint32_t depth = aemp_block_copy (block, aemp_block_push (block), value);

  builder->deepest = MAX (builder->deepest, 1 + builder->depth + depth);
}

static void
add_list (Builder *builder, const AempList *list)
{
  for (uint32_t index = 0; index < list->count; index++)
    add_copy (builder, &list->items[index]);
}

static void
open_bracket (Builder *builder, char closes)
{
  if (builder->depth == FORMAT_DEPTH_MAX)
    refuse (builder->format, "nested too deeply");
  builder->begin[builder->depth] = builder->block.next_value;
  builder->closes[builder->depth++] = closes;
  builder->deepest = MAX (builder->deepest, 1 + builder->depth);
}

static uint32_t
close_map (Builder *builder, AempValue *items, size_t count)
{
  uint32_t pairs;

  if (count % 2 != 0)
    refuse (builder->format, "a key without value");
  for (size_t index = 0; index < count; index += 2)
    if (!aemp_value_is_string (&items[index]))
      refuse (builder->format, "a key that is no string");
  pairs = aemp_block_sort_map (items, (uint32_t)(count / 2));
  builder->block.next_value = items + 2 * (size_t)pairs;
  return pairs;
}

static void
close_bracket (Builder *builder, char letter)
{
  AempBlock *block = &builder->block;
  AempValue value = { .type = letter == ']' ? AEMP_ARRAY : AEMP_MAP };
  AempValue *items;
  size_t count;

  if (builder->depth == 0 || builder->closes[builder->depth - 1] != letter)
    refuse (builder->format, "the brackets do not match");
  items = builder->begin[--builder->depth];
  count = (size_t)(block->next_value - items);
  value.length = letter == ']' ? (uint32_t)count : close_map (builder, items, count);
  value.as.items = aemp_block_close (block, items);
  *aemp_block_push (block) = value;
}

/* A letter that was measured. */
static void
add_letter (Builder *builder, char letter, va_list *arguments)
{
  switch (letter)
    {
    case ' ':
      break;
    case 'v':
      add_copy (builder, va_arg (*arguments, const AempValue *));
      break;
    case '@':
      add_list (builder, va_arg (*arguments, const AempList *));
      break;
    case '[':
      open_bracket (builder, ']');
      break;
    case '{':
      open_bracket (builder, '}');
      break;
    case ']':
    case '}':
      close_bracket (builder, letter);
      break;
    default:
      push_scalar (&builder->block, take_scalar (builder->format, letter, arguments));
      break;
    }
}

/* --- Whole messages ------------------------------------------------------------------ */

static AempMessage *
finish (AempBlock *block, uint32_t depth)
{
  AempValue *root = aemp_block_root (block);

  *root = (AempValue){ .type = AEMP_ARRAY, .length = (uint32_t)(block->next_value - root - 1) };
  root->as.items = aemp_block_close (block, root + 1);
  block->message->depth = depth;
  return aemp_block_end (block);
}

/* Most messages are a few scalars, and need not be measured first. */
static bool
is_flat (const char *format)
{
  unsigned count = 0;

  for (; *format; format++)
    if (*format != ' ' && (!is_scalar (*format) || ++count > FLAT_MAX))
      return false;
  return true;
}

static AempMessage *
new_flat (void *room, size_t room_bytes, const char *format, va_list *arguments)
{
  AempValue values[FLAT_MAX];
  size_t count = 0, string_bytes = 0;
  AempBlock block;

  for (const char *letter = format; *letter; letter++)
    {
      if (*letter == ' ')
        continue;
      values[count] = take_scalar (format, *letter, arguments);
      if (aemp_value_is_string (&values[count]))
        string_bytes += values[count].length + (size_t)1;
      count++;
    }
  aemp_block_begin_in (&block, room, room_bytes, count + 1, string_bytes);
  for (size_t index = 0; index < count; index++)
    push_scalar (&block, values[index]);
  return finish (&block, 1);
}

static AempMessage *
new_nested (void *room, size_t room_bytes, const char *format, va_list *arguments)
{
  Builder builder; /* not all zero: it is large */
  size_t values, string_bytes;
  va_list copy;

  va_copy (copy, *arguments);
  measure (format, &copy, &values, &string_bytes);
  va_end (copy);
  builder.format = format;
  builder.depth = 0;
  builder.deepest = 1;
  aemp_block_begin_in (&builder.block, room, room_bytes, values, string_bytes);
  for (const char *letter = format; *letter; letter++)
    add_letter (&builder, *letter, arguments);
  if (builder.depth > 0)
    refuse (format, "the brackets do not match");
  return finish (&builder.block, builder.deepest);
}

AempMessage *
aemp_message_new_in (void *room, size_t room_bytes, const char *format, va_list *arguments)
{
  return is_flat (format) ? new_flat (room, room_bytes, format, arguments)
                          : new_nested (room, room_bytes, format, arguments);
}

AempMessage *
aemp_message_new_va (const char *format, va_list *arguments)
{
  return aemp_message_new_in (NULL, 0, format, arguments);
}

AempMessage *
aemp_message_new (const char *format, ...)
{
  va_list arguments;
  AempMessage *message;

  va_start (arguments, format);
  message = aemp_message_new_va (format, &arguments);
  va_end (arguments);
  return message;
}
