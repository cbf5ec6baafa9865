/* net/env.c - the table of the real world, and what in it needs no file of its own. */
#include "net/internal.h"

#include <errno.h>
#include <sys/random.h>
#include <sys/utsname.h>

static int64_t
net_wall_us (AempEnv *env)
{
  return g_get_real_time ();
}

/* The kernel's randomness needs neither label nor identity. */
static void
net_random_bytes (AempEnv *env, const char *label, uint64_t identity, void *bytes, size_t length)
{
  uint8_t *next = bytes;

  while (length > 0)
    {
      ssize_t got = getrandom (next, length, 0);

      if (got < 0)
        {
          g_assert (errno == EINTR);
          continue;
        }
      next += got;
      length -= (size_t)got;
    }
}

static const char *
net_host_name (AempEnv *base)
{
  NetEnv *env = net_env (base);

  if (!env->host_name)
    {
      struct utsname names;

      g_assert (uname (&names) == 0);
      env->host_name = g_strdup (names.nodename);
    }
  return env->host_name;
}

/* Asked for anew each time: interfaces come and go. */
static const char *const *
net_interfaces (AempEnv *base)
{
  NetEnv *env = net_env (base);

  g_strfreev (env->interfaces);
  env->interfaces = net_address_interfaces ();
  return (const char *const *)env->interfaces;
}

static const AempEnvOps net_ops = {
  .now_us = net_now_us,
  .wall_us = net_wall_us,
  .random_bytes = net_random_bytes,
  .host_name = net_host_name,
  .interfaces = net_interfaces,
  .timer_new = net_timer_new,
  .timer_start = net_timer_start,
  .timer_stop = net_timer_stop,
  .timer_free = net_timer_free,
  .resolve = net_resolve,
  .resolution_free = net_resolution_free,
  .listen = net_listen,
  .listener_address = net_listener_address,
  .listener_free = net_listener_free,
  .connect = net_connect,
  .stream_set_events = net_stream_set_events,
  .stream_write = net_stream_write,
  .stream_pause = net_stream_pause,
  .stream_resume = net_stream_resume,
  .stream_end = net_stream_end,
  .stream_close = net_stream_close,
  .stream_abort = net_stream_abort,
  .stream_local_address = net_stream_local_address,
  .stream_peer_address = net_stream_peer_address,
};

AempEnv *
net_env_new (GMainContext *context)
{
  NetEnv *env = g_new0 (NetEnv, 1);

  env->parent.ops = &net_ops;
  env->context = g_main_context_ref (context ? context : g_main_context_default ());
  env->heap = g_array_new (false, false, sizeof (NetTimerEntry));
  env->nodelay = true;
  env->read_buffer = g_malloc (NET_READ_BYTES);
  g_queue_init (&env->deferred);
  net_loop_init (env);
  return &env->parent;
}

void
net_env_set_nodelay (AempEnv *env, bool nodelay)
{
  net_env (env)->nodelay = nodelay;
}

void
net_env_set_before_effects (AempEnv *base, void (*before) (void *user_data), void *user_data)
{
  NetEnv *env = net_env (base);

  env->before_effects = before;
  env->before_effects_data = user_data;
}

void
net_env_free (AempEnv *base)
{
  NetEnv *env = net_env (base);

  if (!env)
    return;
  g_assert (!env->in_turn);
  g_assert (env->objects == 0);
  net_loop_clear (env);
  g_array_unref (env->heap);
  g_free (env->read_buffer);
  g_free (env->host_name);
  g_strfreev (env->interfaces);
  g_main_context_unref (env->context);
  g_free (env);
}
