/* scenarios/path.c - what is said of a path: delay, loss, rate and so on, as text. */
#include "parse.h"

#include "engine/units.h"

#include <string.h>

#define BURST_MAX 1000

static const AempUnit percent_units[] = {
  { "%", 10 * 1000 },
  { NULL, 0 },
};
static const AempUnit rate_units[] = {
  { "bit", 1 }, { "kbit", 1000 }, { "Mbit", 1000 * 1000 }, { "Gbit", 1000 * 1000 * 1000 },
  { NULL, 0 },
};

const char *const scenario_path_parts[SCENARIO_PATH_PARTS]
    = { "delay", "loss", "rate", "buffer", "duplicate", "corrupt", "queue", "reorder" };

unsigned
scenario_path_part (const char *name)
{
  for (unsigned i = 0; i < SCENARIO_PATH_PARTS; i++)
    if (strcmp (scenario_path_parts[i], name) == 0)
      return 1u << i;
  return 0;
}

unsigned
scenario_path_more_words (const char *part, const char *value, const char *next)
{
  if (strcmp (part, "delay") == 0
      && (strcmp (value, "normal") == 0 || strcmp (value, "pareto") == 0))
    return 2;
  return strcmp (part, "loss") == 0 && next && strcmp (next, "burst") == 0 ? 2 : 0;
}

void
scenario_path_overlay (ScenarioPath *path, const ScenarioPath *said, unsigned parts)
{
  if (parts & SCENARIO_PATH_DELAY)
    {
      path->delay = said->delay;
      path->delay_min_us = said->delay_min_us;
      path->delay_max_us = said->delay_max_us;
    }
  if (parts & SCENARIO_PATH_LOSS)
    {
      path->loss_ppm = said->loss_ppm;
      path->loss_burst = said->loss_burst;
    }
  if (parts & SCENARIO_PATH_RATE)
    path->rate_bits = said->rate_bits;
  if (parts & SCENARIO_PATH_BUFFER)
    path->buffer_bytes = said->buffer_bytes;
  if (parts & SCENARIO_PATH_DUPLICATE)
    path->duplicate_ppm = said->duplicate_ppm;
  if (parts & SCENARIO_PATH_CORRUPT)
    path->corrupt_ppm = said->corrupt_ppm;
  if (parts & SCENARIO_PATH_QUEUE)
    path->queue_bytes = said->queue_bytes;
  if (parts & SCENARIO_PATH_REORDER)
    path->reorders = said->reorders;
}

static bool
refuse (const char *expected, const char *value, GError **error)
{
  g_set_error (error, SCENARIO_ERROR, SCENARIO_ERROR_SYNTAX, "expected %s, found `%s`", expected,
               value);
  return false;
}

/* "normal 10ms 2ms" */
static bool
set_distribution (ScenarioPath *path, char **words, const char *value, GError **error)
{
  int64_t base_us, spread_us;
  if (g_strv_length (words) != 3)
    return refuse ("a delay as normal 10ms 2ms or pareto 10ms 2ms", value, error);
  if (!scenario_parse_time (words[1], SCENARIO_DELAY_MAX_US, &base_us, error)
      || !scenario_parse_time (words[2], SCENARIO_DELAY_MAX_US, &spread_us, error))
    return false;
  path->delay = strcmp (words[0], "normal") == 0 ? SCENARIO_DELAY_NORMAL : SCENARIO_DELAY_PARETO;
  path->delay_min_us = base_us;
  path->delay_max_us = spread_us;
  return true;
}

/* "5ms..40ms", "5ms", or a distribution */
static bool
set_delay (ScenarioPath *path, const char *value, GError **error)
{
  g_auto (GStrv) words = g_strsplit (value, " ", 4);
  if (strcmp (words[0], "normal") == 0 || strcmp (words[0], "pareto") == 0)
    return set_distribution (path, words, value, error);
  const char *dots = strstr (value, "..");
  g_autofree char *least = dots ? g_strndup (value, (size_t)(dots - value)) : g_strdup (value);
  int64_t min_us, max_us;
  if (!scenario_parse_time (least, SCENARIO_DELAY_MAX_US, &min_us, error)
      || !scenario_parse_time (dots ? dots + 2 : value, SCENARIO_DELAY_MAX_US, &max_us, error))
    return false;
  if (min_us > max_us)
    {
      g_set_error (error, SCENARIO_ERROR, SCENARIO_ERROR_SYNTAX,
                   "expected a delay that begins with the shorter time, found `%s`", value);
      return false;
    }
  path->delay = SCENARIO_DELAY_UNIFORM;
  path->delay_min_us = min_us;
  path->delay_max_us = max_us;
  return true;
}

