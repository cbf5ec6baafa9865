/* sim/search/results-json.c - results, as programs read them. */

#include "sim/search/results-tell.h"

#include "engine/value.h"

static void
append_value (GString *out, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autoptr (AempMessage) message = aemp_message_new_va (format, &arguments);
  va_end (arguments);
  g_autofree char *text = aemp_value_to_text (&aemp_message_list (message).items[0], 0);
  g_string_append (out, text);
}

/* … as one more element of an array. */
static void
append_comma (GString *out)
{
  if (out->str[out->len - 1] != '[')
    g_string_append_c (out, ',');
}

static void
append_texts (GString *out, const char *key, const GPtrArray *texts)
{
  g_string_append_printf (out, "\"%s\":[", key);
  for (unsigned i = 0; i < texts->len; i++)
    {
      append_comma (out);
      append_value (out, "s", texts->pdata[i]);
    }
  g_string_append_c (out, ']');
}

static void
append_sum (GString *out, const SimResultsSum *sum)
{
  append_comma (out);
  append_value (out, "{ss ss ss ss ss su su su su su su su su su}", "scenario", sum->story->title,
                "file", sum->story->file, "arguments", sum->story->arguments, "hash",
                sum->story->hash, "build", sum->build, "runs", sum->runs, "failed", sum->bad,
                "seed_first", sum->seed_first, "seed_last", sum->seed_last, "marks", sum->marks,
                "events", sum->events, "simulated_us", (uint64_t)sum->simulated_us, "real_us",
                (uint64_t)sum->real_us, "cpu_us", (uint64_t)sum->cpu_us);
}

static void
append_group (GString *out, const SimResultsTell *tell, const SimResultsGroup *group)
{
  g_autofree char *command
      = sim_results_repeat_command (tell->program, group->story, group->seeds[0]);
  append_comma (out);
  append_value (out, "{ss ss ss ss ss su ss ss ss su}", "scenario", group->story->title, "file",
                group->story->file, "hash", group->story->hash, "build", group->build, "verdict",
                group->verdict, "promise", (uint64_t)group->promise, "signature", group->signature,
                "text", group->text ? group->text : "", "repeat", command, "runs", group->runs);
  g_string_truncate (out, out->len - 1); /* the object goes on */
  g_string_append (out, ",\"seeds\":[");
  for (unsigned i = 0; i < group->seeds_count; i++)
    {
      append_comma (out);
      append_value (out, "u", group->seeds[i]);
    }
  g_string_append (out, "]}");
}

static void
append_groups (GString *out, const SimResultsTell *tell, const char *key, const GPtrArray *groups)
{
  g_string_append_printf (out, "\"%s\":[", key);
  for (unsigned i = 0; i < groups->len; i++)
    append_group (out, tell, groups->pdata[i]);
  g_string_append_c (out, ']');
}

void
sim_results_write_overview (const SimResultsTell *tell, const SimResultsOverview *overview)
{
  g_autoptr (GString) out = g_string_new ("{");
  append_texts (out, "builds", overview->builds);
  g_string_append_c (out, ',');
  append_texts (out, "marks", overview->marks);
  g_string_append (out, ",\"scenarios\":[");
  for (unsigned i = 0; i < overview->sums->len; i++)
    append_sum (out, overview->sums->pdata[i]);
  g_string_append (out, "],");
  append_groups (out, tell, "groups", overview->groups);
  g_string_append_printf (out,
                          ",\"runs\":%" G_GUINT64_FORMAT ",\"failed\":%" G_GUINT64_FORMAT "}\n",
                          overview->runs, overview->bad);
  fputs (out->str, tell->out);
}

void
sim_results_write_comparison (const SimResultsTell *tell, const SimResultsComparison *comparison)
{
  g_autoptr (GString) out = g_string_new ("{");
  append_groups (out, tell, "fails_now", comparison->now);
  g_string_append_c (out, ',');
  append_groups (out, tell, "fails_otherwise", comparison->otherwise);
  g_string_append_c (out, ',');
  append_groups (out, tell, "fails_no_more", comparison->no_more);
  g_string_append_printf (
      out,
      ",\"compared\":%" G_GUINT64_FORMAT ",\"other_course\":%" G_GUINT64_FORMAT
      ",\"only_old\":%" G_GUINT64_FORMAT ",\"only_new\":%" G_GUINT64_FORMAT "}\n",
      comparison->compared, comparison->other_course, comparison->only_old, comparison->only_new);
  fputs (out->str, tell->out);
}

void
sim_results_write_run (const SimResultsTell *tell, const SimResultsRun *run)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autofree char *command = sim_results_repeat_command (tell->program, run->story, run->seed);
  append_value (out, "{ss ss ss ss su ss su ss ss ss su su su su su ss}", "scenario",
                run->story->title, "file", run->story->file, "hash", run->story->hash, "build",
                run->build, "seed", run->seed, "verdict", run->verdict, "promise",
                (uint64_t)run->promise, "signature", run->signature ? run->signature : "", "text",
                run->text ? run->text : "", "digest", run->digest, "marks", run->marks, "events",
                run->events, "simulated_us", (uint64_t)run->simulated_us, "real_us",
                (uint64_t)run->real_us, "cpu_us", (uint64_t)run->cpu_us, "repeat", command);
  fprintf (tell->out, "%s\n", out->str);
}
