/* net/env.h - the real world: sockets, time and names of this machine.
 *
 * One GSource on the caller's GMainContext carries a whole node: its sockets are an epoll
 * set behind one file descriptor, its timers a heap.  Everything happens in the thread that
 * runs the context. */
#pragma once

#include "engine/env.h"

/* An environment on `context` (NULL: the default one; a reference is kept). */
AempEnv *net_env_new (GMainContext *context);

/* Small packets of the streams that begin from now on go out at once (as is the default), or
 * the kernel gathers them. */
void net_env_set_nodelay (AempEnv *env, bool nodelay);

/* What may have to happen before others can notice anything: called before bytes are written and
 * connections made, and at the end of each turn.  NULL: nothing. */
void net_env_set_before_effects (AempEnv *env, void (*before) (void *user_data), void *user_data);

/* One round of its context, as g_main_context_iteration() has it: waits for something and does it.
 * Where the context has nothing but this environment to wait for, it costs a system call less. */
void net_env_iterate (AempEnv *env);

/* Every object made in it has to be freed before, and none of its callbacks may be running. */
void net_env_free (AempEnv *env);
