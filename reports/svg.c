/* reports/svg.c - an excerpt as a picture for documents: time from left to right, a lane a node. */

#include "export.h"

#define WIDTH 960
#define LABEL_WIDTH 110
#define MARGIN 14
#define LANE_HEIGHT 58
#define AXIS_HEIGHT 30
#define FAULT_HEIGHT 18
#define FAULT_ROWS_MAX 6
#define LABEL_LETTERS_MAX 14

typedef struct
{
  unsigned from;
  unsigned to;
  int64_t begin_us;
  int64_t end_us;
  bool lost;
  uint64_t number; /* of its send */
  char *words;
} Arrow;

typedef struct
{
  unsigned lane;
  int64_t time_us;
  AempTraceKind kind;
  char *words;
} Mark;

typedef struct
{
  int64_t begin_us;
  int64_t end_us; /* REPORT_NEVER: it goes on */
  uint64_t line;
  char *words;
} Band;

/* When a process ran. */
typedef struct
{
  unsigned lane;
  int64_t begin_us;
  int64_t end_us; /* REPORT_NEVER: it goes on */
} Life;

typedef struct
{
  GString *out;
  char *title;
  uint64_t failure;
  int64_t failure_us; /* REPORT_NEVER */
  ReportLanes lanes;
  GArray *arrows;
  GArray *marks;
  GArray *bands;
  GArray *lives;
  int64_t begin_us;
  int64_t end_us;
} Svg;

static const char style[]
    = "<style>"
      "svg{background:#fbfaf7;color:#22262b;font:12px system-ui,'DejaVu Sans',sans-serif}"
      "text{fill:currentColor}.soft{fill:#626a73}.lane{fill:#eceae4}.life{fill:#b4bfc9}"
      ".m{stroke:#0072b2;stroke-width:1.3;fill:none}.lost{stroke:#c2410c;stroke-dasharray:4 3}"
      ".up{fill:#00805e}.down{fill:#c2410c}.end{stroke:#c2410c;stroke-width:2.4;fill:none}"
      ".fires{fill:#a34a86}.note{fill:#8a6d00}.data{fill:#3a6ea5}.band{fill:#d55e00;fill-opacity:."
      "18}"
      ".tick{stroke:#dcd9d2}.failed{stroke:#b83200;stroke-width:2}.head{fill:#0072b2}"
      "@media(prefers-color-scheme:dark){svg{background:#15181c;color:#e6e8ea}.soft{fill:#9aa3ad}"
      ".lane{fill:#20252b}.life{fill:#5b6773}.m{stroke:#56b4e9}.head{fill:#56b4e9}"
      ".lost,.end{stroke:#ff8a4c}.down{fill:#ff8a4c}.up{fill:#2fc9a0}.fires{fill:#e08bc3}"
      ".note{fill:#e6c34a}.data{fill:#8db8e8}.band{fill:#ff8a4c}.tick{stroke:#323840}"
      ".failed{stroke:#ff8a5c}}"
      "</style>\n";

static void
clear_arrow (void *arrow)
{
  g_free (((Arrow *)arrow)->words);
}

static void
clear_mark (void *mark)
{
  g_free (((Mark *)mark)->words);
}

static void
clear_band (void *band)
{
  g_free (((Band *)band)->words);
}

static void *
begin (GString *out, const ReportFrame *frame)
{
  Svg *svg = g_new0 (Svg, 1);

  svg->out = out;
  svg->title = report_title (frame->head);
  svg->failure = frame->failure;
  svg->failure_us = REPORT_NEVER;
  svg->begin_us = REPORT_NEVER;
  report_lanes_init (&svg->lanes);
  svg->arrows = g_array_new (FALSE, FALSE, sizeof (Arrow));
  g_array_set_clear_func (svg->arrows, clear_arrow);
  svg->marks = g_array_new (FALSE, FALSE, sizeof (Mark));
  g_array_set_clear_func (svg->marks, clear_mark);
  svg->bands = g_array_new (FALSE, FALSE, sizeof (Band));
  g_array_set_clear_func (svg->bands, clear_band);
  svg->lives = g_array_new (FALSE, FALSE, sizeof (Life));
  return svg;
}

/* --- Collecting --- */

static void
begin_life (Svg *svg, unsigned lane, int64_t time_us)
{
  const Life life = { lane, time_us, REPORT_NEVER };

  g_array_append_val (svg->lives, life);
}

/* The latest life of a lane, if it goes on. */
static Life *
life_of (Svg *svg, unsigned lane)
{
  for (unsigned at = svg->lives->len; at-- > 0;)
    {
      Life *life = &g_array_index (svg->lives, Life, at);
      if (life->lane == lane)
        return life->end_us == REPORT_NEVER ? life : NULL;
    }
  return NULL;
}

