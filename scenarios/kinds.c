/* scenarios/kinds.c - what an actor takes behind its kind: reads the small notation of
 * ScenarioActorKind, and what a scenario says by it. */
#include "parse.h"

#include "engine/units.h"

#include <string.h>

/* One element outside brackets, or all that are between two. */
typedef struct
{
  char **elements; /* "every", "DURATION:every_us" */
  bool optional;
  bool taken;
} Part;

typedef struct
{
  ScenarioParser *parser;
  ScenarioActor *actor;
  GArray *parts;
  GString *arguments;
} KindReader;

static void
clear_part (void *data)
{
  g_strfreev (((Part *)data)->elements);
}

static void
add_part (GArray *parts, const char *begin, const char *end, bool optional)
{
  g_autofree char *text = g_strndup (begin, (size_t)(end - begin));
  Part part = { .elements = g_strsplit (g_strstrip (text), " ", 0), .optional = optional };
  g_assert (part.elements[0] != NULL && part.elements[0][0] != '\0');
  g_array_append_val (parts, part);
}

static GArray *
parse_notation (const char *notation)
{
  GArray *parts = g_array_new (FALSE, FALSE, sizeof (Part));
  g_array_set_clear_func (parts, clear_part);
  for (const char *at = notation; *at;)
    {
      const char *end = at + strcspn (at, *at == '[' ? "]" : " [");
      if (*at == ' ')
        at++;
      else
        {
          g_assert (*at != '[' || *end == ']'); /* the tables are ours */
          add_part (parts, *at == '[' ? at + 1 : at, end, *at == '[');
          at = *at == '[' ? end + 1 : end;
        }
    }
  return parts;
}

/* --- Values --- */

static void
add_option (KindReader *reader, const char *key, const char *text, int64_t number)
{
  ScenarioOption *option = g_new0 (ScenarioOption, 1);
  option->key = g_strdup (key);
  option->text = g_strdup (text);
  option->number = number;
  g_ptr_array_add (reader->actor->options, option);
}

static bool
read_target (KindReader *reader, const char *key)
{
  ScenarioParser *parser = reader->parser;
  const ScenarioToken *token = scenario_peek (parser);
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (unsigned));
  if (!scenario_read_actors (parser, found))
    return false;
  if (found->len != 1)
    return scenario_wrong (parser, token, "expected one actor, found `%s`, which stands for %u",
                           token->text, found->len);
  const ScenarioActor *target = parser->scenario->actors->pdata[g_array_index (found, unsigned, 0)];
  add_option (reader, key, target->full_name, 0);
  g_string_append (reader->arguments, target->full_name);
  return true;
}

static bool
read_text (KindReader *reader, const char *key)
{
  const char *text = scenario_take_text (reader->parser);
  if (!text)
    return scenario_expected (reader->parser, "a text as \"hello\"");
  add_option (reader, key, text, 0);
  scenario_append_string (reader->arguments, text);
  return true;
}

static bool
read_duration (KindReader *reader, const char *key)
{
  int64_t us;
  if (!scenario_read_duration (reader->parser, &us))
    return false;
  g_autofree char *text = aemp_format_duration (us);
  add_option (reader, key, NULL, us);
  g_string_append (reader->arguments, text);
  return true;
}

static bool
read_size (KindReader *reader, const char *key)
{
  uint64_t bytes;
  if (!scenario_read_size (reader->parser, &bytes))
    return false;
  add_option (reader, key, NULL, (int64_t)bytes);
  g_string_append_printf (reader->arguments, "%" G_GUINT64_FORMAT, bytes);
  return true;
}

static bool
read_number (KindReader *reader, const char *key)
{
  int64_t number;
  if (!scenario_read_number (reader->parser, 0, INT64_C (1000000000000000), &number))
    return false;
  add_option (reader, key, NULL, number);
  g_string_append_printf (reader->arguments, "%" G_GINT64_FORMAT, number);
  return true;
}

static const struct
{
  const char *type;
  bool (*read) (KindReader *reader, const char *key);
  const char *people; /* in messages */
} types[] = {
  { "TARGET", read_target, "an actor as rain.talk" },
  { "TEXT", read_text, "a text as \"hello\"" },
  { "DURATION", read_duration, "a duration as 10ms" },
  { "SIZE", read_size, "a size as 64KiB" },
  { "NUMBER", read_number, "a number" },
};

/* Which type has "TARGET:target"? */
static unsigned
find_type (const char *element, const char *colon)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (types); i++)
    if (strlen (types[i].type) == (size_t)(colon - element)
        && strncmp (types[i].type, element, (size_t)(colon - element)) == 0)
      return i;
  g_assert_not_reached (); /* the tables are ours */
}

/* --- Parts --- */

static char *
describe_element (const char *element)
{
  const char *colon = strchr (element, ':');
  return colon ? g_strdup (types[find_type (element, colon)].people)
               : g_strdup_printf ("`%s`", element);
}

static bool
read_element (KindReader *reader, const char *element)
{
  const char *colon = strchr (element, ':');
  if (reader->arguments->len > 0)
    g_string_append_c (reader->arguments, ' ');
  if (colon)
    return types[find_type (element, colon)].read (reader, colon + 1);
  if (!scenario_take_word (reader->parser, element))
    {
      g_autofree char *expected = describe_element (element);
      return scenario_expected (reader->parser, expected);
    }
  g_string_append (reader->arguments, element);
  return true;
}

