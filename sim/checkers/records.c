/* sim/checkers/records.c */

#include "records.h"

#define SIEVE_BITS 23 /* so many address the bits of the sieve: 1 MiB */
#define SIEVE_PROBES 4

void
sim_records_init (SimRecords *records)
{
  *records = (SimRecords){ .sieve = NULL };
  sim_roster_init (&records->roster);
  sim_table_init (&records->families);
  sim_table_init (&records->keys);
  sim_table_init (&records->pairings);
  sim_table_init (&records->settings);
  sim_table_init (&records->watchers);
  sim_table_init (&records->questions);
}

SimOwn *
sim_records_own (SimMember *member)
{
  if (!member->records)
    member->records = g_new0 (SimOwn, 1);
  return member->records;
}

/* --- The sieve --- */

static uint64_t
sieve_bit (uint64_t id, unsigned probe)
{
  return aemp_hash_mix (id, probe) >> (64 - SIEVE_BITS);
}

static void
sieve_add (SimRecords *records, uint64_t id)
{
  if (!records->sieve)
    records->sieve = g_new0 (uint64_t, 1 << (SIEVE_BITS - 6));
  for (unsigned probe = 0; probe < SIEVE_PROBES; probe++)
    {
      const uint64_t bit = sieve_bit (id, probe);
      records->sieve[bit / 64] |= UINT64_C (1) << bit % 64;
    }
}

static bool
sieve_has (const SimRecords *records, uint64_t id)
{
  for (unsigned probe = 0; probe < SIEVE_PROBES; probe++)
    {
      const uint64_t bit = sieve_bit (id, probe);
      if (!records->sieve || !(records->sieve[bit / 64] >> bit % 64 & 1))
        return false;
    }
  return true;
}

/* --- Families, keys, pairs --- */

SimFamily *
sim_records_need_family (SimRecords *records, const AempName *name)
{
  SimFamily *family = sim_table_get (&records->families, name->hash);

  if (family)
    return family;
  family = g_new0 (SimFamily, 1);
  family->name = aemp_name_new (name->text, name->length);
  family->in_records.data = family;
  g_queue_push_tail_link (&records->all_families, &family->in_records);
  sim_table_add (&records->families, name->hash, family);
  return family;
}

void
sim_records_tidy_family (SimRecords *records, SimFamily *family)
{
  if (family->users > 0)
    return;
  g_queue_unlink (&records->all_families, &family->in_records);
  sim_table_remove (&records->families, family->name->hash);
  aemp_name_unref (family->name);
  g_free (family);
}

SimKey *
sim_records_need_key (SimRecords *records, SimFamily *family, const AempName *name)
{
  const uint64_t id = sim_key (family->name->hash, name->hash);
  SimKey *key = sim_table_get (&records->keys, id);

  if (key)
    return key;
  key = g_new (SimKey, 1);
  *key = (SimKey){ .family = family,
                   .name = aemp_name_new (name->text, name->length),
                   .id = id,
                   .changed_us = SIM_NEVER };
  key->in_family.data = key;
  g_queue_push_tail_link (&family->keys, &key->in_family);
  family->users++;
  sim_table_add (&records->keys, id, key);
  return key;
}

void
sim_records_tidy_key (SimRecords *records, SimKey *key)
{
  SimFamily *family = key->family;

  if (key->users > 0)
    return;
  g_queue_unlink (&family->keys, &key->in_family);
  sim_table_remove (&records->keys, key->id);
  aemp_name_unref (key->name);
  g_free (key);
  family->users--;
  sim_records_tidy_family (records, family);
}

static SimPairing *
find_pairing (const SimRecords *records, const SimKey *key, uint64_t hash)
{
  return sim_table_get (&records->pairings, sim_key (key->id, hash));
}

static SimPairing *
use_pairing (SimRecords *records, SimKey *key, uint64_t hash)
{
  SimPairing *pairing = find_pairing (records, key, hash);

  if (!pairing)
    {
      pairing = g_new (SimPairing, 1);
      *pairing = (SimPairing){ .key = key, .hash = hash, .ended_us = SIM_NEVER };
      pairing->in_key.data = pairing;
      g_queue_push_tail_link (&key->pairings, &pairing->in_key);
      key->users++;
      sim_table_add (&records->pairings, sim_key (key->id, hash), pairing);
    }
  pairing->users++;
  return pairing;
}

/* The key stays, whoever needs it. */
static void
release_pairing (SimRecords *records, SimPairing *pairing)
{
  SimKey *key = pairing->key;

  if (--pairing->users > 0)
    return;
  if (pairing->setter)
    sieve_add (records, sim_key (key->id, pairing->hash));
  g_queue_unlink (&key->pairings, &pairing->in_key);
  sim_table_remove (&records->pairings, sim_key (key->id, pairing->hash));
  if (pairing->setter)
    aemp_name_unref (pairing->setter);
  g_free (pairing);
  key->users--;
}

