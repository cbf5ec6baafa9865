/* sim/inspect.c - a node and its host at one moment, as one value. */

#include "sim/inspect.h"

#include "engine/inspect.h"
#include "sim/network.h"
#include "sim/process.h"

static const char *
process_text (const SimHost *host, const SimProcess *process)
{
  if (!process)
    return host->up ? "none" : "none: the host is gone";
  return process->paused ? "paused" : "running";
}

/* What is wrong with the way; NULL: nothing. */
static const char *
way_text (const SimWay *way)
{
  if (sim_way_refuses (way))
    return "cut, refuses";
  if (way->cut)
    return "cut";
  if (way->stalled_until_us > way->from->world->now_us)
    return "stalled";
  return NULL;
}

/* Elements in the making, and what they lie in. */
typedef struct
{
  GArray *values;
  GPtrArray *messages;
} Parts;

static void
unref_message (void *message)
{
  aemp_message_unref (message);
}

static void
parts_take (Parts *parts, AempMessage *message)
{
  AempList list = aemp_message_list (message);
  g_array_append_vals (parts->values, list.items, list.count);
  g_ptr_array_add (parts->messages, message);
}

static AempList
parts_list (const Parts *parts)
{
  return (AempList){ .items = (const AempValue *)(void *)parts->values->data,
                     .count = parts->values->len };
}

static void
add_ways (Parts *ways, const SimHost *host)
{
  for (unsigned i = 0; i < host->pairs->len; i++)
    for (unsigned j = 0; j < 2; j++)
      {
        const SimWay *way = &((const SimPair *)host->pairs->pdata[i])->ways[j];
        const char *text = way_text (way);
        if (text)
          parts_take (ways, aemp_message_new ("{ssssss}", "from", way->from->name, "to",
                                              way->to->name, "is", text));
      }
}

static AempMessage *
inspect (const SimHost *host, const SimProcess *process, AempNode *node, Parts *parts, Parts *ways)
{
  parts_take (parts, aemp_message_new ("sissss", "time", host->world->now_us, "host", host->name,
                                       "address", host->address));
  parts_take (parts, aemp_message_new ("s{sssusi}", "process", "is", process_text (host, process),
                                       "begun", (uint64_t)host->processes_begun, "clock",
                                       sim_clock_now_us (host)));
  add_ways (ways, host);
  AempList list = parts_list (ways);
  if (list.count > 0)
    parts_take (parts, aemp_message_new ("s[@]", "ways", &list));
  if (node)
    {
      g_autoptr (AempMessage) state = aemp_node_inspect (node);
      parts_take (parts, aemp_message_new ("sv", "state", aemp_message_list (state).items));
    }
  list = parts_list (parts);
  return aemp_message_new ("{@}", &list);
}

AempMessage *
sim_inspect (SimHost *host, SimProcess *process, AempNode *node)
{
  Parts parts = { g_array_new (FALSE, FALSE, sizeof (AempValue)),
                  g_ptr_array_new_with_free_func (unref_message) };
  Parts ways = { g_array_new (FALSE, FALSE, sizeof (AempValue)),
                 g_ptr_array_new_with_free_func (unref_message) };
  AempMessage *message = inspect (host, process, node, &parts, &ways);
  g_array_unref (parts.values);
  g_ptr_array_unref (parts.messages);
  g_array_unref (ways.values);
  g_ptr_array_unref (ways.messages);
  return message;
}