/* Who reports something runs. */
static unsigned
running_lane (Svg *svg, const AempTraceEvent *event)
{
  const unsigned lane = report_lanes_add (&svg->lanes, event->node);
  Life *life = life_of (svg, lane);

  if (event->kind == AEMP_TRACE_PROCESS_END)
    {
      if (!life)
        begin_life (svg, lane, svg->begin_us);
      life_of (svg, lane)->end_us = event->time_us;
    }
  else if (!life)
    begin_life (svg, lane,
                event->kind == AEMP_TRACE_PROCESS_START ? event->time_us : svg->begin_us);
  return lane;
}

static void
add_arrow (Svg *svg, const ReportMoment *moment)
{
  const AempTraceEvent *event = moment->event;
  Arrow arrow = { .to = running_lane (svg, event), .end_us = event->time_us };

  if (!moment->packet || !event->peer || aemp_name_equal (event->node, event->peer))
    return;
  arrow.from = report_lanes_add (&svg->lanes, event->peer);
  arrow.begin_us = moment->packet->time_us;
  arrow.words = report_event_words (event);
  g_array_append_val (svg->arrows, arrow);
}

static void
see_fault (Svg *svg, const AempTraceEvent *event)
{
  Band band = { event->time_us, REPORT_NEVER, event->number, g_strdup (event->text) };

  if (event->kind == AEMP_TRACE_FAULT)
    {
      for (unsigned at = 0; g_str_has_prefix (band.words, "heal") && at < svg->bands->len; at++)
        {
          Band *cut = &g_array_index (svg->bands, Band, at);
          if (cut->end_us == REPORT_NEVER && g_str_has_prefix (cut->words, "cut"))
            cut->end_us = event->time_us;
        }
      g_array_append_val (svg->bands, band);
      return;
    }
  g_free (band.words);
  for (unsigned at = 0; at < svg->bands->len; at++)
    {
      Band *begun = &g_array_index (svg->bands, Band, at);
      if (begun->end_us == REPORT_NEVER && begun->line == event->number)
        begun->end_us = event->time_us;
    }
}

static void
see (void *export, const ReportMoment *moment)
{
  Svg *svg = export;
  const AempTraceEvent *event = moment->event;
  Mark mark = { .time_us = event->time_us, .kind = event->kind };

  if (svg->begin_us == REPORT_NEVER)
    svg->begin_us = event->time_us;
  svg->end_us = MAX (svg->end_us, event->time_us);
  if (moment->number == svg->failure)
    svg->failure_us = event->time_us;
  switch ((int)event->kind)
    {
    case AEMP_TRACE_FAULT:
    case AEMP_TRACE_FAULT_OVER:
      see_fault (svg, event);
      return;
    case AEMP_TRACE_EXPECTATION:
      return;
    case AEMP_TRACE_DELIVER:
    case AEMP_TRACE_UNKNOWN_PORT:
    case AEMP_TRACE_REQUEST:
      add_arrow (svg, moment);
      return;
    case AEMP_TRACE_SEND:
      running_lane (svg, event);
      return;
    default:
      mark.lane = running_lane (svg, event);
      mark.words = report_event_words (event);
      g_array_append_val (svg->marks, mark);
      return;
    }
}

static void
lose (void *export, const ReportLoss *loss)
{
  Svg *svg = export;
  Arrow arrow = { .begin_us = loss->packet->time_us, .lost = true };

  if (!report_lanes_find (&svg->lanes, loss->from, &arrow.from)
      || !report_lanes_find (&svg->lanes, loss->to, &arrow.to) || arrow.from == arrow.to)
    return;
  arrow.words = g_strdup ("lost");
  g_array_append_val (svg->arrows, arrow);
}

/* --- Drawing --- */

static double
x_of (const Svg *svg, int64_t time_us)
{
  const double span = (double)MAX (svg->end_us - svg->begin_us, 1);

  return LABEL_WIDTH
         + (double)(time_us - svg->begin_us) / span * (WIDTH - LABEL_WIDTH - 2 * MARGIN);
}

static double
top_of_lanes (const Svg *svg)
{
  return AXIS_HEIGHT + FAULT_HEIGHT * MIN (svg->bands->len, FAULT_ROWS_MAX) + 6;
}

static double
y_of (const Svg *svg, unsigned lane)
{
  return top_of_lanes (svg) + (lane + 0.5) * LANE_HEIGHT;
}

static void
append_title (GString *out, const char *words)
{
  g_autofree char *escaped = g_markup_escape_text (words, -1);

  g_string_append_printf (out, "<title>%s</title>", escaped);
}

