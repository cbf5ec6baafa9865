/* tests/unit/test-recorded-database.c - recorded conversations about the database, played again:
 * our node is the seed, and hears what alice of 2.02 said. */

#include "session.h"
#include "visitor.h"

/* The word of a request of the database; NULL: something else. */
static char *
word_of (const AempList *packet)
{
  g_autofree char *word = session_word (packet);
  return word && g_str_has_prefix (word, "g_") ? g_steal_pointer (&word) : NULL;
}

/* All database packets, one a line.  Where the seed listens differs. */
static char *
write_down (const Story *story)
{
  GString *out = g_string_new (NULL);
  for (unsigned i = 0; i < story->packets->len; i++)
    {
      AempList packet = aemp_message_list (story->packets->pdata[i]);
      g_autofree char *word = word_of (&packet);
      if (!word)
        continue;
      g_string_append (out, word);
      bool address = strcmp (word, "g_found") == 0 && packet.items[3].type == AEMP_ARRAY;
      for (unsigned at = 2; at < packet.count - address; at++)
        {
          g_autofree char *text = session_text (&packet.items[at]);
          g_string_append_printf (out, " %s", text);
        }
      g_string_append_c (out, '\n');
    }
  return g_string_free (out, FALSE);
}

/* The seed of the recording had ports in some families. */
static void
set_ports (AempNode *seed, const Story *answers)
{
  for (unsigned i = 0; i < answers->packets->len; i++)
    {
      AempList packet = aemp_message_list (answers->packets->pdata[i]);
      g_autofree char *word = word_of (&packet);
      if (!word || strcmp (word, "g_chg1") != 0 || packet.items[3].type != AEMP_MAP)
        continue;
      g_autofree char *family = aemp_value_dup_text (&packet.items[2], NULL);
      g_autofree char *port = aemp_value_dup_text (&packet.items[3].as.items[0], NULL);
      aemp_db_set (seed, family, port, "n");
    }
}

static void
replay (const char *capture, const char *global, bool has_ports)
{
  g_auto (Story) said = session_story (capture, ">");
  g_auto (Story) answers = session_story (capture, "<");
  g_autoptr (Town) town = town_new (1, "seed", NULL);
  town_set (town, "global", global);
  if (has_ports)
    set_ports (town_node (town, "seed"), &answers);
  g_autoptr (Visitor) alice = visitor_new (town, "seed", "alice", "");
  for (unsigned i = 0; i < said.packets->len; i++)
    {
      AempList packet = aemp_message_list (said.packets->pdata[i]);
      g_autofree char *word = word_of (&packet);
      g_autofree char *text = aemp_list_to_text (&packet, 0);
      g_autofree char *whole = g_strconcat ("[", text, "]", NULL);
      if (!word)
        continue;
      stranger_say (alice->stranger, whole);
      town_run (town, SECOND / 10);
    }
  AempScanner scanner;
  aemp_scanner_init (&scanner);
  const GString *heard = alice->stranger->heard;
  g_auto (Story) ours = read_stream (&aemp_codec_json, &scanner, (const uint8_t *) heard->str + alice->read,
                                     heard->len - alice->read, 0, 0);
  g_assert_no_error (ours.error);
  g_autofree char *wanted = write_down (&answers);
  g_autofree char *got = write_down (&ours);
  g_assert_cmpuint (strlen (wanted), >, 10);
  g_assert_cmpstr (got, ==, wanted);
}

static void
test_join_json (void)
{
  g_test_summary ("join-work-json: every answer about the database is the recorded one.");
  replay ("join-work-json.jsonl", "yes", true);
}

static void
test_join_cbor (void)
{
  g_test_summary ("join-work-cbor: the same, said in byte strings.");
  replay ("join-work-cbor.jsonl", "yes", true);
}

static void
test_join_mixed (void)
{
  g_test_summary ("join-mixed-framing: the same, with a family more.");
  replay ("join-mixed-framing.jsonl", "yes", true);
}

static void
test_promote (void)
{
  g_test_summary ("promote-json: our node is no global node, becomes one, and says so.");
  replay ("promote-json.jsonl", "no", false);
}

int
main (int count, char **texts)
{
  g_test_init (&count, &texts, NULL);
  g_test_add_func ("/recorded-database/join-json", test_join_json);
  g_test_add_func ("/recorded-database/join-cbor", test_join_cbor);
  g_test_add_func ("/recorded-database/join-mixed", test_join_mixed);
  g_test_add_func ("/recorded-database/promote", test_promote);
  return g_test_run ();
}
