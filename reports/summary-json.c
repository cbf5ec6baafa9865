/* reports/summary-json.c */

#include "json-out.h"
#include "summary-print.h"

#include <string.h>

static void
print_times (GString *out, const char *key, const ReportHistogram *histogram)
{
  report_json_key (out, key);
  g_string_append_c (out, '{');
  report_json_unsigned (out, "count", histogram->count);
  report_json_signed (out, "least_us", histogram->least_us);
  report_json_signed (out, "median_us", report_histogram_at (histogram, 500));
  report_json_signed (out, "p90_us", report_histogram_at (histogram, 900));
  report_json_signed (out, "p99_us", report_histogram_at (histogram, 990));
  report_json_signed (out, "most_us", histogram->most_us);
  g_string_append_c (out, '}');
}

static void
print_file (GString *out, const ReportFrame *frame)
{
  const ReportSkimState *state = frame->state;

  report_json_key (out, "file");
  g_string_append_c (out, '{');
  report_json_string (out, "path", frame->path);
  report_json_unsigned (out, "lines", state->lines);
  report_json_unsigned (out, "events", state->events);
  report_json_unsigned (out, "bad_lines", state->bad_lines);
  if (state->bad_lines > 0)
    {
      report_json_unsigned (out, "first_bad_line", state->first_bad);
      report_json_string (out, "first_bad_why", state->first_bad_why);
    }
  report_json_key (out, "complete");
  g_string_append (out, frame->tail ? "true}" : "false}");
}

static void
print_run (GString *out, const ReportFrame *frame)
{
  g_autofree char *title = report_title (frame->head);

  report_json_key (out, "run");
  g_string_append_c (out, '{');
  if (title)
    report_json_string (out, "title", title);
  report_json_value (out, "scenario", aemp_map_get (frame->head, "file"));
  report_json_value (out, "seed", aemp_map_get (frame->head, "seed"));
  report_json_value (out, "build", aemp_map_get (frame->head, "build"));
  report_json_value (out, "status", aemp_map_get (frame->tail, "status"));
  report_json_value (out, "digest", aemp_map_get (frame->tail, "digest"));
  report_json_value (out, "verdicts", aemp_map_get (frame->tail, "verdicts"));
  report_json_value (out, "expectations", aemp_map_get (frame->tail, "expectations"));
  report_json_value (out, "missed", aemp_map_get (frame->tail, "missed"));
  report_json_value (out, "marks", aemp_map_get (frame->tail, "marks"));
  report_json_value (out, "broken", aemp_map_get (frame->tail, "broken"));
  report_json_value (out, "first_broken", aemp_map_get (frame->tail, "first_broken"));
  report_json_value (out, "trouble", aemp_map_get (frame->tail, "trouble"));
  g_string_append_c (out, '}');
}

static void
print_kinds (GString *out, const ReportSummary *summary)
{
  report_json_key (out, "events");
  g_string_append_c (out, '{');
  for (unsigned kind = 0; kind < AEMP_TRACE_KINDS; kind++)
    if (summary->kinds[kind] > 0)
      report_json_unsigned (out, aemp_trace_catalogue[kind].name, summary->kinds[kind]);
  g_string_append_c (out, '}');
}

static void
print_messages (GString *out, const ReportSummary *summary)
{
  report_json_key (out, "messages");
  g_string_append_c (out, '{');
  report_json_unsigned (out, "sent", summary->sent);
  report_json_unsigned (out, "arrived", summary->arrived);
  report_json_unsigned (out, "lost", summary->lost);
  report_json_unsigned (out, "unexplained", summary->unexplained);
  report_json_unsigned (out, "not_followed", summary->forgotten);
  print_times (out, "latency", &summary->latency);
  g_string_append_c (out, '}');
}

static void
print_nodes (GString *out, const ReportSummary *summary)
{
  report_json_key (out, "nodes");
  g_string_append_c (out, '[');
  for (unsigned at = 0; at < summary->nodes->len; at++)
    {
      const ReportNode *node = summary->nodes->pdata[at];
      report_json_next (out);
      g_string_append (out, "{\"node\":");
      report_json_name (out, node->name);
      report_json_unsigned (out, "events", node->events);
      report_json_unsigned (out, "processes", node->processes);
      report_json_unsigned (out, "killed", node->killed);
      report_json_unsigned (out, "vanished", node->vanished);
      report_json_unsigned (out, "stopped", node->stopped);
      report_json_unsigned (out, "ports_new", node->ports_new);
      report_json_unsigned (out, "ports_dead", node->ports_dead);
      report_json_unsigned (out, "monitors_set", node->monitors_set);
      report_json_unsigned (out, "monitors_fired", node->monitors_fired);
      g_string_append_c (out, '}');
    }
  g_string_append_c (out, ']');
}

