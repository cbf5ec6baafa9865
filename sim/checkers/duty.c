/* sim/checkers/duty.c */

#include "duty.h"

SimDuty *
sim_duty_add (SimNode *node, SimDutyKind kind, const SimWatch *watch, int64_t due_us, uint64_t line)
{
  SimDuty *duty = g_new0 (SimDuty, 1);

  duty->kind = kind;
  duty->number = watch->number;
  duty->node = watch->flow->pair->to;
  duty->port = aemp_name_ref (watch->flow->name);
  duty->due_us = due_us;
  duty->line = line;
  duty->in_node.data = duty;
  g_queue_push_tail_link (&node->duties, &duty->in_node);
  return duty;
}

static void
free_duty (SimNode *node, SimDuty *duty)
{
  g_queue_unlink (&node->duties, &duty->in_node);
  aemp_name_unref (duty->port);
  aemp_name_unref (duty->watched);
  g_free (duty);
}

void
sim_duties_drop (SimNode *node)
{
  while (node->duties.head)
    free_duty (node, node->duties.head->data);
}

static bool
is_port_alive (const SimLedger *ledger, const SimNode *node, const AempName *name)
{
  const SimPort *port = sim_ledger_port (ledger, node, name);

  return port && sim_port_alive (port);
}

static bool
is_done (const SimLedger *ledger, const SimNode *node, const SimDuty *duty)
{
  const SimPair *pair;

  switch (duty->kind)
    {
    case SIM_DUTY_TELL_LOSS:
      return !sim_ledger_watch (ledger, node, duty->number);
    case SIM_DUTY_TELL_DEATH: /* it may be that the port began after its monitor */
      return !sim_ledger_watch (ledger, node, duty->number)
             || is_port_alive (ledger, node, duty->port);
    case SIM_DUTY_EXPLAIN:
      pair = sim_ledger_pair (ledger, node, duty->node);
      return pair && pair->loss_us != SIM_NEVER && pair->loss_us >= duty->due_us - SIM_AT_ONCE_US;
    case SIM_DUTY_KILL:
      return !is_port_alive (ledger, duty->node, duty->port);
    }
  g_assert_not_reached (); /* there are no others */
}

static void
tell_breach (const SimNode *node, const SimDuty *duty, SimFindings *findings)
{
  switch (duty->kind)
    {
    case SIM_DUTY_TELL_LOSS:
      sim_findings_breach (findings, 3, duty->due_us, duty->line,
                           "%s → " SIM_ID ": message %" G_GUINT64_FORMAT ", sent at " SIM_TIME
                           ", was lost, %s knew of the loss at " SIM_TIME
                           ", and monitor %" G_GUINT64_FORMAT " was not told",
                           node->name->text, SIM_ID_PARTS (duty->node->name, duty->port),
                           duty->message, SIM_TIME_PARTS (duty->sent_us), node->name->text,
                           SIM_TIME_PARTS (duty->due_us), duty->number);
      return;
    case SIM_DUTY_TELL_DEATH:
      sim_findings_breach (findings, 5, duty->due_us, duty->line,
                           SIM_ID " was not there (any more) at " SIM_TIME
                                  ", and the local monitor %" G_GUINT64_FORMAT " was not told",
                           SIM_ID_PARTS (duty->node->name, duty->port),
                           SIM_TIME_PARTS (duty->due_us), duty->number);
      return;
    case SIM_DUTY_EXPLAIN:
      sim_findings_breach (
          findings, 5, duty->due_us, duty->line,
          "%s: monitor %" G_GUINT64_FORMAT " on " SIM_ID " fired with transport_error at " SIM_TIME
          ", but %s lost no connection to %s then",
          node->name->text, duty->number, SIM_ID_PARTS (duty->node->name, duty->port),
          SIM_TIME_PARTS (duty->due_us), node->name->text, duty->node->name->text);
      return;
    case SIM_DUTY_KILL:
      sim_findings_breach (
          findings, 6, duty->due_us, duty->line,
          "monitor %" G_GUINT64_FORMAT " linked " SIM_ID " to " SIM_ID
          ", whose abnormal death was told at " SIM_TIME ", but " SIM_ID " lived on",
          duty->number, SIM_ID_PARTS (duty->node->name, duty->port),
          SIM_ID_PARTS (duty->watched_node->name, duty->watched), SIM_TIME_PARTS (duty->due_us),
          SIM_ID_PARTS (duty->node->name, duty->port));
      return;
    }
  g_assert_not_reached (); /* there are no others */
}

void
sim_duties_judge (SimLedger *ledger, SimNode *node, int64_t now_us, SimFindings *findings)
{
  for (GList *link = node->duties.head, *next; link; link = next)
    {
      SimDuty *duty = link->data;

      next = link->next;
      if (duty->due_us + SIM_AT_ONCE_US >= now_us)
        continue;
      if (!is_done (ledger, node, duty))
        tell_breach (node, duty, findings);
      free_duty (node, duty);
    }
}
