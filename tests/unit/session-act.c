/* tests/unit/session-act.c - what the program of a recorded node did, done by one of ours. */

#include "session-internal.h"

#define CALL_LIMIT (20 * SECOND)
#define PAUSE_SECONDS 0.02 /* the recorded program has begun something new */

/* --- Names --- */

void
session_bind (Session *session, const char *recorded, const char *ours)
{
  g_ptr_array_add (session->names, g_strdup (recorded));
  g_ptr_array_add (session->names, g_strdup (ours));
}

static const char *
find_name (const Session *session, const char *recorded)
{
  for (unsigned i = 0; i < session->names->len; i += 2)
    if (strcmp (session->names->pdata[i], recorded) == 0)
      return session->names->pdata[i + 1];
  return NULL;
}

typedef struct
{
  Session *session;
  char *label;
} Ear;

static void
ear_free (void *memory)
{
  Ear *ear = memory;
  g_free (ear->label);
  g_free (ear);
}

static Ear *
ear_new (Session *session, const char *label, const char *name)
{
  Ear *ear = g_new (Ear, 1);
  *ear = (Ear){ session, g_strconcat (label, name, NULL) };
  return ear;
}

static void
hear (AempNode *node, const AempList *message, void *user_data)
{
  Ear *ear = user_data;
  session_write (ear->session->heard, ear->label, message);
}

AempNode *
session_node (Session *session)
{
  return town_node (session->town, session->self);
}

const char *
session_port (Session *session, const char *recorded)
{
  const char *found = find_name (session, recorded);
  if (found)
    return found;
  Ear *ear = ear_new (session, "port ", recorded);
  const char *port = aemp_port (session_node (session), hear, ear, ear_free);
  session_bind (session, recorded, strchr (port, '#') + 1);
  return find_name (session, recorded);
}

/* Of a string: a port ID of ours, or something that has a name of its own; else the same. */
static char *
translate_text (Session *session, const char *text)
{
  const char *mark = strchr (text, '#');
  const char *name = mark ? mark + 1 : text;
  g_autofree char *node = mark ? g_strndup (text, mark - text) : NULL;
  const char *found = find_name (session, name);
  if (!found && node && strcmp (node, session->self) == 0)
    found = session_port (session, name);
  return node ? g_strconcat (node, "#", found ? found : name, NULL)
              : g_strdup (found ? found : name);
}

static AempValue
translate (Session *session, const AempValue *value)
{
  AempValue result = *value;
  if (aemp_value_is_string (value))
    {
      g_autofree char *text = aemp_value_dup_text (value, NULL);
      char *mine = translate_text (session, text);
      g_ptr_array_add (session->arena, mine);
      if (strcmp (text, mine) == 0)
        return result;
      result.length = strlen (mine);
      result.as.string = mine;
    }
  else if (value->type == AEMP_ARRAY || value->type == AEMP_MAP)
    {
      unsigned count = value->length * (value->type == AEMP_MAP ? 2 : 1);
      AempValue *items = g_new (AempValue, count + 1);
      g_ptr_array_add (session->arena, items);
      for (unsigned i = 0; i < count; i++)
        items[i] = translate (session, &value->as.items[i]);
      result.as.items = items;
    }
  return result;
}

/* Numbers of queries are any values; ours are numbers. */
static AempValue
translate_number (Session *session, const AempValue *value)
{
  g_autofree char *text = aemp_value_dup_text (value, NULL);
  g_autofree char *recorded = g_strconcat ("query ", text, NULL);
  const char *ours = find_name (session, recorded);
  g_assert_nonnull (ours);
  return (AempValue){ .type = AEMP_INTEGER, .as.integer = g_ascii_strtoull (ours, NULL, 10) };
}

