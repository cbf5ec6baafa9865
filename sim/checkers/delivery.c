/* sim/checkers/delivery.c - promises 1 and 2: messages come in order, and without holes
 * under a monitor. */

#include "ledger.h"

#include "engine/planted.h"

typedef struct
{
  SimChecker base;
  SimLedger *ledger;
} Delivery;

/* --- Promise 1 --- */

/* What happened to the packet, as the end of the sentence. */
static const char *
fit_text (const SimOddity *oddity)
{
  switch (oddity->fit)
    {
    case SIM_FITS:
      return "is missing: later ones arrived over the same connection";
    case SIM_FITS_LATE:
      return "arrived after one that was sent later: reordered";
    case SIM_FITS_STALE:
      return "arrived after one that was sent later, over an older connection: reordered";
    case SIM_FITS_DUPLICATE:
      return "arrived a second time: duplicated";
    case SIM_FITS_LOST:
      return "arrived long after one that was sent later: reordered";
    case SIM_FITS_ALTERED:
      return "arrived with another content: altered";
    case SIM_FITS_ASTRAY:
      return "arrived at another port";
    case SIM_FITS_NOTHING:
      return oddity->arrived ? "arrived again over another connection: duplicated"
                             : "was lost with its connection and came over another one";
    case SIM_FITS_SPARED:
      break;
    }
  g_assert_not_reached (); /* nothing odd about it */
}

static void
odd (void *judge, const SimOddity *oddity)
{
  SimFindings *findings = ((Delivery *)judge)->base.findings;
  const SimPair *pair = oddity->pair;
  const AempName *nameless = &((Delivery *)judge)->ledger->nameless;
  const AempName *seen = oddity->event && oddity->event->port ? oddity->event->port : nameless;
  const AempName *meant = oddity->name ? oddity->name : seen;
  g_autofree char *more = NULL;

  if (oddity->packet.number == 0)
    {
      sim_findings_breach (findings, 1, oddity->time_us, oddity->line,
                           "%s → " SIM_ID ": a message arrived that was never sent "
                           "over this connection, or after its end",
                           pair->from->name->text, SIM_ID_PARTS (pair->to->name, seen));
      return;
    }
  if (oddity->fit == SIM_FITS_ASTRAY)
    more = g_strdup_printf (", " SIM_ID, SIM_ID_PARTS (pair->to->name, seen));
  else if (oddity->missing > 1)
    more = g_strdup_printf (" (and %" G_GUINT64_FORMAT " more)", oddity->missing - 1);
  sim_findings_breach (findings, 1, oddity->time_us, oddity->line,
                       "%s → " SIM_ID ": message %" G_GUINT64_FORMAT ", sent at " SIM_TIME ", %s%s",
                       pair->from->name->text, SIM_ID_PARTS (pair->to->name, meant),
                       (uint64_t)oddity->packet.number, SIM_TIME_PARTS (oddity->packet.time_us),
                       fit_text (oddity), more ? more : "");
}

/* --- Promise 2 --- */

static void
tell_hole (Delivery *delivery, const SimFlow *flow, uint64_t hole, uint64_t beyond,
           const SimWatch *watch, int64_t time_us, uint64_t line)
{
  sim_findings_breach (
      delivery->base.findings, 2, time_us, line,
      "%s → " SIM_ID ": message %" G_GUINT64_FORMAT " arrived though message %" G_GUINT64_FORMAT
      " was lost, and monitor %" G_GUINT64_FORMAT ", set at " SIM_TIME ", was not told in between",
      flow->pair->from->name->text, SIM_ID_PARTS (flow->pair->to->name, flow->name), beyond, hole,
      watch->number, SIM_TIME_PARTS (watch->time_us));
}

static void
arrived (void *judge, SimNode *node, SimFlow *flow, const SimPacket *packet,
         const AempTraceEvent *event, uint64_t line)
{
  Delivery *delivery = judge;

  delivery->base.findings->judged[1]++;
  if (flow->since >= packet->number)
    return;
  delivery->base.findings->judged[2]++;
  if (flow->lost <= flow->since || flow->lost > packet->number
      || AEMP_PLANTED (checker_sees_no_holes))
    return;
  tell_hole (delivery, flow, flow->lost, packet->number, flow->watches.head->data, event->time_us,
             line);
  flow->lost = 0;
}

/* Known only now, when a later one has arrived already? */
static void
lost (void *judge, SimFlow *flow, const SimPacket *packet, SimChannel *channel, int64_t time_us,
      uint64_t line)
{
  const SimWatch *oldest = flow->watches.head ? flow->watches.head->data : NULL;

  if (!oldest || oldest->since >= packet->number || flow->arrived < packet->number)
    return;
  tell_hole (judge, flow, packet->number, flow->arrived, oldest, time_us, line);
  flow->lost = 0;
}

/* --- The checker --- */

static const SimLedgerNews news = {
  .arrived = arrived,
  .odd = odd,
  .lost = lost,
};

static SimChecker *
delivery_new (SimFindings *findings)
{
  Delivery *delivery = g_new0 (Delivery, 1);

  delivery->base = (SimChecker){ .ops = &sim_checker_delivery, .findings = findings };
  delivery->ledger = sim_ledger_join (findings, &news, delivery);
  return &delivery->base;
}

static void
delivery_end (SimChecker *checker, int64_t time_us, bool calm)
{
  sim_ledger_end (((Delivery *)checker)->ledger);
}

static void
delivery_free (SimChecker *checker)
{
  sim_ledger_leave (checker->findings, checker);
  g_free (checker);
}

static const int promises[] = { 1, 2, 0 };
static const char *const units[] = { "message|messages", "message|messages" };

const SimCheckerOps sim_checker_delivery = {
  .name = "delivery",
  .promises = promises,
  .units = units,
  .new = delivery_new,
  .end = delivery_end,
  .free = delivery_free,
};