static void
print_links (GString *out, const ReportSummary *summary)
{
  report_json_key (out, "links");
  g_string_append_c (out, '[');
  for (unsigned at = 0; at < summary->links->len; at++)
    {
      const ReportLink *link = summary->links->pdata[at];
      report_json_next (out);
      g_string_append (out, "{\"from\":");
      report_json_name (out, link->from->name);
      report_json_key (out, "to");
      report_json_name (out, link->to->name);
      report_json_unsigned (out, "sent", link->sent);
      report_json_unsigned (out, "arrived", link->arrived);
      report_json_unsigned (out, "lost", link->lost);
      report_json_unsigned (out, "connections", link->connections);
      if (link->latency)
        print_times (out, "latency", link->latency);
      g_string_append_c (out, '}');
    }
  g_string_append_c (out, ']');
}

static void
print_ports (GString *out, const ReportSummary *summary)
{
  report_json_key (out, "ports");
  g_string_append_c (out, '[');
  for (unsigned at = 0; at < summary->ports->len; at++)
    {
      const ReportPort *port = summary->ports->pdata[at];
      report_json_next (out);
      g_string_append (out, "{\"node\":");
      report_json_name (out, port->node->name);
      report_json_key (out, "port");
      report_json_name (out, port->name);
      report_json_unsigned (out, "sent", port->sent);
      report_json_unsigned (out, "arrived", port->arrived);
      report_json_unsigned (out, "unknown", port->unknown);
      g_string_append_c (out, '}');
    }
  g_string_append_c (out, ']');
}

static void
print_end_of (GString *out, const char *key, const ReportNode *node)
{
  if (!node)
    return;
  report_json_key (out, key);
  report_json_name (out, node->name);
}

static void
print_connections (GString *out, const ReportSummary *summary)
{
  report_json_key (out, "connections");
  g_string_append_c (out, '[');
  for (unsigned at = 0; at < summary->connections->len; at++)
    {
      const ReportConnection *connection = summary->connections->pdata[at];
      report_json_next (out);
      g_string_append_printf (out, "{\"connection\":\"%016" G_GINT64_MODIFIER "x\"",
                              connection->connection);
      print_end_of (out, "dialer", connection->dialer);
      print_end_of (out, "accepter", connection->accepter);
      report_json_signed (out, "up_us", connection->up_us);
      if (connection->down_us != REPORT_NEVER)
        {
          report_json_signed (out, "down_us", connection->down_us);
          print_end_of (out, "down_by", connection->down_by);
          report_json_string (out, "why", connection->why);
        }
      g_string_append_c (out, '}');
    }
  g_string_append_c (out, ']');
}

static void
print_faults (GString *out, const ReportSummary *summary)
{
  report_json_key (out, "faults");
  g_string_append_c (out, '[');
  for (unsigned at = 0; at < summary->faults->len; at++)
    {
      const ReportFault *fault = summary->faults->pdata[at];
      report_json_next (out);
      g_string_append_c (out, '{');
      report_json_unsigned (out, "event", fault->number);
      report_json_unsigned (out, "line", fault->line);
      report_json_signed (out, "begin_us", fault->begin_us);
      if (fault->end_us != REPORT_NEVER)
        report_json_signed (out, "end_us", fault->end_us);
      report_json_string (out, "statement", fault->statement);
      g_string_append_c (out, '}');
    }
  g_string_append_c (out, ']');
}

void
report_summary_print_json (GString *out, const ReportSummary *summary, const ReportFrame *frame)
{
  g_string_append (out, "{\"aemp_report\":1");
  print_file (out, frame);
  print_run (out, frame);
  if (summary->begin_us != REPORT_NEVER)
    {
      report_json_signed (out, "begin_us", summary->begin_us);
      report_json_signed (out, "end_us", summary->end_us);
    }
  print_kinds (out, summary);
  print_messages (out, summary);
  print_nodes (out, summary);
  print_links (out, summary);
  print_ports (out, summary);
  print_connections (out, summary);
  print_faults (out, summary);
  report_json_unsigned (out, "unlisted", summary->unlisted);
  if (frame->failure > 0)
    report_json_unsigned (out, "failure", frame->failure);
  report_json_key (out, "before");
  g_string_append_c (out, '[');
  for (unsigned at = 0; frame->before && at < frame->before->len; at++)
    {
      const char *text = frame->before->pdata[at];
      report_json_next (out);
      report_json_text (out, text, strlen (text));
    }
  g_string_append (out, "]}\n");
}