AempMessage *
session_translate (Session *session, const AempList *packet)
{
  g_autoptr (GArray) values = g_array_new (FALSE, FALSE, sizeof (AempValue));
  g_autofree char *word = session_word (packet);
  unsigned number = !word                              ? 0
                    : g_str_has_prefix (word, "g_db_") ? 3
                    : strcmp (word, "g_reply") == 0    ? 2
                                                       : 0;
  for (unsigned i = 0; i < packet->count; i++)
    {
      AempValue value = number > 0 && i == number ? translate_number (session, &packet->items[i])
                                                  : translate (session, &packet->items[i]);
      g_array_append_val (values, value);
    }
  AempList list = { (const AempValue *)(void *)values->data, values->len, NULL };
  return aemp_message_new ("@", &list);
}

/* --- What its program does --- */

char *
session_dup (const AempList *packet, unsigned index)
{
  const AempValue *value = aemp_list_get (packet, index);
  return value ? aemp_value_dup_text (value, NULL) : g_strdup ("");
}

static int
compare_keys (const void *one, const void *other, void *user_data)
{
  return strcmp (one, other);
}

/* Two monitors on everything; both are stopped together. */
static void
keep (Session *session, const char *what, AempMonitor one, AempMonitor other)
{
  AempMonitor *numbers = g_new (AempMonitor, 2);
  numbers[0] = one;
  numbers[1] = other;
  g_hash_table_insert (session->monitors, g_strdup (what), numbers);
}

static void
monitor (Session *session, const char *port)
{
  AempNode *node = session_node (session);
  Ear *one = ear_new (session, "died ", port), *other = ear_new (session, "died ", port);
  keep (session, port, aemp_mon (node, port, hear, one, ear_free),
        aemp_mon (node, port, hear, other, ear_free));
}

static void
stop (Session *session, const char *what)
{
  const AempMonitor *numbers = g_hash_table_lookup (session->monitors, what);
  g_assert_nonnull (numbers);
  aemp_unmon (session_node (session), numbers[0]);
  aemp_unmon (session_node (session), numbers[1]);
  g_hash_table_remove (session->monitors, what);
}

static void
hear_family (AempNode *node, const AempFamilyNews *news, void *user_data)
{
  Ear *ear = user_data;
  GString *out = ear->session->heard;
  AempFamilyWalk walk = { 0 };
  g_string_append_printf (out, "%s:", ear->label);
  while (aemp_family_next (news->family, &walk))
    {
      g_autofree char *value = session_text (walk.value);
      g_string_append_printf (out, " %s=%s", walk.key->text, value);
    }
  g_string_append_c (out, '\n');
}

/* What a global node tells others its slaves have said: the slave is another visitor. */
static void
slave_says (Session *session, const AempList *packet)
{
  g_autofree char *family = session_dup (packet, 2);
  const AempValue *set = aemp_list_get (packet, 3);
  bool listeners = strcmp (family, "'l") == 0;
  bool sets = set->type == AEMP_MAP && set->length > 0;
  g_autofree char *map = aemp_value_to_text (set, 0);
  if (strcmp (family, "'g") == 0 || (listeners && sets && !aemp_map_get (set, session->slave_name)))
    return; /* a note of its own */
  if (listeners && !sets)
    {
      session->slave_heard = visitor_take (session->slave);
      g_clear_pointer (&session->slave, visitor_free);
      return;
    }
  g_autofree char *deleted
      = aemp_list_get (packet, 4) ? aemp_value_to_text (aemp_list_get (packet, 4), 0) : NULL;
  g_autofree char *text
      = listeners
            ? g_strdup_printf ("[\"\",\"g_slave\",{\"'l\":%s}][\"\",\"g_mon1\",\"mesh\"]", map)
        : sets ? g_strdup_printf ("[\"\",\"g_upd\",\"%s\",%s]", family, map)
               : g_strdup_printf ("[\"\",\"g_upd\",\"%s\",null,%s]", family, deleted);
  if (listeners)
    session->slave = visitor_new (session->town, session->self, session->slave_name, "");
  stranger_say (session->slave->stranger, text);
}

