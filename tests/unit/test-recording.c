/* tests/unit/test-recording.c - a node's life written down, and lived once more. */

#include "engine/digest.h"
#include "engine/recorder.h"
#include "engine/recording.h"
#include "engine/replay.h"
#include "stage.h"

#include <string.h>

#define MS ((int64_t) 1000)

/* --- Rosa, who lives twice ------------------------------------------------------------------- */

/* What a node told. */
typedef struct
{
  AempTracer tracer;
  GString *trace; /* lines of JSON */
  AempDigest digest;
  AempReplay *replay; /* NULL: the node lives */
} Diary;

static void
see (AempTracer *tracer, const AempTraceEvent *event)
{
  Diary *diary = (Diary *) tracer;
  if (diary->replay && aemp_replay_state (diary->replay) != AEMP_REPLAY_GOES_ON)
    return;
  aemp_digest_see (&diary->digest, event);
  aemp_trace_write_json (diary->trace, event, diary->digest.events);
  g_string_append_c (diary->trace, '\n');
}

static Diary *
diary_new (AempReplay *replay)
{
  Diary *diary = g_new0 (Diary, 1);
  diary->tracer.see = see;
  diary->trace = g_string_new (NULL);
  diary->replay = replay;
  aemp_digest_init (&diary->digest, 0);
  return diary;
}

static void
diary_free (Diary *diary)
{
  g_string_free (diary->trace, TRUE);
  g_free (diary);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Diary, diary_free)

static void
set (AempConfig *config, const char *key, const char *value)
{
  g_autoptr (GError) error = NULL;
  aemp_config_set (config, key, value, &error);
  g_assert_no_error (error);
}

/* A node that listens, floods Ruth's sink, later with more than fits into a buffer, and says hello to Ruth's echo.  It may differ from
 * what it always is by one setting.  NULL: a replay has it that it cannot listen. */
static AempNode *
rosa_begin (AempEnv *env, Diary *diary, const char *key, const char *value)
{
  g_autoptr (AempConfig) config = aemp_config_new ();
  g_autoptr (GError) error = NULL;
  set (config, "nodeid", "rosa");
  set (config, "binds", "*:4040");
  set (config, "seeds", "rain:4040,nobody:4040");
  set (config, "secret", "tea");
  set (config, key, value);
  AempNode *node = aemp_node_new (env, config, &diary->tracer, &error);
  g_assert_no_error (error);
  sim_actors_register (node);
  if (!aemp_node_start (node, &error))
    {
      g_assert_nonnull (diary->replay);
      aemp_node_free (node);
      return NULL;
    }
  g_free (aemp_spawn (node, "rosa", "aemp::flood", "s{ss si}", "rosa.talk", "target", "ruth.sink",
                      "every_us", 300 * MS));
  g_free (aemp_spawn (node, "rosa", "aemp::flood", "s{ss si si si}", "rosa.bulk", "target",
                      "ruth.sink", "every_us", SECOND, "size_bytes", (int64_t) 300000, "from_us",
                      2 * SECOND));
  g_free (aemp_spawn (node, "rosa", "aemp::hello", "s{ss}", "rosa.hello", "target", "ruth.echo"));
  return node;
}
#define ROSA_BEGIN(env, diary) rosa_begin (env, diary, "nodeid", "rosa")

/* Rosa in a town, recorded. */
typedef struct
{
  Town *town;
  SimHost *host;
  SimProcess *process;
  AempRecorder *recorder;
  AempNode *node;
  Diary *diary;
  GByteArray *recording;
  bool disk_full;
} Life;

static bool
keep (const uint8_t *bytes, size_t length, void *user_data)
{
  Life *life = user_data;
  g_byte_array_append (life->recording, bytes, length);
  return true;
}

static bool
refuse (const uint8_t *bytes, size_t length, void *user_data)
{
  Life *life = user_data;
  g_assert_false (life->disk_full); /* it is told once */
  life->disk_full = true;
  return false;
}

static Life *
life_begin (uint64_t seed, AempRecorderWrite write)
{
  Life *life = g_new0 (Life, 1);
  life->town = stage_new (seed);
  stage_act (life->town, "ruth.sink", "sink", "{}");
  stage_act (life->town, "ruth.echo", "echo", "{}");
  life->recording = g_byte_array_new ();
  life->diary = diary_new (NULL);
  life->host = sim_host_new (life->town->world, "rosa");
  life->process = sim_process_new (life->host);
  life->recorder = aemp_recorder_new (sim_process_env (life->process), write, life);
  life->node = ROSA_BEGIN (aemp_recorder_env (life->recorder), life->diary);
  return life;
}

