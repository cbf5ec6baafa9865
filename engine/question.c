/* engine/question.c - queries: what has a family?
 *
 * A global node answers its own questions; others put them to their master, and again to the
 * next one as long as there is no answer.  An answer is passed on in order with all else. */

#include "global.h"

#include "planted.h"

#include <string.h>

typedef struct
{
  uint64_t number;
  AempAsk ask;
  AempName *family;
  AempCallback callback;
  AempName *context; /* the port it belongs to; NULL: none */
  bool put;          /* it is no new one any more */
  GList by_age;
} Question;

struct AempQuestions
{
  uint64_t made;
  GHashTable *by_number;
  GQueue by_age;
};

static const char *const words[] = {
  [AEMP_ASK_FAMILY] = "g_db_family",
  [AEMP_ASK_KEYS] = "g_db_keys",
  [AEMP_ASK_VALUES] = "g_db_values",
};

static const char *const kinds[] = {
  [AEMP_ASK_FAMILY] = "family",
  [AEMP_ASK_KEYS] = "keys",
  [AEMP_ASK_VALUES] = "values",
};

/* --- Making them ------------------------------------------------------------------------------ */

static AempQuestions *
questions_of (AempNode *node)
{
  if (!node->questions)
    {
      node->questions = g_new0 (AempQuestions, 1);
      node->questions->by_number = g_hash_table_new (g_int64_hash, g_int64_equal);
    }
  return node->questions;
}

static void
question_free (AempNode *node, Question *question)
{
  g_queue_unlink (&node->questions->by_age, &question->by_age);
  g_hash_table_remove (node->questions->by_number, &question->number);
  aemp_trash (node, &question->callback);
  aemp_name_unref (question->family);
  g_clear_pointer (&question->context, aemp_name_unref);
  g_free (question);
}

static void
push (AempNode *node, const Question *question)
{
  aemp_local_push (node, &(AempLocalItem){ .kind = AEMP_LOCAL_ASK, .number = question->number });
}

static void
ask (AempNode *node, const char *family, AempAsk what, AempReceive answered, void *user_data,
     GDestroyNotify destroy)
{
  AempQuestions *questions = questions_of (node);
  Question *question = g_new0 (Question, 1);
  question->number = ++questions->made;
  question->ask = what;
  question->family = aemp_name_new (family, strlen (family));
  question->callback = (AempCallback){ answered, user_data, destroy };
  question->context = node->self ? aemp_name_ref (node->self->name) : NULL;
  question->by_age.data = question;
  g_hash_table_insert (questions->by_number, &question->number, question);
  g_queue_push_tail_link (&questions->by_age, &question->by_age);
  if (!aemp_family_is_internal (question->family))
    AEMP_TRACE (node, .kind = AEMP_TRACE_DB_QUERY, .number = question->number,
                .port = question->family, .text = kinds[what]);
  push (node, question);
}

void
aemp_db_family (AempNode *node, const char *family, AempReceive answered, void *user_data,
                GDestroyNotify destroy)
{
  ask (node, family, AEMP_ASK_FAMILY, answered, user_data, destroy);
}

void
aemp_db_keys (AempNode *node, const char *family, AempReceive answered, void *user_data,
              GDestroyNotify destroy)
{
  ask (node, family, AEMP_ASK_KEYS, answered, user_data, destroy);
}

void
aemp_db_values (AempNode *node, const char *family, AempReceive answered, void *user_data,
                GDestroyNotify destroy)
{
  ask (node, family, AEMP_ASK_VALUES, answered, user_data, destroy);
}

/* --- Answers -----------------------------------------------------------------------------------
 */

AempMessage *
aemp_family_answer (AempNode *node, const AempName *name, AempAsk ask)
{
  const AempFamily *family = aemp_database_family (node->global->database, name);
  AempFamilyWalk walk = { 0 };
  g_autoptr (GArray) values = g_array_new (FALSE, FALSE, sizeof (AempValue));
  while (aemp_family_next (family, &walk))
    {
      AempValue pair[2] = { aemp_name_value (walk.key), *walk.value };
      g_array_append_vals (values, &pair[ask == AEMP_ASK_VALUES], 1 + (ask == AEMP_ASK_FAMILY));
    }
  AempList list = { .items = (const AempValue *)(void *)values->data, .count = values->len };
  if (aemp_values_bytes (list.items, list.count) > node->config->message_limit_bytes)
    return aemp_message_new ("n");
  return aemp_message_new (ask == AEMP_ASK_FAMILY ? "{@}" : "[@]", &list);
}