/* A step of 1, 2 or 5 times a power of ten that makes about eight ticks. */
static int64_t
tick_step (int64_t span_us)
{
  int64_t step = 1;

  for (unsigned at = 0; span_us / step > 8; at++)
    step = at % 3 == 1 ? step / 2 * 5 : step * 2;
  return step;
}

static void
draw_axis (const Svg *svg, double bottom)
{
  const int64_t step = tick_step (svg->end_us - svg->begin_us);

  for (int64_t time_us = (svg->begin_us + step - 1) / step * step; time_us <= svg->end_us;
       time_us += step)
    {
      const double x = x_of (svg, time_us);
      const int digits = step >= 1000000 ? 0 : step >= 1000 ? 3 : 6;
      g_string_append_printf (svg->out,
                              "<path class=\"tick\" d=\"M%.1f %d V%.1f\"/><text class=\"soft\" "
                              "x=\"%.1f\" y=\"16\" text-anchor=\"middle\">%.*f s</text>\n",
                              x, AXIS_HEIGHT - 6, bottom, x, digits, (double)time_us / 1e6);
    }
}

static void
draw_bands (const Svg *svg)
{
  for (unsigned at = 0; at < svg->bands->len; at++)
    {
      const Band *band = &g_array_index (svg->bands, Band, at);
      const bool lasts = band->end_us != REPORT_NEVER;
      const double left = x_of (svg, band->begin_us);
      const double right = lasts ? x_of (svg, band->end_us) : WIDTH - MARGIN;
      const double y = AXIS_HEIGHT + FAULT_HEIGHT * (at % FAULT_ROWS_MAX);
      const bool fits = left < WIDTH * 0.6;
      g_autofree char *escaped = g_markup_escape_text (band->words, -1);

      g_string_append_printf (svg->out,
                              "<rect class=\"band\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
                              "height=\"%d\"/><text x=\"%.1f\" y=\"%.1f\"%s>%s</text>\n",
                              left, y, lasts ? MAX (right - left, 2) : 2, FAULT_HEIGHT - 3,
                              fits ? left + 5 : left - 5, y + 12,
                              fits ? "" : " text-anchor=\"end\"", escaped);
    }
}

static void
draw_lanes (const Svg *svg)
{
  for (unsigned lane = 0; lane < svg->lanes.names->len; lane++)
    {
      const AempName *name = svg->lanes.names->pdata[lane];
      const char *end = g_utf8_validate (name->text, -1, NULL)
                                && g_utf8_strlen (name->text, -1) > LABEL_LETTERS_MAX
                            ? g_utf8_offset_to_pointer (name->text, LABEL_LETTERS_MAX - 1)
                            : NULL;
      g_autofree char *escaped = g_markup_escape_text (name->text, end ? end - name->text : -1);

      if (lane % 2 == 0)
        g_string_append_printf (svg->out,
                                "<rect class=\"lane\" x=\"0\" y=\"%.1f\" width=\"%d\" "
                                "height=\"%d\"/>",
                                y_of (svg, lane) - LANE_HEIGHT / 2.0, WIDTH, LANE_HEIGHT);
      g_string_append_printf (svg->out,
                              "<text x=\"%d\" y=\"%.1f\" font-weight=\"600\">%s%s</text>\n", MARGIN,
                              y_of (svg, lane) + 4, escaped, end ? "…" : "");
    }
  for (unsigned at = 0; at < svg->lives->len; at++)
    {
      const Life *life = &g_array_index (svg->lives, Life, at);
      const double left = x_of (svg, life->begin_us);
      const double right = life->end_us == REPORT_NEVER ? WIDTH - MARGIN : x_of (svg, life->end_us);
      g_string_append_printf (svg->out,
                              "<rect class=\"life\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
                              "height=\"5\"/>\n",
                              left, y_of (svg, life->lane) - 2.5, MAX (right - left, 1));
    }
}

static void
draw_arrow (const Svg *svg, const Arrow *arrow)
{
  const double x = x_of (svg, arrow->begin_us), y = y_of (svg, arrow->from);
  double end_x = x_of (svg, arrow->end_us), end_y = y_of (svg, arrow->to);

  if (arrow->lost) /* it ends on its way */
    {
      end_x = x + 16;
      end_y = y + (end_y - y) * 0.4;
    }
  g_string_append_printf (svg->out, "<path class=\"m%s\" d=\"M%.1f %.1f L%.1f %.1f\"%s>",
                          arrow->lost ? " lost" : "", x, y, end_x, end_y,
                          arrow->lost ? "" : " marker-end=\"url(#head)\"");
  append_title (svg->out, arrow->words);
  g_string_append (svg->out, "</path>\n");
  if (arrow->lost)
    g_string_append_printf (svg->out, "<path class=\"end\" d=\"M%.1f %.1f l8 8 m0 -8 l-8 8\"/>\n",
                            end_x - 4, end_y - 4);
}

