/* tests/unit/test-database.c - what many nodes say, merged: stories. */

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

static AempName
name (const char *text)
{
  return aemp_name_view (text, strlen (text));
}

static void
add_value (GString *told, const AempValue *value)
{
  g_autofree char *text = value ? aemp_value_to_text (value, 0) : g_strdup ("-");

  g_string_append_printf (told, " %s", text);
}

/* "work a - 1 own - 1": family and key, before and after, and what our group says if that is
 * different now. */
static void
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

static AempPart *
part (Town *town, const char *speaker_text, const char *node_text)
{
  AempName speaker = name (speaker_text), node = name (node_text);

  return aemp_database_part (town->database, &speaker, &node);
}

static Town *
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

static void
town_free (Town *town)
{
  aemp_database_free (town->database);
  g_string_free (town->told, TRUE);
  g_free (town);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Town, town_free)

static void
begin (Town *town)
{
  aemp_database_begin (town->database);
}

static void
end (Town *town)
{
  aemp_database_end (town->database);
}

static void
set_value (AempPart *part, const char *family_text, const char *key_text, const AempValue *value)
{
  AempName family = name (family_text), key = name (key_text);

  aemp_part_set (part, &family, &key, value);
}

static void
set (AempPart *part, const char *family, const char *key, int number)
{
  AempValue value = { .type = AEMP_INTEGER, .as.integer = (uint64_t)number };

  set_value (part, family, key, &value);
}

static void
set_text (AempPart *part, const char *family, const char *key, const char *text)
{
  AempValue value = { .type = AEMP_TEXT, .length = (uint32_t)strlen (text), .as.string = text };

  set_value (part, family, key, &value);
}

static void
del (AempPart *part, const char *family_text, const char *key_text)
{
  AempName family = name (family_text), key = name (key_text);

  aemp_part_delete (part, &family, &key);
}

/* The first value of a message by its format and arguments. */
static void
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

static void
replace (AempPart *part, const char *format, ...)
{
  g_autoptr (AempMessage) message = NULL;
  va_list arguments;

  va_start (arguments, format);
  message = aemp_message_new_va (format, &arguments);
  va_end (arguments);
  aemp_part_replace (part, aemp_message_list (message).items);
}

static const AempFamily *
family_of (Town *town, const char *text)
{
  AempName family = name (text);

  return aemp_database_family (town->database, &family);
}

static const AempValue *
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

static void
test_set_and_delete (void)
{
  g_test_summary ("A key is set, gets another value and is deleted: each is told once, with what "
                  "was there before.  What is deleted without being there is no news.");

  g_autoptr (Town) town = town_new ();

  begin (town);
  set (town->xavier, "work", "a", 1);
  assert_told (town, "");
  end (town);
  assert_told (town, "work a - 1");
  g_assert_cmpuint (get (town, "work", "a")->as.integer, ==, 1);
  begin (town);
  set_text (town->xavier, "work", "a", "one");
  end (town);
  assert_told (town, "work a 1 \"one\"");
  begin (town);
  set_text (town->xavier, "work", "a", "uno");
  end (town);
  assert_told (town, "work a \"one\" \"uno\"");
  begin (town);
  del (town->xavier, "work", "a");
  end (town);
  assert_told (town, "work a \"uno\" -");
  g_assert_null (family_of (town, "work"));
  begin (town);
  del (town->xavier, "work", "a");
  del (town->xavier, "play", "a");
  end (town);
  assert_told (town, "");
}

static void
test_order_of_parts (void)
{
  g_test_summary (
      "A key that several have has the value of the lowest speaker, in our own group of "
      "the lowest node, whoever came first.  Who deletes it lets the next one in.");

  g_autoptr (Town) town = town_new ();

  begin (town);
  set (town->xavier, "work", "a", 5);
  end (town);
  assert_told (town, "work a - 5");
  begin (town);
  set (town->zed, "work", "a", 4);
  end (town);
  assert_told (town, "work a 5 4 own - 4");
  begin (town);
  set (town->ann, "work", "a", 2);
  end (town);
  assert_told (town, "work a 4 2 own 4 2");
  begin (town);
  set (town->mo, "work", "a", 3);
  end (town);
  assert_told (town, ""); /* behind ann, whose speaker is the same */
  begin (town);
  set (town->before, "work", "a", 1);
  end (town);
  assert_told (town, "work a 2 1 own 2 2");
  begin (town);
  del (town->ann, "work", "a");
  end (town);
  assert_told (town, "work a 1 1 own 2 3");
  begin (town);
  del (town->before, "work", "a");
  end (town);
  assert_told (town, "work a 1 3 own 3 3");
  begin (town);
  del (town->mo, "work", "a");
  del (town->zed, "work", "a");
  end (town);
  assert_told (town, "work a 3 5 own 3 -");
  g_assert_cmpuint (get (town, "work", "a")->as.integer, ==, 5);
}