static bool
parse_share (const char *value, uint32_t *ppm, GError **error)
{
  static const char expected[] = "a loss in percent as 0.1% (0% to 100%)";
  uint64_t number;
  if (!aemp_parse_quantity (value, percent_units, expected, &number, error))
    return false;
  if (number > 1000 * 1000)
    return refuse (expected, value, error);
  *ppm = (uint32_t)number;
  return true;
}

/* "1%", "1% burst 5" */
static bool
set_loss (ScenarioPath *path, const char *value, GError **error)
{
  g_auto (GStrv) words = g_strsplit (value, " ", 4);
  guint64 burst = 0;
  uint32_t ppm;
  if (!parse_share (words[0], &ppm, error))
    return false;
  if (words[1]
      && (strcmp (words[1], "burst") != 0 || !words[2] || words[3]
          || !g_ascii_string_to_unsigned (words[2], 10, 2, BURST_MAX, &burst, NULL)))
    return refuse ("a loss as 1% or 1% burst 5 (2 to 1000 in a row)", value, error);
  path->loss_ppm = ppm;
  path->loss_burst = (uint32_t)burst;
  return true;
}

static bool
set_rate (ScenarioPath *path, const char *value, GError **error)
{
  static const char expected[] = "a rate as 64kbit, 10Mbit or `unlimited`";
  uint64_t bits = 0;
  if (strcmp (value, "unlimited") != 0)
    {
      if (!aemp_parse_quantity (value, rate_units, expected, &bits, error))
        return false;
      if (bits == 0 || bits > UINT64_C (1000) * 1000 * 1000 * 1000)
        {
          g_set_error (error, SCENARIO_ERROR, SCENARIO_ERROR_SYNTAX,
                       "expected %s, at most 1000Gbit and more than nothing, found `%s`", expected,
                       value);
          return false;
        }
    }
  path->rate_bits = bits;
  return true;
}

static bool
set_buffer (ScenarioPath *path, const char *value, GError **error)
{
  uint64_t bytes = 0;
  if (strcmp (value, "usual") != 0)
    {
      if (!aemp_parse_size (value, &bytes, error))
        return false;
      if (bytes < 1024 || bytes > 1024 * 1024 * 1024)
        {
          g_set_error (error, SCENARIO_ERROR, SCENARIO_ERROR_SYNTAX,
                       "expected a buffer from 1KiB to 1GiB or `usual`, found `%s`", value);
          return false;
        }
    }
  path->buffer_bytes = bytes;
  return true;
}

static bool
set_queue (ScenarioPath *path, const char *value, GError **error)
{
  uint64_t bytes = 0;
  if (strcmp (value, "unlimited") != 0)
    {
      if (!aemp_parse_size (value, &bytes, error))
        return false;
      if (bytes < 1024 || bytes > 1024 * 1024 * 1024)
        return refuse ("a queue from 1KiB to 1GiB or `unlimited`", value, error);
    }
  path->queue_bytes = bytes;
  return true;
}

static bool
set_reorder (ScenarioPath *path, const char *value, GError **error)
{
  path->reorders = strcmp (value, "on") == 0;
  return path->reorders || strcmp (value, "off") == 0 || refuse ("`on` or `off`", value, error);
}

bool
scenario_path_set (ScenarioPath *path, const char *part, const char *value, GError **error)
{
  switch ((ScenarioPathParts)scenario_path_part (part))
    {
    case SCENARIO_PATH_DELAY:
      return set_delay (path, value, error);
    case SCENARIO_PATH_LOSS:
      return set_loss (path, value, error);
    case SCENARIO_PATH_RATE:
      return set_rate (path, value, error);
    case SCENARIO_PATH_BUFFER:
      return set_buffer (path, value, error);
    case SCENARIO_PATH_DUPLICATE:
      return parse_share (value, &path->duplicate_ppm, error);
    case SCENARIO_PATH_CORRUPT:
      return parse_share (value, &path->corrupt_ppm, error);
    case SCENARIO_PATH_QUEUE:
      return set_queue (path, value, error);
    case SCENARIO_PATH_REORDER:
      return set_reorder (path, value, error);
    }
  g_assert_not_reached (); /* the caller asked scenario_path_part() */
}
