/* sim/checkers/database-end.c - promise 11 when all is quiet: who knows what the others have set?
 *
 * Everything is judged within a group, see roster.h.  For each family three kinds of keys are told
 * apart: those that changed lately are open; those with one value have to be known with
 * that; those to which several nodes gave different values have to be known with one of these,
 * the same one everywhere. */

#include "records.h"

#include "engine/planted.h"

/* A key with several values: who took which. */
typedef struct
{
  const SimKey *key;
  uint64_t chosen; /* 0: nobody has it yet … */
  const SimWatcher *by;
} Choice;

typedef struct
{
  SimRecords *records;
  const SimTold *told;
  int64_t now_us;
  int64_t late_us;
  bool enough;
  unsigned wrong; /* things that were told */
  /* Of the family and group that are judged: */
  const SimFamily *family;
  const SimMember *group;
  uint64_t sum;       /* of all pairs that are neither open nor a choice */
  uint64_t keys_sum;  /* of all keys … */
  uint64_t pairs_sum; /* … and of their pairs, those included, unless … */
  bool is_contested;  /* … a key has several values */
  GArray *choices;    /* of Choice */
  GPtrArray *open;    /* of SimKey */
} Judge;

static void
tell (Judge *judge, int64_t time_us, uint64_t line, const GString *text)
{
  judge->wrong++;
  if (!judge->told->tell (judge->told->user_data, time_us, line, text->str))
    judge->enough = true;
}

static GString *
begin_text (const SimWatcher *watcher)
{
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "%s's monitor %" G_GUINT64_FORMAT " of family %s",
                          watcher->member->name->text, watcher->number,
                          watcher->family->name->text);
  return text;
}

/* --- What a group should know --- */

/* The first who has set the key, in the group. */
static const SimSetting *
find_setting (const Judge *judge, const SimKey *key)
{
  for (GList *link = key->settings.head; link; link = link->next)
    if (((SimSetting *)link->data)->member->group == judge->group)
      return link->data;
  return NULL;
}

static bool
is_choice (const Judge *judge, const SimKey *key, uint64_t hash)
{
  for (GList *link = key->settings.head; link; link = link->next)
    {
      const SimSetting *setting = link->data;
      if (setting->member->group == judge->group && setting->pairing->hash != hash)
        return true;
    }
  return false;
}

static bool
is_open (const Judge *judge, const SimKey *key)
{
  return key->changed_us > judge->late_us;
}

/* As it counts in an answer that has keys only. */
static uint64_t
hash_of_key (const SimKey *key)
{
  const AempValue value
      = { .type = AEMP_TEXT, .length = key->name->length, .as.string = key->name->text };
  return aemp_value_hash (&value);
}

static void
gather (Judge *judge, const SimFamily *family, const SimMember *group)
{
  judge->family = family;
  judge->group = group;
  judge->sum = judge->keys_sum = judge->pairs_sum = 0;
  judge->is_contested = false;
  g_array_set_size (judge->choices, 0);
  g_ptr_array_set_size (judge->open, 0);
  for (GList *link = family->keys.head; link; link = link->next)
    {
      SimKey *key = link->data;
      const SimSetting *setting = find_setting (judge, key);
      const Choice choice = { .key = key };
      const bool contested = setting && is_choice (judge, key, setting->pairing->hash);
      judge->keys_sum += setting ? hash_of_key (key) : 0;
      judge->pairs_sum += setting ? setting->pairing->hash : 0;
      judge->is_contested |= contested;
      if (is_open (judge, key))
        g_ptr_array_add (judge->open, key);
      else if (contested)
        g_array_append_val (judge->choices, choice);
      else if (setting)
        judge->sum += setting->pairing->hash;
    }
}

/* --- What is missing --- */

static void
say_set (GString *text, const SimSetting *setting)
{
  g_string_append_printf (text, "%s set at " SIM_TIME " (line %" G_GUINT64_FORMAT ")",
                          setting->member->name->text, SIM_TIME_PARTS (setting->time_us),
                          setting->line);
}

