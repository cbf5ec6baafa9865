/* tests/unit/test-master.c - a slave of ours and its masters, who are played by hand. */

#include "visitor.h"

#include <string.h>

#define SLAVE "'g_slave',{'`l':{'rain':['10.0.0.1:4040']}}"

/* Rain, who is not global, with these seeds, which are played by visitors. */
static Town *
rain_with_seeds (const char *seeds)
{
  Town *town = town_new (1, "rain", NULL);
  town_set (town, "global", "no");
  town_set (town, "seeds", seeds);
  return town;
}

static void
keys (GString *out, const char *mark, const AempList *list)
{
  g_autofree char *text = aemp_list_to_text (list, 0);
  if (list->count > 0)
    g_string_append_printf (out, " %s%s", mark, text);
}

static void
told (AempNode *node, const AempFamilyNews *news, void *user_data)
{
  GString *out = ((Town *) user_data)->heard;
  AempFamilyWalk walk = { 0 };
  g_string_append (out, "told");
  keys (out, "+", &news->added);
  keys (out, "~", &news->changed);
  keys (out, "-", &news->deleted);
  g_string_append (out, " |");
  while (aemp_family_next (news->family, &walk))
    {
      g_autofree char *value = aemp_value_to_text (walk.value, 0);
      g_string_append_printf (out, " %s=%s", walk.key->text, value);
    }
  g_string_append (out, "\n");
}

static void
heard (Town *town, const char *wanted)
{
  g_assert_cmpstr (town->heard->str, ==, wanted);
  g_string_truncate (town->heard, 0);
}

static void
test_perl (void)
{
  g_test_summary ("A master of 2.02: what a slave says to it is as it was recorded; what it answers is "
                  "understood, in all its forms, and what nobody asked for is not heard.");
  g_autoptr (Town) town = rain_with_seeds ("perl:4040");
  g_autoptr (Visitor) perl = visitor_wait (town, "perl");
  AempNode *rain = town_node (town, "rain");
  AempMonitor fruit = aemp_db_mon (rain, "fruit", told, town, NULL);
  town_run (town, SECOND);
  visitor_welcome (perl, "perl", "");
  visitor_heard (perl, "['','g_slave'] [''," SLAVE "] ['','g_mon1','fruit']");
  visitor_say (perl, "['','g_global']['','g_chg2','fruit',{'early':1},[]]"
                     "['','g_chg1','fruit',null]['','g_chg2','other',{'x':1},[]]");
  heard (town, "told |\n");
  aemp_db_set (rain, "fruit", "apple", "s", "red");
  aemp_db_set (rain, "fruit", "apple", "s", "red");
  town_run (town, SECOND);
  visitor_heard (perl, "['','g_upd','fruit',{'apple':'red'}]");
  visitor_say (perl, "['','g_chg2','fruit',{'apple':'red','n':2},[]]"
                     "['','g_chg2','fruit',{'apple':'red','n':'2'},['none']]");
  heard (town, "told +\"apple\",\"n\" | apple=\"red\" n=2\ntold ~\"n\" | apple=\"red\" n=\"2\"\n");
  visitor_say (perl, "['','g_chg2','fruit',null,['n']]['','g_chg2','fruit',7,{}]['','g_chg2']");
  heard (town, "told -\"n\" | apple=\"red\"\n");
  aemp_db_del (rain, "fruit", "apple");
  aemp_db_keys (rain, "fruit", town_hear, town_ear (town, "keys"), NULL);
  aemp_db_values (rain, "fruit", town_hear, town_ear (town, "values"), NULL);
  aemp_db_family (rain, "fruit", town_hear, town_ear (town, "family"), NULL);
  aemp_unmon (rain, fruit);
  town_run (town, SECOND);
  visitor_heard (perl, "['','g_mon0','fruit'] ['','g_upd','fruit',null,['apple']] "
                       "['','g_db_keys','fruit',1] ['','g_db_values','fruit',2] "
                       "['','g_db_family','fruit',3]");
  visitor_say (perl, "['','g_reply','1',['b','a']]['','g_reply',2,[1,2]]['','g_reply',3,{}]"
                     "['','g_reply',3,{}]['','g_reply']['','g_chg2','fruit',{'late':1},[]]");
  heard (town, "keys: [\"a\",\"b\"]\nvalues: [1,2]\nfamily: {}\n");
}

