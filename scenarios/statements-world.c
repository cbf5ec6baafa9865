/* scenarios/statements-world.c - what there is: scenario, node, network, link, actor. */
#include "parse.h"

#include <string.h>

/* --- scenario --- */

static bool
declare_title (ScenarioParser *parser)
{
  const ScenarioToken *token = scenario_peek (parser);
  const char *title = scenario_take_text (parser);
  if (!title)
    return scenario_expected (parser, "a title in quotes");
  if (parser->titled)
    return scenario_wrong (parser, token, "expected one `scenario` only");
  parser->titled = true;
  g_free (parser->scenario->title);
  parser->scenario->title = g_strdup (title);
  return true;
}

static bool
parse_title (ScenarioParser *parser)
{
  return scenario_take_text (parser) != NULL; /* declare_title() has read it */
}

const ScenarioStatement scenario_statement_scenario = {
  .statement = "scenario",
  .form = "scenario \"TITLE\"",
  .help = "Names the scenario, for reports.  Without it, the name of the file is the title.",
  .example = "scenario \"both dial at once\"",
  .parse = parse_title,
  .declare = declare_title,
};

/* --- node, nodes --- */

static bool
declare_node (ScenarioParser *parser, const ScenarioToken *token, const char *name)
{
  Scenario *scenario = parser->scenario;
  unsigned index = GPOINTER_TO_UINT (g_hash_table_lookup (parser->nodes, name));
  if (index > 0)
    return scenario_wrong (parser, token, "expected a new name, found `%s`, a node since line %u",
                           name, ((ScenarioNode *)scenario->nodes->pdata[index - 1])->line);
  if (scenario->nodes->len == SCENARIO_NODES_MAX)
    return scenario_too_much (parser, token, "expected at most %d nodes", SCENARIO_NODES_MAX);
  if (!scenario_name_check (parser, token, name))
    return false;
  ScenarioNode *node = scenario_add_node (scenario, name, token->line);
  g_hash_table_insert (parser->nodes, node->name, GUINT_TO_POINTER (scenario->nodes->len));
  return true;
}

static bool
declare_one_node (ScenarioParser *parser)
{
  const ScenarioToken *token = scenario_peek (parser);
  const char *name = scenario_take_any_word (parser);
  if (!name)
    return scenario_expected (parser, "the name of a node");
  return declare_node (parser, token, name);
}

/* `worker 1..8`: takes both words. */
static bool
read_numbers (ScenarioParser *parser, const char **prefix, int64_t *from, int64_t *to)
{
  *prefix = scenario_take_any_word (parser);
  if (!*prefix)
    return scenario_expected (parser, "the name of nodes");
  const ScenarioToken *token = scenario_peek (parser);
  const char *range = scenario_take_any_word (parser);
  if (!range)
    return scenario_expected (parser, "the numbers of the nodes as 1..8");
  if (!scenario_split_range (range, from, to) || *from > *to)
    {
      g_autofree char *found = scenario_quote_for_people (range);
      return scenario_wrong (parser, token, "expected the numbers of the nodes as 1..8, found %s",
                             found);
    }
  if (*to - *from >= SCENARIO_NODES_MAX)
    return scenario_too_much (parser, token, "expected at most %d nodes", SCENARIO_NODES_MAX);
  return true;
}

static char *
number_name (const char *prefix, int64_t number)
{
  return g_strdup_printf ("%s%" G_GINT64_FORMAT, prefix, number);
}

static bool
declare_many_nodes (ScenarioParser *parser)
{
  const ScenarioToken *token = scenario_peek (parser);
  const char *prefix;
  int64_t from, to;
  if (!read_numbers (parser, &prefix, &from, &to) || !scenario_name_check (parser, token, prefix))
    return false;
  for (int64_t i = from; i <= to; i++)
    {
      g_autofree char *name = number_name (prefix, i);
      if (!declare_node (parser, token, name))
        return false;
    }
  return true;
}

static ScenarioNode *
find_node (ScenarioParser *parser, const char *name)
{
  unsigned index = GPOINTER_TO_UINT (g_hash_table_lookup (parser->nodes, name));
  g_assert (index > 0); /* it was declared */
  return parser->scenario->nodes->pdata[index - 1];
}

