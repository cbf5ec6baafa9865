/* tests/world/stories-streams.c - bytes, and holding them back. */
#include "suite.h"

#define MS 1000
#define MIB (1024 * 1024)

/* Both ways at once; each ends when it has sent everything. */
static void
both_ways (Story *story)
{
  End *dialer;
  End *acceptor;

  story_pair (story, &dialer, &acceptor);
  end_send_all (dialer, 4 * MIB + 1);
  end_send_all (acceptor, 3 * MIB + 7);
  story_until (story, &dialer->closed);
  story_until (story, &acceptor->closed);
  g_assert_cmpint (dialer->error, ==, 0);
  g_assert_cmpint (acceptor->error, ==, 0);
  g_assert_cmpuint (acceptor->received, ==, 4 * MIB + 1);
  g_assert_cmpuint (dialer->received, ==, 3 * MIB + 7);
}

static void
single_bytes (Story *story)
{
  End *dialer;
  End *acceptor;

  story_pair (story, &dialer, &acceptor);
  end_want (acceptor, 2000);
  for (unsigned i = 0; i < 2000; i++)
    end_send (dialer, 1);
  story_until (story, &acceptor->satisfied);
  g_assert_cmpuint (acceptor->received, ==, 2000);
}

static void
resume_end (Alarm *alarm)
{
  End *end = alarm->hook_data;

  DO (alarm->story, aemp_stream_resume (end->stream));
}

static void
pause_now_and_then (End *end, News news)
{
  if (news != NEWS_RECEIVED || end->news[NEWS_RECEIVED] % 5 != 0)
    return;
  DO (end->story, aemp_stream_pause (end->stream));
  alarm_start (end->hook_data, 1 * MS);
}

/* Pauses are held, whoever ends them. */
static void
pauses (Story *story)
{
  End *dialer;
  End *acceptor;
  Alarm alarm;

  story_pair (story, &dialer, &acceptor);
  alarm_init (&alarm, story, 1, resume_end, acceptor);
  acceptor->hook = pause_now_and_then;
  acceptor->hook_data = &alarm;
  end_send_all (dialer, 5 * MIB);
  story_until (story, &acceptor->ended);
  g_assert_cmpuint (acceptor->received, ==, 5 * MIB);
  g_assert_cmpuint (alarm.fired, >, 3);
  alarm_clear (&alarm);
}

static void
pause_at_once (End *end, News news)
{
  if (news == NEWS_RECEIVED)
    DO (end->story, aemp_stream_pause (end->stream));
}

static void
one_piece_a_resume (Story *story)
{
  End *dialer;
  End *acceptor;

  story_pair (story, &dialer, &acceptor);
  acceptor->hook = pause_at_once;
  end_send_all (dialer, 300000);
  for (unsigned pieces = 1; !acceptor->ended; pieces++)
    {
      story_wait (story, 20 * MS);
      g_assert_cmpuint (acceptor->news[NEWS_RECEIVED], <=, pieces);
      DO (story, aemp_stream_resume (acceptor->stream));
    }
  g_assert_cmpuint (acceptor->received, ==, 300000);
}

static void
pause_hides_the_end (Story *story)
{
  End *dialer;
  End *acceptor;

  story_pair (story, &dialer, &acceptor);
  DO (story, aemp_stream_pause (acceptor->stream));
  end_send_all (dialer, 1000);
  story_wait (story, 50 * MS);
  g_assert_cmpuint (acceptor->received, ==, 0);
  g_assert_false (acceptor->ended);
  DO (story, aemp_stream_resume (acceptor->stream));
  story_until (story, &acceptor->ended);
  g_assert_cmpuint (acceptor->received, ==, 1000);
}

static void
pause_hides_both_ends (Story *story)
{
  End *dialer;
  End *acceptor;

  story_pair (story, &dialer, &acceptor);
  DO (story, aemp_stream_pause (acceptor->stream));
  end_send_all (acceptor, 2000);
  end_send_all (dialer, 1000);
  story_until (story, &dialer->closed);
  story_wait (story, 50 * MS);
  g_assert_cmpuint (acceptor->received, ==, 0);
  g_assert_false (acceptor->ended || acceptor->closed);
  DO (story, aemp_stream_resume (acceptor->stream));
  story_until (story, &acceptor->closed);
  g_assert_cmpuint (acceptor->received, ==, 1000);
  g_assert_cmpint (acceptor->error, ==, 0);
}

static void
note_progress (End *end, News news)
{
  alarm_start (end->hook_data, 300 * MS);
}

