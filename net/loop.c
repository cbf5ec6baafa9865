/* net/loop.c - one GSource for everything a node waits for. */
#include "net/internal.h"

#include <errno.h>
#include <unistd.h>

#define POLLED_MAX 16 /* descriptors of all sources of the context; with more, GLib has the round */

typedef struct
{
  GSource source;
  NetEnv *env;
} NetSource;

/* Inside a turn the clock stands still; whoever asks from outside gets the time. */
int64_t
net_now_us (AempEnv *base)
{
  NetEnv *env = net_env (base);

  return env->in_turn ? env->turn_us : g_get_monotonic_time ();
}

/* --- Watches --- */

void
net_watch_init (NetWatch *watch, NetEnv *env, void *object,
                void (*ready) (NetWatch *watch, uint32_t events))
{
  watch->env = env;
  watch->fd = -1;
  watch->object = object;
  watch->ready = ready;
  env->objects++;
}

void
net_watch_open (NetWatch *watch, int fd)
{
  g_assert (watch->fd < 0 && fd >= 0);
  watch->fd = fd;
}

void
net_watch_set (NetWatch *watch, uint32_t interest)
{
  struct epoll_event event = { .events = interest, .data = { .ptr = watch } };

  if (watch->added && watch->interest == interest)
    return;
  /* Without memory in the kernel for the set a node cannot go on. */
  g_assert (epoll_ctl (watch->env->epoll_fd, watch->added ? EPOLL_CTL_MOD : EPOLL_CTL_ADD,
                       watch->fd, &event)
            == 0);
  watch->added = true;
  watch->interest = interest;
}

/* What was heard of it, and not told yet, is not told any more. */
static void
forget_events (NetEnv *env, const NetWatch *watch)
{
  for (int i = 0; i < env->events_count; i++)
    if (env->events[i].data.ptr == watch)
      env->events[i].data.ptr = NULL;
}

void
net_watch_remove (NetWatch *watch)
{
  if (!watch->added)
    return;
  forget_events (watch->env, watch);
  g_assert (epoll_ctl (watch->env->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL) == 0);
  watch->added = false;
}

void
net_watch_free (NetWatch *watch)
{
  NetEnv *env = watch->env;

  net_watch_remove (watch);
  if (watch->fd >= 0)
    close (watch->fd);
  watch->fd = -1;
  watch->ready = NULL;
  env->objects--;
  if (!env->in_turn)
    {
      g_free (watch->object);
      return;
    }
  watch->next_freed = env->freed;
  env->freed = watch;
}

static void
free_freed (NetEnv *env)
{
  while (env->freed)
    {
      NetWatch *watch = env->freed;

      env->freed = watch->next_freed;
      g_free (watch->object);
    }
}

static void
hear_events (NetEnv *env, int timeout_ms)
{
  int count = epoll_wait (env->epoll_fd, env->events, NET_EVENTS_A_TURN, timeout_ms);

  g_assert (count >= 0 || errno == EINTR);
  env->events_count = MAX (count, 0);
}

static void
serve_watches (NetEnv *env)
{
  if (env->events_count == 0)
    hear_events (env, 0);
  for (int i = 0; i < env->events_count; i++)
    {
      NetWatch *watch = env->events[i].data.ptr; /* NULL: GLib's */

      if (watch && watch->ready) /* no callback before in this turn has freed it */
        watch->ready (watch, env->events[i].events);
    }
  env->events_count = 0;
}

/* --- What was found inside a call --- */

void
net_deferred_init (NetDeferred *deferred, void (*run) (NetDeferred *deferred))
{
  deferred->link = (GList){ 0 };
  deferred->run = run;
}

void
net_defer (NetEnv *env, NetDeferred *deferred)
{
  if (deferred->link.data)
    return;
  deferred->link.data = deferred;
  g_queue_push_tail_link (&env->deferred, &deferred->link);
}

void
net_defer_cancel (NetEnv *env, NetDeferred *deferred)
{
  if (!deferred->link.data)
    return;
  g_queue_unlink (&env->deferred, &deferred->link);
  deferred->link.data = NULL;
}

/* Only what is queued now: what callbacks queue has to wait for the next turn. */
static void
run_deferred (NetEnv *env)
{
  for (unsigned left = g_queue_get_length (&env->deferred); left > 0; left--)
    {
      GList *link = g_queue_pop_head_link (&env->deferred);
      NetDeferred *deferred;

      if (!link)
        return;
      deferred = link->data;
      link->data = NULL;
      deferred->run (deferred);
    }
}

/* --- The source --- */

/* A callback has begun a loop of its own.  Turns do not nest, and that loop must not spin because
 * of what this one has to do. */
static void
turn_deaf (NetEnv *env)
{
  if (!env->deaf)
    g_source_modify_unix_fd (env->source, env->epoll_tag, 0);
  env->deaf = true;
}

