/* engine/message.c */

#include "block.h"
#include "utf8.h"

#include <string.h>

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

static void
add_string (Builder *builder, AempType type, const void *bytes, size_t length)
{
  char *string = aemp_block_string (&builder->block, length);

  if (length > UINT32_MAX)
    refuse (builder->format, "a string is too long");
  if (type == AEMP_TEXT && aemp_utf8_valid (bytes, length) < length)
    refuse (builder->format, "a text is not UTF-8");
  if (length > 0)
    memcpy (string, bytes, length);
  *aemp_block_push (&builder->block)
      = (AempValue){ .type = (uint8_t)type, .length = (uint32_t)length, .as.string = string };
}

static void
add_integer (Builder *builder, bool negative, uint64_t integer)
{
  *aemp_block_push (&builder->block)
      = (AempValue){ .type = AEMP_INTEGER, .negative = negative, .as.integer = integer };
}

static void
add_signed (Builder *builder, int64_t integer)
{
  add_integer (builder, integer < 0, (uint64_t)(integer < 0 ? -1 - integer : integer));
}

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
  const void *bytes;
  AempValue value = { .type = AEMP_NULL };

  switch (letter)
    {
    case 'n':
      *aemp_block_push (&builder->block) = value;
      break;
    case 'b':
      value.type = AEMP_BOOLEAN;
      value.as.boolean = va_arg (*arguments, int) != 0;
      *aemp_block_push (&builder->block) = value;
      break;
    case 'd':
      value.type = AEMP_DOUBLE;
      value.as.real = va_arg (*arguments, double);
      *aemp_block_push (&builder->block) = value;
      break;
    case 'i':
      add_signed (builder, va_arg (*arguments, int64_t));
      break;
    case 'I':
      add_signed (builder, va_arg (*arguments, int));
      break;
    case 'u':
      add_integer (builder, false, va_arg (*arguments, uint64_t));
      break;
    case 's':
      bytes = va_arg (*arguments, const char *);
      add_string (builder, AEMP_TEXT, bytes, strlen (bytes));
      break;
    case 't':
    case 'y':
      bytes = va_arg (*arguments, const void *);
      add_string (builder, letter == 't' ? AEMP_TEXT : AEMP_BYTES, bytes,
                  va_arg (*arguments, size_t));
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
    default: /* a blank */
      break;
    }
}

AempMessage *
aemp_message_new_va (const char *format, va_list *arguments)
{
  Builder builder; /* not all zero: it is large */
  AempBlock *block = &builder.block;
  AempValue *root;
  size_t values, string_bytes;
  va_list copy;

  va_copy (copy, *arguments);
  measure (format, &copy, &values, &string_bytes);
  va_end (copy);
  builder.format = format;
  builder.depth = 0;
  builder.deepest = 1;
  aemp_block_begin (block, values, string_bytes);
  root = aemp_block_root (block);
  for (const char *letter = format; *letter; letter++)
    add_letter (&builder, *letter, arguments);
  if (builder.depth > 0)
    refuse (format, "the brackets do not match");
  *root = (AempValue){ .type = AEMP_ARRAY, .length = (uint32_t)(block->next_value - root - 1) };
  root->as.items = aemp_block_close (block, root + 1);
  block->message->depth = builder.deepest;
  return aemp_block_end (block);
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