static void
test_next_master (void)
{
  g_test_summary ("The master is lost while a query is open: the other seed becomes master, gets all we "
                  "have, and all that is not answered; monitors hear of the net change.");
  g_autoptr (Town) town = rain_with_seeds ("north:4040,south:4040");
  Visitor *north = visitor_wait (town, "north");
  g_autoptr (Visitor) south = visitor_wait (town, "south");
  AempNode *rain = town_node (town, "rain");
  town_run (town, SECOND);
  visitor_welcome (north, "north", "instance=n;dial=1");
  visitor_welcome (south, "south", "instance=s;dial=1");
  visitor_heard (south, "['','g_slave']");
  aemp_db_mon (rain, "f", told, town, NULL);
  aemp_db_set (rain, "f", "k", "i", (int64_t) 1);
  aemp_db_keys (rain, "f", town_hear, town_ear (town, "keys"), NULL);
  visitor_say (north, "['','g_chg1','f',{'a':1,'b':2,'c':3}]");
  heard (town, "told +\"a\",\"b\",\"c\" | a=1 b=2 c=3\n");
  visitor_heard (north, "['','g_slave'] [''," SLAVE ",1] ['','g_mon1','f'] "
                        "['','g_upd','f',{'k':1}] ['','g_db_keys','f',1]");
  visitor_free (north);
  town_run (town, SECOND);
  visitor_heard (south, "['','g_slave',{'`l':{'rain':['10.0.0.1:4040']},'f':{'k':1}},2] "
                        "['','g_mon1','f'] ['','g_db_keys','f',1]");
  heard (town, "");
  visitor_say (south, "['','g_chg1','f',{'a':1,'b':3,'k':1}]['','g_reply',1,[]]");
  heard (town, "told +\"k\" ~\"b\" -\"c\" | a=1 b=3 k=1\nkeys: []\n");
  g_assert_cmpuint (town_told (town, "rain master peer=south"), ==, 1);
}

static void
test_pieces (void)
{
  g_test_summary ("A family comes in pieces: the monitor hears of it when all are there, and after "
                  "that of what is different.");
  g_autoptr (Town) town = rain_with_seeds ("north:4040");
  g_autoptr (Visitor) north = visitor_wait (town, "north");
  town_run (town, SECOND);
  visitor_welcome (north, "north", "instance=n;dial=1");
  aemp_db_mon (town_node (town, "rain"), "f", told, town, NULL);
  visitor_say (north, "['','g_chg1','f',{'a':1,'b':2},true]");
  visitor_say (north, "['','g_chg2','f',{'c':3},[],true]");
  heard (town, "");
  visitor_say (north, "['','g_chg2','f',{},[]]");
  heard (town, "told +\"a\",\"b\",\"c\" | a=1 b=2 c=3\n");
  visitor_say (north, "['','g_chg1','f',{'a':1},true]['','g_chg2','f',{'c':3},[]]");
  heard (town, "told -\"b\" | a=1 c=3\n");
  visitor_say (north, "['','g_chg2','f',{'d':4},['c']]");
  heard (town, "told +\"d\" -\"c\" | a=1 d=4\n");
}

static void
test_silent_master (void)
{
  g_test_summary ("The master does not answer for monitor_timeout: another seed is taken; the old one "
                  "is told, and what it says then is not heard.");
  g_autoptr (Town) town = rain_with_seeds ("north:4040,south:4040");
  g_autoptr (Visitor) north = visitor_wait (town, "north");
  g_autoptr (Visitor) south = visitor_wait (town, "south");
  AempNode *rain = town_node (town, "rain");
  town_run (town, SECOND);
  visitor_welcome (north, "north", "");
  visitor_welcome (south, "south", "instance=s;dial=1");
  g_free (visitor_take (north));
  g_free (visitor_take (south));
  aemp_db_mon (rain, "f", told, town, NULL);
  town_run (town, 29 * SECOND);
  visitor_heard (north, "['','g_mon1','f']");
  visitor_heard (south, "");
  town_run (town, 2 * SECOND);
  visitor_heard (north, "['','g_mon0','f'] ['','g_slave',{}]");
  visitor_heard (south, "[''," SLAVE ",2] ['','g_mon1','f']");
  visitor_say (north, "['','g_chg1','f',{'a':1}]");
  heard (town, "");
  visitor_say (south, "['','g_chg1','f',{'b':1}]");
  heard (town, "told +\"b\" | b=1\n");
  town_run (town, 100 * SECOND);
  visitor_heard (south, "");
}

