/* sim/checkers/links.c */

#include "links.h"

/* Reasons that arise inside of a port. */
static const char *const own_reasons[] = { "die", "unhandled_message" };

/* The local port that a link is to kill, by its name or ID; NULL: none that we know. */
static SimPort *
find_target (const SimLedger *ledger, const SimNode *node, const AempName *id)
{
  const char *mark;
  AempName name;

  if (!id || id->length == 0)
    return NULL;
  mark = memchr (id->text, '#', id->length);
  if (!mark)
    return sim_ledger_port (ledger, node, id);
  name = aemp_name_view (id->text, (size_t)(mark - id->text));
  if (name.hash != node->name->hash)
    return NULL;
  name = aemp_name_view (mark + 1, id->length - name.length - 1);
  return sim_ledger_port (ledger, node, &name);
}

static bool
is_recent (int64_t time_us, int64_t now_us)
{
  return time_us != SIM_NEVER && time_us >= now_us - SIM_AT_ONCE_US;
}

static void
note_reason (uint64_t reasons[2], unsigned *count, uint64_t reason)
{
  if (*count < 2)
    reasons[*count] = reason;
  ++*count;
}

/* With more reasons than are kept anything may be one of them. */
static bool
is_noted (const uint64_t reasons[2], unsigned count, uint64_t reason)
{
  return count > 2 || (count > 0 && reasons[0] == reason) || (count > 1 && reasons[1] == reason);
}

/* A link that kills says so directly behind the news that it fired: nobody asked for that. */
static bool
is_links_own_kill (const SimPort *port, const AempTraceEvent *event, uint64_t line)
{
  return port->link_line > 0 && line == port->link_line + 1 && event->time_us == port->link_us;
}

void
sim_links_see (SimLedger *ledger, SimNode *node, const AempTraceEvent *event, uint64_t line)
{
  SimPort *port;

  if (event->kind == AEMP_TRACE_REQUEST)
    {
      if (event->text && strcmp (event->text, "kil1") == 0)
        node->kil1_us = event->time_us;
      return;
    }
  port = event->port ? sim_ledger_port (ledger, node, event->port) : NULL;
  if (!port)
    return;
  if (event->kind == AEMP_TRACE_FAILURE)
    port->failed = true;
  else if (is_links_own_kill (port, event, line))
    return;
  else if (event->peer && event->peer->hash == node->name->hash)
    note_reason (port->asked, &port->asks, event->payload);
}

void
sim_links_fire (SimLedger *ledger, const SimWatch *watch, const AempTraceEvent *event,
                uint64_t line, uint64_t normal, SimFindings *findings)
{
  SimPort *target = watch->links ? find_target (ledger, watch->node, watch->other) : NULL;
  SimDuty *duty;

  if (!target || !target->alive)
    return;
  findings->judged[6]++;
  if (!is_recent (target->link_us, event->time_us))
    {
      target->links = 0;
      target->spared = false;
    }
  target->link_us = event->time_us;
  target->link_line = line;
  if (event->payload == normal)
    {
      target->spared = true;
      return;
    }
  note_reason (target->linked, &target->links, event->payload);
  duty = sim_duty_add (watch->node, SIM_DUTY_KILL, watch, event->time_us, line);
  duty->watched = duty->port;
  duty->watched_node = duty->node;
  duty->port = aemp_name_ref (target->name);
  duty->node = target->node;
}

static bool
is_own_reason (const char *text)
{
  for (unsigned at = 0; text && at < G_N_ELEMENTS (own_reasons); at++)
    if (strcmp (text, own_reasons[at]) == 0)
      return true;
  return false;
}

void
sim_links_judge_death (const SimPort *port, const AempTraceEvent *event, uint64_t line,
                       uint64_t normal, SimFindings *findings)
{
  const char *reason = event->text && *event->text ? event->text : "a normal death";

  /* Only deaths that follow a link's firing are judged. */
  if (!is_recent (port->link_us, event->time_us)
      || is_noted (port->linked, port->links, event->payload)
      || is_noted (port->asked, port->asks, event->payload) || port->failed
      || is_own_reason (event->text) || is_recent (port->node->kil1_us, event->time_us))
    return;
  if (port->links > 0)
    sim_findings_breach (
        findings, 6, event->time_us, line,
        SIM_ID " died of %s at " SIM_TIME ", which is not the reason that its link was told",
        SIM_ID_PARTS (port->node->name, port->name), reason, SIM_TIME_PARTS (event->time_us));
  else if (port->spared)
    sim_findings_breach (
        findings, 6, event->time_us, line,
        SIM_ID " died (%s) at " SIM_TIME " by its link to a port that had died a normal death",
        SIM_ID_PARTS (port->node->name, port->name), reason, SIM_TIME_PARTS (event->time_us));
}
