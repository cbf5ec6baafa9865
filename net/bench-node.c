/* net/bench-node.c - the parts of `aemp bench node` that whole nodes play.
 *
 * They begin as those of `aemp run` do, and what they do they do as programs: by engine/aemp.h. */
#include "net/bench.h"
#include "net/env.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BATCH_MOST 1000         /* messages that are sent for one word from the other side … */
#define BATCH_BYTES (64 * 1024) /* … and no more bytes of strings */
#define BATCHES 16              /* so many batches are under way */
#define METER_STEP 1024         /* the clock is looked at after so many messages */
#define LOCAL_BALLS 64
#define CONNECTING_MAX 100 /* of the crowd at once */
#define WAIT_MS 200        /* until a process is at rest */

typedef struct
{
  const NetBenchPart *part;
  GMainLoop *loop;
  AempEnv *env;
  NetListening listening;
  AempNode *node;
  NetBenchMeter meter;
  char *other; /* the port of the other side */
  char *string;
  AempMessage *message;
  const char *port;
  unsigned batch;
} Player;

static void
set (AempConfig *config, const char *key, const char *value)
{
  g_autoptr (GError) error = NULL;

  if (!aemp_config_set (config, key, value, &error))
    g_error ("%s", error->message);
}

/* With an address to join by, or else a listener of its own. */
static AempNode *
begin_node (AempEnv *env, const NetBenchPart *part, const char *name, NetListening *listening)
{
  g_autoptr (AempConfig) config = aemp_config_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (AempMessage) services = aemp_message_new ("");
  NetBirth birth = { .config = config, .services = services };
  AempNode *node;

  set (config, "nodeid", name);
  set (config, "secret", "the secret of the bench");
  if (part->framing)
    set (config, "framing_format", part->framing);
  if (part->address)
    {
      set (config, "binds", "");
      set (config, "seeds", part->address);
    }
  else
    {
      set (config, "binds", "127.0.0.1:*");
      set (config, "global", "on");
    }
  node = net_life_begin (env, &birth, listening, &error);
  if (!node)
    g_error ("%s", error->message);
  return node;
}

/* As much as `aemp run` does, when it writes no trace. */
static void
hear_little (NetListening *listening)
{
  net_listening_init (listening, NET_LEVEL_ERROR);
  listening->tracer.skips_messages = true;
}

static void
player_init (Player *player, const NetBenchPart *part, const char *name, unsigned step)
{
  *player = (Player){ .part = part };
  player->loop = g_main_loop_new (NULL, false);
  player->env = net_env_new (NULL);
  player->string = g_strnfill (part->bytes, 'x');
  player->message = aemp_message_new ("s", player->string);
  player->batch = (unsigned)MIN (BATCH_MOST, BATCH_BYTES / MAX (part->bytes, 1));
  hear_little (&player->listening);
  net_bench_meter_init (&player->meter, part->seconds, step);
  player->node = begin_node (player->env, part, name, &player->listening);
}

static void
open_port (Player *player, AempReceive receive)
{
  player->port = aemp_port (player->node, receive, player, NULL);
}

/* Waits for what comes: the process ends by the meter, or is killed. */
static G_GNUC_NORETURN void
go_on (Player *player)
{
  for (;;)
    net_env_iterate (player->env);
}

static G_GNUC_NORETURN void
listen_on (Player *player)
{
  net_bench_say ("ready %s %s", aemp_node_listeners (player->node)[0], player->port);
  go_on (player);
}

static void
send_string (Player *player, const char *port)
{
  aemp_snd (player->node, port, "t", player->string, (size_t)player->part->bytes);
}

/* The first message is the port of the other side. */
static bool
is_first (Player *player, const AempList *message)
{
  if (player->other)
    return false;
  player->other = aemp_value_dup_text (aemp_list_get (message, 0), NULL);
  return true;
}

/* --- One way --- */

static void
take (AempNode *node, const AempList *message, void *user_data)
{
  Player *player = user_data;

  if (is_first (player, message))
    return;
  net_bench_meter_count (&player->meter, 1);
  if (player->meter.count % player->batch == 0)
    aemp_snd (node, player->other, "s", "more");
}

void
net_bench_take (const NetBenchPart *part)
{
  Player player;

  player_init (&player, part, "taker", METER_STEP);
  open_port (&player, take);
  listen_on (&player);
}

static void
send_batch (AempNode *node, const AempList *message, void *user_data)
{
  Player *player = user_data;

  for (unsigned i = 0; i < player->batch; i++)
    send_string (player, player->part->port);
}

void
net_bench_send (const NetBenchPart *part)
{
  Player player;
  AempList nothing = { 0 };

  player_init (&player, part, "sender", METER_STEP);
  open_port (&player, send_batch);
  aemp_snd (player.node, part->port, "s", player.port);
  for (unsigned i = 0; i < BATCHES; i++)
    send_batch (player.node, &nothing, &player);
  go_on (&player);
}

