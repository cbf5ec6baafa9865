/* tests/unit/session.c - a recorded session, played again. */

#include "session-internal.h"

#define A_WHILE (SECOND / 10)

AempList
session_packet (const Session *session, unsigned index)
{
  return aemp_message_list (session->packets->pdata[index]);
}

bool
session_is_mine (const Session *session, unsigned index)
{
  return index < session->packets->len && session->directions->str[index] == session->mine;
}

/* --- What it is to say --- */

/* An update of ours has one key. */
static void
expect_updates (Session *session, const AempList *packet)
{
  const AempValue *set = &packet->items[3];
  const AempValue *deleted = aemp_list_get (packet, 4);
  for (unsigned i = 0; set->type == AEMP_MAP && i < set->length; i++)
    {
      g_autoptr (AempMessage) message
          = aemp_message_new ("ssv{vv}", "", "g_upd", &packet->items[2], &set->as.items[2 * i],
                              &set->as.items[2 * i + 1]);
      AempList list = aemp_message_list (message);
      session_write (session->to_say, "say", &list);
    }
  for (unsigned i = 0; deleted && i < deleted->length; i++)
    {
      g_autoptr (AempMessage) message
          = aemp_message_new ("ssvn[v]", "", "g_upd", &packet->items[2], &deleted->as.items[i]);
      AempList list = aemp_message_list (message);
      session_write (session->to_say, "say", &list);
    }
}

/* As it was when the packet was sent. */
static bool
is_needless (Session *session, const AempList *packet, const char *word)
{
  if (strcmp (word, "g_find") == 0)
    return aemp_value_is (&packet->items[2], session->other);
  if (strcmp (word, "g_slave") != 0 || packet->count > 2)
    return false;
  bool again = session->was_slave;
  session->was_slave = true;
  return again;
}

static void
expect_packet (Session *session, const AempList *packet)
{
  g_autofree char *word = session_word (packet);
  g_autoptr (AempMessage) message = session_translate (session, packet);
  AempList list = aemp_message_list (message);
  if (word && is_needless (session, packet, word))
    return;
  if (word && strcmp (word, "g_upd") == 0 && !session->slave_name)
    expect_updates (session, &list);
  else
    session_write (session->to_say, "say", &list);
}

/* A call has its reply port named by our node. */
static void
learn (Session *session, const AempList *packet)
{
  if (!session->call || !session_is_call (packet))
    return;
  g_autofree char *port = aemp_value_dup_text (&packet->items[packet->count - 1], NULL);
  session_bind (session, session->call, strchr (port, '#') + 1);
  g_clear_pointer (&session->call, g_free);
}

static void
collect (Session *session)
{
  Visitor *peer = session->peer;
  const GString *heard = peer->stranger->heard;
  AempScanner scanner;
  aemp_scanner_init (&scanner);
  g_auto (Story) story
      = read_stream (session->codecs[session->mine == '<'], &scanner,
                     (const uint8_t *)heard->str + peer->read, heard->len - peer->read, 0, 0);
  g_assert_no_error (story.error);
  g_assert_cmpuint (story.left, ==, 0);
  peer->read = heard->len;
  for (unsigned i = 0; i < story.packets->len; i++)
    {
      AempList packet = aemp_message_list (story.packets->pdata[i]);
      learn (session, &packet);
      session_write (session->said, "say", &packet);
    }
}

static void
meet (Session *session)
{
  if (!session->has_met)
    visitor_welcome (session->peer, session->other, "");
  session->has_met = true;
}

void
session_act (Session *session)
{
  session_begin (session);
  town_run (session->town, A_WHILE);
  meet (session);
  collect (session);
  for (; session->at < session->acted; session->at++)
    {
      AempList packet = session_packet (session, session->at);
      expect_packet (session, &packet);
    }
}

/* --- What the other says --- */

static void
expect_family (Session *session, const AempList *packet)
{
  g_autofree char *family = session_dup (packet, 2);
  GTree *keys = g_hash_table_lookup (session->known, family);
  const AempValue *set = aemp_list_get (packet, 3), *deleted = aemp_list_get (packet, 4);
  if (!keys)
    return;
  for (unsigned i = 0; set->type == AEMP_MAP && i < set->length; i++)
    g_tree_replace (keys, aemp_value_dup_text (&set->as.items[2 * i], NULL),
                    session_text (&set->as.items[2 * i + 1]));
  for (unsigned i = 0; deleted && i < deleted->length; i++)
    {
      g_autofree char *key = aemp_value_dup_text (&deleted->as.items[i], NULL);
      g_tree_remove (keys, key);
    }
  g_string_append_printf (session->to_hear, "family %s:", family);
  for (GTreeNode *node = g_tree_node_first (keys); node; node = g_tree_node_next (node))
    g_string_append_printf (session->to_hear, " %s=%s", (char *)g_tree_node_key (node),
                            (char *)g_tree_node_value (node));
  g_string_append_c (session->to_hear, '\n');
}

static void
expect_deaths (Session *session, const AempList *packet)
{
  g_autofree char *name = session_dup (packet, 2);
  g_autofree char *port = g_strconcat (session->other, "#", name, NULL);
  g_autofree char *label = g_strconcat ("died ", port, NULL);
  AempList reason = aemp_list_skip (*packet, 3);
  if (!g_hash_table_remove (session->monitors, port))
    return;
  session_write (session->to_hear, label, &reason);
  session_write (session->to_hear, label, &reason);
}

