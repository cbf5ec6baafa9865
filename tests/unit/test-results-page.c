/* tests/unit/test-results-page.c - the page of what sweeps have found. */

#include "reports/results-page.h"

#include <string.h>

static const char *
promise_name (int promise)
{
  return promise == 1 ? "order" : "no holes";
}

static char *
repeat (const char *program, const SimResultsStory *story, uint64_t seed)
{
  return g_strdup_printf ("%s simulate %s --seed %" G_GUINT64_FORMAT, program, story->file, seed);
}

static char *
page_of (SimResultsGroup *groups, unsigned count, SimResultsSum *sums, unsigned sums_count)
{
  static SimResultsOverview overview;
  GString *page = g_string_new (NULL);

  overview = (SimResultsOverview){ .runs = 12031, .bad = count };
  overview.builds = g_ptr_array_new ();
  overview.stories = g_ptr_array_new ();
  overview.sums = g_ptr_array_new ();
  overview.groups = g_ptr_array_new ();
  overview.marks = g_ptr_array_new ();
  g_ptr_array_add (overview.builds, (void *)"old");
  g_ptr_array_add (overview.builds, (void *)"new");
  g_ptr_array_add (overview.marks, (void *)"pair: reached");
  g_ptr_array_add (overview.marks, (void *)"pair: not reached");
  g_ptr_array_add (overview.stories, (void *)sums[0].story);
  for (unsigned at = 0; at < sums_count; at++)
    g_ptr_array_add (overview.sums, &sums[at]);
  for (unsigned at = 0; at < count; at++)
    g_ptr_array_add (overview.groups, &groups[at]);
  report_results_page (page, &overview, promise_name, repeat);
  g_ptr_array_unref (overview.builds);
  g_ptr_array_unref (overview.stories);
  g_ptr_array_unref (overview.sums);
  g_ptr_array_unref (overview.groups);
  g_ptr_array_unref (overview.marks);
  return g_string_free (page, FALSE);
}

static const SimResultsStory story = { .title = (char *)"a <storm> & more",
                                       .file = (char *)"storm.scn",
                                       .arguments = (char *)"",
                                       .hash = (char *)"1" };

static SimResultsGroup
group (int promise, const char *verdict, const char *signature, uint64_t runs)
{
  return (SimResultsGroup){ .story = &story,
                            .build = (char *)"new",
                            .verdict = (char *)verdict,
                            .promise = promise,
                            .signature = (char *)signature,
                            .text = (char *)"a \"text\"\001 of it",
                            .runs = runs,
                            .seeds = { 7, 8 },
                            .seeds_count = 2 };
}

static void
test_page (void)
{
  g_test_summary (
      "A page of failures is well-formed; promises come in order, what has none behind; "
      "alike stands beside alike; each has its repeat command; a mark that nobody reached "
      "is told.");

  SimResultsGroup groups[] = { group (0, "crash", "SIGSEGV", 1), group (2, "failed", "holes", 5),
                               group (1, "failed", "x", 2), group (1, "failed", "x", 40) };
  SimResultsSum sums[]
      = { { .story = &story, .build = (char *)"old", .runs = 1000, .marks = 1, .real_us = 2000000 },
          { .story = &story, .build = (char *)"new", .runs = 50, .bad = 48 } };
  g_autofree char *page = page_of (groups, 4, sums, 2);
  static const GMarkupParser parser = { 0 };
  g_autoptr (GMarkupParseContext) context = g_markup_parse_context_new (&parser, 0, NULL, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_markup_parse_context_parse (context, page, -1, &error)
                 && g_markup_parse_context_end_parse (context, &error));
  g_assert_no_error (error);
  const char *first = strstr (page, "Promise 1, order: failed");
  const char *second = strstr (page, "Promise 2, no holes: failed");
  const char *third = strstr (page, "No promise: crash");
  g_assert_true (first && second && third && first < second && second < third);
  const char *many = strstr (first, "40 runs"), *few = strstr (first, "2 runs");
  g_assert_true (many && few && many < few && few < second);
  g_assert_null (strstr (strstr (first, ">x<") + 3, ">x<")); /* what is alike is named once */
  g_assert_nonnull (strstr (page, "aemp simulate storm.scn --seed 7"));
  g_assert_nonnull (strstr (page, "a &lt;storm&gt; &amp; more"));
  g_assert_nonnull (strstr (page, "12,031 runs"));
  g_assert_nonnull (strstr (page, "<td>500</td>")); /* seeds a second */
  g_assert_nonnull (strstr (page, "cell bad\">48 of 50"));
  g_assert_nonnull (strstr (page, "cell good\">0 of 1,000"));
  const char *never = strstr (page, "never");
  g_assert_true (never && strstr (page, "pair: not reached") < never);
}

static void
test_nothing_failed (void)
{
  g_test_summary ("Nothing failed: the page says so.");

  SimResultsSum sums[] = { { .story = &story, .build = (char *)"old", .runs = 5 } };
  g_autofree char *page = page_of (NULL, 0, sums, 1);

  g_assert_nonnull (strstr (page, "<p class=\"ok\">None.</p>"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/results-page/failures", test_page);
  g_test_add_func ("/results-page/nothing-failed", test_nothing_failed);
  return g_test_run ();
}
