/* sim/search/worker.c - the process that plays trials, and what it says to its parent. */

#include "sim/search/worker.h"
#include "sim/actors/kinds.h"
#include "sim/search/signature.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define TEXT_MAX_BYTES (16 * 1024 * 1024)
#define REPORT_MAX_BYTES (64 * 1024)

/* There in builds with the address sanitizer. */
extern int __lsan_do_recoverable_leak_check (void) __attribute__ ((weak));

/* --- Bytes
 * ------------------------------------------------------------------------------------------ */

bool
sim_worker_send (int channel, const void *bytes, size_t length)
{
  const char *next = bytes;
  while (length > 0)
    {
      ssize_t sent = send (channel, next, length, MSG_NOSIGNAL);
      if (sent < 0 && errno != EINTR)
        return false;
      next += MAX (sent, 0);
      length -= (size_t)MAX (sent, 0);
    }
  return true;
}

bool
sim_worker_receive (int channel, void *bytes, size_t length)
{
  char *next = bytes;
  while (length > 0)
    {
      ssize_t got = recv (channel, next, length, 0);
      if (got == 0 || (got < 0 && errno != EINTR))
        return false;
      next += MAX (got, 0);
      length -= (size_t)MAX (got, 0);
    }
  return true;
}

static void
append_text (GByteArray *out, const char *text)
{
  uint32_t length = text ? (uint32_t)strlen (text) : UINT32_MAX;
  g_byte_array_append (out, (const uint8_t *)&length, sizeof length);
  if (text)
    g_byte_array_append (out, (const uint8_t *)text, length);
}

/* With a NULL behind them. */
static void
append_texts (GByteArray *out, const char *const *texts)
{
  for (unsigned i = 0; texts && texts[i]; i++)
    append_text (out, texts[i]);
  append_text (out, NULL);
}

/* NULL is a text, too; false: it did not come. */
static bool
receive_text (int channel, char **text)
{
  uint32_t length;
  *text = NULL;
  if (!sim_worker_receive (channel, &length, sizeof length))
    return false;
  if (length == UINT32_MAX)
    return true;
  if (length > TEXT_MAX_BYTES)
    return false;
  *text = g_malloc0 ((size_t)length + 1);
  return sim_worker_receive (channel, *text, length);
}

/* --- Results
 * ------------------------------------------------------------------------------------------ */

static bool
send_result (int channel, const SimTrialResult *result)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  uint32_t payload = result->payload ? result->payload->len : UINT32_MAX;
  g_byte_array_append (out, (const uint8_t *)result, offsetof (SimTrialResult, text));
  append_text (out, result->text);
  append_text (out, result->signature);
  append_text (out, result->report);
  g_byte_array_append (out, (const uint8_t *)&payload, sizeof payload);
  if (result->payload)
    g_byte_array_append (out, result->payload->data, payload);
  return sim_worker_send (channel, out->data, out->len);
}

static bool
receive_payload (int channel, SimTrialResult *result)
{
  uint32_t length;
  if (!sim_worker_receive (channel, &length, sizeof length))
    return false;
  if (length == UINT32_MAX)
    return true;
  result->payload = g_byte_array_new ();
  g_byte_array_set_size (result->payload, length);
  return sim_worker_receive (channel, result->payload->data, length);
}

SimTrialResult *
sim_worker_receive_result (int channel)
{
  g_autoptr (SimTrialResult) result = g_new0 (SimTrialResult, 1);
  if (!sim_worker_receive (channel, result, offsetof (SimTrialResult, text))
      || !receive_text (channel, &result->text) || !receive_text (channel, &result->signature)
      || !receive_text (channel, &result->report) || !receive_payload (channel, result))
    return NULL;
  return g_steal_pointer (&result);
}

/* --- What a process says besides
 * --------------------------------------------------------------------- */

char *
sim_worker_take_report (int report_fd)
{
  struct stat about;
  if (fstat (report_fd, &about) != 0 || !S_ISREG (about.st_mode) || about.st_size == 0)
    return NULL;
  char *report = g_malloc0 (REPORT_MAX_BYTES + 1);
  ssize_t length = pread (report_fd, report, REPORT_MAX_BYTES, 0);
  if (length <= 0 || ftruncate (report_fd, 0) != 0)
    g_clear_pointer (&report, g_free);
  return report;
}

/* A complaint of GLib's is as good as a crash. */
static bool
is_complaint (const char *report)
{
  return strstr (report, "CRITICAL **: ") || strstr (report, "WARNING **: ");
}

void
sim_worker_judge_report (SimTrialResult *result, char *report)
{
  g_free (result->report);
  result->report = report;
  if (!report || !(sim_report_is_sanitizers (report) || is_complaint (report)))
    return;
  result->verdict = sim_report_is_sanitizers (report) ? SIM_TRIAL_SANITIZER : SIM_TRIAL_CRASH;
  result->promise = 0;
  g_free (result->text);
  g_free (result->signature);
  result->text = sim_signature_of_report (report);
  result->signature = sim_signature (NULL, sim_trial_verdict_name (result->verdict), result->text);
}