static void
life_run (Life *life, int64_t duration_us)
{
  town_run (life->town, duration_us);
}

/* As an orderly end leaves it, or (false) as it is after a kill. */
static void
life_end (Life *life, bool orderly)
{
  unsigned kept = life->recording->len;
  if (!life->node)
    return;
  if (orderly)
    aemp_recorder_stop (life->recorder, &life->diary->digest);
  g_clear_pointer (&life->node, aemp_node_free);
  g_clear_pointer (&life->recorder, aemp_recorder_free);
  if (!orderly)
    g_byte_array_set_size (life->recording, kept);
  sim_process_kill (life->process);
  sim_process_free (life->process);
}

static void
life_free (Life *life)
{
  life_end (life, true);
  town_free (life->town);
  diary_free (life->diary);
  g_byte_array_unref (life->recording);
  g_free (life);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Life, life_free)

/* A short one, in which she finds Ruth and says hello; recorded to its orderly end. */
static Life *
short_life (void)
{
  Life *life = life_begin (3, keep);
  life_run (life, SECOND);
  g_assert_nonnull (strstr (life->diary->trace->str, "heard hello"));
  life_end (life, true);
  return life;
}

static AempReplayState
live_again (AempReplay *replay, Diary *diary, const char *key, const char *value)
{
  g_autoptr (AempNode) node = rosa_begin (aemp_replay_env (replay), diary, key, value);
  AempReplayState state;
  do
    state = aemp_replay_step (replay);
  while (state == AEMP_REPLAY_GOES_ON);
  g_assert_cmpint (aemp_replay_step (replay), ==, state);
  return state;
}
#define LIVE_AGAIN(replay, diary) live_again (replay, diary, "nodeid", "rosa")

/* --- Records ---------------------------------------------------------------------------------- */

static void
assert_kept (const AempRecord *record)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  int64_t clock_us = 0;
  AempRecord again;
  g_autoptr (GError) error = NULL;
  aemp_record_append (bytes, record, &clock_us);
  AempRecordReader reader = { .bytes = bytes->data, .length = bytes->len };
  g_assert_true (aemp_record_read (&reader, &again, &error));
  g_assert_true (aemp_record_equal (record, &again));
  g_assert_cmpuint (reader.at, ==, bytes->len);
  g_assert_false (aemp_record_read (&reader, &again, &error));
  g_assert_no_error (error);
  for (reader.length = 0; reader.length < bytes->len; reader.length++)
    {
      reader.at = 0;
      g_assert_false (aemp_record_read (&reader, &again, &error));
      g_assert_no_error (error);
      g_assert_cmpuint (reader.at, ==, 0);
    }
}

static void
test_records (void)
{
  g_test_summary ("Records come back as they were: numbers of all sizes, texts, none, no bytes, many "
                  "bytes, errors.  One that is cut is none.");
  static const uint64_t numbers[]
      = { 0, 1, 127, 128, 16383, 16384, UINT64_C (1) << 63, UINT64_MAX };
  uint8_t many[300];
  memset (many, 0xff, sizeof many);
  for (unsigned i = 0; i < G_N_ELEMENTS (numbers); i++)
    assert_kept (&(AempRecord){ .kind = AEMP_RECORD_WRITE, .object = numbers[i],
                                .number = numbers[7 - i], .hash = numbers[i] });
  for (unsigned i = 0; i <= sizeof many; i += 50)
    assert_kept (&(AempRecord){ .kind = AEMP_RECORD_RECEIVED, .time_us = 1 << i % 32,
                                .object = 7, .bytes = many, .length = i });
  assert_kept (&(AempRecord){ .kind = AEMP_RECORD_IS_TEXT });
  assert_kept (&(AempRecord){ .kind = AEMP_RECORD_IS_TEXT, .text = "" });
  assert_kept (&(AempRecord){ .kind = AEMP_RECORD_IS_TEXT, .text = "f\303\266tt" });
  assert_kept (&(AempRecord){ .kind = AEMP_RECORD_IS_TEXTS, .bytes = (const uint8_t *) "a\0\0b",
                              .length = 5 });
  assert_kept (&(AempRecord){ .kind = AEMP_RECORD_CLOSED, .time_us = 5, .object = 3 });
  assert_kept (&(AempRecord){ .kind = AEMP_RECORD_CLOSED, .time_us = 5, .object = 3,
                              .domain = AEMP_ERRNO, .number = 104, .text = "gone" });
}