static void
change_database (Session *session, const AempList *packet)
{
  AempNode *node = session_node (session);
  g_autofree char *family = session_dup (packet, 2);
  const AempValue *set = aemp_list_get (packet, 3), *deleted = aemp_list_get (packet, 4);
  for (unsigned i = 0; set->type == AEMP_MAP && i < set->length; i++)
    {
      g_autofree char *key = aemp_value_dup_text (&set->as.items[2 * i], NULL);
      if (strchr (key, '#'))
        aemp_db_reg (node, family, key, "v", &set->as.items[2 * i + 1]);
      else
        aemp_db_set (node, family, key, "v", &set->as.items[2 * i + 1]);
    }
  for (unsigned i = 0; deleted && i < deleted->length; i++)
    {
      g_autofree char *key = aemp_value_dup_text (&deleted->as.items[i], NULL);
      if (strchr (key, '#'))
        aemp_kil (node, key, ""); /* was registered */
      else
        aemp_db_del (node, family, key);
    }
}

typedef void (*Ask) (AempNode *node, const char *family, AempReceive answered, void *user_data,
                     GDestroyNotify destroy);

static void
query (Session *session, Ask ask, const AempList *packet)
{
  g_autofree char *family = session_dup (packet, 2);
  g_autofree char *number = session_dup (packet, 3);
  g_autofree char *recorded = g_strconcat ("query ", number, NULL);
  g_autofree char *ours = g_strdup_printf ("%" G_GUINT64_FORMAT, ++session->questions);
  session_bind (session, recorded, ours);
  ask (session_node (session), family, hear, ear_new (session, "reply", ""), ear_free);
}

static void
spawn (Session *session, const AempList *packet)
{
  g_autofree char *recorded = session_dup (packet, 2);
  g_autofree char *function = session_dup (packet, 3);
  g_autoptr (AempMessage) mine = session_translate (session, packet);
  AempList arguments = aemp_list_skip (aemp_message_list (mine), 4);
  g_autofree char *port
      = aemp_spawn (session_node (session), session->other, function, "@", &arguments);
  session_bind (session, recorded, strchr (port, '#') + 1);
}

bool
session_is_call (const AempList *packet)
{
  const AempValue *text = aemp_list_get (packet, 2);
  return text && (aemp_value_is (text, "by cal") || aemp_value_is (text, "by cal with timeout"));
}

static void
call (Session *session, const char *port, const AempList *packet)
{
  bool limited = !aemp_value_is (&packet->items[2], "by cal");
  AempList question = aemp_list_skip (*packet, 1);
  question.count--;
  g_autofree char *reply = aemp_value_dup_text (&packet->items[packet->count - 1], NULL);
  g_autofree char *own = g_strdup (strchr (reply, '#') + 1);
  if (!limited)
    g_hash_table_insert (session->calls, g_strdup (own), g_strdup (strchr (port, '#') + 1));
  aemp_cal (session_node (session), port, limited ? CALL_LIMIT : AEMP_NO_TIMEOUT, hear,
            ear_new (session, "port ", own), ear_free, "@", &question);
  session->call = g_steal_pointer (&own);
}

/* To the other node, or one of its ports. */
static void
send_message (Session *session, const AempList *packet)
{
  g_autofree char *name = session_dup (packet, 0);
  g_autofree char *mine = translate_text (session, name);
  g_autofree char *port
      = *name ? g_strconcat (session->other, "#", mine, NULL) : g_strdup (session->other);
  if (session_is_call (packet))
    {
      call (session, port, packet);
      return;
    }
  g_autoptr (AempMessage) message = session_translate (session, packet);
  AempList rest = aemp_list_skip (aemp_message_list (message), 1);
  aemp_snd_list (session_node (session), port, &rest);
}

static void
look_for (Session *session, const AempList *packet)
{
  g_autofree char *node = session_dup (packet, 2);
  if (aemp_node_is_up (session_node (session), node) == AEMP_NODE_UP)
    return; /* 2.02 asks for the address that it does not need any more */
  g_autofree char *port = g_strconcat (node, "#x", NULL);
  if (strcmp (node, session->other) != 0 && !session->has_friend)
    aemp_snd (session_node (session), port, "s", "anybody there?");
}