static void
test_net_changes (void)
{
  g_test_summary ("What happens between begin and end is told as one net change: nothing for what "
                  "is as before, and the values from before are still there to be read.");

  g_autoptr (Town) town = town_new ();

  begin (town);
  set_text (town->mo, "work", "a", "first");
  set (town->mo, "work", "passing", 1);
  del (town->mo, "work", "passing");
  end (town);
  assert_told (town, "work a - \"first\" own - \"first\"");
  begin (town);
  set_text (town->mo, "work", "a", "second");
  set_text (town->mo, "work", "a", "first");
  end (town);
  assert_told (town, "");
  begin (town);
  del (town->mo, "work", "a");
  set_text (town->mo, "work", "a", "first");
  end (town);
  assert_told (town, "");
  begin (town);
  set (town->mo, "passing", "a", 1);
  del (town->mo, "passing", "a");
  end (town);
  assert_told (town, "");
  g_assert_null (family_of (town, "passing"));
  begin (town);
  set_text (town->mo, "work", "a", "second");
  set_text (town->mo, "work", "a", "third");
  end (town);
  assert_told (town, "work a \"first\" \"third\" own \"first\" \"third\"");
}

static void
test_nested (void)
{
  g_test_summary (
      "Pairs of begin and end are nested: the outermost end tells, families and keys in "
      "order, each family once.");

  g_autoptr (Town) town = town_new ();

  begin (town);
  set (town->xavier, "work", "b", 1);
  begin (town);
  set (town->xavier, "play", "c", 2);
  end (town);
  assert_told (town, "");
  set (town->xavier, "work", "a", 3);
  end (town);
  g_assert_cmpuint (town->calls, ==, 2);
  assert_told (town, "play c - 2; work a - 3; work b - 1");
  begin (town);
  end (town);
  assert_told (town, "");
}

static void
test_equal_values (void)
{
  g_test_summary (
      "A value that looks the same after a journey through JSON is no change, and the "
      "old one stays: 1 and 1.0, undefined and null, text and the same code points as bytes.");

  g_autoptr (Town) town = town_new ();
  const AempValue real = { .type = AEMP_DOUBLE, .as.real = 1.0 };
  const AempValue null = { .type = AEMP_NULL }, undefined = { .type = AEMP_UNDEFINED };
  const AempValue bytes = { .type = AEMP_BYTES, .length = 2, .as.string = "\xe9!" };

  begin (town);
  set (town->xavier, "work", "number", 1);
  set_value (town->xavier, "work", "nothing", &null);
  set_text (town->xavier, "work", "word", "\xc3\xa9!");
  end (town);
  assert_told (town, "work nothing - null; work number - 1; work word - \"\xc3\xa9!\"");
  begin (town);
  set_value (town->xavier, "work", "number", &real);
  set_value (town->xavier, "work", "nothing", &undefined);
  set_value (town->xavier, "work", "word", &bytes);
  end (town);
  assert_told (town, "");
  g_assert_cmpint (get (town, "work", "number")->type, ==, AEMP_INTEGER);
  g_assert_cmpint (get (town, "work", "nothing")->type, ==, AEMP_NULL);
  g_assert_cmpint (get (town, "work", "word")->type, ==, AEMP_TEXT);

  /* nor is it one when another part has the same */
  begin (town);
  set_value (town->before, "work", "number", &real);
  end (town);
  assert_told (town, "");
  begin (town);
  set_text (town->before, "work", "number", "1");
  end (town);
  assert_told (town, "work number 1.0 \"1\"");
}

static void
test_values_are_copied (void)
{
  g_test_summary ("Names and values are copied: maps with all that is in them, and short ones.");

  g_autoptr (Town) town = town_new ();
  AempMessage *message = aemp_message_new ("{ s [ s n b d ] }", "list", "deep", TRUE, 0.5);
  char text[] = "key", family[] = "work";
  g_autofree char *kept = NULL;

  begin (town);
  set_value (town->mo, family, text, aemp_message_list (message).items);
  aemp_message_unref (message);
  memset (text, 'x', 3);
  memset (family, 'x', 4);
  end (town);
  kept = aemp_value_to_text (get (town, "work", "key"), 0);
  g_assert_cmpstr (kept, ==, "{\"list\":[\"deep\",null,true,0.5]}");
}

