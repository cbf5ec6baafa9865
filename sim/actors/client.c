/* sim/actors/client.c - gives jobs to the workers of a pool, until each is done.
 *
 * It finds them by monitoring their family, and monitors those that it gives jobs to.  What
 * a worker had when its monitor fired, another one gets.  One that is still in the family
 * may be reached later, or its death has not got around: it rests for a while. */

#include "sim/actors/starts.h"

#define REST_US ((int64_t)1000 * 1000)

typedef struct Client Client;

typedef struct
{
  Client *client;
  char *port;
  bool registered; /* it is in the family */
  bool monitored;
  bool rests;
  unsigned references; /* the client's, its monitor's, its timer's */
} Colleague;

typedef struct
{
  int64_t number; /* from 1 */
  Colleague *at;  /* NULL: it waits for a worker */
} Job;

struct Client
{
  SimActor actor;
  char *family;
  int64_t every_us;
  int64_t count; /* of jobs; 0: no end */
  int64_t made;
  int64_t done;
  int64_t given;         /* to whoever, again and again */
  GPtrArray *colleagues; /* of Colleague, in the order in which they came */
  GPtrArray *jobs;       /* of Job, those that are not done */
};

/* --- Memory --- */

static void
unref_colleague (void *user_data)
{
  Colleague *colleague = user_data;

  if (--colleague->references > 0)
    return;
  g_free (colleague->port);
  g_free (colleague);
}

static void
clear_client (SimActor *actor)
{
  Client *client = (Client *)actor;

  g_free (client->family);
  if (client->colleagues)
    g_ptr_array_unref (client->colleagues);
  if (client->jobs)
    g_ptr_array_unref (client->jobs);
}

/* A callback about a colleague holds the actor, too. */
static Colleague *
hold (Colleague *colleague)
{
  sim_actor_ref (&colleague->client->actor);
  colleague->references++;
  return colleague;
}

static void
let_go (void *user_data)
{
  Client *client = ((Colleague *)user_data)->client;

  unref_colleague (user_data);
  sim_actor_unref (&client->actor);
}

static void
unref_actor (void *user_data)
{
  sim_actor_unref (user_data);
}

/* --- Colleagues --- */

static Colleague *
find_colleague (Client *client, const char *port)
{
  for (unsigned i = 0; i < client->colleagues->len; i++)
    {
      Colleague *colleague = client->colleagues->pdata[i];

      if (g_str_equal (colleague->port, port))
        return colleague;
    }
  return NULL;
}

/* Who is neither in the family nor at work is nobody to us. */
static void
forget_if_gone (Client *client, Colleague *colleague)
{
  if (!colleague->registered && !colleague->monitored && !colleague->rests)
    g_ptr_array_remove (client->colleagues, colleague);
}

static Colleague *
choose_colleague (Client *client)
{
  g_autofree char *label = g_strdup_printf ("actor/%s/choose", client->actor.name);
  uint64_t draw = aemp_random (client->actor.node, label, (uint64_t)client->given);
  unsigned count = client->colleagues->len;

  for (unsigned i = 0; i < count; i++)
    {
      Colleague *colleague = client->colleagues->pdata[(draw + i) % count];

      if (colleague->registered && !colleague->rests)
        return colleague;
    }
  return NULL;
}

/* --- Jobs --- */

static void give_waiting (Client *client);

static void
end_rest (AempNode *node, const AempList *nothing, void *user_data)
{
  Colleague *colleague = user_data;
  Client *client = colleague->client;

  colleague->rests = false;
  forget_if_gone (client, colleague);
  give_waiting (client);
}

static void
colleague_lost (AempNode *node, const AempList *reason, void *user_data)
{
  Colleague *colleague = user_data;
  Client *client = colleague->client;
  g_autofree char *word = sim_reason_word (reason);
  int64_t lost = 0;

  for (unsigned i = 0; i < client->jobs->len; i++)
    {
      Job *job = client->jobs->pdata[i];

      if (job->at == colleague)
        {
          job->at = NULL;
          lost++;
        }
    }
  colleague->monitored = false;
  colleague->rests = true;
  aemp_note (node, client->actor.name, "failed", "si", word, lost);
  aemp_after (node, REST_US, end_rest, hold (colleague), let_go);
  give_waiting (client);
}

