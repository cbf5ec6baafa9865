/* sim/checkers/promises.c - the promises by name; docs/promises.md tells more. */

#include "checker.h"

static const struct
{
  const char *name;
  const char *sentence;
} promises[SIM_PROMISES + 1] = {
  [1] = { "order", "Messages from one node to one port arrive in the order sent, "
                   "each at most once, unaltered." },
  [2] = { "no holes", "Once a message to a monitored port is lost, none sent after it "
                      "arrives until the monitor has fired." },
  [3] = { "loss is told", "Every message to a monitored port arrives, or the monitor fires." },
  [4] = { "once", "A monitor fires at most once, and never after it was dropped." },
  [5] = { "death is told", "The monitors of a port that dies fire with exactly its reason, "
                           "those of a port that is not there with no_such_port." },
  [6] = { "links", "An abnormal death kills the linked port with the same reason, "
                   "a normal one does not." },
  [7] = { "no wrong port", "A message reaches no other port than the one named, "
                           "also after a restart." },
  [8] = { "local", "Local messages are not lost, arrive in order, and nothing nests." },
  [9] = { "spawn", "A spawn shows no effect before it returns, and the new port gets the "
                   "messages sent right after it." },
  [10] = { "node events", "A node's ups and downs alternate; when it is down, the monitors "
                          "of its ports have fired." },
  [11] = { "database", "Once all is quiet, everybody sees the same database: what the live "
                       "nodes hold." },
  [12] = { "one network", "The parts of a partitioned network merge again after it is healed." },
  [13] = { "nobody gets in", "Who cannot prove to know the secret is not connected and "
                             "changes nothing." },
  [14] = { "nobody gets out", "A secure node runs nothing for others that its configuration "
                              "does not allow." },
};

const char *
sim_promise_name (int promise)
{
  g_assert (promise >= 1 && promise <= SIM_PROMISES);
  return promises[promise].name;
}

const char *
sim_promise_sentence (int promise)
{
  g_assert (promise >= 1 && promise <= SIM_PROMISES);
  return promises[promise].sentence;
}
