/* tests/unit/test-database-model.c - the database against a naive one.
 *
 * The model is a table of what each part says of each key.  After each change everything is
 * computed anew from that. */

#include "codec-helper.h"
#include "engine/database.h"

#include <string.h>

#define FAMILIES 3
#define KEYS 70 /* more than a leaf has room for */
#define ROUNDS 3000
#define STEPS_MOST 12

/* In their order; "m" is ourselves. */
static const char *const part_names[][2] = { { "a", "a" }, { "l", "l" }, { "m", "b" }, { "m", "m" },
                                             { "m", "z" }, { "n", "n" }, { "z", "z" } };
#define PARTS G_N_ELEMENTS (part_names)

/* Each two of them are equal. */
static const AempValue values[] = {
  { .type = AEMP_NULL },
  { .type = AEMP_UNDEFINED },
  { .type = AEMP_INTEGER, .as.integer = 7 },
  { .type = AEMP_DOUBLE, .as.real = 7.0 },
  { .type = AEMP_TEXT, .length = 2, .as.string = "\xc3\xa9" },
  { .type = AEMP_BYTES, .length = 1, .as.string = "\xe9" },
};

typedef struct
{
  const AempValue *merged[FAMILIES][KEYS];
  const AempValue *own[FAMILIES][KEYS];
} Merge;

typedef struct
{
  AempDatabase *database;
  AempPart *parts[PARTS];
  const AempValue *said[PARTS][FAMILIES][KEYS]; /* NULL: nothing */
  Merge before;
  Merge after;
  int last_family; /* that was told */
  unsigned told;   /* keys */
  uint64_t seed;
} Model;

static AempName
key_name (unsigned key)
{
  static const char digits[] = "0123456789";
  static char text[KEYS][3];

  memcpy (text[key], (char[]){ digits[key / 10], digits[key % 10], '\0' }, 3);
  return aemp_name_view (text[key], 2);
}

static AempName
family_name (unsigned family)
{
  static const char *const names[FAMILIES] = { "", "play", "work" };

  return aemp_name_view (names[family], strlen (names[family]));
}

static bool
is_own (unsigned part)
{
  return strcmp (part_names[part][0], "m") == 0;
}

static void
merge (const Model *model, Merge *result)
{
  *result = (Merge){ 0 };
  for (unsigned part = PARTS; part-- > 0;)
    for (unsigned family = 0; family < FAMILIES; family++)
      for (unsigned key = 0; key < KEYS; key++)
        {
          const AempValue *value = model->said[part][family][key];

          if (value)
            result->merged[family][key] = value;
          if (value && is_own (part))
            result->own[family][key] = value;
        }
}

static bool
is_same (const AempValue *one, const AempValue *other)
{
  return !one || !other ? one == other : aemp_value_compare (one, other) == 0;
}

static bool
is_news (const Model *model, unsigned family, unsigned key)
{
  return !is_same (model->before.merged[family][key], model->after.merged[family][key])
         || !is_same (model->before.own[family][key], model->after.own[family][key]);
}

static void
hear (AempDatabase *database, const AempName *name, const AempFamily *family,
      const AempKeyChange *changes, unsigned count, void *user_data)
{
  Model *model = user_data;
  unsigned number = (unsigned)model->last_family + 1, key = 0;
  AempName expected;

  for (expected = family_name (number); !aemp_name_equal (&expected, name);
       expected = family_name (number))
    g_assert_cmpuint (++number, <, FAMILIES);
  model->last_family = (int)number;
  g_assert_cmpuint (count, >, 0);
  for (unsigned index = 0; index < count; index++, key++)
    {
      while (key < KEYS && !is_news (model, number, key))
        key++;
      g_assert_cmpuint (key, <, KEYS);
      expected = key_name (key);
      g_assert_true (aemp_name_equal (changes[index].key, &expected));
      g_assert_true (is_same (changes[index].before, model->before.merged[number][key]));
      g_assert_true (is_same (changes[index].after, model->after.merged[number][key]));
      g_assert_true (is_same (changes[index].own_before, model->before.own[number][key]));
      g_assert_true (is_same (changes[index].own_after, model->after.own[number][key]));
    }
  model->told += count;
}

static const AempValue *
draw_value (Model *model)
{
  return &values[draw_below (&model->seed, G_N_ELEMENTS (values))];
}

/* An equal value does not take the place of the old one. */
static void
say (Model *model, unsigned part, unsigned family, unsigned key, const AempValue *value)
{
  if (!is_same (model->said[part][family][key], value))
    model->said[part][family][key] = value;
}

/* A map of keys at random, one in `rarely`, which this part has from now on in this family. */
static AempMessage *
draw_family (Model *model, unsigned part, unsigned family, unsigned rarely)
{
  AempValue items[2 * KEYS];
  AempValue map = { .type = AEMP_MAP, .as.items = items };

  for (unsigned key = 0; key < KEYS; key++)
    {
      bool is_there = draw_below (&model->seed, rarely) == 0;
      const AempValue *value = is_there ? draw_value (model) : NULL;

      say (model, part, family, key, value);
      if (!value)
        continue;
      items[2 * map.length]
          = (AempValue){ .type = AEMP_TEXT, .length = 2, .as.string = key_name (key).text };
      items[2 * map.length++ + 1] = *value;
    }
  return aemp_message_new ("v", &map);
}