static void
give (Client *client, Job *job)
{
  Colleague *colleague = choose_colleague (client);
  AempNode *node = client->actor.node;

  job->at = colleague;
  if (!colleague)
    return;
  client->given++;
  if (!colleague->monitored)
    aemp_mon (node, colleague->port, colleague_lost, hold (colleague), let_go);
  colleague->monitored = true;
  aemp_snd (node, colleague->port, "sis", "job", job->number, client->actor.port);
}

static void
give_waiting (Client *client)
{
  for (unsigned i = 0; i < client->jobs->len; i++)
    {
      Job *job = client->jobs->pdata[i];

      if (!job->at)
        give (client, job);
    }
}

/* [number].  An answer counts, whoever it came from. */
static void
take_worked (AempNode *node, const AempList *message, void *user_data)
{
  Client *client = user_data;
  int64_t number = 0;

  if (!aemp_value_get_integer (aemp_list_get (message, 0), &number) || number < 1
      || number > client->made)
    {
      sim_actor_broken (&client->actor, "an answer came to a job that never was");
      return;
    }
  for (unsigned i = 0; i < client->jobs->len; i++)
    if (((Job *)client->jobs->pdata[i])->number == number)
      {
        g_ptr_array_remove_index (client->jobs, i);
        if (++client->done == client->count)
          aemp_note (node, client->actor.name, "done", "i", client->count);
        return;
      }
}

static void
tick (AempNode *node, const AempList *nothing, void *user_data)
{
  Client *client = user_data;
  Job *job = g_new0 (Job, 1);

  job->number = ++client->made;
  g_ptr_array_add (client->jobs, job);
  give (client, job);
  if (client->made != client->count)
    sim_actor_after (&client->actor, client->every_us, tick);
}

/* --- The family --- */

static void
enter_colleagues (Client *client, const AempList *ports)
{
  for (uint32_t i = 0; i < ports->count; i++)
    {
      g_autofree char *port = aemp_value_dup_text (&ports->items[i], NULL);
      Colleague *colleague = find_colleague (client, port);

      if (!colleague)
        {
          colleague = g_new0 (Colleague, 1);
          colleague->client = client;
          colleague->references = 1;
          colleague->port = g_steal_pointer (&port);
          g_ptr_array_add (client->colleagues, colleague);
        }
      colleague->registered = true;
    }
}

/* The jobs of one that has left stay with it: its monitor tells. */
static void
cross_out_colleagues (Client *client, const AempList *ports)
{
  for (uint32_t i = 0; i < ports->count; i++)
    {
      g_autofree char *port = aemp_value_dup_text (&ports->items[i], NULL);
      Colleague *colleague = find_colleague (client, port);

      if (!colleague)
        continue;
      colleague->registered = false;
      forget_if_gone (client, colleague);
    }
}

static void
take_news (AempNode *node, const AempFamilyNews *news, void *user_data)
{
  Client *client = user_data;

  cross_out_colleagues (client, &news->deleted);
  enter_colleagues (client, &news->added);
  aemp_note (node, client->actor.name, "workers", "I", (int)aemp_family_count (news->family));
  give_waiting (client);
}

void
sim_client_start (AempNode *node, const AempList *arguments, void *user_data)
{
  g_autoptr (SimActor) actor
      = sim_actor_new (sizeof (Client), node, arguments, user_data, clear_client);
  Client *client = (Client *)actor;

  if (!client || !sim_actor_text (actor, "family", NULL, &client->family)
      || !sim_actor_number (actor, "every_us", 100 * 1000, 1, G_MAXINT64 / 4, &client->every_us)
      || !sim_actor_number (actor, "count", 0, 1, G_MAXINT64, &client->count)
      || !sim_actor_open (actor))
    return;
  client->colleagues = g_ptr_array_new_with_free_func (unref_colleague);
  client->jobs = g_ptr_array_new_with_free_func (g_free);
  sim_actor_receive (actor, "worked", take_worked);
  aemp_db_mon (node, client->family, take_news, sim_actor_ref (actor), unref_actor);
  sim_actor_after (actor, client->every_us, tick);
}
