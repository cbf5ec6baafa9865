/* sim/parity/play.c - walks through a script. */
#include "sim/parity/play.h"

#include <stdio.h>
#include <string.h>

#define TOLERANCE_PERCENT 10
#define TOLERANCE_LEAST_US 12000 /* what a busy machine adds to a time that is measured */
#define REST_US 30000            /* what comes this long after the last statement counts */

typedef struct
{
  const ParityScript *script;
  const ParityWorldOps *ops;
  ParityWorld *world;
  int64_t done_us;                     /* when the last statement was */
  int64_t cause_us;                    /* ... that was no wait, and done with no way or host */
  GArray *pending[PARITY_SOCKETS_MAX]; /* of ParityNews that nobody expected so far */
  GArray *outcomes;
} Play;

bool
parity_same_time (int64_t one_us, int64_t other_us, int64_t span_us, int64_t tolerance_us)
{
  int64_t difference_us = ABS (one_us - other_us);

  if (tolerance_us > 0)
    return difference_us <= tolerance_us;
  return difference_us <= MAX (TOLERANCE_LEAST_US, span_us * TOLERANCE_PERCENT / 100);
}

/* --- News --- */

static GArray *
pending_of (const Play *play, unsigned socket)
{
  return play->pending[socket];
}

static bool
fetch (Play *play, int64_t until_us)
{
  ParityNews news;

  if (!play->ops->next (play->world, until_us, &news))
    return false;
  g_array_append_val (pending_of (play, news.socket), news);
  return true;
}

/* That a write was done is news only for who expects it. */
static void
forget_writes (const Play *play, unsigned socket)
{
  GArray *pending = pending_of (play, socket);

  for (unsigned i = pending->len; i-- > 0;)
    if (g_array_index (pending, ParityNews, i).kind == PARITY_WROTE)
      g_array_remove_index (pending, i);
}

/* The next one of that socket, of any kind; NULL: none until then. */
static ParityNews *
first_news (Play *play, unsigned socket, ParityNewsKind kind, int64_t until_us)
{
  for (;;)
    {
      if (kind != PARITY_WROTE && kind != PARITY_NOTHING)
        forget_writes (play, socket);
      if (pending_of (play, socket)->len > 0)
        return &g_array_index (pending_of (play, socket), ParityNews, 0);
      if (!fetch (play, until_us))
        return NULL;
    }
}

static void
describe (char *text, size_t size, ParityNewsKind kind, uint64_t number)
{
  static const char *const names[] = {
    [PARITY_OPEN] = "open",       [PARITY_ACCEPTED] = "accepted", [PARITY_WROTE] = "wrote",
    [PARITY_BYTES] = "bytes",     [PARITY_ENDED] = "end",         [PARITY_ERROR] = "error",
    [PARITY_NOTHING] = "nothing",
  };
  const char *error = kind == PARITY_ERROR ? parity_errno_name ((int)number) : NULL;

  if (error)
    snprintf (text, size, "%s %s", names[kind], error);
  else if (kind == PARITY_BYTES || kind == PARITY_ERROR)
    snprintf (text, size, "%s %" G_GUINT64_FORMAT, names[kind], number);
  else
    snprintf (text, size, "%s", names[kind]);
}

/* --- Expectations --- */

static ParityOutcome *
add_outcome (Play *play, const ParityStatement *statement, int64_t time_us, bool met)
{
  ParityOutcome outcome = { .line = statement->line,
                            .after_us = time_us - play->done_us,
                            .span_us = time_us - play->cause_us };

  if (statement->has_time)
    met = met
          && parity_same_time (outcome.after_us, statement->after_us, outcome.span_us,
                               statement->tolerance_us);
  outcome.met = met;
  g_array_append_val (play->outcomes, outcome);
  play->done_us = MAX (play->done_us, time_us);
  if (statement->news != PARITY_NOTHING)
    play->cause_us = play->done_us;
  while (fetch (play, play->ops->now_us (play->world)))
    ;
  return &g_array_index (play->outcomes, ParityOutcome, play->outcomes->len - 1);
}

static int64_t
deadline_us (const Play *play, const ParityStatement *statement)
{
  int64_t after_us = statement->has_time ? statement->after_us : 0;

  return play->done_us + after_us + PARITY_PATIENCE_US;
}

/* Collects bytes until there are enough, or there is something else. */
static bool
expect_bytes (Play *play, const ParityStatement *statement)
{
  int64_t until_us = deadline_us (play, statement), time_us = until_us;
  uint64_t missing = statement->number;
  ParityNews *news = NULL;

  while (missing > 0
         && (news = first_news (play, statement->subject, PARITY_BYTES, until_us)) != NULL
         && news->kind == PARITY_BYTES)
    {
      uint64_t taken = MIN (missing, news->number);
      time_us = news->time_us;
      missing -= taken;
      news->number -= taken;
      if (news->number == 0)
        g_array_remove_index (pending_of (play, statement->subject), 0);
    }
  if (missing > 0 && news)
    time_us = news->time_us;
  ParityOutcome *outcome = add_outcome (play, statement, time_us, missing == 0);
  describe (outcome->text, sizeof outcome->text, PARITY_BYTES, statement->number - missing);
  if (missing > 0)
    {
      char rest[40];
      describe (rest, sizeof rest, news ? news->kind : PARITY_NOTHING, news ? news->number : 0);
      snprintf (outcome->text, sizeof outcome->text, "bytes %" G_GUINT64_FORMAT ", then %s",
                statement->number - missing, rest);
    }
  return outcome->met;
}