static void
test_broken_records (void)
{
  g_test_summary ("Bytes that nobody wrote are told from a record that is cut: the error says at "
                  "which event.");
  static const char *const broken[] = {
    "\x00", "\xf0", /* no kinds */
    "\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", /* too large a number */
    "\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02",
    "\x01\x80\x80\x80\x80\x80\x80\x80\x80\x10\x01", /* too late a time */
  };
  for (unsigned i = 0; i < G_N_ELEMENTS (broken) + 3; i++)
    {
      g_autoptr (GByteArray) bytes = g_byte_array_new ();
      g_autoptr (GError) error = NULL;
      AempRecord record = { .kind = AEMP_RECORD_IS_TEXT, .text = "tea" };
      int64_t clock_us = 0;
      aemp_record_append (bytes, &record, &clock_us);
      unsigned whole = bytes->len;
      if (i < G_N_ELEMENTS (broken))
        g_byte_array_append (bytes, (const uint8_t *) broken[i], MAX (strlen (broken[i]), 1));
      else
        g_byte_array_append (bytes, bytes->data, whole);
      if (i == G_N_ELEMENTS (broken))
        bytes->data[bytes->len - 1] = 'x'; /* no zero */
      if (i == G_N_ELEMENTS (broken) + 1)
        bytes->data[bytes->len - 2] = 0xc0; /* no UTF-8 */
      if (i == G_N_ELEMENTS (broken) + 2)
        bytes->data[bytes->len - 2] = 0; /* a zero inside */
      AempRecordReader reader = { .bytes = bytes->data, .length = bytes->len };
      g_assert_true (aemp_record_read (&reader, &record, &error));
      g_assert_false (aemp_record_read (&reader, &record, &error));
      g_assert_error (error, AEMP_ERROR, AEMP_ERROR_MALFORMED);
      g_assert_cmpstr (error->message, ==, "the recording is broken at event 2");
    }
}

/* --- Lives ------------------------------------------------------------------------------------- */

/* Faults of all kinds. */
static void
live_eventfully (Life *life)
{
  life_run (life, 3 * SECOND);
  sim_path_cut (life->host, town_host (life->town, "ruth"));
  life_run (life, 40 * SECOND);
  sim_path_heal (life->host, town_host (life->town, "ruth"));
  life_run (life, 20 * SECOND);
  town_kill (life->town, "ruth");
  life_run (life, 4 * SECOND);
  town_restart (life->town, "ruth");
  sim_actors_register (town_node (life->town, "ruth"));
  stage_act (life->town, "ruth.sink", "sink", "{}");
  life_run (life, 60 * SECOND);
}

static void
assert_same_trace (const Diary *one, const Diary *again)
{
  g_assert_cmpstr (one->trace->str, ==, again->trace->str);
  g_assert_cmpmem (&one->digest, sizeof one->digest, &again->digest, sizeof again->digest);
}

static void
test_same_life (void)
{
  g_test_summary ("Rosa floods Ruth, is cut off, sees her die and come back.  Replayed without any "
                  "world she tells the same, byte for byte, and the digest is the recorded one.");
  g_autoptr (Life) life = life_begin (1, keep);
  live_eventfully (life);
  life_end (life, true);
  g_autoptr (AempReplay) replay = aemp_replay_new (life->recording->data, life->recording->len);
  g_autoptr (Diary) diary = diary_new (replay);
  char text[AEMP_DIGEST_TEXT_BYTES];
  const char *digest;
  uint64_t events;
  AempReplayState state = LIVE_AGAIN (replay, diary);
  if (aemp_replay_error (replay))
    g_error ("%s", aemp_replay_error (replay)->message);
  g_assert_cmpint (state, ==, AEMP_REPLAY_STOPPED);
  assert_same_trace (life->diary, diary);
  aemp_replay_recorded (replay, &digest, &events);
  aemp_digest_text (&diary->digest, text);
  g_assert_cmpstr (digest, ==, text);
  g_assert_cmpuint (events, ==, diary->digest.events);
  g_assert_cmpuint (events, >, 200);
  g_assert_true (diary->tracer.marks >> AEMP_MARK_WRITE_SHORT & 1);
}

