/* tests/unit/database-town.h - a database, and who says things in it. */
#pragma once

#include "engine/database.h"

#include <string.h>

/* We are "mo", a global node; "ann" and "zed" are our slaves, and also say things by themselves
 * where they are global nodes. */
typedef struct
{
  AempDatabase *database;
  AempPart *mo;  /* our own */
  AempPart *ann; /* our slaves' */
  AempPart *zed;
  AempPart *before; /* of global nodes: one ID is lower than ours, one is higher */
  AempPart *xavier;
  GString *told;
  unsigned calls;
} Town;

static inline AempName
name (const char *text)
{
  return aemp_name_view (text, strlen (text));
}

static inline void
add_value (GString *told, const AempValue *value)
{
  g_autofree char *text = value ? aemp_value_to_text (value, 0) : g_strdup ("-");

  g_string_append_printf (told, " %s", text);
}

/* "work a - 1 own - 1": family and key, before and after, and what our group says if that is
 * different now. */
static inline void
hear (AempDatabase *database, const AempName *family_name, const AempFamily *family,
      const AempKeyChange *changes, unsigned count, void *user_data)
{
  Town *town = user_data;
  const AempFamily *found = aemp_database_family (database, family_name);

  g_assert_true (found == family || (!found && aemp_family_count (family) == 0));
  town->calls++;
  for (unsigned index = 0; index < count; index++)
    {
      const AempKeyChange *change = &changes[index];

      g_assert_true (aemp_family_get (family, change->key) == change->after);
      g_string_append_printf (town->told, "%s%s %s", town->told->len > 0 ? "; " : "",
                              family_name->text, change->key->text);
      add_value (town->told, change->before);
      add_value (town->told, change->after);
      if (!change->own_before && !change->own_after)
        continue;
      g_string_append (town->told, " own");
      add_value (town->told, change->own_before);
      add_value (town->told, change->own_after);
    }
}

static inline AempPart *
part (Town *town, const char *speaker_text, const char *node_text)
{
  AempName speaker = name (speaker_text), node = name (node_text);

  return aemp_database_part (town->database, &speaker, &node);
}

static inline Town *
town_new (void)
{
  Town *town = g_new0 (Town, 1);
  AempName self = name ("mo");

  town->told = g_string_new (NULL);
  town->database = aemp_database_new (&self, hear, town);
  town->mo = part (town, "mo", "mo");
  town->ann = part (town, "mo", "ann");
  town->zed = part (town, "mo", "zed");
  town->before = part (town, "bea", "bea");
  town->xavier = part (town, "xavier", "xavier");
  return town;
}

static inline void
town_free (Town *town)
{
  aemp_database_free (town->database);
  g_string_free (town->told, TRUE);
  g_free (town);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Town, town_free)

static inline void
begin (Town *town)
{
  aemp_database_begin (town->database);
}

static inline void
end (Town *town)
{
  aemp_database_end (town->database);
}

static inline void
set_value (AempPart *part, const char *family_text, const char *key_text, const AempValue *value)
{
  AempName family = name (family_text), key = name (key_text);

  aemp_part_set (part, &family, &key, value);
}

static inline void
set (AempPart *part, const char *family, const char *key, int number)
{
  AempValue value = { .type = AEMP_INTEGER, .as.integer = (uint64_t)number };

  set_value (part, family, key, &value);
}

static inline void
set_text (AempPart *part, const char *family, const char *key, const char *text)
{
  AempValue value = { .type = AEMP_TEXT, .length = (uint32_t)strlen (text), .as.string = text };

  set_value (part, family, key, &value);
}

static inline void
del (AempPart *part, const char *family_text, const char *key_text)
{
  AempName family = name (family_text), key = name (key_text);

  aemp_part_delete (part, &family, &key);
}

/* The first value of a message by its format and arguments. */
static inline void
replace_family (AempPart *part, const char *family_text, const char *format, ...)
{
  g_autoptr (AempMessage) message = NULL;
  AempName family = name (family_text);
  va_list arguments;

  va_start (arguments, format);
  message = aemp_message_new_va (format, &arguments);
  va_end (arguments);
  aemp_part_replace_family (part, &family, aemp_message_list (message).items);
}

static inline void
replace (AempPart *part, const char *format, ...)
{
  g_autoptr (AempMessage) message = NULL;
  va_list arguments;

  va_start (arguments, format);
  message = aemp_message_new_va (format, &arguments);
  va_end (arguments);
  aemp_part_replace (part, aemp_message_list (message).items);
}

static inline const AempFamily *
family_of (Town *town, const char *text)
{
  AempName family = name (text);

  return aemp_database_family (town->database, &family);
}

static inline const AempValue *
get (Town *town, const char *family_text, const char *key_text)
{
  AempName key = name (key_text);

  return aemp_family_get (family_of (town, family_text), &key);
}

/* What was told since the last time. */
#define assert_told(town, expected)                                                                \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_assert_cmpstr ((town)->told->str, ==, expected);                                             \
    g_string_truncate ((town)->told, 0);                                                           \
    (town)->calls = 0;                                                                             \
  }                                                                                                \
  G_STMT_END