static bool
expect_one (Play *play, const ParityStatement *statement)
{
  int64_t until_us = deadline_us (play, statement);
  const ParityNews *first = first_news (play, statement->subject, statement->news, until_us);
  ParityNews news = { .time_us = until_us, .kind = PARITY_NOTHING };

  if (first)
    {
      news = *first;
      g_array_remove_index (pending_of (play, statement->subject), 0);
    }
  bool met = news.kind == statement->news
             && (news.kind != PARITY_ERROR || news.number == statement->number);
  ParityOutcome *outcome = add_outcome (play, statement, news.time_us, met);
  describe (outcome->text, sizeof outcome->text, news.kind, news.number);
  return outcome->met;
}

static bool
expect_nothing (Play *play, const ParityStatement *statement)
{
  int64_t until_us = play->done_us + statement->times_us[0];

  forget_writes (play, statement->subject);
  ParityNews *news = first_news (play, statement->subject, PARITY_NOTHING, until_us);
  ParityOutcome *outcome = add_outcome (play, statement, news ? news->time_us : until_us, !news);
  describe (outcome->text, sizeof outcome->text, news ? news->kind : PARITY_NOTHING,
            news ? news->number : 0);
  return outcome->met;
}

static bool
expect (Play *play, const ParityStatement *statement)
{
  if (statement->news == PARITY_BYTES)
    return expect_bytes (play, statement);
  if (statement->news == PARITY_NOTHING)
    return expect_nothing (play, statement);
  return expect_one (play, statement);
}

/* --- The walk --- */

static void
wait_until (Play *play, int64_t until_us)
{
  while (fetch (play, until_us))
    ;
  play->done_us = until_us;
}

static bool
do_statement (Play *play, const ParityStatement *statement)
{
  int64_t time_us;

  switch (statement->verb)
    {
    case PARITY_WAIT:
      wait_until (play, play->done_us + statement->times_us[0]);
      return true;
    case PARITY_EXPECT:
      return expect (play, statement);
    case PARITY_WRITE:
      forget_writes (play, statement->subject);
      break;
    case PARITY_LISTEN:
    case PARITY_CONNECT:
    case PARITY_ACCEPT:
    case PARITY_READ:
    case PARITY_PAUSE:
    case PARITY_RESUME:
    case PARITY_END:
    case PARITY_CLOSE:
    case PARITY_ABORT:
    case PARITY_SET:
    case PARITY_KILL:
    case PARITY_VANISH:
    case PARITY_RETURN:
    case PARITY_CUT:
    case PARITY_HEAL:
    case PARITY_DELAY:
    case PARITY_LOSE:
      break;
    }
  time_us = play->ops->act (play->world, statement);
  play->done_us = MAX (play->done_us, time_us);
  if (statement->verb <= PARITY_SET)
    play->cause_us = play->done_us;
  while (fetch (play, play->ops->now_us (play->world)))
    ;
  return statement->verb != PARITY_ACCEPT || expect (play, statement);
}

/* However they were cut. */
static void
merge_bytes (GArray *pending)
{
  for (unsigned i = pending->len; i-- > 1;)
    {
      ParityNews *before = &g_array_index (pending, ParityNews, i - 1);
      const ParityNews *news = &g_array_index (pending, ParityNews, i);
      if (before->kind != PARITY_BYTES || news->kind != PARITY_BYTES)
        continue;
      before->number += news->number;
      g_array_remove_index (pending, i);
    }
}

/* What nobody expected: one outcome for each socket that saw some. */
static void
tell_rest (Play *play)
{
  int64_t end_us = play->done_us;

  wait_until (play, end_us + REST_US);
  for (unsigned socket = 0; socket < play->script->sockets_count; socket++)
    {
      forget_writes (play, socket);
      merge_bytes (pending_of (play, socket));
      g_autoptr (GString) text = g_string_new (play->script->sockets[socket].name);
      for (unsigned i = 0; i < pending_of (play, socket)->len; i++)
        {
          const ParityNews *news = &g_array_index (pending_of (play, socket), ParityNews, i);
          char one[40];
          describe (one, sizeof one, news->kind, news->number);
          g_string_append_printf (text, "%s %s", i > 0 ? "," : "", one);
        }
      if (pending_of (play, socket)->len == 0)
        continue;
      ParityOutcome outcome = { .met = true };
      snprintf (outcome.text, sizeof outcome.text, "rest %s", text->str);
      g_array_append_val (play->outcomes, outcome);
    }
}

GArray *
parity_play (const ParityScript *script, const ParityWorldOps *ops, ParityWorld *world)
{
  Play play = { .script = script, .ops = ops, .world = world };
  bool whole = true;

  play.outcomes = g_array_new (FALSE, TRUE, sizeof (ParityOutcome));
  for (unsigned i = 0; i < PARITY_SOCKETS_MAX; i++)
    play.pending[i] = g_array_new (FALSE, FALSE, sizeof (ParityNews));
  play.done_us = play.cause_us = ops->now_us (play.world);
  for (unsigned i = 0; whole && i < script->statements->len; i++)
    whole = do_statement (&play, parity_script_statement (script, i));
  if (whole)
    tell_rest (&play);
  for (unsigned i = 0; i < PARITY_SOCKETS_MAX; i++)
    g_array_unref (play.pending[i]);
  return play.outcomes;
}