/* --- Playing
 * -------------------------------------------------------------------------------------------- */

static int64_t
cpu_us (void)
{
  struct timespec time;
  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &time);
  return (int64_t)time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

static SimTrialResult *
play (const SimWorker *worker, const SimTrialRequest *request)
{
  SimTrialResult *result = g_new0 (SimTrialResult, 1);
  int64_t began_us = g_get_monotonic_time ();
  int64_t cpu_began_us = cpu_us ();
  worker->pulse->now_us = 0;
  worker->pulse->world_events = 0;
  worker->play (worker->plans[request->plan], request->seed, worker->pulse, result);
  result->number = request->number;
  result->plan = request->plan;
  result->seed = request->seed;
  result->real_us = g_get_monotonic_time () - began_us;
  result->cpu_us = cpu_us () - cpu_began_us;
  if (__lsan_do_recoverable_leak_check)
    __lsan_do_recoverable_leak_check (); /* which writes a report */
  sim_worker_judge_report (result, sim_worker_take_report (STDERR_FILENO));
  return result;
}

void
sim_worker_serve (const SimWorker *worker)
{
  SimTrialRequest request;
  while (sim_worker_receive (worker->channel, &request, sizeof request))
    {
      g_autoptr (SimTrialResult) result = NULL;
      if (request.plan >= worker->plans_count)
        return;
      result = play (worker, &request);
      if (!send_result (worker->channel, result))
        return;
    }
}

/* --- Plans, for those who do not have them
 * --------------------------------------------------------------- */

bool
sim_worker_send_plan (int channel, const SimTrialPlan *plan)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  append_text (out, plan->scenario ? plan->scenario->file : NULL);
  append_text (out, plan->source ? plan->source : plan->scenario ? plan->scenario->source : NULL);
  g_byte_array_append (out, (const uint8_t *)&plan->options.until_us, sizeof (int64_t));
  append_texts (out, plan->settings);
  append_texts (out, plan->options.planted);
  return sim_worker_send (channel, out->data, out->len);
}

/* NULL: the other end is gone. */
static GPtrArray *
receive_texts (int channel)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  char *text;
  do
    {
      if (!receive_text (channel, &text))
        return NULL;
      g_ptr_array_add (texts, text);
    }
  while (text);
  return g_steal_pointer (&texts);
}

/* What a fresh process has of its plan. */
typedef struct
{
  char *file;
  char *source;
  int64_t until_us;
  GPtrArray *settings;
  GPtrArray *planted;
  Scenario *scenario;
} Given;

static void
given_clear (Given *given)
{
  g_free (given->file);
  g_free (given->source);
  g_clear_pointer (&given->settings, g_ptr_array_unref);
  g_clear_pointer (&given->planted, g_ptr_array_unref);
  scenario_free (given->scenario);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Given, given_clear)

static bool
receive_plan (int channel, Given *given, GError **error)
{
  if (!receive_text (channel, &given->file) || !receive_text (channel, &given->source)
      || !sim_worker_receive (channel, &given->until_us, sizeof given->until_us)
      || !(given->settings = receive_texts (channel))
      || !(given->planted = receive_texts (channel)))
    {
      g_set_error_literal (error, SCENARIO_ERROR, SCENARIO_ERROR_FILE, "the plan did not come");
      return false;
    }
  if (!given->source)
    return true; /* a plan without a scenario */
  given->scenario = scenario_parse (given->source, given->file, sim_actor_kinds, error);
  for (unsigned i = 0; given->scenario && i + 1 < given->settings->len; i++)
    if (!scenario_set (given->scenario, given->settings->pdata[i], error))
      return false;
  return given->scenario != NULL;
}

int
sim_trial_serve (SimTrialPlay play_one)
{
  g_auto (Given) given = { 0 };
  g_autoptr (GError) error = NULL;
  void *pulse
      = mmap (NULL, sizeof (SimPulse), PROT_READ | PROT_WRITE, MAP_SHARED, SIM_WORKER_PULSE_FD, 0);
  if (pulse == MAP_FAILED || !receive_plan (SIM_WORKER_CHANNEL_FD, &given, &error))
    {
      g_printerr ("ERROR **: a fresh process cannot begin: %s\n",
                  error ? error->message : g_strerror (errno));
      return SIM_STATUS_CRASH;
    }
  SimTrialPlan plan = {
    .scenario = given.scenario,
    .options = { .until_us = given.until_us, .planted = (const char *const *)given.planted->pdata },
  };
  const SimTrialPlan *plans[] = { &plan };
  sim_worker_serve (&(SimWorker){ .plans = plans,
                                  .plans_count = 1,
                                  .play = play_one ? play_one : sim_trial_play,
                                  .channel = SIM_WORKER_CHANNEL_FD,
                                  .pulse = pulse });
  return 0;
}