bool
sim_records_was_set (const SimRecords *records, const SimKey *key, uint64_t hash)
{
  const SimPairing *pairing = find_pairing (records, key, hash);

  return (pairing && pairing->setter) || sieve_has (records, sim_key (key->id, hash));
}

/* --- Settings --- */

static uint64_t
setting_id (const SimMember *member, const SimKey *key)
{
  return sim_key (member->name->hash, key->id);
}

SimSetting *
sim_records_setting (const SimRecords *records, const SimMember *member, const SimKey *key)
{
  return sim_table_get (&records->settings, setting_id (member, key));
}

void
sim_records_set (SimRecords *records, SimMember *member, SimKey *key, const AempTraceEvent *event,
                 uint64_t line)
{
  SimPairing *pairing = use_pairing (records, key, event->payload);
  SimSetting *setting = sim_records_setting (records, member, key);

  if (setting)
    sim_records_unset (records, setting, event->time_us, true);
  if (pairing->setter)
    aemp_name_unref (pairing->setter);
  pairing->setter = aemp_name_ref (member->name);
  pairing->set_us = event->time_us;
  pairing->set_line = line;
  pairing->ended_us = SIM_NEVER;
  setting = g_new (SimSetting, 1);
  *setting = (SimSetting){ .member = member,
                           .pairing = pairing,
                           .id = setting_id (member, key),
                           .time_us = event->time_us,
                           .line = line };
  setting->in_member.data = setting->in_key.data = setting;
  g_queue_push_tail_link (&sim_records_own (member)->settings, &setting->in_member);
  g_queue_push_tail_link (&key->settings, &setting->in_key);
  sim_table_add (&records->settings, setting->id, setting);
}

void
sim_records_unset (SimRecords *records, SimSetting *setting, int64_t time_us, bool deleted)
{
  SimPairing *pairing = setting->pairing;

  g_queue_unlink (&sim_records_own (setting->member)->settings, &setting->in_member);
  g_queue_unlink (&pairing->key->settings, &setting->in_key);
  sim_table_remove (&records->settings, setting->id);
  if (pairing->setter && aemp_name_equal (pairing->setter, setting->member->name))
    {
      pairing->ended_us = time_us;
      pairing->deleted = deleted;
    }
  g_free (setting);
  release_pairing (records, pairing);
}

/* --- Monitors --- */

static uint64_t
event_id (const AempTraceEvent *event)
{
  return sim_key (event->node->hash, event->number);
}

SimWatcher *
sim_records_watcher (const SimRecords *records, const AempTraceEvent *event)
{
  return sim_table_get (&records->watchers, event_id (event));
}

SimWatcher *
sim_records_watch (SimRecords *records, SimMember *member, SimFamily *family,
                   const AempTraceEvent *event, uint64_t line)
{
  SimWatcher *watcher = g_new (SimWatcher, 1);

  *watcher = (SimWatcher){ .member = member,
                           .family = family,
                           .number = event->number,
                           .id = event_id (event),
                           .time_us = event->time_us,
                           .line = line };
  sim_table_init (&watcher->known);
  watcher->in_member.data = watcher->in_family.data = watcher;
  g_queue_push_tail_link (&sim_records_own (member)->watchers, &watcher->in_member);
  g_queue_push_tail_link (&family->watchers, &watcher->in_family);
  family->users++;
  sim_table_add (&records->watchers, watcher->id, watcher);
  return watcher;
}

SimKnown *
sim_records_known (const SimWatcher *watcher, const SimKey *key)
{
  return sim_table_get (&watcher->known, key->id);
}

static void
forget (SimRecords *records, SimWatcher *watcher, SimKnown *known)
{
  SimKey *key = known->key;

  sim_table_remove (&watcher->known, key->id);
  if (known->pairing)
    release_pairing (records, known->pairing);
  g_free (known);
  key->users--;
  sim_records_tidy_key (records, key);
}

void
sim_records_unwatch (SimRecords *records, SimWatcher *watcher)
{
  SimFamily *family = watcher->family;

  while (watcher->all_known.head)
    forget (records, watcher, g_queue_pop_head_link (&watcher->all_known)->data);
  while (watcher->gone.head)
    forget (records, watcher, g_queue_pop_head_link (&watcher->gone)->data);
  sim_table_clear (&watcher->known);
  g_queue_unlink (&sim_records_own (watcher->member)->watchers, &watcher->in_member);
  g_queue_unlink (&family->watchers, &watcher->in_family);
  sim_table_remove (&records->watchers, watcher->id);
  g_free (watcher);
  family->users--;
  sim_records_tidy_family (records, family);
}

