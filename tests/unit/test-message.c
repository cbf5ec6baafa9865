/* tests/unit/test-message.c - messages made from formats, and their texts. */

#include "codec-helper.h"

static char *
text_of (AempMessage *message)
{
  AempList list = aemp_message_list (message);

  return aemp_list_to_text (&list, 0);
}

static void
test_every_letter (void)
{
  g_test_summary ("Every letter of a format makes its value; the text of the message tells them.");

  g_autoptr (AempMessage) inner = aemp_message_new ("s[s]", "first", "second");
  AempList list = aemp_message_list (inner);
  g_autoptr (AempMessage) message = aemp_message_new (
      "n b b i I u d s t y v @ [] [@] {s n} {}", 0, 7, INT64_MIN, -5, UINT64_MAX, 1.5, "text",
      "a\0b", (size_t)3, "\xff", (size_t)1, &list.items[1], &list, &list, "key");
  g_autofree char *text = text_of (message);

  g_assert_cmpstr (text, ==,
                   "null,false,true,-9223372036854775808,-5,18446744073709551615,1.5,\"text\","
                   "\"a\\u0000b\",\"ÿ\",[\"second\"],\"first\",[\"second\"],[],"
                   "[\"first\",[\"second\"]],{\"key\":null},{}");
  list = aemp_message_list (message);
  g_assert_cmpint (list.items[9].type, ==, AEMP_BYTES);
  g_assert_cmpuint (list.items[8].length, ==, 3);
  g_assert_cmpint (list.items[7].as.string[4], ==, '\0');
}

static void
test_maps (void)
{
  g_test_summary ("The keys of a map come in any order and form; of equal ones the last counts.  "
                  "It is the same for few keys and for many.");

  g_autoptr (AempMessage) few
      = aemp_message_new ("{s i s i y i s i y i}", "b", (int64_t)1, "a", (int64_t)2, "\xe9",
                          (size_t)1, (int64_t)3, "é", (int64_t)4, "b", (size_t)1, (int64_t)5);
  g_autofree char *few_text = text_of (few);
  uint64_t seed = 7;

  g_assert_cmpstr (few_text, ==, "{\"a\":2,\"b\":5,\"é\":4}");
  for (uint32_t count = 0; count < 200; count += 7)
    {
      AempValue *items = g_new0 (AempValue, 2 * count + 1);
      char (*keys)[8] = g_malloc (sizeof *keys * (count + 1));
      int64_t last[64];
      AempList list = { .items = items, .count = 2 * count };
      g_autoptr (AempMessage) message = NULL;
      const AempValue *map;
      uint32_t different = 0;

      memset (last, -1, sizeof last);
      for (uint32_t index = 0; index < count; index++)
        {
          uint32_t key = (uint32_t)draw_below (&seed, 64);

          g_snprintf (keys[index], sizeof keys[index], "k%02u", key);
          items[2 * index]
              = (AempValue){ .type = AEMP_TEXT, .length = 3, .as.string = keys[index] };
          items[2 * index + 1] = (AempValue){ .type = AEMP_INTEGER, .as.integer = index };
          last[key] = index;
        }
      message = aemp_message_new ("{@}", &list);
      list = aemp_message_list (message);
      map = &list.items[0];
      for (uint32_t key = 0; key < 64; key++)
        {
          g_autofree char *name = g_strdup_printf ("k%02u", key);
          const AempValue *value = aemp_map_get (map, name);

          g_assert_cmpint (value ? (int64_t)value->as.integer : -1, ==, last[key]);
          different += last[key] >= 0;
        }
      g_assert_cmpuint (map->length, ==, different);
      for (uint32_t index = 1; index < map->length; index++)
        g_assert_cmpint (
            aemp_value_compare (&map->as.items[2 * index - 2], &map->as.items[2 * index]), <, 0);
      g_free (items);
      g_free (keys);
    }
}

static void
test_references (void)
{
  g_test_summary ("A message lives as long as its last reference; copies of its values live "
                  "longer.");

  AempMessage *message = aemp_message_new ("s{s[y]}", "tag", "key", "\xff\xfe", (size_t)2);
  AempMessage *again = aemp_message_ref (message);
  AempList list = aemp_message_list (message);
  g_autoptr (AempMessage) copy = aemp_message_new ("@", &list);
  AempList copied = aemp_message_list (copy);
  g_autofree char *text = NULL;

  g_assert_true (again == message);
  g_assert_true (list.message == message);
  g_assert_cmpuint (aemp_list_hash (&list), ==, aemp_list_hash (&copied));
  aemp_message_unref (message);
  aemp_message_unref (again);
  aemp_message_unref (NULL);
  text = text_of (copy);
  g_assert_cmpstr (text, ==, "\"tag\",{\"key\":[\"ÿþ\"]}");
}

