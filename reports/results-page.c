/* reports/results-page.c */

#include "results-page.h"

#include <string.h>

typedef struct
{
  GString *out;
  const SimResultsOverview *overview;
  ReportPromiseName promise_name;
  ReportRepeat repeat;
} Page;

static const char head[]
    = "<!DOCTYPE html>\n"
      "<html lang=\"en\"><head><meta charset=\"utf-8\"/>"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>"
      "<title>What sweeps have found</title>\n<style>\n"
      ":root{--back:#fbfaf7;--raised:#fff;--ink:#22262b;--soft:#626a73;--line:#dcd9d2;--ok:#00805e;"
      "--fail:#b83200;--bar:#0072b2;--pale:#eceae4;color-scheme:light}\n"
      "@media(prefers-color-scheme:dark){:root{--back:#15181c;--raised:#1d2126;--ink:#e6e8ea;"
      "--soft:#9aa3ad;--line:#323840;--ok:#2fc9a0;--fail:#ff8a5c;--bar:#56b4e9;--pale:#20252b;"
      "color-scheme:dark}}\n"
      "body{margin:0 auto;max-width:1180px;padding:18px 22px 60px;background:var(--back);"
      "color:var(--ink);font:14px/1.5 system-ui,'DejaVu Sans',sans-serif}\n"
      "h1{font-size:21px;margin:0}h2{font-size:16px;margin:34px 0 8px}h3{font-size:14px;margin:0}\n"
      ".soft{color:var(--soft)}.ok{color:var(--ok)}.fail{color:var(--fail)}b.fail,b.ok{font-weight:"
      "650}\n"
      ".card{background:var(--raised);border:1px solid var(--line);border-left:4px solid "
      "var(--fail);"
      "border-radius:7px;padding:9px 14px;margin:8px 0;break-inside:avoid}\n"
      ".card p{margin:3px 0}code{font:12.5px ui-monospace,'DejaVu Sans Mono',monospace;"
      "background:var(--pale);border-radius:4px;padding:1px 6px;overflow-wrap:anywhere;"
      "user-select:all}\n"
      "table{border-collapse:collapse;width:100%;background:var(--raised);border:1px solid "
      "var(--line);border-radius:7px}th,td{text-align:right;padding:4px 10px;border-top:1px solid "
      "var(--line);font-variant-numeric:tabular-nums}th{font-weight:600;color:var(--soft);"
      "border-top:0}th:first-child,td:first-child{text-align:left}tr{break-inside:avoid}\n"
      ".bar{display:inline-block;height:9px;background:var(--bar);border-radius:2px;"
      "vertical-align:baseline}.none{color:var(--soft)}\n"
      ".cell{display:inline-block;min-width:5.5em;padding:0 "
      "6px;border-radius:4px;text-align:center}"
      ".cell.bad{background:color-mix(in srgb,var(--fail) 24%,transparent)}"
      ".cell.good{background:color-mix(in srgb,var(--ok) 17%,transparent)}\n"
      "</style></head><body>\n";

/* --- Pieces --- */

static void
append (GString *out, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text ? text : "", -1);
  g_autofree char *escaped = NULL;

  for (char *at = valid; *at; at++)
    if ((uint8_t)*at < 0x20)
      *at = ' ';
  escaped = g_markup_escape_text (valid, -1);
  g_string_append (out, escaped);
}

/* 12,031 */
static void
append_number (GString *out, uint64_t number)
{
  g_autofree char *digits = g_strdup_printf ("%" G_GUINT64_FORMAT, number);
  const size_t length = strlen (digits);

  for (size_t at = 0; at < length; at++)
    {
      if (at > 0 && (length - at) % 3 == 0)
        g_string_append_c (out, ',');
      g_string_append_c (out, digits[at]);
    }
}

static void
append_rate (GString *out, uint64_t count, int64_t us)
{
  if (us <= 0)
    g_string_append (out, "<span class=\"none\">–</span>");
  else if (count * 1e6 / (double)us < 10)
    g_string_append_printf (out, "%.1f", (double)count * 1e6 / (double)us);
  else
    append_number (out, (uint64_t)((double)count * 1e6 / (double)us));
}

/* --- Failures --- */

static void
write_seeds (Page *page, const SimResultsGroup *group)
{
  g_string_append (page->out, "<span class=\"soft\">seeds");
  for (unsigned at = 0; at < group->seeds_count; at++)
    {
      g_string_append_c (page->out, ' ');
      g_string_append_printf (page->out, "%" G_GUINT64_FORMAT, group->seeds[at]);
    }
  g_string_append (page->out, group->runs > group->seeds_count ? " …</span>" : "</span>");
}