static void
test_replace_family (void)
{
  g_test_summary ("A family that is replaced tells the difference only: what is gone, new or "
                  "another.  Other parts and families stay.  Anything but a map is empty.");

  g_autoptr (Town) town = town_new ();

  begin (town);
  replace_family (town->ann, "work", "{ s I s I s I }", "a", 1, "b", 2, "c", 3);
  set (town->ann, "play", "a", 1);
  set (town->xavier, "work", "b", 20);
  end (town);
  g_string_truncate (town->told, 0);
  begin (town);
  replace_family (town->ann, "work", "{ s I s I s d }", "d", 4, "c", 30, "a", 1.0);
  end (town);
  assert_told (town, "work b 2 20 own 2 -; work c 3 30 own 3 30; work d - 4 own - 4");
  begin (town);
  replace_family (town->ann, "work", "{ s I s I s I }", "a", 1, "c", 30, "d", 4);
  end (town);
  assert_told (town, "");
  begin (town);
  replace_family (town->ann, "work", "n");
  replace_family (town->ann, "empty", "[ s ]", "a");
  replace_family (town->ann, "none", "{ }");
  end (town);
  assert_told (town, "work a 1 - own 1 -; work c 30 - own 30 -; work d 4 - own 4 -");
  g_assert_null (family_of (town, "empty"));
  g_assert_null (family_of (town, "none"));
  g_assert_cmpuint (get (town, "work", "b")->as.integer, ==, 20);
  g_assert_cmpuint (get (town, "play", "a")->as.integer, ==, 1);
}

static void
test_replace (void)
{
  g_test_summary ("A part that is replaced has exactly the families that are given, and tells "
                  "the difference.  What is no map of maps is empty.");

  g_autoptr (Town) town = town_new ();

  begin (town);
  replace (town->xavier, "{ s { s I } s { s I } s { s I } }", "a", "x", 1, "b", "x", 2, "c", "x",
           3);
  end (town);
  assert_told (town, "a x - 1; b x - 2; c x - 3");
  begin (town);
  replace (town->xavier, "{ s { s I } s { s I } s { s I } }", "a", "x", 1, "c", "y", 3, "d", "x",
           4);
  end (town);
  assert_told (town, "b x 2 -; c x 3 -; c y - 3; d x - 4");
  begin (town);
  replace (town->xavier, "{ s { s I } s n s { } }", "a", "x", 1, "c", "d");
  end (town);
  assert_told (town, "c y 3 -; d x 4 -");
  begin (town);
  replace (town->xavier, "{ s { s I } }", "b", "x", 1);
  end (town);
  assert_told (town, "a x 1 -; b x - 1");
  begin (town);
  replace (town->xavier, "n");
  end (town);
  assert_told (town, "b x 1 -");
  g_assert_true (aemp_part_is_empty (town->xavier));
}

static void
test_clear_and_drop (void)
{
  g_test_summary (
      "A part that is cleared or dropped takes back what it said, and what others say of "
      "these keys counts.  A dropped part is not found any more.");

  g_autoptr (Town) town = town_new ();
  AempName bea = name ("bea"), xavier = name ("xavier");

  begin (town);
  replace (town->before, "{ s { s I s I } s { s I } }", "work", "a", 1, "b", 2, "play", "a", 3);
  set (town->xavier, "work", "b", 20);
  set (town->xavier, "work", "c", 30);
  g_assert_false (aemp_part_is_empty (town->before));
  end (town);
  g_string_truncate (town->told, 0);
  begin (town);
  aemp_part_clear (town->before);
  end (town);
  assert_told (town, "play a 3 -; work a 1 -; work b 2 20");
  g_assert_true (aemp_part_is_empty (town->before));
  g_assert_true (aemp_database_find_part (town->database, &bea, &bea) == town->before);
  begin (town);
  aemp_part_drop (town->xavier);
  aemp_part_drop (town->before);
  end (town);
  assert_told (town, "work b 20 -; work c 30 -");
  g_assert_null (aemp_database_find_part (town->database, &bea, &bea));
  g_assert_null (aemp_database_find_part (town->database, &xavier, &xavier));
  town->before = part (town, "bea", "bea");
  g_assert_true (aemp_part_is_empty (town->before));
}

