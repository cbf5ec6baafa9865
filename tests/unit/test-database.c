/* tests/unit/test-database.c - what many nodes say, merged: who is told what. */

#include "database-town.h"

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
  replace (town->xavier, "[ s { s I } ]", "b", "x", 5);
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

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/database/set-and-delete", test_set_and_delete);
  g_test_add_func ("/database/order-of-parts", test_order_of_parts);
  g_test_add_func ("/database/net-changes", test_net_changes);
  g_test_add_func ("/database/nested", test_nested);
  g_test_add_func ("/database/equal-values", test_equal_values);
  g_test_add_func ("/database/replace-family", test_replace_family);
  g_test_add_func ("/database/replace", test_replace);
  g_test_add_func ("/database/clear-and-drop", test_clear_and_drop);
  return g_test_run ();
}
