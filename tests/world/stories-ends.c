/* tests/world/stories-ends.c - how streams end. */
#include "suite.h"

#include <errno.h>

#define MS 1000
#define MIB (1024 * 1024)

static void
half_close (Story *story)
{
  End *dialer;
  End *acceptor;

  story_pair (story, &dialer, &acceptor);
  end_send_all (dialer, 100000);
  story_until (story, &acceptor->ended);
  g_assert_cmpuint (acceptor->received, ==, 100000);
  g_assert_cmpuint (CALL (story, aemp_stream_write (dialer->stream, (const uint8_t *)"x", 1)), ==,
                    0);

  end_want (dialer, 2 * MIB);
  end_send (acceptor, 2 * MIB);
  story_until (story, &dialer->satisfied);
  g_assert_false (dialer->ended || dialer->closed || acceptor->closed);
  DO (story, aemp_stream_end (acceptor->stream));
  g_assert_false (acceptor->closed);
  story_until (story, &dialer->closed);
  story_until (story, &acceptor->closed);
  story_wait (story, 20 * MS);
  g_assert_cmpint (dialer->error, ==, 0);
  g_assert_cmpint (acceptor->error, ==, 0);
  g_assert_cmpuint (dialer->received, ==, 2 * MIB);
}

static void
end_when_ended (End *end, News news)
{
  if (news == NEWS_ENDED)
    DO (end->story, aemp_stream_end (end->stream));
}

static void
end_in_ended (Story *story)
{
  End *dialer;
  End *acceptor;

  story_pair (story, &dialer, &acceptor);
  acceptor->hook = end_when_ended;
  DO (story, aemp_stream_end (dialer->stream));
  DO (story, aemp_stream_end (dialer->stream)); /* once more changes nothing */
  story_until (story, &dialer->closed);
  story_until (story, &acceptor->closed);
  g_assert_cmpint (dialer->error, ==, 0);
  g_assert_cmpint (acceptor->error, ==, 0);
}

static void
end_early (Story *story)
{
  Server *server = server_new (story, 1);
  End *dialer = end_connect (story, 0, server->address, NULL);

  DO (story, aemp_stream_end (dialer->stream));
  story_until_count (story, &server->accepted, 1);
  story_until (story, &server->last->ended);
  g_assert_true (dialer->opened);
}

/* After `closed` everything may still be called, to no effect. */
static void
after_closed (Story *story)
{
  End *dialer;
  End *acceptor;

  story_pair (story, &dialer, &acceptor);
  end_abort (acceptor);
  story_until (story, &dialer->closed);
  g_assert_cmpuint (CALL (story, aemp_stream_write (dialer->stream, (const uint8_t *)"x", 1)), ==,
                    0);
  DO (story, aemp_stream_pause (dialer->stream));
  DO (story, aemp_stream_resume (dialer->stream));
  DO (story, aemp_stream_end (dialer->stream));
  g_assert_nonnull (aemp_stream_peer_address (dialer->stream));
  story_wait (story, 20 * MS);
}

/* What the system took arrives, though its writer is gone. */
static void
close_delivers (Story *story)
{
  End *dialer;
  End *acceptor;
  uint64_t taken;

  story_pair (story, &dialer, &acceptor);
  end_send (dialer, 100 * MIB);
  taken = dialer->sent;
  g_assert_cmpuint (taken, <, 100 * MIB);
  end_close (dialer);
  story_until (story, &acceptor->ended);
  g_assert_cmpuint (acceptor->received, ==, taken);
  g_assert_false (acceptor->closed);
}

static void
send_when_ended (End *end, News news)
{
  if (news == NEWS_ENDED)
    end_send (end, 100 * MIB);
}

static void
write_to_closed (Story *story)
{
  End *dialer;
  End *acceptor;

  story_pair (story, &dialer, &acceptor);
  acceptor->hook = send_when_ended;
  end_close (dialer);
  story_until (story, &acceptor->closed);
  g_assert_true (acceptor->error == ECONNRESET || acceptor->error == EPIPE);
}

/* Small writes one after the other, until it is noticed: no signal ends the program. */
static void
write_on (Alarm *alarm)
{
  End *end = alarm->hook_data;

  if (!end->closed)
    {
      end_send (end, 10);
      alarm_start (alarm, 1 * MS);
    }
}