static void
test_recording_changes_nothing (void)
{
  g_test_summary ("A recorded node lives as one that is not recorded.");
  g_autoptr (Life) recorded = life_begin (1, keep);
  g_autoptr (Life) not_recorded = life_begin (1, refuse);
  live_eventfully (recorded);
  live_eventfully (not_recorded);
  g_assert_true (not_recorded->disk_full);
  g_assert_cmpuint (not_recorded->recording->len, ==, 0);
  g_assert_cmpuint (recorded->recording->len, >, 0);
  assert_same_trace (recorded->diary, not_recorded->diary);
}

static unsigned
count (const GString *trace, const char *wanted)
{
  unsigned found = 0;
  for (const char *at = strstr (trace->str, wanted); at; at = strstr (at + 1, wanted))
    found++;
  return found;
}

static void
test_killed (void)
{
  g_test_summary ("Rosa is killed, and what was held back is lost.  Still the recording has all "
                  "that anybody else can know: each message that reached Ruth is sent in the replay.");
  for (int64_t length_us = SECOND; length_us < 3 * SECOND; length_us += 70 * MS)
    {
      g_autoptr (Life) life = life_begin (2, keep);
      life_run (life, length_us);
      life_end (life, false);
      g_autoptr (AempReplay) replay = aemp_replay_new (life->recording->data, life->recording->len);
      g_autoptr (Diary) diary = diary_new (replay);
      g_assert_cmpint (LIVE_AGAIN (replay, diary), ==, AEMP_REPLAY_CUT);
      g_assert_true (g_str_has_prefix (life->diary->trace->str, diary->trace->str));
      unsigned sent = count (diary->trace, "\"event\":\"send\",\"peer\":\"ruth\"");
      unsigned got = town_told (life->town, "ruth deliver peer=rosa")
                     + town_told (life->town, "ruth request peer=rosa");
      g_assert_cmpuint (got, >, 3);
      g_assert_cmpuint (sent, >=, got);
    }
}

static void
test_cut_anywhere (void)
{
  g_test_summary ("Cut at any byte, a recording is one of a shorter life: the trace is the beginning "
                  "of the whole one, and nothing is wrong with it.");
  g_autoptr (Life) life = short_life ();
  size_t told = 0;
  for (unsigned length = 0; length < life->recording->len; length++)
    {
      g_autofree uint8_t *bytes = g_memdup2 (life->recording->data, length);
      g_autoptr (AempReplay) replay = aemp_replay_new (bytes, length);
      g_autoptr (Diary) diary = diary_new (replay);
      g_assert_cmpint (LIVE_AGAIN (replay, diary), ==, AEMP_REPLAY_CUT);
      g_assert_null (aemp_replay_error (replay));
      g_assert_cmpuint (diary->trace->len, >=, told);
      told = diary->trace->len;
      g_assert_true (g_str_has_prefix (life->diary->trace->str, diary->trace->str));
    }
  g_assert_cmpuint (told, ==, life->diary->trace->len);
}

static void
test_damaged_anywhere (void)
{
  g_test_summary ("With any byte changed a recording may still be played, or fail, or break off; "
                  "whatever it is, the replay ends, and knows when something is wrong.");
  static const uint8_t flips[] = { 0x01, 0x10, 0x80, 0xff };
  g_autoptr (Life) life = short_life ();
  unsigned failed = 0, noticed = 0;
  for (unsigned at = 0; at < life->recording->len; at++)
    {
      g_autofree uint8_t *bytes = g_memdup2 (life->recording->data, life->recording->len);
      bytes[at] ^= flips[at % 4];
      g_autoptr (AempReplay) replay = aemp_replay_new (bytes, life->recording->len);
      g_autoptr (Diary) diary = diary_new (replay);
      AempReplayState state = LIVE_AGAIN (replay, diary);
      bool same = strcmp (diary->trace->str, life->diary->trace->str) == 0;
      failed += state == AEMP_REPLAY_FAILED;
      g_assert_true ((state == AEMP_REPLAY_FAILED) == (aemp_replay_error (replay) != NULL));
      noticed += !same || state != AEMP_REPLAY_STOPPED;
    }
  g_test_message ("%u bytes, %u failed, %u noticed", life->recording->len, failed, noticed);
  g_assert_cmpuint (failed, >, life->recording->len / 2);
}