/* One way to fail, in one story with one build. */
static void
write_group (Page *page, const SimResultsGroup *group)
{
  g_autofree char *command
      = group->seeds_count > 0 ? page->repeat ("aemp", group->story, group->seeds[0]) : NULL;

  g_string_append (page->out, "<div class=\"card\"><p><b class=\"fail\">");
  append_number (page->out, group->runs);
  g_string_append (page->out, group->runs == 1 ? " run</b> of " : " runs</b> of ");
  append (page->out, group->story->title);
  g_string_append (page->out, " <span class=\"soft\">with ");
  append (page->out, group->build);
  g_string_append (page->out, "</span> ");
  write_seeds (page, group);
  g_string_append (page->out, "</p><p>");
  append (page->out, group->text);
  g_string_append (page->out, "</p>");
  if (command)
    {
      g_string_append (page->out, "<p><code>");
      append (page->out, command);
      g_string_append (page->out, "</code></p>");
    }
  g_string_append (page->out, "</div>\n");
}

/* By promise (those without one behind: crashes, hangs), then alike beside alike, the most frequent
 * first. */
static int
compare_groups (const void *one, const void *other)
{
  const SimResultsGroup *a = *(SimResultsGroup *const *)one;
  const SimResultsGroup *b = *(SimResultsGroup *const *)other;
  const int promises = (a->promise ? a->promise : INT_MAX) < (b->promise ? b->promise : INT_MAX)
                           ? -1
                       : a->promise == b->promise ? 0
                                                  : 1;
  const int verdicts = g_strcmp0 (a->verdict, b->verdict);
  const int signatures = g_strcmp0 (a->signature, b->signature);

  if (promises)
    return promises;
  if (verdicts)
    return verdicts;
  if (signatures)
    return signatures;
  return a->runs > b->runs ? -1 : a->runs < b->runs;
}

static bool
is_same_heading (const SimResultsGroup *one, const SimResultsGroup *other)
{
  return one && one->promise == other->promise && g_strcmp0 (one->verdict, other->verdict) == 0;
}

static void
write_heading (Page *page, const SimResultsGroup *group)
{
  g_string_append (page->out, "<h2>");
  if (group->promise > 0)
    {
      g_string_append_printf (page->out, "Promise %d, ", group->promise);
      append (page->out, page->promise_name (group->promise));
      g_string_append (page->out, ": ");
    }
  else
    g_string_append (page->out, "No promise: ");
  append (page->out, group->verdict);
  g_string_append (page->out, "</h2>\n");
}

static void
write_failures (Page *page)
{
  g_autoptr (GPtrArray) groups = g_ptr_array_copy (page->overview->groups, NULL, NULL);
  const SimResultsGroup *before = NULL;

  g_ptr_array_set_free_func (groups, NULL);
  g_ptr_array_sort (groups, compare_groups);
  if (groups->len == 0)
    g_string_append (page->out, "<h2>Failures</h2><p class=\"ok\">None.</p>\n");
  for (unsigned at = 0; at < groups->len; at++)
    {
      const SimResultsGroup *group = groups->pdata[at];
      const bool alike = before && g_strcmp0 (before->signature, group->signature) == 0;

      if (!is_same_heading (before, group))
        write_heading (page, group);
      if (!is_same_heading (before, group) || !alike)
        {
          g_string_append (page->out, "<h3 class=\"soft\">");
          append (page->out, group->signature);
          g_string_append (page->out, "</h3>\n");
        }
      write_group (page, group);
      before = group;
    }
}

/* --- Tables --- */

static const SimResultsSum *
find_sum (const Page *page, const SimResultsStory *story, const char *build)
{
  for (unsigned at = 0; at < page->overview->sums->len; at++)
    {
      const SimResultsSum *sum = page->overview->sums->pdata[at];
      if (strcmp (sum->story->hash, story->hash) == 0 && strcmp (sum->build, build) == 0)
        return sum;
    }
  return NULL;
}

static void
write_sum (Page *page, const SimResultsSum *sum)
{
  GString *out = page->out;

  g_string_append (out, "<tr><td>");
  append (out, sum->story->title);
  append (out, sum->story->arguments);
  g_string_append (out, "</td><td>");
  append (out, sum->build);
  g_string_append (out, "</td><td>");
  append_number (out, sum->runs);
  g_string_append_printf (out, "</td><td class=\"%s\">", sum->bad ? "fail" : "ok");
  append_number (out, sum->bad);
  g_string_append_printf (out, "</td><td>%" G_GUINT64_FORMAT "..%" G_GUINT64_FORMAT "</td><td>",
                          sum->seed_first, sum->seed_last);
  append_rate (out, sum->runs, sum->real_us);
  g_string_append (out, "</td><td>");
  append_rate (out, sum->events, sum->cpu_us);
  g_string_append (out, "</td><td>");
  append_number (out, (uint64_t)(sum->simulated_us / 1000000));
  g_string_append (out, " s</td></tr>\n");
}