/* The sum of the hashes of the pairs, the keys or the values. */
static uint64_t
sum_of (const AempValue *answer)
{
  uint64_t sum = 0;
  bool map = answer->type == AEMP_MAP;
  for (uint32_t i = 0; (map || answer->type == AEMP_ARRAY) && i < answer->length; i++)
    {
      AempName key;
      g_autoptr (AempName) owned = NULL;
      if (!map)
        sum += aemp_value_hash (&answer->as.items[i]);
      else if (aemp_value_name (&answer->as.items[2 * i], &key, &owned))
        sum += aemp_database_pair_hash (&key, &answer->as.items[2 * i + 1]);
    }
  return sum;
}

static void
answer (AempNode *node, Question *question, const AempList *list)
{
  AempPort *context = question->context ? aemp_port_find (node, question->context) : NULL;
  if (!aemp_family_is_internal (question->family))
    AEMP_TRACE (node, .kind = AEMP_TRACE_DB_ANSWER, .number = question->number,
                .port = question->family, .payload = sum_of (&list->items[0]),
                .text = kinds[question->ask]);
  if (context || !question->context)
    aemp_call_in_context (node, context, question->callback.receive, list,
                          question->callback.user_data);
  question_free (node, question);
}

static int
compare_values (const void *one, const void *other)
{
  return aemp_value_compare (one, other);
}

/* 2.02 gives the keys in no order. */
static AempMessage *
in_order (const Question *question, const AempValue *answer)
{
  if (question->ask != AEMP_ASK_KEYS || answer->type != AEMP_ARRAY)
    return aemp_message_new ("v", answer);
  g_autoptr (GArray) keys = g_array_new (FALSE, FALSE, sizeof (AempValue));
  g_array_append_vals (keys, answer->as.items, answer->length);
  g_array_sort (keys, compare_values);
  AempList list = { .items = (const AempValue *)(void *)keys->data, .count = keys->len };
  return aemp_message_new ("[@]", &list);
}

void
aemp_question_answered (AempNode *node, uint64_t number, const AempValue *value)
{
  Question *question
      = node->questions ? g_hash_table_lookup (node->questions->by_number, &number) : NULL;
  if (!question)
    return; /* the answer of the master before came first */
  g_autoptr (AempMessage) message = in_order (question, value);
  AempList list = aemp_message_list (message);
  answer (node, question, &list);
}

/* --- Putting them --------------------------------------------------------------------------------
 */

void
aemp_question_put (AempNode *node, uint64_t number)
{
  AempGlobal *global = node->global;
  Question *question
      = node->questions ? g_hash_table_lookup (node->questions->by_number, &number) : NULL;
  if (!question)
    return;
  question->put = true;
  if (global->is_global)
    {
      g_autoptr (AempMessage) message = aemp_family_answer (node, question->family, question->ask);
      AempList list = aemp_message_list (message);
      answer (node, question, &list);
    }
  else if (global->master)
    aemp_master_ask (global, "stu", words[question->ask], question->family->text,
                     (size_t)question->family->length, question->number);
}

void
aemp_questions_put (AempNode *node)
{
  for (GList *l = node->questions ? node->questions->by_age.head : NULL; l; l = l->next)
    if (((Question *)l->data)->put
        && !AEMP_PLANTED (
            question_forgotten_with_master)) /* the others will be, for the first time */
      {
        AEMP_MARK (node, QUESTION_REPEATED);
        push (node, l->data);
      }
}

void
aemp_questions_free (AempNode *node)
{
  while (node->questions && node->questions->by_age.head)
    question_free (node, node->questions->by_age.head->data);
  if (node->questions)
    g_hash_table_unref (node->questions->by_number);
  g_clear_pointer (&node->questions, g_free);
}