static bool
read_seeds (ScenarioParser *parser, ScenarioNode *node)
{
  g_autoptr (GArray) set = g_array_new (FALSE, FALSE, sizeof (unsigned));
  if (!scenario_read_set (parser, set))
    return false;
  for (unsigned i = 0; i < set->len; i++)
    {
      const ScenarioNode *seed = parser->scenario->nodes->pdata[g_array_index (set, unsigned, i)];
      if (!g_ptr_array_find_with_equal_func (node->seeds, seed->name, g_str_equal, NULL))
        g_ptr_array_add (node->seeds, g_strdup (seed->name));
      if (node->seeds->len > SCENARIO_SEEDS_MAX)
        return scenario_wrong (parser, scenario_peek (parser),
                               "expected at most %d seeds of a node", SCENARIO_SEEDS_MAX);
    }
  return true;
}

static bool
read_secret (ScenarioParser *parser, ScenarioNode *node)
{
  const ScenarioToken *token = scenario_peek (parser);
  const char *secret = scenario_take_text (parser);
  if (!secret)
    return scenario_expected (parser, "a secret in quotes");
  if (*secret == '\0')
    return scenario_wrong (parser, token, "expected a secret that is not empty");
  g_free (node->secret);
  node->secret = g_strdup (secret);
  return true;
}

static bool
read_certificate (ScenarioParser *parser, ScenarioNode *node)
{
  const ScenarioToken *token = scenario_peek (parser);
  const char *name = scenario_take_any_word (parser);
  GError *error = NULL;
  if (!name)
    return scenario_expected (parser, "the name of a certificate");
  node->certificate = scenario_certificate_need (name, &error);
  return node->certificate || scenario_wrong_value (parser, token, error);
}

typedef bool (*SettingCheck) (const char *key, const char *value, GError **error);

/* key=value */
static bool
read_setting (ScenarioParser *parser, GPtrArray *settings, SettingCheck check)
{
  const ScenarioToken *token = scenario_peek (parser);
  const char *key = scenario_take_any_word (parser);
  GError *error = NULL;
  scenario_take (parser, SCENARIO_TOKEN_EQUALS);
  g_autofree char *value = scenario_read_value (parser);
  if (!value)
    return false;
  if (!check (key, value, &error))
    return scenario_wrong_value (parser, token, error);
  scenario_settings_put (settings, key, value);
  return true;
}

static bool
is_setting (const ScenarioParser *parser)
{
  return scenario_is (parser, SCENARIO_TOKEN_WORD)
         && scenario_peek_next (parser)->kind == SCENARIO_TOKEN_EQUALS;
}

static bool
read_node (ScenarioParser *parser, ScenarioNode *node)
{
  while (!scenario_at_end (parser))
    {
      bool good;
      if (is_setting (parser))
        good = read_setting (parser, node->settings, scenario_node_setting_check);
      else if (scenario_take_word (parser, "seeds"))
        good = read_seeds (parser, node);
      else if (scenario_take_word (parser, "secret"))
        good = read_secret (parser, node);
      else if (scenario_take_word (parser, "cert"))
        good = read_certificate (parser, node);
      else if (scenario_take_word (parser, "global"))
        good = node->global = true;
      else
        good = scenario_expected (parser, "`seeds`, `global`, `secret`, `cert`, a setting as "
                                          "monitor_timeout=10s or the end of the statement");
      if (!good)
        return false;
    }
  return true;
}

static void
copy_texts (const GPtrArray *from, GPtrArray *to)
{
  for (unsigned i = 0; i < from->len; i++)
    g_ptr_array_add (to, g_strdup (from->pdata[i]));
}

static bool
parse_one_node (ScenarioParser *parser)
{
  return read_node (parser, find_node (parser, scenario_take_any_word (parser)));
}

static bool
parse_many_nodes (ScenarioParser *parser)
{
  const ScenarioToken *token = scenario_peek (parser);
  const char *prefix;
  int64_t from, to;
  if (!read_numbers (parser, &prefix, &from, &to))
    return false;
  g_autofree char *first_name = number_name (prefix, from);
  ScenarioNode *first = find_node (parser, first_name);
  if (!read_node (parser, first)
      || !scenario_count_spread (parser, token, (uint64_t)(to - from) * first->seeds->len)
      || !scenario_count_copies (parser, token, (uint64_t)(to - from)))
    return false;
  for (int64_t i = from + 1; i <= to; i++)
    {
      g_autofree char *name = number_name (prefix, i);
      ScenarioNode *node = find_node (parser, name);
      node->global = first->global;
      node->secret = g_strdup (first->secret);
      node->certificate = first->certificate;
      copy_texts (first->seeds, node->seeds);
      copy_texts (first->settings, node->settings);
    }
  return true;
}