static void
monitor_port (Session *session, const AempList *packet, const AempList *next)
{
  g_autofree char *name = session_dup (packet, 2);
  g_autofree char *mine = translate_text (session, name);
  g_autofree char *port = g_strconcat (session->other, "#", mine, NULL);
  bool on = aemp_value_is (&packet->items[1], "mon1");
  if (on && next && session_is_call (next))
    return; /* the call's own */
  if (on)
    monitor (session, port);
  else
    stop (session, port);
}

static void
kill_port (Session *session, const AempList *packet, bool ours)
{
  g_autofree char *name = session_dup (packet, 2);
  g_autofree char *mine = translate_text (session, name);
  g_autofree char *port = g_strconcat (ours ? session->self : session->other, "#", mine, NULL);
  AempList reason = aemp_list_skip (*packet, 3);
  aemp_kil_list (session_node (session), port, &reason);
}

static void
monitor_family (Session *session, const AempList *packet)
{
  g_autofree char *family = session_dup (packet, 2);
  if (!aemp_value_is (&packet->items[1], "g_mon1"))
    {
      stop (session, family);
      g_hash_table_remove (session->known, family);
      return;
    }
  AempNode *node = session_node (session);
  Ear *ear = ear_new (session, "family ", family);
  keep (session, family, aemp_db_mon (node, family, hear_family, ear, ear_free), 0);
  g_hash_table_insert (session->known, g_strdup (family),
                       g_tree_new_full (compare_keys, NULL, g_free, g_free));
}

static const struct
{
  const char *word;
  Ask ask;
} queries[] = {
  { "g_db_family", aemp_db_family },
  { "g_db_keys", aemp_db_keys },
  { "g_db_values", aemp_db_values },
};

static void
act (Session *session, const AempList *packet, const AempList *next)
{
  g_autofree char *word = session_word (packet);
  const char *what = word ? word : "";
  if (session->slave_name && strcmp (what, "g_upd") == 0)
    slave_says (session, packet);
  else if (session->slave_name && g_str_has_prefix (what, "g_"))
    return; /* the node's own doing */
  else if (strcmp (what, "mon1") == 0 || strcmp (what, "mon0") == 0)
    monitor_port (session, packet, next);
  else if (strcmp (what, "kil1") == 0 || strcmp (what, "kil0") == 0)
    kill_port (session, packet, strcmp (what, "kil0") == 0);
  else if (strcmp (what, "AnyEvent::MP::_spawn") == 0)
    spawn (session, packet);
  else if (strcmp (what, "g_upd") == 0)
    {
      g_autoptr (AempMessage) message = session_translate (session, packet);
      AempList mine = aemp_message_list (message);
      change_database (session, &mine);
    }
  else if (strcmp (what, "g_mon1") == 0 || strcmp (what, "g_mon0") == 0)
    monitor_family (session, packet);
  else if (strcmp (what, "g_find") == 0)
    look_for (session, packet);
  else if (!g_str_has_prefix (what, "g_"))
    send_message (session, packet);
  for (unsigned i = 0; i < G_N_ELEMENTS (queries); i++)
    if (strcmp (what, queries[i].word) == 0)
      query (session, queries[i].ask, packet);
}

/* The next one is ours as well, and came right behind. */
static bool
goes_on (const Session *session)
{
  const double *times = (const double *)(void *)session->times->data;
  unsigned at = session->acted;
  return session_is_mine (session, at) && times[at] - times[at - 1] < PAUSE_SECONDS;
}

void
session_begin (Session *session)
{
  for (bool more = session_is_mine (session, session->acted); more;)
    {
      AempList packet = session_packet (session, session->acted++), next;
      more = goes_on (session);
      if (more)
        next = session_packet (session, session->acted);
      act (session, &packet, more ? &next : NULL);
    }
}
