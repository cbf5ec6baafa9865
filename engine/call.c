/* engine/call.c - later, calls, callbacks bound to a port. */

#include "internal.h"

#include "planted.h"

#include <string.h>

/* --- Later ------------------------------------------------------------------------------------ */

struct AempLater
{
  AempNode *node;
  AempTimer *timer;
  AempName *context; /* the port it belongs to; NULL: none */
  AempCallback callback;
  AempAddress to; /* instead of a callback: where to send `message` */
  AempMessage *message;
  GList by_age;
};

static void
later_free (AempLater *later)
{
  g_queue_unlink (&later->node->laters, &later->by_age);
  aemp_timer_free (later->timer);
  aemp_trash (later->node, &later->callback);
  g_clear_pointer (&later->context, aemp_name_unref);
  if (later->to.port)
    later->to.peer->pins--;
  g_clear_pointer (&later->to.port, aemp_name_unref);
  g_clear_pointer (&later->message, aemp_message_unref);
  g_free (later);
}

static void
run_later (AempLater *later)
{
  AempNode *node = later->node;
  AempList list = { 0 };
  AempPort *context = later->context ? aemp_port_find (node, later->context) : NULL;
  if (later->message)
    {
      list = aemp_message_list (later->message);
      aemp_send (node, &later->to, &list);
    }
  else if (context || !later->context || AEMP_PLANTED (later_runs_without_context))
    aemp_call_in_context (node, context, later->callback.receive, &list,
                          later->callback.user_data);
}

static void
on_later (AempTimer *timer, void *user_data)
{
  AempLater *later = user_data;
  AempNode *node = later->node;
  aemp_turn_begin (node);
  run_later (later);
  later_free (later);
  aemp_turn_end (node);
}

static AempLater *
later_new (AempNode *node, int64_t delay_us)
{
  AempLater *later = g_new0 (AempLater, 1);
  later->node = node;
  later->context = node->self ? aemp_name_ref (node->self->name) : NULL;
  later->timer = aemp_timer_new (node->env, on_later, later);
  later->by_age.data = later;
  g_queue_push_tail_link (&node->laters, &later->by_age);
  aemp_timer_start (later->timer, MAX (delay_us, 0));
  return later;
}

void
aemp_after (AempNode *node, int64_t delay_us, AempReceive call, void *user_data,
            GDestroyNotify destroy)
{
  AempLater *later = later_new (node, delay_us);
  later->callback = (AempCallback){ call, user_data, destroy };
}

void
aemp_after_snd (AempNode *node, int64_t delay_us, const char *port, const char *format, ...)
{
  AempAddress address;
  if (!aemp_address_of (node, port, &address))
    return;
  va_list arguments;
  va_start (arguments, format);
  g_autoptr (AempMessage) message = aemp_message_new_va (format, &arguments);
  va_end (arguments);
  AempList list = aemp_message_list (message);
  if (!aemp_list_check (node, &list))
    return;
  AempLater *later = later_new (node, delay_us);
  later->message = g_steal_pointer (&message);
  later->to = (AempAddress){ address.peer, aemp_name_ref (address.port) };
  address.peer->pins++;
}

void
aemp_laters_free (AempNode *node)
{
  while (node->laters.head)
    later_free (node->laters.head->data);
}

/* --- Calls ------------------------------------------------------------------------------------ */

typedef struct
{
  AempNode *node;
  AempCallback callback;
  AempName *context; /* where the answer is wanted; NULL: outside of all ports */
  AempName *port;    /* the reply port */
  AempMonitor monitor;
  bool answered;
  unsigned references; /* the reply port's, and the monitor's or the timer's */
} Call;

static void
call_unref (void *memory)
{
  Call *call = memory;
  if (--call->references > 0)
    return;
  aemp_trash (call->node, &call->callback);
  g_clear_pointer (&call->context, aemp_name_unref);
  aemp_name_unref (call->port);
  g_free (call);
}