const ScenarioStatement scenario_statement_node = {
  .statement = "node",
  .form = "node NAME [seeds SET] [global] [secret \"TEXT\"] [cert NAME] [KEY=VALUE…]",
  .help
  = "A node, on a host of its own; NAME is also its node ID and the host's name: letters, "
    "digits and _ - . : /, at most 100.  It starts at the beginning of the run.  `seeds` are "
    "the nodes it connects to by itself, in that order; they may stand later in the file.  "
    "`global` makes it a global node from the start.  `secret` is another than the secret that all "
    "have.  `cert` has it speak TLS, with one of the certificates below; it then has no secret, "
    "unless one is said.  KEY=VALUE is any other setting of a node, see below.",
  .example = "node rain  seeds ruth,sun  global  monitor_timeout=10s",
  .parse = parse_one_node,
  .declare = declare_one_node,
};

const ScenarioStatement scenario_statement_nodes = {
  .statement = "nodes",
  .form = "nodes NAME FIRST..LAST [as for node]",
  .help = "As many nodes that are alike: NAME with each number behind it.",
  .example = "nodes worker 1..8  seeds rain,ruth",
  .parse = parse_many_nodes,
  .declare = declare_many_nodes,
};

/* --- network, link --- */

bool
scenario_read_path_part (ScenarioParser *parser, const char *part, ScenarioPath *path)
{
  GError *error = NULL;
  const ScenarioToken *token = scenario_peek (parser);
  const char *value = scenario_take_any_word (parser);
  if (!value)
    {
      g_autofree char *expected = g_strdup_printf ("a value behind `%s`", part);
      return scenario_expected (parser, expected);
    }
  g_autoptr (GString) words = g_string_new (value);
  const ScenarioToken *next = scenario_is (parser, SCENARIO_TOKEN_WORD) ? scenario_peek (parser) : NULL;
  unsigned more = scenario_path_more_words (part, value, next ? next->text : NULL);
  for (; more > 0 && scenario_is (parser, SCENARIO_TOKEN_WORD); more--)
    g_string_append_printf (words, " %s", scenario_take_any_word (parser));
  if (!scenario_path_set (path, part, words->str, &error))
    return scenario_wrong_value (parser, token, error);
  return true;
}

/* `delay 5ms..10ms`: the word in front is the current one. */
static bool
read_part (ScenarioParser *parser, ScenarioPath *path, unsigned *said)
{
  const char *part = scenario_take_any_word (parser);
  *said |= scenario_path_part (part);
  return scenario_read_path_part (parser, part, path);
}

static bool
is_part (const ScenarioParser *parser)
{
  return scenario_is (parser, SCENARIO_TOKEN_WORD)
         && scenario_path_part (scenario_peek (parser)->text) != 0;
}

static bool
parse_network (ScenarioParser *parser)
{
  Scenario *scenario = parser->scenario;
  unsigned said = 0;
  do
    {
      bool good;
      if (is_part (parser))
        good = read_part (parser, &scenario->network, &said);
      else if (is_setting (parser))
        good = read_setting (parser, scenario->network_settings, scenario_network_setting_check);
      else
        good = scenario_expected (parser, "a part of a path as `delay` or `loss`, or a setting "
                                          "as connect_retries=3");
      if (!good)
        return false;
    }
  while (!scenario_at_end (parser));
  return true;
}

const ScenarioStatement scenario_statement_network = {
  .statement = "network",
  .form = "network [delay DURATION[..DURATION] | delay normal|pareto DURATION DURATION] "
          "[loss PERCENT [burst NUMBER]] [duplicate PERCENT] [corrupt PERCENT] [reorder on|off] "
          "[rate RATE] [queue SIZE] [buffer SIZE] [KEY=VALUE…]",
  .help
  = "What all paths between hosts are like, unless a `link` says otherwise: how long a packet "
    "takes (any time between the two, for each anew; or about one time with a deviation; or from "
    "one time on, mostly little and seldom very much longer), how many packets are lost (TCP sends "
    "them again), each for itself or in bursts of so many on average, how many arrive twice, how "
    "many arrive spoiled and are dropped, whether one may overtake another, how many bits pass in a "
    "second, how much may wait for that (what does not fit is lost), and how much each end of a "
    "connection buffers.  Without it: delay 1ms..10ms, loss 0%, reorder off, rate unlimited, queue "
    "unlimited, buffer usual.  KEY=VALUE is a setting of TCP, see below.  Several `network` statements add up.",
  .example = "network  delay 1ms..10ms  loss 0.1%  connect_retries=3",
  .parse = parse_network,
};