/* The shapes are those of the page. */
static const char *
shape_of (AempTraceKind kind)
{
  switch ((int)kind)
    {
    case AEMP_TRACE_PROCESS_START:
      return "class=\"up\" d=\"M-5 0 a5 5 0 1 0 10 0 a5 5 0 1 0 -10 0\"";
    case AEMP_TRACE_PROCESS_END:
    case AEMP_TRACE_FAILURE:
    case AEMP_TRACE_MALFORMED:
      return "class=\"end\" d=\"M-5 -5 l10 10 m0 -10 l-10 10\"";
    case AEMP_TRACE_LINK_UP:
      return "class=\"up\" d=\"M0 -5 l5 9 h-10 z\"";
    case AEMP_TRACE_LINK_DOWN:
    case AEMP_TRACE_LINK_REFUSED:
      return "class=\"down\" d=\"M0 5 l5 -9 h-10 z\"";
    case AEMP_TRACE_MON_FIRED:
      return "class=\"fires\" d=\"M0 -6 l6 6 l-6 6 l-6 -6 z\"";
    case AEMP_TRACE_NOTE:
      return "class=\"note\" d=\"M-4 -4 h8 v8 h-8 z\"";
    case AEMP_TRACE_DB_SET:
    case AEMP_TRACE_DB_DELETE:
    case AEMP_TRACE_DB_CHANGE:
      return "class=\"data\" d=\"M-4 -4 h8 v8 h-8 z\"";
    case AEMP_TRACE_PORT_DEAD:
    case AEMP_TRACE_KILL:
      return "class=\"end\" d=\"M-3 -3 l6 6 m0 -6 l-6 6\"";
    default:
      return NULL;
    }
}

static void
draw_mark (const Svg *svg, const Mark *mark)
{
  const char *shape = shape_of (mark->kind);

  if (!shape)
    return;
  g_string_append_printf (svg->out, "<path transform=\"translate(%.1f %.1f)\" %s>",
                          x_of (svg, mark->time_us), y_of (svg, mark->lane), shape);
  append_title (svg->out, mark->words);
  g_string_append (svg->out, "</path>\n");
}

static void
draw_failure (const Svg *svg, double bottom)
{
  const double x = x_of (svg, svg->failure_us);

  if (svg->failure_us == REPORT_NEVER)
    return;
  g_string_append_printf (svg->out,
                          "<path class=\"failed\" d=\"M%.1f %d V%.1f\"/><text class=\"down\" "
                          "x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">here it failed</text>\n",
                          x, AXIS_HEIGHT - 6, bottom, x - 5, bottom - 4);
}

static void
draw (const Svg *svg)
{
  const double bottom = top_of_lanes (svg) + LANE_HEIGHT * svg->lanes.names->len;

  g_string_append_printf (svg->out,
                          "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %.0f\" "
                          "role=\"img\">\n",
                          WIDTH, bottom + MARGIN);
  append_title (svg->out, svg->title ? svg->title : "an excerpt of a trace");
  g_string_append (svg->out, style);
  g_string_append (svg->out, "<defs><marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" "
                             "markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path "
                             "class=\"head\" d=\"M0 1 L8 4 L0 7 z\"/></marker></defs>\n");
  draw_lanes (svg);
  draw_axis (svg, bottom);
  draw_bands (svg);
  for (unsigned at = 0; at < svg->arrows->len; at++)
    draw_arrow (svg, &g_array_index (svg->arrows, Arrow, at));
  for (unsigned at = 0; at < svg->marks->len; at++)
    draw_mark (svg, &g_array_index (svg->marks, Mark, at));
  draw_failure (svg, bottom);
  g_string_append (svg->out, "</svg>\n");
}

static void
end (void *export)
{
  Svg *svg = export;

  if (svg->begin_us == REPORT_NEVER)
    svg->begin_us = 0;
  draw (svg);
  report_lanes_clear (&svg->lanes);
  g_array_unref (svg->arrows);
  g_array_unref (svg->marks);
  g_array_unref (svg->bands);
  g_array_unref (svg->lives);
  g_free (svg->title);
  g_free (svg);
}

const ReportExportOps report_svg = { .option = "--svg",
                                     .meaning = "an excerpt as a picture for documents",
                                     .events_max = 2000,
                                     .begin = begin,
                                     .see = see,
                                     .lose = lose,
                                     .end = end };