/* The reply, or the empty list: the first one counts. */
static void
call_end (Call *call, const AempList *reply)
{
  AempNode *node = call->node;
  if (call->answered)
    return;
  call->answered = true;
  if (AEMP_PLANTED (call_ends_twice))
    call->answered = false;
  else
    aemp_unmon (node, call->monitor);
  AempList nothing = { 0 };
  aemp_local_push (node, &(AempLocalItem){ .kind = AEMP_LOCAL_KILL, .port = call->port,
                                           .list = nothing });
  AEMP_TRACE (node, .kind = AEMP_TRACE_KILL, .peer = node->name, .port = call->port,
              .payload = aemp_list_hash (&nothing));
  AempPort *context = call->context ? aemp_port_find (node, call->context) : NULL;
  if (call->context && !context)
    AEMP_MARK (node, ANSWER_TO_DEAD_CONTEXT);
  if (context || !call->context)
    aemp_call_in_context (node, context, call->callback.receive, reply,
                          call->callback.user_data);
}

static void
on_reply (AempNode *node, const AempList *message, void *user_data)
{
  call_end (user_data, message);
}

static void
on_no_reply (AempNode *node, const AempList *reason, void *user_data)
{
  AempList nothing = { 0 };
  call_end (user_data, &nothing);
}

void
aemp_cal (AempNode *node, const char *port, int64_t timeout_us, AempReceive replied,
          void *user_data, GDestroyNotify destroy, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autoptr (AempMessage) question = aemp_message_new_va (format, &arguments);
  va_end (arguments);
  AempList list = aemp_message_list (question);
  if (!aemp_port_id_is_valid (port) || !aemp_list_check (node, &list))
    {
      aemp_after (node, 0, replied, user_data, destroy); /* a call later has an empty list, too */
      return;
    }

  Call *call = g_new0 (Call, 1);
  call->node = node;
  call->references = 2;
  call->callback = (AempCallback){ replied, user_data, destroy };
  call->context = node->self ? aemp_name_ref (node->self->name) : NULL;
  const char *reply_port = aemp_port (node, on_reply, call, call_unref);
  call->port = aemp_name_new (strchr (reply_port, '#') + 1,
                              strlen (strchr (reply_port, '#') + 1));

  /* Called back outside of any port: the answer is due also when SELF is dead. */
  AempPort *self = node->self;
  node->self = NULL;
  if (timeout_us >= 0)
    aemp_after (node, AEMP_PLANTED (call_timeout_forgotten) ? G_MAXINT32 * timeout_us : timeout_us,
                on_no_reply, call, call_unref);
  else
    call->monitor = aemp_mon (node, port, on_no_reply, call, call_unref);
  node->self = self;

  const AempPort *before = node->newest_port->older;
  if (before && AEMP_PLANTED (reply_to_wrong_port))
    reply_port = before->id;
  g_autoptr (AempMessage) message = aemp_message_new ("@s", &list, reply_port);
  AempList whole = aemp_message_list (message);
  aemp_snd_list (node, port, &whole);
}

/* --- Callbacks bound to a port ------------------------------------------------------------------ */

struct AempPsub
{
  AempNode *node;
  AempName *context; /* NULL: bound to no port */
  AempCallback callback;
};

AempPsub *
aemp_psub (AempNode *node, AempReceive call, void *user_data, GDestroyNotify destroy)
{
  AempPsub *psub = g_new0 (AempPsub, 1);
  psub->node = node;
  psub->context = node->self ? aemp_name_ref (node->self->name) : NULL;
  psub->callback = (AempCallback){ call, user_data, destroy };
  return psub;
}

void
aemp_psub_call (AempPsub *psub, const char *format, ...)
{
  AempPort *context = psub->context ? aemp_port_find (psub->node, psub->context) : NULL;
  if (psub->context && !context)
    return;
  va_list arguments;
  va_start (arguments, format);
  g_autoptr (AempMessage) message = aemp_message_new_va (format, &arguments);
  va_end (arguments);
  AempList list = aemp_message_list (message);
  aemp_call_in_context (psub->node, context, psub->callback.receive, &list,
                        psub->callback.user_data);
}

void
aemp_psub_free (AempPsub *psub)
{
  if (!psub)
    return;
  aemp_trash (psub->node, &psub->callback);
  g_clear_pointer (&psub->context, aemp_name_unref);
  g_free (psub);
}