static void
test_lists (void)
{
  g_test_summary (
      "A list is cut from the front, down to nothing, and asked for what is not there.");

  g_autoptr (AempMessage) message = aemp_message_new ("I I I", 1, 2, 3);
  g_autoptr (AempMessage) nothing = aemp_message_new ("");
  AempList list = aemp_message_list (message), empty = aemp_message_list (nothing);
  AempList rest = aemp_list_skip (list, 2), none = aemp_list_skip (list, 4);

  g_assert_cmpuint (rest.count, ==, 1);
  g_assert_true (aemp_list_get (&rest, 0) == &list.items[2]);
  g_assert_null (aemp_list_get (&rest, 1));
  g_assert_cmpuint (none.count, ==, 0);
  g_assert_true (none.message == message);
  g_assert_null (aemp_list_get (&none, 0));
  g_assert_cmpuint (empty.count, ==, 0);
  g_assert_cmpuint (aemp_list_hash (&none), ==, aemp_list_hash (&empty));
  g_assert_cmpuint (aemp_list_hash (&rest), !=, aemp_list_hash (&list));
}

static void
test_texts_are_cut (void)
{
  g_test_summary ("A text for people is cut behind a whole character, at any length, and says so.");

  g_autofree char *long_string = g_strnfill (100000, 'x');
  g_autoptr (AempMessage) message = aemp_message_new ("s[s]s", "☃☃\n", "😀", long_string);
  AempList list = aemp_message_list (message);
  g_autofree char *whole = aemp_list_to_text (&list, 0);
  g_autofree char *alone = aemp_value_to_text (&list.items[1], 5);

  g_autofree char *just = aemp_value_to_text (&list.items[1], 8);

  g_assert_cmpuint (strlen (whole), >, 100000);
  g_assert_cmpstr (just, ==, "[\"😀\"]");
  g_assert_cmpstr (alone, ==, "[\"…");
  for (size_t most = 1; most < 60; most++)
    {
      g_autofree char *text = aemp_list_to_text (&list, most);
      size_t length = strlen (text) - strlen ("…");

      g_assert_true (g_utf8_validate (text, -1, NULL));
      g_assert_true (g_str_has_suffix (text, "…"));
      g_assert_cmpuint (length, <=, most);
      g_assert_cmpuint (length + 4, >, most);
      g_assert_cmpint (strncmp (text, whole, length), ==, 0);
    }
}

/* Each of these is a bug of ours, so it aborts. */
static void
make_wrong_message (int which)
{
  switch (which)
    {
    case 0:
      aemp_message_unref (aemp_message_new ("q"));
      break;
    case 1:
      aemp_message_unref (aemp_message_new ("[}"));
      break;
    case 2:
      aemp_message_unref (aemp_message_new ("[n"));
      break;
    case 3:
      aemp_message_unref (aemp_message_new ("n]"));
      break;
    case 4:
      aemp_message_unref (aemp_message_new ("{s}", "key"));
      break;
    case 5:
      aemp_message_unref (aemp_message_new ("{I n}", 1));
      break;
    case 6:
      aemp_message_unref (aemp_message_new ("s", "\xff"));
      break;
    default:
      aemp_message_unref (aemp_message_new ("t", "\xe2\x98\x83", (size_t)2));
      break;
    }
}

static void
test_wrong_formats (void)
{
  g_test_summary ("A format that does not fit is a bug of ours: the process ends and says why.");

  static const char *const says[]
      = { "unknown letter",        "brackets do not match", "brackets do not match",
          "brackets do not match", "key without value",     "key that is no string",
          "text is not UTF-8",     "text is not UTF-8" };

  if (g_test_subprocess ())
    {
      make_wrong_message (atoi (g_getenv ("AEMP_TEST_WHICH")));
      return;
    }
  for (size_t which = 0; which < G_N_ELEMENTS (says); which++)
    {
      g_autofree char *number = g_strdup_printf ("%zu", which);
      g_autofree char *pattern = g_strdup_printf ("*%s*", says[which]);

      g_setenv ("AEMP_TEST_WHICH", number, TRUE);
      g_test_trap_subprocess (NULL, 0, 0);
      g_test_trap_assert_failed ();
      g_test_trap_assert_stderr (pattern);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/message/every-letter", test_every_letter);
  g_test_add_func ("/message/maps", test_maps);
  g_test_add_func ("/message/references", test_references);
  g_test_add_func ("/message/lists", test_lists);
  g_test_add_func ("/message/texts-are-cut", test_texts_are_cut);
  g_test_add_func ("/message/wrong-formats", test_wrong_formats);
  return g_test_run ();
}