/* The link between two nodes; a new one if nothing was said of it before. */
static ScenarioLink *
take_link (ScenarioParser *parser, unsigned one, unsigned other, unsigned line)
{
  GPtrArray *links = parser->scenario->links;
  int64_t key = (int64_t)MIN (one, other) << 32 | MAX (one, other);
  unsigned index = GPOINTER_TO_UINT (g_hash_table_lookup (parser->links, &key));
  if (index > 0)
    return links->pdata[index - 1];
  ScenarioLink *link = g_new0 (ScenarioLink, 1);
  link->one = MIN (one, other);
  link->other = MAX (one, other);
  link->line = line;
  g_ptr_array_add (links, link);
  g_hash_table_insert (parser->links, g_memdup2 (&key, sizeof key), GUINT_TO_POINTER (links->len));
  return link;
}

static bool
parse_link (ScenarioParser *parser)
{
  g_autoptr (GArray) a = g_array_new (FALSE, FALSE, sizeof (unsigned));
  g_autoptr (GArray) b = g_array_new (FALSE, FALSE, sizeof (unsigned));
  const ScenarioToken *token = scenario_peek (parser);
  ScenarioPath path = { 0 };
  unsigned said = 0;

  if (!scenario_read_pair (parser, a, b)
      || !scenario_count_spread (parser, token, (uint64_t)a->len * b->len))
    return false;
  do
    if (!is_part (parser))
      return scenario_expected (parser, "a part of a path as `delay` or `loss`");
    else if (!read_part (parser, &path, &said))
      return false;
  while (!scenario_at_end (parser));
  for (unsigned i = 0; i < a->len; i++)
    for (unsigned j = 0; j < b->len; j++)
      {
        ScenarioLink *link = take_link (parser, g_array_index (a, unsigned, i),
                                        g_array_index (b, unsigned, j), token->line);
        scenario_path_overlay (&link->path, &path, said);
        link->said |= said;
      }
  return true;
}

const ScenarioStatement scenario_statement_link = {
  .statement = "link",
  .form = "link SET SET [delay …] [loss …] [as for network]",
  .help
  = "What the path between two nodes is like, both ways; with sets, between each node of the "
    "first and each of the second.  What is not said is as in `network`; a later `link` between "
    "the same nodes adds to an earlier one.",
  .example = "link rain ruth  delay 5ms..40ms  rate 10Mbit  buffer 64KiB",
  .parse = parse_link,
};

/* --- actor --- */

static bool
declare_actors (ScenarioParser *parser)
{
  Scenario *scenario = parser->scenario;
  g_autoptr (GArray) nodes = g_array_new (FALSE, FALSE, sizeof (unsigned));
  const ScenarioToken *token = scenario_peek (parser);
  const char *name;
  if (!scenario_read_actor (parser, nodes, &name) || !scenario_name_check (parser, token, name))
    return false;
  for (unsigned i = 0; i < nodes->len; i++)
    {
      ScenarioActor *actor
          = scenario_add_actor (scenario, g_array_index (nodes, unsigned, i), name, token->line);
      unsigned index = GPOINTER_TO_UINT (g_hash_table_lookup (parser->actors, actor->full_name));
      if (index > 0)
        return scenario_wrong (
            parser, token, "expected a new name, found `%s`, an actor since line %u",
            actor->full_name, ((ScenarioActor *)scenario->actors->pdata[index - 1])->line);
      g_hash_table_insert (parser->actors, actor->full_name,
                           GUINT_TO_POINTER (scenario->actors->len));
    }
  return true;
}

static bool
parse_actor (ScenarioParser *parser)
{
  g_autoptr (GArray) actors = g_array_new (FALSE, FALSE, sizeof (unsigned));
  const ScenarioToken *token = scenario_peek (parser);
  if (!scenario_read_actors (parser, actors))
    return false;
  ScenarioActor *first = parser->scenario->actors->pdata[g_array_index (actors, unsigned, 0)];
  if (!scenario_read_kind (parser, first) || !scenario_count_copies (parser, token, actors->len))
    return false;
  for (unsigned i = 1; i < actors->len; i++)
    scenario_copy_kind (first,
                        parser->scenario->actors->pdata[g_array_index (actors, unsigned, i)]);
  return true;
}

const ScenarioStatement scenario_statement_actor = {
  .statement = "actor",
  .form = "actor NODES.NAME KIND [what the kind takes]",
  .help
  = "A program on a node, begun with each process of the node, also after a restart.  NODES may "
    "be a pattern, a range, or a SET in braces: one actor on each of these nodes.  The kinds and "
    "what they take stand below.  An actor that is named as a target may stand later in the file.",
  .example = "actor worker*.talk  flood rain.sink  every 10ms",
  .parse = parse_actor,
  .declare = declare_actors,
};
