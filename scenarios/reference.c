/* scenarios/reference.c - docs/scenario-language.md, from the tables of the language. */
#include "parse.h"

#include "engine/config.h"

#include <string.h>

static const char introduction[]
    = "# The language of scenarios\n"
      "\n"
      "*Made by `aemp lint --reference` from the tables in `scenarios/`; a test compares.*\n"
      "\n"
      "A scenario is a text file, UTF-8, at most 1 MiB.  It says which nodes there are, what the\n"
      "network between them is like, which programs run on them, what happens to them and when, "
      "and\n"
      "what is expected.  `aemp lint FILE` reads and explains it; `aemp simulate FILE` plays it;\n"
      "many stand in `scenarios/catalogue/`.\n"
      "\n"
      "## How it is written\n"
      "\n"
      "- One statement a line, or several with `;` between.  `#` begins a comment, also behind a\n"
      "  statement.\n"
      "- A *word* is anything without blanks and `{ } | , = ; \" #`.  A *text* is a word, or a "
      "string in\n"
      "  double quotes on one line; inside `\\\"`, `\\\\`, `\\n` and `\\t` stand for what they "
      "usually do.\n"
      "- The whole file is read before anything runs.  Nodes and actors may be used in lines "
      "before\n"
      "  the one that makes them; the order of `node`, `network`, `link`, `actor`, `check` and\n"
      "  `until` does not matter.\n"
      "- Every error is one line, `FILE:LINE:COLUMN: expected …`; columns count characters.  The\n"
      "  first 20 are told, by line; what may only come of another error is not.\n"
      "\n"
      "| word | what it stands for |\n"
      "| --- | --- |\n"
      "| DURATION, TIME | a number and a unit: `us`, `ms`, `s`, `m` (minutes), `h`; `1.5s`; never "
      "negative |\n"
      "| SIZE | bytes, or with a unit: `kB`, `MB`, `GB` (of 1000), `KiB`, `MiB`, `GiB` |\n"
      "| RATE | bits in a second: `bit`, `kbit`, `Mbit`, `Gbit`; or `unlimited` |\n"
      "| PERCENT | `0.1%`, at most 4 digits behind the point |\n"
      "| SET | a node (`rain`), a pattern (`worker*`), a range (`worker1..4`), some of these with "
      "commas "
      "between, or any of these in braces with blanks or commas between: `{rain worker1..4}` |\n"
      "| SETS | one SET or several |\n"
      "| ACTOR | `NODE.NAME`; where it says so NODE may be a pattern, a range, or a SET in braces: "
      "`worker*.talk`, `{rain worker1..4}.talk` |\n"
      "\n"
      "A pattern has to fit at least one node, each node of a range has to exist.\n"
      "\n"
      "## Time\n"
      "\n"
      "The story has a *now*.  It begins at 0, the start of the run, when all nodes start.  `at "
      "TIME`\n"
      "moves it; the time always counts from the start.  Every statement of the story takes place\n"
      "now: a fault happens now, `within` and `expect` begin to count now, that is at the end of "
      "the\n"
      "statement before.  So `A ; B` on one line are two statements at the same time, unless B "
      "has\n"
      "an `at` of its own, and the same holds for two lines.  What happens at one instant happens "
      "in\n"
      "the order written, before anything that nodes do at that instant.  `within` and `expect` "
      "take\n"
      "no time.\n"
      "\n"
      "## Limits\n"
      "\n";

static void
append_limits (GString *out)
{
  g_string_append_printf (
      out,
      "At most %d nodes, %d statements, %d seeds of a node, %d characters in a name; all sets and\n"
      "patterns together may stand for %d names (long statements that are repeated for many\n"
      "nodes count several times); no time is longer than 100 years of 365 days.\n\n",
      SCENARIO_NODES_MAX, SCENARIO_STATEMENTS_MAX, SCENARIO_SEEDS_MAX, SCENARIO_NAME_MAX_BYTES,
      SCENARIO_SPREAD_MAX);
}

static void
append_statement (GString *out, const ScenarioStatement *statement)
{
  g_auto (GStrv) lines = g_strsplit (statement->example, "\n", -1);
  g_string_append_printf (out, "### %s\n\n`%s`\n\n%s\n\n", statement->statement, statement->form,
                          statement->help);
  for (unsigned i = 0; lines[i]; i++)
    g_string_append_printf (out, "    %s\n", lines[i]);
  g_string_append_c (out, '\n');
}

static void
append_statements (GString *out, bool not_yet)
{
  for (unsigned i = 0; scenario_statements[i]; i++)
    if (scenario_statements[i]->not_yet == not_yet)
      append_statement (out, scenario_statements[i]);
}