static void
test_parts (void)
{
  g_test_summary ("A part is found by its speaker and node; asked for again it is the same.");

  g_autoptr (Town) town = town_new ();
  AempName mo = name ("mo"), ann = name ("ann");

  g_assert_true (part (town, "mo", "ann") == town->ann);
  g_assert_true (aemp_database_find_part (town->database, &mo, &ann) == town->ann);
  g_assert_null (aemp_database_find_part (town->database, &ann, &mo));
  g_assert_true (aemp_part_is_empty (town->ann));
  begin (town);
  set (town->ann, "work", "a", 1);
  g_assert_false (aemp_part_is_empty (town->ann));
  del (town->ann, "work", "a");
  g_assert_true (aemp_part_is_empty (town->ann));
  end (town);
}

static char *
walk_family (const AempFamily *family,
             bool (*next) (const AempFamily *family, AempFamilyWalk *walk))
{
  GString *seen = g_string_new (NULL);
  AempFamilyWalk walk = { 0 };

  while (next (family, &walk))
    {
      g_string_append_printf (seen, "%s", walk.key->text);
      add_value (seen, walk.value);
      g_string_append_c (seen, ';');
    }
  return g_string_free (seen, FALSE);
}

static void
assert_walk (const AempFamily *family, const char *merged, const char *own)
{
  g_autofree char *seen = walk_family (family, aemp_family_next);
  g_autofree char *seen_own = walk_family (family, aemp_family_next_own);

  g_assert_cmpstr (seen, ==, merged);
  g_assert_cmpstr (seen_own, ==, own);
}

static void
test_walks (void)
{
  g_test_summary ("Families and keys are walked in the order of code points, and of our own group "
                  "by themselves: what others say of a key does not count there.");

  g_autoptr (Town) town = town_new ();
  AempDatabaseWalk families = { 0 };

  g_assert_false (aemp_database_next (town->database, &families));
  begin (town);
  set (town->xavier, "work", "\xf0\x9f\x98\x80", 1); /* above U+FFFD, unlike in UTF-16 */
  set (town->xavier, "work", "\xef\xbf\xbd", 2);
  set (town->xavier, "work", "b", 3);
  set (town->before, "work", "ab", 4);
  set (town->zed, "work", "ab", 5);
  set (town->ann, "work", "a", 6);
  set (town->xavier, "play", "a", 7);
  end (town);
  assert_walk (family_of (town, "work"), "a 6;ab 4;b 3;\xef\xbf\xbd 2;\xf0\x9f\x98\x80 1;",
               "a 6;ab 5;");
  assert_walk (family_of (town, "play"), "a 7;", "");
  families = (AempDatabaseWalk){ 0 };
  g_assert_true (aemp_database_next (town->database, &families));
  g_assert_cmpstr (families.name->text, ==, "play");
  g_assert_true (families.family == family_of (town, "play"));
  g_assert_true (aemp_database_next (town->database, &families));
  g_assert_cmpstr (families.name->text, ==, "work");
  g_assert_false (aemp_database_next (town->database, &families));
  begin (town);
  del (town->ann, "work", "a");
  del (town->zed, "work", "ab");
  end (town);
  assert_walk (family_of (town, "work"), "ab 4;b 3;\xef\xbf\xbd 2;\xf0\x9f\x98\x80 1;", "");
}

static void
test_sums (void)
{
  g_test_summary ("The sum is that of the pairs as they are now: whatever led there, and whoever "
                  "says it, equal families have equal sums, and others do not.");

  g_autoptr (Town) one = town_new ();
  g_autoptr (Town) other = town_new ();
  AempName a = name ("a"), b = name ("b");
  AempValue number = { .type = AEMP_INTEGER, .as.integer = 1 };
  uint64_t expected;

  begin (one);
  set (one->xavier, "work", "a", 1);
  end (one);
  expected = aemp_database_pair_hash (&a, &number);
  g_assert_cmpuint (aemp_family_sum (family_of (one, "work")), ==, expected);
  number.as.integer = 2;
  expected += aemp_database_pair_hash (&b, &number);
  begin (one);
  set (one->xavier, "work", "b", 2);
  end (one);
  g_assert_cmpuint (aemp_family_sum (family_of (one, "work")), ==, expected);
  g_assert_cmpuint (aemp_family_count (family_of (one, "work")), ==, 2);

  begin (other);
  set (other->ann, "work", "b", 2);
  set (other->ann, "work", "a", 2);
  set (other->ann, "work", "c", 2);
  end (other);
  g_assert_cmpuint (aemp_family_sum (family_of (other, "work")), !=, expected);
  begin (other);
  set (other->before, "work", "a", 1);
  del (other->ann, "work", "c");
  end (other);
  g_assert_cmpuint (aemp_family_sum (family_of (other, "work")), ==, expected);
  g_assert_cmpuint (aemp_family_count (family_of (other, "work")), ==, 2);
}