static void
listen_again (NetEnv *env)
{
  if (env->deaf)
    g_source_modify_unix_fd (env->source, env->epoll_tag, G_IO_IN);
  env->deaf = false;
}

/* Called before each poll, so a timer that another source's callback started needs no
 * wake-up.  GLib polls by the millisecond: rounded up, a timer is never early. */
static gboolean
source_prepare (GSource *source, int *timeout_ms)
{
  NetEnv *env = ((NetSource *)source)->env;
  int64_t next_us = net_timers_next_us (env);
  int64_t left_us;

  *timeout_ms = -1;
  if (env->in_turn)
    {
      turn_deaf (env);
      return false;
    }
  if (env->deferred.length > 0 || env->events_count > 0)
    return true;
  if (next_us == INT64_MAX)
    return false;
  left_us = next_us - g_source_get_time (source);
  if (left_us <= 0)
    return true;
  *timeout_ms = (int)MIN (left_us / 1000 + (left_us % 1000 != 0), G_MAXINT);
  return false;
}

static gboolean
source_check (GSource *source)
{
  NetEnv *env = ((NetSource *)source)->env;

  if (env->in_turn)
    return false;
  return g_source_query_unix_fd (source, env->epoll_tag) != 0 || env->deferred.length > 0
         || env->events_count > 0 || net_timers_next_us (env) <= g_source_get_time (source);
}

/* One turn.  Each part is bounded, so that other sources of the context have theirs. */
static gboolean
source_dispatch (GSource *source, GSourceFunc callback, void *user_data)
{
  NetEnv *env = ((NetSource *)source)->env;

  env->turn_us = g_get_monotonic_time ();
  env->in_turn = true;
  net_timers_fire (env);
  run_deferred (env);
  if (env->events_count > 0 || g_source_query_unix_fd (source, env->epoll_tag) != 0)
    serve_watches (env);
  env->in_turn = false;
  net_before_effects (env); /* of a node that crashes, all but this turn is known */
  free_freed (env);
  listen_again (env);
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs source_functions = {
  .prepare = source_prepare,
  .check = source_check,
  .dispatch = source_dispatch,
};

void
net_loop_init (NetEnv *env)
{
  env->wake_fd = -1;
  env->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  g_assert (env->epoll_fd >= 0);
  env->source = g_source_new (&source_functions, sizeof (NetSource));
  ((NetSource *)env->source)->env = env;
  g_source_set_static_name (env->source, "aemp node");
  /* What may not recurse GLib takes out of the set around each turn, and wakes itself up twice. */
  g_source_set_can_recurse (env->source, true);
  env->epoll_tag = g_source_add_unix_fd (env->source, env->epoll_fd, G_IO_IN);
  g_source_attach (env->source, env->context);
}

void
net_loop_clear (NetEnv *env)
{
  g_source_destroy (env->source);
  g_source_unref (env->source);
  close (env->epoll_fd);
}

/* --- A round of the context --- */

/* GLib waits for its own descriptor and for our set.  With the one in the other, there is one
 * thing to wait for, and it says at once what is ready.  False: that is not all. */
static bool
hear_all (NetEnv *env, GPollFD *polled, int count, int timeout_ms)
{
  GPollFD *ours, *wake;

  if (count != 2)
    return false;
  ours = &polled[polled[0].fd == env->epoll_fd ? 0 : 1];
  wake = &polled[ours == polled ? 1 : 0];
  if (ours->fd != env->epoll_fd || wake->events != G_IO_IN
      || (env->wake_fd >= 0 && env->wake_fd != wake->fd))
    return false;
  if (env->wake_fd < 0)
    {
      struct epoll_event event = { .events = EPOLLIN };

      if (epoll_ctl (env->epoll_fd, EPOLL_CTL_ADD, wake->fd, &event) != 0)
        return false;
      env->wake_fd = wake->fd;
    }
  hear_events (env, timeout_ms);
  ours->revents = wake->revents = 0;
  for (int i = 0; i < env->events_count; i++)
    if (env->events[i].data.ptr)
      ours->revents = G_IO_IN;
    else
      wake->revents = G_IO_IN;
  if (ours->revents == 0)
    env->events_count = 0;
  return true;
}

void
net_env_iterate (AempEnv *base)
{
  NetEnv *env = net_env (base);
  GMainContext *context = env->context;
  GPollFD polled[POLLED_MAX];
  int priority, timeout_ms, count;

  if (!g_main_context_acquire (context))
    return; /* another thread has it, and does this */
  g_main_context_prepare (context, &priority);
  count = g_main_context_query (context, priority, &timeout_ms, polled, POLLED_MAX);
  if (count > POLLED_MAX || env->in_turn)
    g_main_context_iteration (context, true);
  else
    {
      if (!hear_all (env, polled, count, timeout_ms))
        g_poll (polled, (guint)count, timeout_ms);
      g_main_context_check (context, priority, polled, count);
      g_main_context_dispatch (context);
    }
  g_main_context_release (context);
}
