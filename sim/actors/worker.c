/* sim/actors/worker.c - one of a pool of workers, found in a family of the database.
 *
 *   ["job", number, client's port]  →  ["worked", number] */

#include "sim/actors/starts.h"

typedef struct
{
  SimActor actor;
  char *family;
  int64_t takes_us;
  int64_t worked;
  int64_t next_remark; /* what is remarked next: 1, 10, 100, … */
} Worker;

typedef struct
{
  Worker *worker;
  int64_t number;
  char *client;
} Job;

static void
clear_worker (SimActor *actor)
{
  g_free (((Worker *)actor)->family);
}

static void
free_job (void *user_data)
{
  Job *job = user_data;

  sim_actor_unref (&job->worker->actor);
  g_free (job->client);
  g_free (job);
}

static void
end_job (AempNode *node, const AempList *nothing, void *user_data)
{
  const Job *job = user_data;
  Worker *worker = job->worker;

  aemp_snd (node, job->client, "si", "worked", job->number);
  if (++worker->worked == worker->next_remark)
    {
      aemp_note (node, worker->actor.name, "worked", "i", worker->worked);
      worker->next_remark *= 10;
    }
}

/* [number, client's port]. */
static void
begin_job (AempNode *node, const AempList *message, void *user_data)
{
  Worker *worker = user_data;
  g_autofree char *client = aemp_value_dup_text (aemp_list_get (message, 1), NULL);
  int64_t number = 0;

  if (!aemp_value_get_integer (aemp_list_get (message, 0), &number) || !client || !*client)
    {
      sim_actor_broken (&worker->actor, "a job is [number, port]");
      return;
    }
  Job *job = g_new0 (Job, 1);
  job->worker = worker;
  sim_actor_ref (&worker->actor);
  job->number = number;
  job->client = g_steal_pointer (&client);
  aemp_after (node, worker->takes_us, end_job, job, free_job);
}

void
sim_worker_start (AempNode *node, const AempList *arguments, void *user_data)
{
  g_autoptr (SimActor) actor
      = sim_actor_new (sizeof (Worker), node, arguments, user_data, clear_worker);
  Worker *worker = (Worker *)actor;

  if (!worker || !sim_actor_text (actor, "family", NULL, &worker->family)
      || !sim_actor_number (actor, "takes_us", 50 * 1000, 0, G_MAXINT64 / 4, &worker->takes_us)
      || !sim_actor_open (actor))
    return;
  worker->next_remark = 1;
  sim_actor_receive (actor, "job", begin_job);
  aemp_db_reg (node, worker->family, actor->port, "s", actor->name);
}