static void
test_odd_keys (void)
{
  g_test_summary ("Keys and families may be empty, long or hold zero bytes.  Numbers as keys are "
                  "their digits, bytes are code points, and what is no name is passed over.");

  g_autoptr (Town) town = town_new ();
  g_autofree char *longest = g_strnfill (255, 'k');
  AempName zero = aemp_name_view ("a\0b", 3), behind = aemp_name_view ("a\0c", 3);
  AempName empty = name ("");
  const AempValue odd[] = {
    { .type = AEMP_NULL },
    { .type = AEMP_INTEGER, .as.integer = 1 },
    { .type = AEMP_INTEGER, .as.integer = 12 },
    { .type = AEMP_INTEGER, .as.integer = 2 },
    { .type = AEMP_BYTES, .length = 1, .as.string = "\xe9" },
    { .type = AEMP_INTEGER, .as.integer = 3 },
  };
  const AempValue map = { .type = AEMP_MAP, .length = 3, .as.items = odd };
  const AempValue nameless = { .type = AEMP_MAP, .length = 1, .as.items = odd };

  begin (town);
  set (town->xavier, "", "", 1);
  set (town->xavier, "", longest, 2);
  aemp_part_set (town->xavier, &empty, &zero, &odd[1]);
  end (town);
  g_assert_cmpuint (aemp_family_count (family_of (town, "")), ==, 3);
  g_assert_cmpuint (get (town, "", "")->as.integer, ==, 1);
  g_assert_cmpuint (get (town, "", longest)->as.integer, ==, 2);
  g_assert_nonnull (aemp_family_get (family_of (town, ""), &zero));
  g_assert_null (aemp_family_get (family_of (town, ""), &behind));
  g_assert_null (get (town, "", "a"));
  g_string_truncate (town->told, 0);
  begin (town);
  aemp_part_replace_family (town->xavier, &empty, &map);
  end (town);
  g_assert_cmpuint (aemp_family_count (family_of (town, "")), ==, 2);
  g_assert_cmpuint (get (town, "", "12")->as.integer, ==, 2);
  g_assert_cmpuint (get (town, "", "\xc3\xa9")->as.integer, ==, 3);
  g_string_truncate (town->told, 0);
  begin (town);
  aemp_part_replace_family (town->xavier, &empty, &nameless);
  aemp_part_replace (town->before, &map);
  zero = name ("nameless");
  aemp_part_replace_family (town->before, &zero, &nameless);
  end (town);
  assert_told (town, " 12 2 -;  \xc3\xa9 3 -");
  g_assert_null (family_of (town, ""));
  g_assert_null (family_of (town, "nameless"));
}

static void
test_nobody_listens (void)
{
  g_test_summary ("A database that tells nobody is merged all the same, and freed with all that "
                  "is in it.");

  AempName self = name ("mo"), family = name ("work"), key = name ("a");
  g_autoptr (AempDatabase) database = aemp_database_new (&self, NULL, NULL);
  AempPart *own = aemp_database_part (database, &self, &self);
  AempPart *other = aemp_database_part (database, &key, &key);
  AempValue text = { .type = AEMP_TEXT, .length = 3, .as.string = "one" };

  aemp_database_begin (database);
  aemp_part_set (own, &family, &key, &text);
  aemp_part_set (other, &family, &key, &text);
  aemp_database_end (database);
  g_assert_cmpuint (aemp_family_count (aemp_database_family (database, &family)), ==, 1);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/database/set-and-delete", test_set_and_delete);
  g_test_add_func ("/database/order-of-parts", test_order_of_parts);
  g_test_add_func ("/database/net-changes", test_net_changes);
  g_test_add_func ("/database/nested", test_nested);
  g_test_add_func ("/database/equal-values", test_equal_values);
  g_test_add_func ("/database/values-are-copied", test_values_are_copied);
  g_test_add_func ("/database/replace-family", test_replace_family);
  g_test_add_func ("/database/replace", test_replace);
  g_test_add_func ("/database/clear-and-drop", test_clear_and_drop);
  g_test_add_func ("/database/parts", test_parts);
  g_test_add_func ("/database/walks", test_walks);
  g_test_add_func ("/database/sums", test_sums);
  g_test_add_func ("/database/odd-keys", test_odd_keys);
  g_test_add_func ("/database/nobody-listens", test_nobody_listens);
  return g_test_run ();
}
