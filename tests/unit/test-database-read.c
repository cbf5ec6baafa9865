/* tests/unit/test-database-read.c - what many nodes say, merged: what can be read of it. */

#include "database-town.h"

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
  g_test_add_func ("/database/values-are-copied", test_values_are_copied);
  g_test_add_func ("/database/parts", test_parts);
  g_test_add_func ("/database/walks", test_walks);
  g_test_add_func ("/database/sums", test_sums);
  g_test_add_func ("/database/odd-keys", test_odd_keys);
  g_test_add_func ("/database/nobody-listens", test_nobody_listens);
  return g_test_run ();
}