static void
say_missing (Judge *judge, const SimWatcher *watcher, const SimKey *key, const SimSetting *setting)
{
  g_autoptr (GString) text = begin_text (watcher);

  g_string_append_printf (text, " does not know key %s, which ", key->name->text);
  say_set (text, setting);
  g_string_append (text, ": ");
  sim_roster_say_why_deaf (text, &judge->records->roster, watcher->member, setting->member);
  tell (judge, setting->time_us, setting->line, text);
}

static void
say_different (Judge *judge, const SimWatcher *watcher, const SimKnown *known,
               const SimSetting *setting)
{
  const SimPairing *pairing = known->pairing;
  g_autoptr (GString) text = begin_text (watcher);

  g_string_append_printf (text, " has another value of key %s than ", known->key->name->text);
  say_set (text, setting);
  if (pairing->setter)
    g_string_append_printf (text, ", the one of %s (line %" G_GUINT64_FORMAT ")",
                            pairing->setter->text, pairing->set_line);
  g_string_append (text, ": ");
  sim_roster_say_why_deaf (text, &judge->records->roster, watcher->member, setting->member);
  tell (judge, setting->time_us, setting->line, text);
}

static void
say_left_over (Judge *judge, const SimWatcher *watcher, const SimKnown *known)
{
  const SimPairing *pairing = known->pairing;
  const SimMember *setter
      = pairing->setter ? sim_roster_member (&judge->records->roster, pairing->setter) : NULL;
  g_autoptr (GString) text = begin_text (watcher);

  g_string_append_printf (text, " still has key %s, told at " SIM_TIME, known->key->name->text,
                          SIM_TIME_PARTS (known->time_us));
  if (!setter)
    g_string_append (text, sim_records_was_set (judge->records, known->key, pairing->hash)
                               ? ", which nobody has set any more"
                               : ", which nobody ever set");
  else if (pairing->ended_us == SIM_NEVER)
    g_string_append_printf (text, ", which only %s has set, who is not in its network",
                            setter->name->text);
  else
    g_string_append_printf (text, ", which %s %s at " SIM_TIME, setter->name->text,
                            pairing->deleted ? "took back" : "had set until its process ended",
                            SIM_TIME_PARTS (pairing->ended_us));
  tell (judge, known->time_us, known->line, text);
}

/* The first key of which a monitor knows something wrong. */
static void
find_difference (Judge *judge, const SimWatcher *watcher)
{
  for (GList *link = judge->family->keys.head; link; link = link->next)
    {
      const SimKey *key = link->data;
      const SimSetting *setting = find_setting (judge, key);
      const SimKnown *known = sim_records_known (watcher, key);

      if (is_open (judge, key) || (setting && is_choice (judge, key, setting->pairing->hash)))
        continue;
      if (setting && !known)
        say_missing (judge, watcher, key, setting);
      else if (!setting && known && !AEMP_PLANTED (checker_forgives_left_over_keys))
        say_left_over (judge, watcher, known);
      else if (setting && known->pairing != setting->pairing)
        say_different (judge, watcher, known, setting);
      else
        continue;
      return;
    }
}

/* --- Choices --- */

static const SimSetting *
find_choice (const Judge *judge, const SimKey *key, uint64_t hash)
{
  for (GList *link = key->settings.head; link; link = link->next)
    {
      const SimSetting *setting = link->data;
      if (setting->member->group == judge->group && setting->pairing->hash == hash)
        return setting;
    }
  return NULL;
}

static void
say_disagreement (Judge *judge, const SimWatcher *watcher, const Choice *choice,
                  const SimSetting *chosen)
{
  const SimSetting *other = find_choice (judge, choice->key, choice->chosen);
  g_autoptr (GString) text = begin_text (watcher);

  g_string_append_printf (text, " has for key %s what ", choice->key->name->text);
  say_set (text, chosen);
  g_string_append_printf (text, ", but %s's monitor %" G_GUINT64_FORMAT " has what ",
                          choice->by->member->name->text, choice->by->number);
  say_set (text, other);
  g_string_append (text, ": ");
  sim_roster_say_why_deaf (text, &judge->records->roster, watcher->member, choice->by->member);
  tell (judge, chosen->time_us, chosen->line, text);
}

