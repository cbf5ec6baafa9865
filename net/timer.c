/* net/timer.c - timers in a 4-ary heap.
 *
 * Most timers are restarted long before they fire.  So a start that moves the deadline back
 * and a stop leave the heap alone; the entry is corrected, or dropped, when it comes up. */
#include "net/internal.h"

#define CHILDREN 4

static NetTimerEntry *
entries (NetEnv *env)
{
  return (NetTimerEntry *)(void *)env->heap->data;
}

static bool
is_before (const NetTimerEntry *one, const NetTimerEntry *other)
{
  return one->deadline_us != other->deadline_us ? one->deadline_us < other->deadline_us
                                                : one->sequence < other->sequence;
}

static void
put (NetEnv *env, size_t place, NetTimerEntry entry)
{
  entries (env)[place] = entry;
  entry.timer->place = place + 1;
}

static void
rise (NetEnv *env, size_t place, NetTimerEntry entry)
{
  while (place > 0)
    {
      size_t above = (place - 1) / CHILDREN;

      if (!is_before (&entry, &entries (env)[above]))
        break;
      put (env, place, entries (env)[above]);
      place = above;
    }
  put (env, place, entry);
}

static void
sink (NetEnv *env, size_t place, NetTimerEntry entry)
{
  size_t count = env->heap->len;

  for (;;)
    {
      size_t first = place * CHILDREN + 1;
      size_t best = first;

      if (first >= count)
        break;
      for (size_t child = first + 1; child < MIN (first + CHILDREN, count); child++)
        if (is_before (&entries (env)[child], &entries (env)[best]))
          best = child;
      if (!is_before (&entries (env)[best], &entry))
        break;
      put (env, place, entries (env)[best]);
      place = best;
    }
  put (env, place, entry);
}

/* Puts an entry where another one's leaving made a hole. */
static void
place_entry (NetEnv *env, size_t place, NetTimerEntry entry)
{
  if (place > 0 && is_before (&entry, &entries (env)[(place - 1) / CHILDREN]))
    rise (env, place, entry);
  else
    sink (env, place, entry);
}

static void
take_out (NetEnv *env, size_t place)
{
  NetTimerEntry last = entries (env)[env->heap->len - 1];

  entries (env)[place].timer->place = 0;
  g_array_set_size (env->heap, env->heap->len - 1);
  if (place < env->heap->len)
    place_entry (env, place, last);
}

AempTimer *
net_timer_new (AempEnv *env, AempTimerFired fired, void *user_data)
{
  NetTimer *timer = g_new0 (NetTimer, 1);

  timer->parent.env = env;
  timer->fired = fired;
  timer->user_data = user_data;
  net_env (env)->objects++;
  return &timer->parent;
}

/* INT64_MAX itself stands for "no timer". */
static int64_t
later (int64_t now_us, int64_t delay_us)
{
  return delay_us <= 0 ? now_us : now_us + MIN (delay_us, INT64_MAX - 1 - now_us);
}

void
net_timer_start (AempTimer *base, int64_t delay_us)
{
  NetTimer *timer = (NetTimer *)base;
  NetEnv *env = net_env (base->env);
  NetTimerEntry entry;

  timer->deadline_us = later (net_now_us (base->env), delay_us);
  timer->sequence = ++env->timer_sequence;
  timer->running = true;
  entry = (NetTimerEntry){ timer->deadline_us, timer->sequence, timer };
  if (timer->place == 0)
    {
      g_array_set_size (env->heap, env->heap->len + 1);
      rise (env, env->heap->len - 1, entry);
    }
  else if (is_before (&entry, &entries (env)[timer->place - 1]))
    rise (env, timer->place - 1, entry);
}

void
net_timer_stop (AempTimer *base)
{
  ((NetTimer *)base)->running = false;
}

void
net_timer_free (AempTimer *base)
{
  NetTimer *timer = (NetTimer *)base;
  NetEnv *env = net_env (base->env);

  if (timer->place > 0)
    take_out (env, timer->place - 1);
  env->objects--;
  g_free (timer);
}

int64_t
net_timers_next_us (NetEnv *env)
{
  return env->heap->len > 0 ? entries (env)[0].deadline_us : INT64_MAX;
}

/* Fires what is due and was started before this turn: a timer that restarts itself without
 * delay does not keep the others waiting. */
void
net_timers_fire (NetEnv *env)
{
  uint64_t newest = env->timer_sequence;

  while (env->heap->len > 0)
    {
      NetTimerEntry top = entries (env)[0];
      NetTimer *timer = top.timer;

      if (top.deadline_us > env->turn_us || top.sequence > newest)
        break;
      if (timer->running && timer->sequence != top.sequence)
        {
          sink (env, 0, (NetTimerEntry){ timer->deadline_us, timer->sequence, timer });
          continue;
        }
      take_out (env, 0);
      if (!timer->running)
        continue;
      timer->running = false;
      timer->fired (&timer->parent, timer->user_data);
    }
}
