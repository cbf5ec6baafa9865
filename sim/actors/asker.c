/* sim/actors/asker.c - asks the database: a family, its keys, its values, in turns. */

#include "sim/actors/starts.h"

typedef struct
{
  SimActor actor;
  char *family;
  int64_t every_us;
  int64_t patience_us; /* 0: it has all the time */
  int64_t count;       /* of questions; 0: no end */
  int64_t asked;
  int64_t answered;
} Asker;

typedef struct
{
  Asker *asker;
  const char *what; /* "family", "keys", "values" */
  int64_t asked_us;
} Question;

static void
clear_asker (SimActor *actor)
{
  g_free (((Asker *)actor)->family);
}

static void
free_question (void *user_data)
{
  Question *question = user_data;

  sim_actor_unref (&question->asker->actor);
  g_free (question);
}

static void
take_answer (AempNode *node, const AempList *message, void *user_data)
{
  const Question *question = user_data;
  Asker *asker = question->asker;
  const AempValue *answer = aemp_list_get (message, 0);
  AempType wanted = g_str_equal (question->what, "family") ? AEMP_MAP : AEMP_ARRAY;
  int64_t waited_us = aemp_now_us (node) - question->asked_us;

  if (!answer || answer->type != wanted)
    {
      sim_actor_broken (&asker->actor, "the answer to %s is something else", question->what);
      return;
    }
  aemp_note (node, asker->actor.name, question->what, "I", (int)answer->length);
  if (asker->patience_us > 0 && waited_us > asker->patience_us)
    aemp_note (node, asker->actor.name, "late", "i", waited_us / 1000);
  if (++asker->answered == asker->count)
    aemp_note (node, asker->actor.name, "done", "i", asker->count);
}

static const struct
{
  const char *what;
  void (*ask) (AempNode *node, const char *family, AempReceive answered, void *user_data,
               GDestroyNotify destroy);
} turns[] = {
  { "family", aemp_db_family },
  { "keys", aemp_db_keys },
  { "values", aemp_db_values },
};

static void
tick (AempNode *node, const AempList *nothing, void *user_data)
{
  Asker *asker = user_data;
  unsigned turn = (unsigned)(asker->asked++ % (int64_t)G_N_ELEMENTS (turns));
  Question *question = g_new0 (Question, 1);

  question->asker = asker;
  sim_actor_ref (&asker->actor);
  question->what = turns[turn].what;
  question->asked_us = aemp_now_us (node);
  turns[turn].ask (node, asker->family, take_answer, question, free_question);
  if (asker->asked != asker->count)
    sim_actor_after (&asker->actor, asker->every_us, tick);
}

void
sim_asker_start (AempNode *node, const AempList *arguments, void *user_data)
{
  g_autoptr (SimActor) actor
      = sim_actor_new (sizeof (Asker), node, arguments, user_data, clear_asker);
  Asker *asker = (Asker *)actor;

  if (!asker || !sim_actor_text (actor, "family", NULL, &asker->family)
      || !sim_actor_number (actor, "every_us", 1000 * 1000, 1, G_MAXINT64 / 4, &asker->every_us)
      || !sim_actor_number (actor, "patience_us", 0, 1, G_MAXINT64 / 4, &asker->patience_us)
      || !sim_actor_number (actor, "count", 0, 1, G_MAXINT64, &asker->count)
      || !sim_actor_open (actor))
    return;
  sim_actor_after (actor, asker->every_us, tick);
}