/* False: it was wrong, and told. */
static bool
judge_choice (Judge *judge, const SimWatcher *watcher, Choice *choice)
{
  const SimKnown *known = sim_records_known (watcher, choice->key);
  const SimSetting *chosen = known ? find_choice (judge, choice->key, known->pairing->hash) : NULL;

  if (!known)
    say_missing (judge, watcher, choice->key, find_setting (judge, choice->key));
  else if (!chosen)
    say_different (judge, watcher, known, find_setting (judge, choice->key));
  else if (choice->chosen != 0 && choice->chosen != known->pairing->hash)
    say_disagreement (judge, watcher, choice, chosen);
  else
    {
      choice->chosen = known->pairing->hash;
      choice->by = choice->by ? choice->by : watcher;
      return true;
    }
  return false;
}

/* --- Monitors --- */

static void
judge_watcher (Judge *judge, const SimWatcher *watcher)
{
  uint64_t sum = watcher->sum;

  for (unsigned i = 0; i < judge->open->len; i++)
    {
      const SimKnown *known = sim_records_known (watcher, judge->open->pdata[i]);
      sum -= known ? known->pairing->hash : 0;
    }
  for (unsigned i = 0; i < judge->choices->len; i++)
    {
      Choice *choice = &g_array_index (judge->choices, Choice, i);
      if (!judge_choice (judge, watcher, choice))
        return;
      sum -= choice->chosen;
    }
  if (sum != judge->sum)
    find_difference (judge, watcher);
}

static void
say_untold (Judge *judge, const SimWatcher *watcher)
{
  g_autoptr (GString) text = begin_text (watcher);

  g_string_append_printf (text, " waits since " SIM_TIME " to be told what there is: ",
                          SIM_TIME_PARTS (watcher->time_us));
  sim_roster_say_why_deaf (text, &judge->records->roster, watcher->member, watcher->member);
  tell (judge, watcher->time_us, watcher->line, text);
}

static void
say_unfinished (Judge *judge, const SimWatcher *watcher)
{
  g_autoptr (GString) text = begin_text (watcher);

  g_string_append_printf (text, " was about to be told of %u keys at " SIM_TIME ", and never was",
                          watcher->news, SIM_TIME_PARTS (watcher->news_us));
  tell (judge, watcher->news_us, watcher->news_line, text);
}

/* Is there anything to expect of it? */
static bool
counts (const SimMember *member)
{
  return member->group || member->belongs;
}

/* Has it been told at all? */
static bool
is_judged (Judge *judge, const SimWatcher *watcher)
{
  if (watcher->news > 0 && watcher->news_us + SIM_AT_ONCE_US < judge->now_us)
    say_unfinished (judge, watcher);
  else if (!watcher->told && counts (watcher->member) && watcher->time_us <= judge->late_us)
    say_untold (judge, watcher);
  return watcher->told && watcher->news == 0 && watcher->member->group;
}

static void
judge_group (Judge *judge, const SimFamily *family, const GPtrArray *watchers, unsigned first)
{
  const SimMember *group = ((SimWatcher *)watchers->pdata[first])->member->group;

  for (unsigned i = 0; i < first; i++)
    if (((SimWatcher *)watchers->pdata[i])->member->group == group)
      return; /* it was judged then */
  gather (judge, family, group);
  for (unsigned i = first; i < watchers->len && !judge->enough; i++)
    if (((SimWatcher *)watchers->pdata[i])->member->group == group)
      judge_watcher (judge, watchers->pdata[i]);
}

static void
judge_family (Judge *judge, const SimFamily *family)
{
  g_autoptr (GPtrArray) watchers = g_ptr_array_new ();

  for (GList *link = family->watchers.head; link && !judge->enough; link = link->next)
    if (is_judged (judge, link->data))
      g_ptr_array_add (watchers, link->data);
  for (unsigned i = 0; i < watchers->len && !judge->enough; i++)
    judge_group (judge, family, watchers, i);
}

/* --- Questions --- */

static void
say_unanswered (Judge *judge, const SimQuestion *question)
{
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_append_printf (text,
                          "%s waits since " SIM_TIME
                          " for the answer to question %" G_GUINT64_FORMAT ", what family %s has: ",
                          question->member->name->text, SIM_TIME_PARTS (question->asked_us),
                          question->number, question->family->name->text);
  sim_roster_say_why_deaf (text, &judge->records->roster, question->member, question->member);
  tell (judge, question->asked_us, question->line, text);
}