static SimKnown *
need_known (SimWatcher *watcher, SimKey *key)
{
  SimKnown *known = sim_records_known (watcher, key);

  if (known)
    return known;
  known = g_new0 (SimKnown, 1);
  known->key = key;
  key->users++;
  known->in_watcher.data = known;
  g_queue_push_tail_link (&watcher->gone, &known->in_watcher);
  sim_table_add (&watcher->known, key->id, known);
  return known;
}

void
sim_records_learn (SimRecords *records, SimWatcher *watcher, SimKey *key, uint64_t hash,
                   int64_t time_us, uint64_t line)
{
  SimKnown *known = need_known (watcher, key);
  SimPairing *before = known->pairing;

  g_queue_unlink (before ? &watcher->all_known : &watcher->gone, &known->in_watcher);
  known->pairing = hash ? use_pairing (records, key, hash) : NULL;
  g_queue_push_tail_link (hash ? &watcher->all_known : &watcher->gone, &known->in_watcher);
  watcher->sum += hash - (before ? before->hash : 0);
  known->call = watcher->calls + 1;
  known->time_us = time_us;
  known->line = line;
  if (before)
    release_pairing (records, before);
}

void
sim_records_called (SimRecords *records, SimWatcher *watcher)
{
  watcher->calls++;
  watcher->told = true;
  watcher->news = 0;
  while (watcher->gone.head)
    forget (records, watcher, g_queue_pop_head_link (&watcher->gone)->data);
}

/* --- Questions --- */

SimQuestion *
sim_records_question (const SimRecords *records, const AempTraceEvent *event)
{
  return sim_table_get (&records->questions, event_id (event));
}

SimQuestion *
sim_records_ask (SimRecords *records, SimMember *member, SimFamily *family,
                 const AempTraceEvent *event, uint64_t line)
{
  SimQuestion *question = g_new (SimQuestion, 1);

  *question = (SimQuestion){ .member = member,
                             .family = family,
                             .number = event->number,
                             .id = event_id (event),
                             .what = event->text ? *event->text : '\0',
                             .asked_us = event->time_us,
                             .line = line };
  family->users++;
  question->in_queue.data = question;
  g_queue_push_tail_link (&sim_records_own (member)->questions, &question->in_queue);
  sim_table_add (&records->questions, question->id, question);
  return question;
}

static void
free_question (SimRecords *records, SimQuestion *question)
{
  SimFamily *family = question->family;

  g_free (question);
  family->users--;
  sim_records_tidy_family (records, family);
}

void
sim_records_answer (SimRecords *records, SimQuestion *question, uint64_t sum, uint64_t line)
{
  sim_table_remove (&records->questions, question->id);
  g_queue_unlink (&sim_records_own (question->member)->questions, &question->in_queue);
  question->sum = sum;
  question->answer_line = line;
  g_queue_push_tail_link (&records->answers, &question->in_queue);
  if (records->answers.length > SIM_ANSWERS_KEPT)
    free_question (records, g_queue_pop_head_link (&records->answers)->data);
}

/* --- Ends --- */

void
sim_records_end_process (SimRecords *records, SimMember *member, int64_t time_us)
{
  SimOwn *own = sim_records_own (member);

  while (own->settings.head)
    {
      SimSetting *setting = own->settings.head->data;
      SimKey *key = setting->pairing->key;
      sim_records_unset (records, setting, time_us, false);
      sim_records_tidy_key (records, key);
    }
  while (own->watchers.head)
    sim_records_unwatch (records, own->watchers.head->data);
  while (own->questions.head)
    {
      SimQuestion *question = g_queue_pop_head_link (&own->questions)->data;
      sim_table_remove (&records->questions, question->id);
      free_question (records, question);
    }
  own->dropped_count = 0;
}

void
sim_records_clear (SimRecords *records)
{
  for (GList *link = records->roster.all.head; link; link = link->next)
    {
      SimMember *member = link->data;
      sim_records_end_process (records, member, 0);
      g_clear_pointer (&member->records, g_free);
    }
  while (records->answers.head)
    free_question (records, g_queue_pop_head_link (&records->answers)->data);
  g_assert (records->all_families.length == 0);
  sim_table_clear (&records->families);
  sim_table_clear (&records->keys);
  sim_table_clear (&records->pairings);
  sim_table_clear (&records->settings);
  sim_table_clear (&records->watchers);
  sim_table_clear (&records->questions);
  g_free (records->sieve);
  sim_roster_clear (&records->roster);
}