/* A call without a limit was answered: its monitor goes. */
static void
expect_end_of_call (Session *session, const char *reply_port)
{
  const char *port = g_hash_table_lookup (session->calls, reply_port);
  if (!port)
    return;
  g_autoptr (AempMessage) message = aemp_message_new ("sss", "", "mon0", port);
  AempList list = aemp_message_list (message);
  session_write (session->to_say, "say", &list);
}

static void
expect_message (Session *session, const char *port, const AempList *elements)
{
  g_autofree char *label = g_strconcat ("port ", port, NULL);
  session_write (session->to_hear, label, elements);
  expect_end_of_call (session, port);
}

static void
expect_effect (Session *session, const char *port, const AempList *packet)
{
  g_autofree char *word = session_word (packet);
  AempList rest = aemp_list_skip (*packet, 1);
  if (*port)
    expect_message (session, port, &rest);
  else if (word && strcmp (word, "kil0") == 0)
    expect_deaths (session, packet);
  else if (word && g_str_has_prefix (word, "g_chg"))
    expect_family (session, packet);
  else if (word && strcmp (word, "g_reply") == 0)
    {
      AempList answer = aemp_list_skip (*packet, 3);
      session_write (session->to_hear, "reply", &answer);
    }
}

static void
say (Session *session, const AempList *packet)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  session->codecs[session->mine == '>']->encode (bytes, NULL, packet);
  stranger_say_bytes (session->peer->stranger, bytes->data, bytes->len);
}

void
session_feed (Session *session)
{
  for (; session->at < session->packets->len && !session_is_mine (session, session->at);
       session->at++)
    {
      AempList recorded = session_packet (session, session->at);
      g_autofree char *port = session_dup (&recorded, 0);
      g_autoptr (AempMessage) message = session_translate (session, &recorded);
      AempList packet = aemp_message_list (message);
      expect_effect (session, port, &packet);
      say (session, &packet);
    }
  session->acted = session->at;
  town_run (session->town, A_WHILE);
  collect (session);
}

/* --- All of it --- */

/* Line by line: the first one that differs is easier to read than all. */
static void
compare_lines (const char *is, const char *should_be)
{
  g_auto (GStrv) got = g_strsplit (is, "\n", -1);
  g_auto (GStrv) wanted = g_strsplit (should_be, "\n", -1);
  for (unsigned i = 0; got[i] && wanted[i]; i++)
    g_assert_cmpstr (got[i], ==, wanted[i]);
  g_assert_cmpuint (g_strv_length (got), ==, g_strv_length (wanted));
}

void
session_compare (const Session *session)
{
  g_assert_cmpuint (session->at, ==, session->packets->len);
  g_assert_cmpuint (session->said->len, >, 0);
  compare_lines (session->said->str, session->to_say->str);
  compare_lines (session->heard->str, session->to_hear->str);
}

void
session_play (Session *session)
{
  while (session->at < session->packets->len)
    {
      session_act (session);
      session_feed (session);
    }
  session_compare (session);
}

static void
tree_free (void *tree)
{
  g_tree_unref (tree);
}

/* Where our node listened in the recording. */
static void
bind_own_address (Session *session)
{
  for (unsigned i = 0; i < session->packets->len; i++)
    {
      AempList packet = session_packet (session, i);
      const AempValue *listeners
          = session_is_mine (session, i) ? aemp_map_get (aemp_list_get (&packet, 2), "'l") : NULL;
      const AempValue *list = listeners ? aemp_map_get (listeners, session->self) : NULL;
      if (!list)
        continue;
      g_autofree char *recorded = aemp_value_dup_text (&list->as.items[0], NULL);
      session_bind (session, recorded, aemp_node_listeners (session_node (session))[0]);
      return;
    }
}

Session *
session_new (Town *town, const char *capture, char mine, const char *self, const char *other)
{
  Session *session = g_new0 (Session, 1);
  session->town = town;
  session->self = self;
  session->other = other;
  session->mine = mine;
  session->directions = g_string_new (NULL);
  session->times = g_array_new (FALSE, FALSE, sizeof (double));
  session->packets = session_read (capture, session->directions, session->times, session->codecs);
  session->names = g_ptr_array_new_with_free_func (g_free);
  session->arena = g_ptr_array_new_with_free_func (g_free);
  session->monitors = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  session->known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, tree_free);
  session->calls = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  session->to_say = g_string_new (NULL);
  session->said = g_string_new (NULL);
  session->to_hear = g_string_new (NULL);
  session->heard = g_string_new (NULL);
  session->has_met = mine == '<';
  session->peer
      = session->has_met ? visitor_new (town, self, other, "") : visitor_wait (town, other);
  session->peer->stranger->understands = session->codecs[mine == '<']->name;
  session->peer->stranger->speaks = session->codecs[mine == '>']->name;
  bind_own_address (session);
  return session;
}

void
session_free (Session *session)
{
  visitor_free (session->peer);
  g_clear_pointer (&session->slave, visitor_free);
  g_free (session->slave_heard);
  g_ptr_array_unref (session->packets);
  g_string_free (session->directions, TRUE);
  g_array_unref (session->times);
  g_ptr_array_unref (session->names);
  g_ptr_array_unref (session->arena);
  g_hash_table_unref (session->monitors);
  g_hash_table_unref (session->known);
  g_hash_table_unref (session->calls);
  g_free (session->call);
  g_string_free (session->to_say, TRUE);
  g_string_free (session->said, TRUE);
  g_string_free (session->to_hear, TRUE);
  g_string_free (session->heard, TRUE);
  g_free (session);
}