static void
judge_unanswered (Judge *judge, SimMember *member)
{
  SimOwn *own = sim_records_own (member);

  for (GList *link = own->questions.head; link && !judge->enough; link = link->next)
    {
      const SimQuestion *question = link->data;
      if (counts (member) && question->asked_us <= judge->late_us)
        say_unanswered (judge, question);
    }
}

/* Was it asked when all had been quiet for as long as it was to be from then on? */
static bool
is_quiet (const Judge *judge, const SimQuestion *question)
{
  const int64_t changed_us = MAX (judge->records->roster.changed_us, question->family->changed_us);

  return question->member->group && question->asked_us > changed_us
         && question->asked_us - changed_us >= (judge->now_us - changed_us) / 2;
}

static void
say_wrong_answer (Judge *judge, const SimQuestion *question, const SimQuestion *other)
{
  g_autoptr (GString) text = g_string_new (NULL);
  const char *what = question->what == 'k'   ? "keys"
                     : question->what == 'v' ? "values"
                                             : "keys and values";

  g_string_append_printf (text,
                          "%s asked at " SIM_TIME " for the %s of family %s, and the answer (line "
                          "%" G_GUINT64_FORMAT ") is not ",
                          question->member->name->text, SIM_TIME_PARTS (question->asked_us), what,
                          question->family->name->text, question->answer_line);
  if (other)
    g_string_append_printf (text, "the one that %s was given (line %" G_GUINT64_FORMAT ")",
                            other->member->name->text, other->answer_line);
  else
    g_string_append (text, "what the nodes have set");
  sim_records_own (question->member)->misled = true;
  tell (judge, question->asked_us, question->line, text);
}

/* Where keys have several values, or for values, of which no hashes are in a trace, answers are
 * compared.  Keys that changed lately count: the question was asked later still. */
static bool
can_compute (const Judge *judge, const SimQuestion *question, uint64_t *sum)
{
  *sum = question->what == 'k' ? judge->keys_sum : judge->pairs_sum;
  if (question->what == 'v')
    return judge->keys_sum == 0;
  return question->what == 'k' || !judge->is_contested;
}

static const SimQuestion *
find_like (const Judge *judge, const SimQuestion *question)
{
  for (GList *link = judge->records->answers.head; link; link = link->next)
    {
      const SimQuestion *other = link->data;
      if (other == question)
        return NULL;
      if (other->family == question->family && other->what == question->what
          && other->member->group == question->member->group && is_quiet (judge, other))
        return other;
    }
  return NULL;
}

static void
judge_answer (Judge *judge, const SimQuestion *question)
{
  const SimQuestion *other;
  uint64_t sum;

  if (!is_quiet (judge, question) || sim_records_own (question->member)->misled)
    return;
  if (judge->family != question->family || judge->group != question->member->group)
    gather (judge, question->family, question->member->group);
  if (can_compute (judge, question, &sum))
    {
      if (question->sum != sum)
        say_wrong_answer (judge, question, NULL);
      return;
    }
  other = find_like (judge, question);
  if (other && other->sum != question->sum)
    say_wrong_answer (judge, question, other);
}

void
sim_records_judge (SimRecords *records, int64_t now_us, int64_t late_us, bool questions,
                   const SimTold *told)
{
  g_autoptr (GArray) choices = g_array_new (FALSE, FALSE, sizeof (Choice));
  g_autoptr (GPtrArray) open = g_ptr_array_new ();
  Judge judge = { .records = records,
                  .told = told,
                  .now_us = now_us,
                  .late_us = late_us,
                  .choices = choices,
                  .open = open };

  sim_roster_look (&records->roster);
  for (GList *link = records->all_families.head; link && !judge.enough; link = link->next)
    judge_family (&judge, link->data);
  if (!questions)
    return;
  for (GList *link = records->roster.all.head; link && !judge.enough; link = link->next)
    judge_unanswered (&judge, link->data);
  if (judge.wrong > 0)
    return; /* what else would they have been answered? */
  judge.family = NULL;
  for (GList *link = records->answers.head; link && !judge.enough; link = link->next)
    judge_answer (&judge, link->data);
}