/* However much is offered, what waits on the way is bounded. */
static void
backpressure (Story *story)
{
  const uint64_t offered = 256 * (uint64_t)MIB;
  End *dialer;
  End *acceptor;
  Alarm stuck;
  uint64_t taken;

  story_pair (story, &dialer, &acceptor);
  DO (story, aemp_stream_pause (acceptor->stream));
  alarm_init (&stuck, story, 0, NULL, NULL);
  dialer->hook = note_progress;
  dialer->hook_data = &stuck;
  alarm_start (&stuck, 300 * MS);
  end_send (dialer, offered);
  story_until (story, &stuck.rang);
  taken = dialer->sent;
  g_assert_cmpuint (taken, >, 1000);
  g_assert_cmpuint (taken, <, offered / 2);
  g_assert_cmpuint (acceptor->received, ==, 0);

  dialer->hook = NULL;
  dialer->to_send = taken + 1 * MIB;
  end_want (acceptor, dialer->to_send);
  DO (story, aemp_stream_resume (acceptor->stream));
  story_until (story, &acceptor->satisfied);
  g_assert_cmpuint (acceptor->received, ==, taken + 1 * MIB);
  g_assert_cmpuint (dialer->news[NEWS_WRITABLE], >, 0);
  alarm_clear (&stuck);
}

/* `writable` answers short writes and nothing else. */
static void
writable_only_when_short (Story *story)
{
  End *dialer;
  End *acceptor;

  story_pair (story, &dialer, &acceptor);
  end_want (acceptor, 500);
  end_send (dialer, 500);
  story_until (story, &acceptor->satisfied);
  story_wait (story, 20 * MS);
  g_assert_cmpuint (dialer->news[NEWS_WRITABLE], ==, 0);
  g_assert_cmpuint (CALL (story, aemp_stream_write (dialer->stream, NULL, 0)), ==, 0);
  story_wait (story, 20 * MS);
  g_assert_cmpuint (dialer->news[NEWS_WRITABLE], ==, 0);
}

/* One short write, one answer. */
static void
writable_once (Story *story)
{
  End *dialer;
  End *acceptor;

  story_pair (story, &dialer, &acceptor);
  DO (story, aemp_stream_pause (acceptor->stream));
  end_send (dialer, 100 * MIB);
  g_assert_cmpuint (dialer->sent, <, dialer->to_send);
  dialer->to_send = dialer->sent;
  end_want (acceptor, dialer->sent);
  DO (story, aemp_stream_resume (acceptor->stream));
  story_until (story, &acceptor->satisfied);
  story_wait (story, 50 * MS);
  g_assert_cmpuint (dialer->news[NEWS_WRITABLE], ==, 1);
}

static void
send_back (End *end, News news)
{
  if (news == NEWS_RECEIVED)
    end_send (end, end->received - end->to_send);
}

static void
echo (Story *story)
{
  End *dialer;
  End *acceptor;

  story_pair (story, &dialer, &acceptor);
  acceptor->hook = send_back;
  end_want (dialer, 2 * MIB);
  end_send (dialer, 2 * MIB);
  story_until (story, &dialer->satisfied);
}

/* Several connections between several hosts do not mix. */
static void
triangle (Story *story)
{
  Server *servers[STORY_ENVS];
  End *ends[STORY_ENVS];

  for (unsigned i = 0; i < STORY_ENVS; i++)
    servers[i] = server_new (story, i);
  for (unsigned i = 0; i < STORY_ENVS; i++)
    {
      ends[i] = end_connect (story, i, servers[(i + 1) % STORY_ENVS]->address, NULL);
      end_send_all (ends[i], 100000 * (i + 1));
    }
  for (unsigned i = 0; i < STORY_ENVS; i++)
    {
      End *acceptor;

      story_until_count (story, &servers[i]->accepted, 1);
      acceptor = servers[i]->last;
      story_until (story, &acceptor->ended);
      g_assert_cmpuint (acceptor->received, ==, 100000 * ((i + STORY_ENVS - 1) % STORY_ENVS + 1));
    }
}

const StoryEntry stream_stories[] = {
  { "/streams/both-ways",
    "Megabytes go both ways at once in pieces of all sizes, arrive in order and complete, "
    "and both ends close without an error.",
    both_ways },
  { "/streams/single-bytes", "Two thousand writes of one byte each.", single_bytes },
  { "/streams/pauses", "The reader pauses every few pieces; a timer lets it go on.", pauses },
  { "/streams/one-piece-a-resume",
    "A reader that pauses at each piece gets no second one before it resumes.",
    one_piece_a_resume },
  { "/streams/pause-hides-the-end", "The peer has ended, but a paused stream does not say so.",
    pause_hides_the_end },
  { "/streams/pause-hides-both-ends",
    "Both have ended, but a paused stream delivers first, once it may.", pause_hides_both_ends },
  { "/streams/backpressure",
    "Nobody reads: the writer is stopped long before its 256 MiB are gone, and goes on "
    "when somebody does.",
    backpressure },
  { "/streams/writable-only-when-short", "Nobody is told of room who never lacked it.",
    writable_only_when_short },
  { "/streams/writable-once", "Who lacked it is told once.", writable_once },
  { "/streams/echo", "Bytes are written in the callback that brought them.", echo },
  { "/streams/triangle", "Three hosts in a ring, each connected with the next.", triangle },
  { 0 },
};