static void
replace_all (Model *model, unsigned part)
{
  g_autoptr (AempMessage) message = NULL;
  AempValue items[2 * FAMILIES];
  AempMessage *families[FAMILIES];
  AempValue map = { .type = AEMP_MAP, .as.items = items };

  for (unsigned family = 0; family < FAMILIES; family++)
    {
      AempName name = family_name (family);

      families[family] = draw_family (model, part, family, 1u << draw_below (&model->seed, 8));
      if (aemp_message_list (families[family]).items->length == 0)
        continue;
      items[2 * map.length]
          = (AempValue){ .type = AEMP_TEXT, .length = name.length, .as.string = name.text };
      items[2 * map.length++ + 1] = *aemp_message_list (families[family]).items;
    }
  aemp_part_replace (model->parts[part], &map);
  for (unsigned family = 0; family < FAMILIES; family++)
    aemp_message_unref (families[family]);
}

static void
make_part (Model *model, unsigned part)
{
  AempName speaker = aemp_name_view (part_names[part][0], 1);
  AempName node = aemp_name_view (part_names[part][1], 1);

  model->parts[part] = aemp_database_part (model->database, &speaker, &node);
}

static void
step (Model *model)
{
  unsigned part = (unsigned)draw_below (&model->seed, PARTS);
  unsigned family = (unsigned)draw_below (&model->seed, FAMILIES);
  unsigned key = (unsigned)draw_below (&model->seed, KEYS);
  AempName name = family_name (family), key_view = key_name (key);
  g_autoptr (AempMessage) map = NULL;

  switch (draw_below (&model->seed, 40))
    {
    case 0:
      map = draw_family (model, part, family, 1u << draw_below (&model->seed, 8));
      aemp_part_replace_family (model->parts[part], &name, aemp_message_list (map).items);
      return;
    case 1:
      replace_all (model, part);
      return;
    case 2:
      aemp_part_clear (model->parts[part]);
      memset (model->said[part], 0, sizeof model->said[part]);
      return;
    case 3:
      aemp_part_drop (model->parts[part]);
      memset (model->said[part], 0, sizeof model->said[part]);
      make_part (model, part);
      return;
    default:
      break;
    }
  say (model, part, family, key, draw_below (&model->seed, 3) == 0 ? NULL : draw_value (model));
  if (model->said[part][family][key])
    aemp_part_set (model->parts[part], &name, &key_view, model->said[part][family][key]);
  else
    aemp_part_delete (model->parts[part], &name, &key_view);
}

static void
check_family (const Model *model, unsigned number)
{
  AempName name = family_name (number);
  const AempFamily *family = aemp_database_family (model->database, &name);
  AempFamilyWalk walk = { 0 }, own = { 0 };
  uint64_t sum = 0;
  unsigned count = 0;

  for (unsigned key = 0; key < KEYS; key++)
    {
      const AempValue *expected = model->after.merged[number][key];
      AempName key_view = key_name (key);

      if (!expected)
        {
          g_assert_true (!family || !aemp_family_get (family, &key_view));
          continue;
        }
      count++;
      sum += aemp_database_pair_hash (&key_view, expected);
      g_assert_nonnull (family);
      g_assert_true (aemp_family_next (family, &walk));
      g_assert_true (aemp_name_equal (walk.key, &key_view));
      g_assert_cmpint (walk.value->type, ==, expected->type); /* equal ones, too */
      g_assert_true (is_same (walk.value, expected));
      g_assert_true (aemp_family_get (family, &key_view) == walk.value);
      if (!model->after.own[number][key])
        continue;
      g_assert_true (aemp_family_next_own (family, &own));
      g_assert_true (aemp_name_equal (own.key, &key_view));
      g_assert_true (is_same (own.value, model->after.own[number][key]));
    }
  g_assert_true ((family != NULL) == (count > 0));
  if (!family)
    return;
  g_assert_false (aemp_family_next (family, &walk));
  g_assert_false (aemp_family_next_own (family, &own));
  g_assert_cmpuint (aemp_family_count (family), ==, count);
  g_assert_cmpuint (aemp_family_sum (family), ==, sum);
}

static unsigned
count_news (const Model *model)
{
  unsigned count = 0;

  for (unsigned family = 0; family < FAMILIES; family++)
    for (unsigned key = 0; key < KEYS; key++)
      count += is_news (model, family, key);
  return count;
}

/* One change of some steps, from begin to end. */
static void
play_round (Model *model)
{
  size_t steps = 1 + draw_below (&model->seed, STEPS_MOST);

  model->before = model->after;
  model->last_family = -1;
  model->told = 0;
  aemp_database_begin (model->database);
  for (size_t index = 0; index < steps; index++)
    step (model);
  merge (model, &model->after);
  aemp_database_end (model->database);
  g_assert_cmpuint (model->told, ==, count_news (model));
  for (unsigned family = 0; family < FAMILIES; family++)
    check_family (model, family);
}

static void
test_model (const void *data)
{
  g_test_summary ("Thousands of changes at random over several parts: what is read, what is told, "
                  "the sums and what our own group says are as a naive table has them.");

  g_autofree Model *model = g_new0 (Model, 1);
  AempName self = aemp_name_view ("m", 1);

  model->seed = GPOINTER_TO_SIZE (data);
  model->database = aemp_database_new (&self, hear, model);
  for (unsigned part = 0; part < PARTS; part++)
    make_part (model, part);
  for (unsigned round = 0; round < ROUNDS; round++)
    play_round (model);
  aemp_database_free (model->database);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  for (size_t seed = 1; seed <= 4; seed++)
    {
      g_autofree char *path = g_strdup_printf ("/database/model/%zu", seed);

      g_test_add_data_func (path, GSIZE_TO_POINTER (seed), test_model);
    }
  return g_test_run ();
}