/* --- Round trips --- */

static void
echo (AempNode *node, const AempList *message, void *user_data)
{
  Player *player = user_data;

  if (!is_first (player, message))
    send_string (player, player->other);
}

void
net_bench_echo (const NetBenchPart *part)
{
  Player player;

  player_init (&player, part, "echo", 1);
  open_port (&player, echo);
  listen_on (&player);
}

static void
call_again (AempNode *node, const AempList *message, void *user_data)
{
  Player *player = user_data;

  net_bench_meter_count (&player->meter, 1);
  send_string (player, player->part->port);
}

void
net_bench_call (const NetBenchPart *part)
{
  Player player;

  player_init (&player, part, "caller", 64);
  open_port (&player, call_again);
  aemp_snd (player.node, part->port, "s", player.port);
  for (uint64_t i = 0; i < part->count; i++)
    send_string (&player, part->port);
  go_on (&player);
}

/* --- A node alone --- */

static void
throw_again (AempNode *node, const AempList *message, void *user_data)
{
  Player *player = user_data;

  net_bench_meter_count (&player->meter, 1);
  send_string (player, player->port);
}

void
net_bench_local (const NetBenchPart *part)
{
  Player player;

  player_init (&player, part, "alone", METER_STEP);
  open_port (&player, throw_again);
  for (unsigned i = 0; i < LOCAL_BALLS; i++)
    send_string (&player, player.port);
  go_on (&player);
}

/* One message that was made once. */
static void
throw_same (AempNode *node, const AempList *message, void *user_data)
{
  Player *player = user_data;
  AempList list = aemp_message_list (player->message);

  net_bench_meter_count (&player->meter, 1);
  aemp_snd_list (node, player->port, &list);
}

void
net_bench_local_again (const NetBenchPart *part)
{
  Player player;

  player_init (&player, part, "alone", METER_STEP);
  open_port (&player, throw_same);
  for (unsigned i = 0; i < LOCAL_BALLS; i++)
    send_string (&player, player.port);
  go_on (&player);
}

static gboolean
stop (void *user_data)
{
  g_main_loop_quit (user_data);
  return G_SOURCE_REMOVE;
}

static uint64_t
memory_at_rest (Player *player)
{
  uint64_t private_dirty_bytes = 0, resident_bytes;

  g_timeout_add (WAIT_MS, stop, player->loop);
  g_main_loop_run (player->loop);
  if (!net_bench_memory (getpid (), &private_dirty_bytes, &resident_bytes))
    g_error ("cannot read what memory this process takes");
  return private_dirty_bytes;
}

static void
ignore (AempNode *node, const AempList *message, void *user_data)
{
}

void
net_bench_ports (const NetBenchPart *part)
{
  Player player;
  uint64_t before;

  player_init (&player, part, "ports", 1);
  before = memory_at_rest (&player);
  for (uint64_t i = 0; i < part->count; i++)
    aemp_port (player.node, ignore, &player, NULL);
  net_bench_say ("figure %.1f", (double)(memory_at_rest (&player) - before) / (double)part->count);
}

/* --- Many nodes in one process --- */

typedef struct
{
  Player *player;
  uint64_t begun;
  uint64_t connected;
} Crowd;

static void begin_one (Crowd *crowd);

/* Of one of the crowd's nodes: it has met the one whom all come to see. */
static void
on_met (AempNode *node, const AempList *news, void *user_data)
{
  Crowd *crowd = user_data;
  const AempValue *is_up = aemp_list_get (news, 1);

  if (!is_up || !is_up->as.boolean)
    _exit (crowd->connected == crowd->player->part->count ? EXIT_SUCCESS : EXIT_FAILURE);
  if (++crowd->connected == crowd->player->part->count)
    net_bench_say ("ready");
  else if (crowd->begun < crowd->player->part->count)
    begin_one (crowd);
}

static void
begin_one (Crowd *crowd)
{
  Player *player = crowd->player;
  g_autofree char *name = g_strdup_printf ("crowd%" G_GUINT64_FORMAT, crowd->begun++);
  AempNode *node = begin_node (player->env, player->part, name, &player->listening);

  aemp_mon_nodes (node, on_met, crowd, NULL);
}

void
net_bench_crowd (const NetBenchPart *part)
{
  Player player;
  Crowd crowd = { .player = &player };

  player = (Player){ .part = part };
  player.loop = g_main_loop_new (NULL, false);
  player.env = net_env_new (NULL);
  hear_little (&player.listening);
  for (unsigned i = 0; i < CONNECTING_MAX && crowd.begun < part->count; i++)
    begin_one (&crowd);
  go_on (&player);
}