static bool
read_part (KindReader *reader, Part *part)
{
  part->taken = true;
  for (unsigned i = 0; part->elements[i]; i++)
    if (!read_element (reader, part->elements[i]))
      return false;
  return true;
}

/* A word that begins an optional part goes before anything else; then come the parts that
 * must be there, in their order; then what is optional and begins with a value. */
static Part *
choose_part (KindReader *reader)
{
  Part *mandatory = NULL, *value = NULL;
  for (unsigned i = 0; i < reader->parts->len; i++)
    {
      Part *part = &g_array_index (reader->parts, Part, i);
      if (part->taken)
        continue;
      bool is_value = strchr (part->elements[0], ':') != NULL;
      if (part->optional && !is_value && scenario_is_word (reader->parser, part->elements[0]))
        return part;
      if (!part->optional && !mandatory)
        mandatory = part;
      if (part->optional && is_value && !value && !scenario_at_end (reader->parser))
        value = part;
    }
  return mandatory ? mandatory : value;
}

/* "`every`, `size` or the end of the statement" */
static bool
fail_behind_parts (KindReader *reader)
{
  g_autoptr (GString) expected = g_string_new (NULL);
  for (unsigned i = 0; i < reader->parts->len; i++)
    {
      const Part *part = &g_array_index (reader->parts, Part, i);
      if (part->taken)
        continue;
      g_autofree char *text = describe_element (part->elements[0]);
      g_string_append_printf (expected, "%s%s", expected->len > 0 ? ", " : "", text);
    }
  g_string_append_printf (expected, "%sthe end of the statement", expected->len > 0 ? " or " : "");
  return scenario_expected (reader->parser, expected->str);
}

static bool
read_parts (KindReader *reader)
{
  Part *part;
  while ((part = choose_part (reader)) != NULL)
    if (!read_part (reader, part))
      return false;
  return scenario_at_end (reader->parser) || fail_behind_parts (reader);
}

/* --- Kinds --- */

static const char *
kind_name_at (const void *names, unsigned index)
{
  return ((const ScenarioActorKind *)names)[index].kind;
}

static const ScenarioActorKind *
find_kind (const ScenarioActorKind *kinds, const char *name)
{
  while (kinds->kind && strcmp (kinds->kind, name) != 0)
    kinds++;
  return kinds->kind ? kinds : NULL;
}

bool
scenario_read_kind (ScenarioParser *parser, ScenarioActor *actor)
{
  const ScenarioToken *token = scenario_peek (parser);
  const char *word = scenario_take_any_word (parser);
  if (!word)
    return scenario_expected (parser, "a kind of actor as echo");
  const ScenarioActorKind *kind = find_kind (parser->kinds, word);
  if (!kind)
    {
      g_autofree char *found = scenario_quote_for_people (word);
      g_autofree char *near = scenario_suggest (word, kind_name_at, parser->kinds);
      return scenario_wrong (parser, token, "expected a kind of actor, found %s%s", found, near);
    }
  actor->kind = g_strdup (kind->kind);
  KindReader reader = {
    .parser = parser,
    .actor = actor,
    .parts = parse_notation (kind->parameters ? kind->parameters : ""),
    .arguments = g_string_new (NULL),
  };
  bool good = read_parts (&reader);
  actor->arguments = g_string_free (reader.arguments, FALSE);
  g_array_unref (reader.parts);
  return good;
}

/* --- Remarks --- */

/* The first words of "found PORT; told REASON (its first word)". */
static GStrv
remark_names (const char *remarks)
{
  GStrv names = g_strsplit (remarks, "; ", -1);
  for (unsigned i = 0; names[i]; i++)
    names[i][strcspn (names[i], " ,")] = '\0';
  return names;
}

static const char *
remark_name_at (const void *names, unsigned index)
{
  return ((const char *const *)names)[index];
}

bool
scenario_kind_remarks (const ScenarioActorKind *kind, const char *what)
{
  if (!kind->remarks)
    return true;
  g_auto (GStrv) names = remark_names (kind->remarks);
  return g_strv_contains ((const char *const *)names, what);
}

bool
scenario_remark_check (ScenarioParser *parser, const ScenarioToken *token,
                       const ScenarioActor *actor, const char *what)
{
  const ScenarioActorKind *kind = actor->kind ? find_kind (parser->kinds, actor->kind) : NULL;
  if (!kind)
    return true; /* it has a mistake of its own */
  if (scenario_kind_remarks (kind, what))
    return true;
  g_autofree char *found = scenario_quote_for_people (what);
  if (*kind->remarks == '\0')
    return scenario_wrong (parser, token,
                           "expected an actor that makes remarks, as %s, which is "
                           "`%s`, does not; found %s",
                           actor->full_name, kind->kind, found);
  g_auto (GStrv) names = remark_names (kind->remarks);
  g_autofree char *known = g_strjoinv (", ", names);
  g_autofree char *near = scenario_suggest (what, remark_name_at, names);
  return scenario_wrong (parser, token, "expected a remark of `%s` (%s), found %s%s", kind->kind,
                         known, found, near);
}

void
scenario_copy_kind (const ScenarioActor *from, ScenarioActor *to)
{
  to->kind = g_strdup (from->kind);
  to->arguments = g_strdup (from->arguments);
  for (unsigned i = 0; i < from->options->len; i++)
    {
      const ScenarioOption *option = from->options->pdata[i];
      ScenarioOption *copy = g_new0 (ScenarioOption, 1);
      copy->key = g_strdup (option->key);
      copy->text = g_strdup (option->text);
      copy->number = option->number;
      g_ptr_array_add (to->options, copy);
    }
}