static void
test_promoted (void)
{
  g_test_summary ("A slave is made global by somebody: it leaves its master, answers its own questions, "
                  "and its monitors hear of what is different.");
  g_autoptr (Town) town = rain_with_seeds ("north:4040");
  g_autoptr (Visitor) north = visitor_wait (town, "north");
  AempNode *rain = town_node (town, "rain");
  town_run (town, SECOND);
  visitor_welcome (north, "north", "instance=n;dial=1");
  visitor_say (north, "['','g_global']");
  aemp_db_mon (rain, "f", told, town, NULL);
  aemp_db_set (rain, "f", "mine", "i", (int64_t) 1);
  visitor_say (north, "['','g_chg1','f',{'a':1,'mine':1}]");
  aemp_db_family (rain, "f", town_hear, town_ear (town, "family"), NULL);
  town_run (town, SECOND);
  heard (town, "told +\"a\",\"mine\" | a=1 mine=1\n");
  g_free (visitor_take (north));
  visitor_say (north, "['','g_slave']");
  visitor_heard (north, "['','g_mon0','f'] ['','g_global'] ['','g_upd','`g',{'north':null},[]] "
                        "['','g_set',{'`g':{'north':null,'rain':null},"
                        "'`l':{'rain':['10.0.0.1:4040']},'f':{'mine':1}}]");
  heard (town, "told -\"a\" | mine=1\nfamily: {\"mine\":1}\n");
  visitor_say (north, "['','g_set',{'f':{'a':2}}]");
  heard (town, "told +\"a\" | a=2 mine=1\n");
}

static void
test_nonsense (void)
{
  static const char *const things[]
      = { "null", "1", "''", "'f'", "[]", "{}", "[['f']]", "{'f':[]}", "{'':{}}", "[1,'a',null]" };
  static const char *const words[] = { "g_found", "g_reply", "g_chg1", "g_chg2" };
  g_test_summary ("A master talks nonsense: the slave lives on, and hears what makes sense.");
  g_autoptr (Town) town = rain_with_seeds ("north:4040");
  g_autoptr (Visitor) north = visitor_wait (town, "north");
  AempNode *rain = town_node (town, "rain");
  town_run (town, SECOND);
  visitor_welcome (north, "north", "");
  aemp_db_mon (rain, "f", told, town, NULL);
  aemp_db_keys (rain, "f", town_hear, town_ear (town, "keys"), NULL);
  for (unsigned i = 0; i < 400; i++)
    {
      g_autofree char *packet = g_strdup_printf (
          "['','%s',%s%s%s]", words[i % 4], things[(i / 4) % 10], i < 40 ? "" : ",",
          i < 40 ? "" : things[(i / 40) % 10]);
      visitor_say (north, packet);
    }
  g_string_truncate (town->heard, 0);
  visitor_say (north, "['','g_chg1','f',{'sense':1}]");
  g_assert_cmpuint (town_heard (town, "| sense=1"), ==, 1);
}

int
main (int count, char **texts)
{
  g_test_init (&count, &texts, NULL);
  g_test_add_func ("/master/perl", test_perl);
  g_test_add_func ("/master/next-master", test_next_master);
  g_test_add_func ("/master/pieces", test_pieces);
  g_test_add_func ("/master/silent-master", test_silent_master);
  g_test_add_func ("/master/promoted", test_promoted);
  g_test_add_func ("/master/nonsense", test_nonsense);
  return g_test_run ();
}