static void
write_sums (Page *page)
{
  g_string_append (page->out,
                   "<h2>Stories</h2><table><tr><th>story</th><th>build</th><th>runs</th>"
                   "<th>failed</th><th>seeds</th><th>seeds/s</th><th>events/s of processor</th>"
                   "<th>simulated</th></tr>\n");
  for (unsigned at = 0; at < page->overview->sums->len; at++)
    write_sum (page, page->overview->sums->pdata[at]);
  g_string_append (page->out, "</table>\n");
}

static void
write_cell (Page *page, const SimResultsSum *sum)
{
  if (!sum)
    {
      g_string_append (page->out, "<td class=\"none\">–</td>");
      return;
    }
  g_string_append_printf (page->out, "<td><span class=\"cell %s\">", sum->bad ? "bad" : "good");
  append_number (page->out, sum->bad);
  g_string_append (page->out, " of ");
  append_number (page->out, sum->runs);
  g_string_append (page->out, "</span></td>");
}

/* What failed, build by build. */
static void
write_history (Page *page)
{
  const SimResultsOverview *overview = page->overview;

  g_string_append (page->out, "<h2>History by build</h2><table><tr><th>story</th>");
  for (unsigned build = 0; build < overview->builds->len; build++)
    {
      g_string_append (page->out, "<th>");
      append (page->out, overview->builds->pdata[build]);
      g_string_append (page->out, "</th>");
    }
  g_string_append (page->out, "</tr>\n");
  for (unsigned at = 0; at < overview->stories->len; at++)
    {
      const SimResultsStory *story = overview->stories->pdata[at];
      g_string_append (page->out, "<tr><td>");
      append (page->out, story->title);
      append (page->out, story->arguments);
      g_string_append (page->out, "</td>");
      for (unsigned build = 0; build < overview->builds->len; build++)
        write_cell (page, find_sum (page, story, overview->builds->pdata[build]));
      g_string_append (page->out, "</tr>\n");
    }
  g_string_append (page->out, "</table>\n");
}

/* How many stories have reached each mark, with any build. */
static void
write_marks (Page *page)
{
  const SimResultsOverview *overview = page->overview;

  g_string_append (page->out,
                   "<h2>Marks: places that are rarely reached</h2><table><tr><th>mark</th>"
                   "<th>reached by</th></tr>\n");
  for (unsigned mark = 0; mark < overview->marks->len; mark++)
    {
      unsigned reached = 0;
      for (unsigned at = 0; at < overview->sums->len; at++)
        reached += ((const SimResultsSum *)overview->sums->pdata[at])->marks >> mark & 1;
      g_string_append (page->out, "<tr><td>");
      append (page->out, overview->marks->pdata[mark]);
      if (reached == 0)
        g_string_append (page->out, "</td><td><b class=\"fail\">never</b></td></tr>\n");
      else
        g_string_append_printf (page->out,
                                "</td><td><span class=\"bar\" style=\"width:%upx\"></span> %u of "
                                "%u</td></tr>\n",
                                MAX (160 * reached / overview->sums->len, 2), reached,
                                overview->sums->len);
    }
  g_string_append (page->out, "</table>\n");
}

/* --- All of it --- */

void
report_results_page (GString *out, const SimResultsOverview *overview,
                     ReportPromiseName promise_name, ReportRepeat repeat)
{
  Page page = { out, overview, promise_name, repeat };

  g_string_append (out, head);
  g_string_append (out, "<h1>What sweeps have found</h1><p>");
  append_number (out, overview->runs);
  g_string_append (out, " runs of ");
  append_number (out, overview->stories->len);
  g_string_append (out, " stories with ");
  append_number (out, overview->builds->len);
  g_string_append (out, overview->builds->len == 1 ? " build: " : " builds: ");
  g_string_append_printf (out, "<b class=\"%s\">", overview->bad ? "fail" : "ok");
  append_number (out, overview->bad);
  g_string_append (out, " failed</b></p>\n");
  write_failures (&page);
  write_history (&page);
  write_sums (&page);
  write_marks (&page);
  g_string_append (out, "</body></html>\n");
}