/* A `|` would end the cell of a table. */
static void
append_cell (GString *out, const char *text)
{
  for (; *text; text++)
    g_string_append_printf (out, *text == '|' ? "\\%c" : "%c", *text);
}

static void
append_node_settings (GString *out)
{
  g_string_append (
      out,
      "## Settings of nodes\n"
      "\n"
      "Behind `node` and `nodes` as KEY=VALUE; lists have commas between.  The same keys, and\n"
      "`secret`, `cert` and `global`, can be set for all nodes by `--set KEY=VALUE`.\n"
      "\n"
      "| key | |\n"
      "| --- | --- |\n"
      "| `binds` | `\"\"`: the node listens nowhere; `" SCENARIO_NODE_PORT
      ",…`: at more ports than that |\n");
  for (const AempConfigKey *key = aemp_config_keys; key->key; key++)
    {
      if (scenario_has_own_place (key->key))
        continue;
      g_string_append_printf (out, "| `%s` | ", key->key);
      append_cell (out, key->help);
      g_string_append (out, " |\n");
    }
  g_string_append_c (out, '\n');
}

static void
append_certificates (GString *out)
{
  g_string_append (out, "## Certificates\n"
                        "\n"
                        "For `cert`; where both nodes have one, they speak TLS.\n"
                        "\n"
                        "| name | |\n"
                        "| --- | --- |\n");
  for (const ScenarioCertificate *known = scenario_certificates; known->name; known++)
    g_string_append_printf (out, "| `%s` | %s |\n", known->name, known->help);
  g_string_append_c (out, '\n');
}

static void
append_network_value (GString *out, const ScenarioNetworkKey *key, int64_t value)
{
  if (key->duration)
    scenario_append_duration (out, value);
  else
    g_string_append_printf (out, "%" G_GINT64_FORMAT, value);
}

static void
append_network_settings (GString *out)
{
  g_string_append (out, "## Settings of the network\n"
                        "\n"
                        "Behind `network` as KEY=VALUE; also by `--set KEY=VALUE`, as `--set "
                        "delay=5ms` and the like.\n"
                        "These are settings of each host's TCP; what is usual is as in Linux.\n"
                        "\n"
                        "| key | usually | from | to | |\n"
                        "| --- | --- | --- | --- | --- |\n");
  for (const ScenarioNetworkKey *key = scenario_network_keys; key->key; key++)
    {
      g_string_append_printf (out, "| `%s` | ", key->key);
      append_network_value (out, key, key->usual);
      g_string_append (out, " | ");
      append_network_value (out, key, key->least);
      g_string_append (out, " | ");
      append_network_value (out, key, key->most);
      g_string_append_printf (out, " | %s |\n", key->help);
    }
  g_string_append_c (out, '\n');
}

/* "TARGET:target [every DURATION:every_us]" without the keys. */
static void
append_parameters (GString *out, const char *parameters)
{
  for (const char *at = parameters; *at; at++)
    if (*at == ':')
      at += strcspn (at, " ]") - 1;
    else
      g_string_append_c (out, *at);
}

static void
append_kinds (GString *out, const ScenarioActorKind *kinds)
{
  g_string_append (
      out, "## Kinds of actors\n"
           "\n"
           "What stands in brackets may be missing, and comes in any order.  TARGET is one ACTOR.\n"
           "What an actor *notes* is what `expect` waits for.\n"
           "\n");
  for (; kinds->kind; kinds++)
    {
      const char *parameters = kinds->parameters ? kinds->parameters : "";
      g_string_append_printf (out, "### actor … %s\n\n`%s%s", kinds->kind, kinds->kind,
                              *parameters ? " " : "");
      append_parameters (out, parameters);
      g_string_append_printf (out, "`\n\n%s", kinds->help);
      if (kinds->remarks && *kinds->remarks)
        g_string_append_printf (out, "  Notes: %s.", kinds->remarks);
      g_string_append (out, "\n\n");
    }
}

char *
scenario_reference (const ScenarioActorKind *kinds)
{
  GString *out = g_string_new (introduction);
  append_limits (out);
  g_string_append (out, "## Statements\n\n");
  append_statements (out, false);
  append_kinds (out, kinds);
  append_node_settings (out);
  append_certificates (out);
  append_network_settings (out);
  g_string_append (
      out,
      "## Not yet\n"
      "\n"
      "These are part of the language, but this build cannot play them: a file that has one of\n"
      "them is refused with a clear word.\n"
      "\n");
  append_statements (out, true);
  g_string_set_size (out, out->len - 1); /* one line end is enough */
  return g_string_free (out, FALSE);
}