static void
write_on_to_closed (Story *story)
{
  End *dialer;
  End *acceptor;
  Alarm alarm;

  story_pair (story, &dialer, &acceptor);
  alarm_init (&alarm, story, 1, write_on, acceptor);
  alarm_start (&alarm, 0);
  end_close (dialer);
  story_until (story, &acceptor->closed);
  story_wait (story, 20 * MS);
  g_assert_true (acceptor->error == ECONNRESET || acceptor->error == EPIPE);
  alarm_clear (&alarm);
}

static void
abort_resets (Story *story)
{
  End *dialer;
  End *acceptor;

  story_pair (story, &dialer, &acceptor);
  end_abort (dialer);
  story_until (story, &acceptor->closed);
  g_assert_cmpint (acceptor->error, ==, ECONNRESET);
  g_assert_false (acceptor->ended);
}

/* The write finds the reset before the reader does; the news is the same. */
static void
write_into_reset (Story *story)
{
  End *dialer;
  End *acceptor;

  story_pair (story, &dialer, &acceptor);
  end_abort (dialer);
  end_send (acceptor, 1000);
  story_until (story, &acceptor->closed);
  g_assert_true (acceptor->error == ECONNRESET || acceptor->error == EPIPE);
  g_assert_false (acceptor->ended);
}

static void
abort_throws_away (Story *story)
{
  End *dialer;
  End *acceptor;

  story_pair (story, &dialer, &acceptor);
  DO (story, aemp_stream_pause (acceptor->stream));
  end_send (dialer, 100 * MIB);
  end_abort (dialer);
  story_wait (story, 20 * MS);
  DO (story, aemp_stream_resume (acceptor->stream));
  story_until (story, &acceptor->closed);
  g_assert_cmpint (acceptor->error, ==, ECONNRESET);
  g_assert_false (acceptor->ended);
  g_assert_cmpuint (acceptor->received, <, dialer->sent);
}

/* A paused stream still tells of a reset, at once or when it goes on. */
static void
reset_while_paused (Story *story)
{
  End *dialer;
  End *acceptor;

  story_pair (story, &dialer, &acceptor);
  DO (story, aemp_stream_pause (acceptor->stream));
  end_abort (dialer);
  story_wait (story, 50 * MS);
  DO (story, aemp_stream_resume (acceptor->stream));
  story_until (story, &acceptor->closed);
  g_assert_cmpint (acceptor->error, ==, ECONNRESET);
}

static void
close_with_unread (Story *story)
{
  End *dialer;
  End *acceptor;

  story_pair (story, &dialer, &acceptor);
  DO (story, aemp_stream_pause (acceptor->stream));
  end_send (dialer, 1000);
  story_wait (story, 50 * MS); /* for the bytes to arrive */
  end_close (acceptor);
  story_until (story, &dialer->closed);
  g_assert_cmpint (dialer->error, ==, ECONNRESET);
  g_assert_false (dialer->ended);
}

/* Both close at once: nobody may be told anything any more. */
static void
both_close (Story *story)
{
  End *dialer;
  End *acceptor;
  unsigned callbacks;

  story_pair (story, &dialer, &acceptor);
  callbacks = story->callbacks;
  end_close (dialer);
  end_close (acceptor);
  story_wait (story, 50 * MS);
  g_assert_cmpuint (story->callbacks, ==, callbacks);
}

const StoryEntry end_stories[] = {
  { "/ends/half-close",
    "One side ends and still reads for megabytes; when the other ends too, both are closed "
    "without an error.",
    half_close },
  { "/ends/end-in-ended", "The answer to an end is an end, from its callback.", end_in_ended },
  { "/ends/end-early", "A stream ends before it is open: the peer sees it come and end.",
    end_early },
  { "/ends/after-closed", "After `closed`, calls do nothing; the owner still closes.",
    after_closed },
  { "/ends/close-delivers", "Everything taken before a close arrives, then the end.",
    close_delivers },
  { "/ends/write-to-closed", "Who writes much to one that has closed is told.", write_to_closed },
  { "/ends/write-on-to-closed", "Who writes little again and again to one that has closed, too.",
    write_on_to_closed },
  { "/ends/abort-resets", "The peer of an abort sees a reset, and no end.", abort_resets },
  { "/ends/write-into-reset", "A reset is told as one, also when a write meets it first.",
    write_into_reset },
  { "/ends/abort-throws-away", "What was on its way when its writer aborted is not completed.",
    abort_throws_away },
  { "/ends/reset-while-paused", "A paused stream learns of a reset in the end.",
    reset_while_paused },
  { "/ends/close-with-unread", "A close that leaves the peer's bytes unread is a reset to it.",
    close_with_unread },
  { "/ends/both-close", "Two close at the same time, and hear nothing of it.", both_close },
  { 0 },
};