static void
assert_diverges (const char *key, const char *value, const char *pattern)
{
  g_autoptr (Life) life = short_life ();
  g_autoptr (AempReplay) replay = aemp_replay_new (life->recording->data, life->recording->len);
  g_autoptr (Diary) diary = diary_new (replay);
  g_assert_cmpint (live_again (replay, diary, key, value), ==, AEMP_REPLAY_FAILED);
  const GError *error = aemp_replay_error (replay);
  g_assert_error (error, AEMP_ERROR, AEMP_ERROR_DIVERGED);
  if (!g_pattern_match_simple (pattern, error->message))
    g_error ("%s", error->message);
}

static void
test_diverged (void)
{
  g_test_summary ("A node with other settings is not the recorded one.  The error says what it wanted "
                  "and what it should have wanted.");
  assert_diverges ("binds", "*:4041",
                   "diverged at event *: the node wanted to listen at \"10.0.0.*:4041\" as listener "
                   "*, the recording has: listen at \"10.0.0.*:4040\" as listener *");
  assert_diverges ("monitor_timeout", "31s",
                   "diverged at event *: the node wanted to start timer * with 31000000 us, the "
                   "recording has: start timer * with 30000000 us");
  assert_diverges ("secret", "coffee",
                   "diverged at event *: the node wanted to *, the recording has: *");
  assert_diverges ("seeds", "",
                   "diverged at event *: the node wanted to look at the clock, the recording has: "
                   "look up * as resolution *");
}

static void
test_idle_node_diverges (void)
{
  g_test_summary ("A node that asks for less than the recorded one did: it wanted nothing.");
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  int64_t clock_us = 0;
  aemp_record_append (bytes, &(AempRecord){ .kind = AEMP_RECORD_WALL }, &clock_us);
  g_autoptr (AempReplay) replay = aemp_replay_new (bytes->data, bytes->len);
  g_assert_cmpint (aemp_replay_step (replay), ==, AEMP_REPLAY_FAILED);
  g_assert_cmpstr (aemp_replay_error (replay)->message, ==,
                   "diverged at event 1: the node wanted nothing, the recording has: look at the "
                   "wall clock");
}

static void
test_reaches (void)
{
  g_test_summary ("It is known beforehand in which step the node gets to an event: none before it "
                  "plays it, and that one does.");
  g_autoptr (Life) life = short_life ();
  g_autoptr (AempReplay) whole = aemp_replay_new (life->recording->data, life->recording->len);
  g_autoptr (Diary) whole_diary = diary_new (whole);
  LIVE_AGAIN (whole, whole_diary);
  uint64_t events = aemp_replay_events (whole);
  g_assert_cmpuint (events, >, 50);
  for (uint64_t event = 1; event <= events; event++)
    {
      g_autoptr (AempReplay) replay = aemp_replay_new (life->recording->data, life->recording->len);
      g_autoptr (Diary) diary = diary_new (replay);
      bool at_beginning = aemp_replay_reaches (replay, event);
      g_autoptr (AempNode) node = ROSA_BEGIN (aemp_replay_env (replay), diary);
      g_assert_true (at_beginning == (aemp_replay_events (replay) >= event));
      while (!at_beginning && !aemp_replay_reaches (replay, event))
        {
          g_assert_cmpint (aemp_replay_step (replay), ==, AEMP_REPLAY_GOES_ON);
          g_assert_cmpuint (aemp_replay_events (replay), <, event);
        }
      aemp_replay_step (replay);
      g_assert_cmpuint (aemp_replay_events (replay), >=, event);
      g_assert_false (aemp_replay_reaches (replay, events + 1));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/recording/records", test_records);
  g_test_add_func ("/recording/broken-records", test_broken_records);
  g_test_add_func ("/recording/same-life", test_same_life);
  g_test_add_func ("/recording/changes-nothing", test_recording_changes_nothing);
  g_test_add_func ("/recording/killed", test_killed);
  g_test_add_func ("/recording/cut-anywhere", test_cut_anywhere);
  g_test_add_func ("/recording/damaged-anywhere", test_damaged_anywhere);
  g_test_add_func ("/recording/diverged", test_diverged);
  g_test_add_func ("/recording/idle-node-diverges", test_idle_node_diverges);
  g_test_add_func ("/recording/reaches", test_reaches);
  return g_test_run ();
}
