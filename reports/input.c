/* reports/input.c */

#include "input.h"

#include "order.h"

struct ReportInput
{
  ReportSkim *skim; /* of one trace; NULL */
  ReportOrder *order;
  ReportSkimState state; /* of several */
  GPtrArray *left_out;
};

/* Those that can be put in order.  NULL with an error: none can, the first says why. */
static GPtrArray *
good_paths (ReportInput *input, const char *const *paths, GError **error)
{
  g_autoptr (GPtrArray) good = g_ptr_array_new ();

  for (; *paths; paths++)
    {
      const char *const alone[] = { *paths, NULL };
      g_autoptr (GError) why = NULL;
      g_autoptr (ReportOrder) order = report_order_new (alone, &why);

      if (order)
        g_ptr_array_add (good, (void *)*paths);
      else if (paths[1] || good->len > 0)
        g_ptr_array_add (input->left_out, g_strdup (why->message));
      else
        {
          g_propagate_error (error, g_steal_pointer (&why));
          return NULL;
        }
    }
  g_ptr_array_add (good, NULL);
  return g_steal_pointer (&good);
}

static bool
open_order (ReportInput *input, const char *const *paths, GError **error)
{
  g_autoptr (GPtrArray) good = NULL;

  input->order = report_order_new (paths, NULL);
  if (input->order)
    return true;
  good = good_paths (input, paths, error);
  if (!good)
    return false;
  input->order = report_order_new ((const char *const *)good->pdata, error);
  return input->order != NULL;
}

ReportInput *
report_input_open (const char *const *paths, GError **error)
{
  g_autoptr (ReportInput) input = g_new0 (ReportInput, 1);

  input->left_out = g_ptr_array_new_with_free_func (g_free);
  if (paths[1])
    open_order (input, paths, error);
  else
    input->skim = report_skim_open (paths[0], error);
  return input->order || input->skim ? g_steal_pointer (&input) : NULL;
}

void
report_input_close (ReportInput *input)
{
  if (!input)
    return;
  report_skim_close (input->skim);
  report_order_free (input->order);
  g_ptr_array_unref (input->left_out);
  g_free (input);
}

bool
report_input_next (ReportInput *input, const AempTraceEvent **event, uint64_t *number,
                   GError **error)
{
  uint64_t place;

  if (input->skim)
    return report_skim_next (input->skim, event, number, error);
  *event = report_order_next (input->order, &place, error);
  if (!*event)
    return false;
  *number = ++input->state.events;
  return true;
}

const ReportSkimState *
report_input_state (const ReportInput *input)
{
  return input->skim ? report_skim_state (input->skim) : &input->state;
}

const AempValue *
report_input_head (const ReportInput *input)
{
  return input->skim ? report_skim_head (input->skim) : report_order_head (input->order);
}

const AempValue *
report_input_tail (const ReportInput *input)
{
  return input->skim ? report_skim_tail (input->skim) : report_order_tail (input->order);
}

const GPtrArray *
report_input_left_out (const ReportInput *input)
{
  return input->left_out;
}
