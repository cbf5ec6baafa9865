/* tests/fuzz/fuzz-connection.c - for libFuzzer: bytes into a whole node.
 *
 * The first byte chooses who says them: bit 0 somebody who was let in, else a stranger; bit 1 in
 * CBOR, else in JSON.  The second says how the rest is cut.  The node lives in a simulated
 * world, with a friend whose question it has to answer afterwards, whatever was said. */
#include "tests/unit/stranger.h"

#include <string.h>

#define SOON (SECOND / 20)
#define SEED "10.0.0.1:4040"

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length);

typedef struct
{
  Town *town;
  SimProcess *process;
  Stranger *stranger;
} Guest;

static Guest
guest_new (Town *town, const char *id)
{
  SimProcess *process = sim_process_new (sim_host_new (town->world, id));
  Stranger *stranger = stranger_dial (sim_process_env (process), SEED);
  town_run (town, SOON);
  return (Guest){ town, process, stranger };
}

static void
guest_clear (Guest *guest)
{
  stranger_free (guest->stranger);
  sim_process_kill (guest->process);
  sim_process_free (guest->process);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Guest, guest_clear)

static void
join (Guest *guest, const char *id, const char *framing)
{
  g_autofree char *nonce = g_strconcat ("0nonce of ", id, NULL);
  Stranger *stranger = guest->stranger;
  stranger_greet (stranger, id, nonce, "");
  town_run (guest->town, SOON);
  const char *end = strchr (strchr (stranger->heard->str, '\n') + 1, '\n') + 1;
  g_autofree char *theirs = g_strndup (stranger->heard->str, end - stranger->heard->str);
  g_autofree char *lines = g_strconcat (stranger->said->str, theirs, NULL);
  g_autofree char *proof = stranger_proof ("tea", lines, framing);
  stranger_say (stranger, proof);
  stranger_say (stranger, "\n");
  town_run (guest->town, SOON);
}

static void
say (Guest *guest, const uint8_t *bytes, size_t length, size_t piece)
{
  for (size_t said = 0; said < length && !guest->stranger->closed; said += piece)
    {
      aemp_stream_write (guest->stranger->stream, bytes + said, MIN (piece, length - said));
      town_run (guest->town, SECOND / 1000);
    }
}

static void
expect_answer (Guest *friend)
{
  Stranger *stranger = friend->stranger;
  size_t before = stranger->heard->len;
  stranger_say (stranger, "[\"\",\"time\",\"friend#t\",\"well\"]");
  town_run (friend->town, SECOND);
  g_assert_false (stranger->closed);
  g_assert_nonnull (strstr (stranger->heard->str + before, "[\"t\",\"well\","));
}

int
LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length)
{
  if (length < 2)
    return 0;
  g_autoptr (Town) town = town_new (1, "seed", NULL);
  g_auto (Guest) friend = guest_new (town, "friend");
  g_auto (Guest) other = guest_new (town, "other");
  join (&friend, "friend", "json");
  if (bytes[0] & 1)
    join (&other, "other", bytes[0] & 2 ? "cbor" : "json");
  say (&other, bytes + 2, length - 2, MAX ((size_t) bytes[1] * 4, 16));
  town_run (town, SECOND);
  expect_answer (&friend);
  return 0;
}
