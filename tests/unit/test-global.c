/* tests/unit/test-global.c - a global node and what is said to it: by slaves, by other global
 * nodes, by nodes of 2.02, and by those who talk nonsense. */

#include "visitor.h"

#include <string.h>

#define RAIN_LISTENS "'`l':{'rain':['10.0.0.1:4040']}"

static void
test_slave (void)
{
  g_test_summary ("A slave of 2.02 sets, monitors, asks and deletes: every answer is as it was "
                  "recorded, but for what changes nothing.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  g_autoptr (Visitor) alice = visitor_new (town, "rain", "alice", "");
  visitor_heard (alice, "['','g_global']");
  visitor_say (alice, "['','g_slave']['','g_slave',{'`l':{'alice':['10.0.0.2:4803']}}]"
                      "['','g_find','rain']['','g_mon1','fruit']['','g_slave']");
  visitor_heard (alice, "['','g_found','rain',['10.0.0.1:4040']] ['','g_chg1','fruit',null]");
  visitor_say (alice, "['','g_upd','fruit',{'apple':'red'}]");
  visitor_heard (alice, "['','g_chg2','fruit',{'apple':'red'},[]]");
  visitor_say (alice, "['','g_upd','fruit',{'pear':{'weight':120,'colour':'green'},'plum':null}]");
  visitor_heard (alice, "['','g_chg2','fruit',"
                        "{'pear':{'colour':'green','weight':120},'plum':null},[]]");
  visitor_say (alice, "['','g_upd','fruit',{'apple':'red'}]['','g_upd','fruit',null,['none']]");
  visitor_heard (alice, "");
  visitor_say (alice, "['','g_upd','fruit',{'apple':'green'}]['','g_db_family','fruit','b']");
  visitor_heard (alice, "['','g_chg2','fruit',{'apple':'green'},[]] ['','g_reply','b',"
                        "{'apple':'green','pear':{'colour':'green','weight':120},'plum':null}]");
  visitor_say (alice, "['','g_db_keys','fruit','c']['','g_db_values','fruit','d']"
                      "['','g_db_family','none',5]['','g_db_keys','none',[]]");
  visitor_heard (alice, "['','g_reply','c',['apple','pear','plum']] ['','g_reply','d',['green',"
                        "{'colour':'green','weight':120},null]] ['','g_reply',5,{}] "
                        "['','g_reply',[],[]]");
  visitor_say (alice, "['','g_upd','fruit',{'x':1},['pear','plum']]");
  visitor_heard (alice, "['','g_chg2','fruit',{'x':1},['pear','plum']]");
  visitor_say (alice, "['','g_mon0','fruit']['','g_upd','fruit',{'kiwi':1}]['','g_find','nobody']");
  visitor_heard (alice, "['','g_found','nobody',null]");
}

static void
test_owners (void)
{
  g_test_summary ("Two slaves set one key: the lower node's value counts, the other one's takes its "
                  "place.  What a node has set goes with it, at once for each family; and so does what "
                  "it monitored.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  g_autoptr (Visitor) alice = visitor_new (town, "rain", "alice", "");
  Visitor *bob = visitor_new (town, "rain", "bob", "");
  visitor_say (alice, "['','g_slave',{}]['','g_mon1','f']['','g_mon1','h']");
  visitor_heard (alice, "['','g_global'] ['','g_chg1','f',null] ['','g_chg1','h',null]");
  visitor_say (bob, "['','g_slave',{'f':{'k':'bob','x':1,'y':2},'h':{'z':[]}}]['','g_mon1','f']");
  visitor_heard (alice, "['','g_chg2','f',{'k':'bob','x':1,'y':2},[]] ['','g_chg2','h',{'z':[]},[]]");
  visitor_say (alice, "['','g_upd','f',{'k':'alice'}]");
  visitor_heard (alice, "['','g_chg2','f',{'k':'alice'},[]]");
  visitor_say (bob, "['','g_upd','f',{'k':'bob again'}]");
  visitor_heard (alice, "");
  visitor_say (alice, "['','g_upd','f',null,['k']]");
  visitor_heard (alice, "['','g_chg2','f',{'k':'bob again'},[]]");
  visitor_free (bob);
  town_run (town, SECOND);
  visitor_heard (alice, "['','g_chg2','f',{},['k','x','y']] ['','g_chg2','h',{},['z']]");
  visitor_say (alice, "['','g_upd','f',{'k':1}]");
  visitor_heard (alice, "['','g_chg2','f',{'k':1},[]]");
  g_assert_cmpuint (town_told (town, "rain dial_failed peer=bob"), ==, 0);
}

static void
test_comes_back (void)
{
  g_test_summary ("A slave that monitored a family is lost, and comes back under its name: what it "
                  "did not ask for again, it is not told.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  g_autoptr (Visitor) bob = visitor_new (town, "rain", "bob", "");
  Visitor *alice = visitor_new (town, "rain", "alice", "");
  visitor_say (alice, "['','g_slave',{}]['','g_mon1','f']['','g_mon1','h']");
  visitor_heard (alice, "['','g_global'] ['','g_chg1','f',null] ['','g_chg1','h',null]");
  visitor_free (alice);
  town_run (town, SECOND);
  g_autoptr (Visitor) again = visitor_new (town, "rain", "alice", "");
  visitor_say (again, "['','g_slave',{}]['','g_mon1','h']");
  visitor_heard (again, "['','g_global'] ['','g_chg1','h',null]");
  visitor_say (bob, "['','g_upd','f',{'k':1}]['','g_upd','h',{'k':2}]");
  town_run (town, SECOND);
  visitor_heard (again, "['','g_chg2','h',{'k':2},[]]");
}

static void
test_no_slave (void)
{
  g_test_summary ("Who never said g_slave is answered, too, and what it sets counts.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  g_autoptr (Visitor) alice = visitor_new (town, "rain", "alice", "");
  visitor_say (alice, "['','g_upd','f',{'k':1}]['','g_mon1','f']['','g_db_keys','f','q']");
  visitor_heard (alice, "['','g_global'] ['','g_chg1','f',{'k':1}] ['','g_reply','q',['k']]");
}

static void
test_global (void)
{
  g_test_summary ("Another global node is noted, hears what our group has, and each change of it; what "
                  "it tells itself goes to slaves, and not back.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  g_autoptr (Visitor) north = visitor_new (town, "rain", "north", "");
  visitor_heard (north, "['','g_global']");
  visitor_say (north, "['','g_global']");
  visitor_heard (north, "['','g_global'] ['','g_upd','`g',{'north':null},[]] ['','g_set',{'`g':{'north':null,"
                        "'rain':null}," RAIN_LISTENS "}]");
  visitor_say (north, "['','g_set',{'`g':{'north':null,'rain':null},'`l':{'north':['10.0.0.2:9'],"
                      "'far':['10.0.0.9:10']},'f':{'k':'v'}}]");
  visitor_heard (north, "['','g_upd','`l',{'north':['10.0.0.2:9']},[]]");
  Visitor *slave = visitor_new (town, "rain", "slave", "");
  visitor_say (slave, "['','g_slave',{'`l':{'slave':['10.0.0.3:1']},'q':{'k':1}}]['','g_mon1','f']");
  visitor_heard (slave, "['','g_global'] ['','g_chg1','f',{'k':'v'}]");
  visitor_heard (north, "['','g_upd','`l',{'slave':['10.0.0.3:1']},[]] ['','g_upd','q',{'k':1},[]]");
  visitor_say (slave, "['','g_find','far']['','g_db_family','`g',1]");
  visitor_heard (slave, "['','g_found','far',['10.0.0.9:10']] "
                        "['','g_reply',1,{'north':null,'rain':null}]");
  visitor_say (north, "['','g_upd','f',{'new':1},['k']]");
  visitor_heard (slave, "['','g_chg2','f',{'new':1},['k']]");
  visitor_say (slave, "['','g_upd','q',{'k':2}]['','g_upd','q',null,['k']]");
  visitor_heard (north, "['','g_upd','q',{'k':2},[]] ['','g_upd','q',{},['k']]");
  visitor_free (slave);
  town_run (town, SECOND);
  visitor_heard (north, "['','g_upd','`l',{},['slave']]");
}

static void
test_global_gone (void)
{
  g_test_summary ("A global node is lost: what it said, and our notes of it, go in one change.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  Visitor *north = visitor_new (town, "rain", "north", "");
  g_autoptr (Visitor) slave = visitor_new (town, "rain", "slave", "");
  visitor_say (north, "['','g_global']['','g_set',{'`l':{'north':['10.0.0.2:9']},'f':{'a':1,'b':2}}]");
  visitor_say (slave, "['','g_mon1','f']['','g_mon1','`g']['','g_mon1','`l']");
  visitor_heard (slave, "['','g_global'] ['','g_chg1','f',{'a':1,'b':2}] ['','g_chg1','`g',"
                        "{'north':null,'rain':null}] ['','g_chg1','`l',{'north':['10.0.0.2:9'],"
                        "'rain':['10.0.0.1:4040']}]");
  visitor_free (north);
  town_run (town, SECOND);
  visitor_heard (slave, "['','g_chg2','`g',{},['north']] ['','g_chg2','`l',{},['north']] "
                        "['','g_chg2','f',{},['a','b']]");
}

static void
test_global_with_master (void)
{
  g_test_summary ("A global node of 2.02 that has us as its master tells later changes to us alone, in "
                  "the form of slaves: we speak for it, and what it had set before gives way.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  g_autoptr (Visitor) south = visitor_new (town, "rain", "south", "");
  g_autoptr (Visitor) north = visitor_new (town, "rain", "north", "");
  visitor_say (north, "['','g_global']");
  visitor_say (south, "['','g_slave',{'f':{'k':1,'x':1},'`g':{'south':null}}]['','g_mon1','f']"
                      "['','g_slave']['','g_global']");
  visitor_say (south, "['','g_set',{'f':{'k':1,'x':1},'`g':{'south':null}}]");
  g_free (visitor_take (south));
  g_free (visitor_take (north));
  visitor_say (south, "['','g_upd','f',{'k':2,'new':3}]");
  visitor_heard (north, "['','g_upd','f',{'k':2,'new':3},[]]");
  visitor_heard (south, "['','g_upd','f',{'k':2,'new':3},[]] ['','g_chg2','f',{'k':2,'new':3},[]]");
  visitor_say (south, "['','g_upd','f',null,['k','x']]");
  visitor_heard (north, "['','g_upd','f',{},['k']]");
  visitor_heard (south, "['','g_upd','f',{},['k']] ['','g_chg2','f',{},['k','x']]");
}

static void
test_slave_becomes_global (void)
{
  g_test_summary ("A slave becomes global: its part leaves our group, and it is told everything.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  g_autoptr (Visitor) slave = visitor_new (town, "rain", "slave", "instance=i;dial=1");
  g_autoptr (Visitor) north = visitor_new (town, "rain", "north", "");
  visitor_say (slave, "['','g_slave',{'f':{'k':1}},1]");
  visitor_say (north, "['','g_global']");
  g_free (visitor_take (slave));
  g_free (visitor_take (north));
  visitor_say (slave, "['','g_global']");
  visitor_heard (north, "['','g_upd','`g',{'slave':null},[]] ['','g_upd','f',{},['k']]");
  visitor_heard (slave, "['','g_upd','`g',{'slave':null},[]] ['','g_upd','f',{},['k']] ['','g_set',"
                        "{'`g':{'north':null,'rain':null,'slave':null}," RAIN_LISTENS "}]");
}

static void
test_perl_becomes_global (void)
{
  g_test_summary ("A slave of 2.02 heard that we are global when it was none, and answered nothing.  It "
                  "becomes global: it hears it once more, before anything that it would drop, and so "
                  "says what it has.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  g_autoptr (Visitor) perl = visitor_new (town, "rain", "perl", "");
  g_autoptr (Visitor) bob = visitor_new (town, "rain", "bob", "");
  visitor_say (bob, "['','g_slave',{'f':{'b':1}}]['','g_mon1','f']");
  visitor_say (perl, "['','g_slave',{'f':{'k':1}}]");
  visitor_heard (perl, "['','g_global']");
  visitor_heard (bob, "['','g_global'] ['','g_chg1','f',{'b':1}] ['','g_chg2','f',{'k':1},[]]");
  visitor_say (perl, "['','g_global']");
  visitor_heard (perl, "['','g_global'] ['','g_upd','`g',{'perl':null},[]] ['','g_upd','f',{},['k']] "
                       "['','g_set',{'`g':{'perl':null,'rain':null}," RAIN_LISTENS ",'f':{'b':1}}]");
  visitor_heard (bob, "['','g_chg2','f',{},['k']]");
  visitor_say (perl, "['','g_set',{'`g':{'perl':null},'f':{'k':1,'of its slave':2}}]");
  visitor_heard (bob, "['','g_chg2','f',{'k':1,'of its slave':2},[]]");
  visitor_say (perl, "['','g_global']"); /* no end of it otherwise, with others like us */
  visitor_heard (perl, "['','g_set',{'`g':{'perl':null,'rain':null}," RAIN_LISTENS ",'f':{'b':1}}]");
}

static void
test_claims (void)
{
  g_test_summary ("Another global node has a slave of ours, by a higher claim: the part goes, and what "
                  "the old connection says is not heard.  A lower one is answered by ours.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  g_autoptr (Visitor) north = visitor_new (town, "rain", "north", "instance=n;dial=1");
  g_autoptr (Visitor) slave = visitor_new (town, "rain", "slave", "instance=i;dial=1");
  visitor_say (north, "['','g_global']");
  g_free (visitor_take (north));
  visitor_say (slave, "['','g_slave',{'f':{'k':1}},4]");
  visitor_heard (north, "['','g_upd','f',{'k':1},[],{'slave':['i',4]}]");
  visitor_say (north, "['','g_upd','f',{},[],{'slave':['i',3]}]");
  visitor_heard (north, "['','g_upd','`l',{},[],{'slave':['i',4]}]");
  visitor_say (north, "['','g_upd','f',{'k':2},[],{'slave':['i',5]}]");
  visitor_heard (north, "['','g_upd','f',{},['k']]");
  visitor_say (slave, "['','g_upd','f',{'k':3}]");
  visitor_heard (north, "");
  visitor_say (slave, "['','g_slave',{'f':{'k':3}},6]");
  visitor_heard (north, "['','g_upd','f',{'k':3},[],{'slave':['i',6]}]");
  visitor_say (slave, "['','g_slave',{}]");
  visitor_heard (north, "['','g_upd','f',{},['k']]");
}

static void
test_other_instance (void)
{
  g_test_summary ("Another process has the name of our slave, elsewhere.  The slave is asked for a sign "
                  "of life: it stays when it answers, and is lost when it does not.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  g_autoptr (Visitor) north = visitor_new (town, "rain", "north", "instance=n;dial=1");
  g_autoptr (Visitor) slave = visitor_new (town, "rain", "slave", "instance=i;dial=1");
  visitor_say (north, "['','g_global']");
  visitor_say (slave, "['','g_slave',{'f':{'k':1}},1]");
  g_free (visitor_take (slave));
  visitor_say (north, "['','g_upd','f',{'k':2},[],{'slave':['j',1]}]");
  g_autofree char *question = visitor_take (slave);
  g_assert_true (g_str_has_prefix (question, "['','time','rain#"));
  g_autofree char *port = g_strndup (question + strlen ("['','time','rain#"),
                                     strlen (question) - strlen ("['','time','rain#") - 2);
  g_autofree char *answer = g_strdup_printf ("['%s',1.5]", port);
  visitor_say (slave, answer);
  town_run (town, 60 * SECOND);
  g_assert_false (slave->stranger->closed);
  visitor_say (north, "['','g_upd','f',{'k':2},[],{'slave':['j',1]}]");
  g_free (visitor_take (north));
  town_run (town, 60 * SECOND);
  g_assert_true (slave->stranger->closed);
  visitor_heard (north, "['','g_upd','f',{},['k']]");
}

static void
test_too_much (void)
{
  g_test_summary ("A slave sets more than a node can be expected to keep: its connection is given up, "
                  "and its part with it.  Keys that are replaced do not add up.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  town_set (town, "message_limit", "2000");
  g_autoptr (Visitor) slave = visitor_new (town, "rain", "slave", "");
  g_autoptr (Visitor) alice = visitor_new (town, "rain", "alice", "");
  g_autofree char *text = g_strnfill (1500, 'x');
  visitor_say (slave, "['','g_slave',{'f':{}}]");
  for (unsigned i = 0; i < 30; i++)
    {
      g_autofree char *packet
          = g_strdup_printf ("['','g_upd','f',{'k':'%s%u'}]", text, i);
      visitor_say (slave, packet);
    }
  g_assert_false (slave->stranger->closed);
  for (unsigned i = 0; i < 9; i++)
    {
      g_autofree char *packet
          = g_strdup_printf ("['','g_upd','f',{'k%u':'%s'}]", i, text);
      g_assert_false (slave->stranger->closed);
      visitor_say (slave, packet);
    }
  g_assert_true (slave->stranger->closed);
  g_free (visitor_take (alice));
  visitor_say (alice, "['','g_db_family','f',1]");
  visitor_heard (alice, "['','g_reply',1,{}]");
}

static const char *const words[]
    = { "g_global", "g_slave", "g_set",  "g_upd",  "g_find",      "g_found",   "g_mon1",
        "g_mon0",   "g_chg1",  "g_chg2", "g_reply", "g_db_family", "g_db_keys", "g_db_values" };
static const char *const arguments[] = {
  "null", "1", "-1.5", "''", "'f'", "'`l'", "'`g'", "[]", "[[]]", "['k',null,{},1]", "{}",
  "{'f':1}", "{'f':{'k':{}},'`l':{'x':1,'y':['z',[]]},'`g':[]}", "{'k':'v','':[]}",
  "{'garbage':['i',1],'slave':{},'x':['i']}", "true", "'garbage'", "{'`l':[1],'`g':{'u':{}}}",
};

/* Some request with up to four arguments, by a number. */
static char *
nonsense (uint64_t number)
{
  GString *text = g_string_new (NULL);
  uint64_t luck = aemp_hash_bytes (&number, sizeof number);
  g_string_append_printf (text, "['','%s'", words[luck % G_N_ELEMENTS (words)]);
  for (unsigned left = (luck >> 8) % 5; left > 0; left--)
    {
      luck = aemp_hash_mix (luck, left);
      g_string_append_printf (text, ",%s", arguments[(luck >> 16) % G_N_ELEMENTS (arguments)]);
    }
  g_string_append (text, "]");
  return g_string_free (text, FALSE);
}

static void
test_nonsense (void)
{
  g_test_summary ("Somebody says 3,000 things that make no sense to a global node, and its master to "
                  "a slave.  Both live on and serve others.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  g_autoptr (Visitor) garbage = visitor_new (town, "rain", "garbage", "instance=i;dial=1");
  for (uint64_t i = 0; i < 3000; i++)
    {
      g_autofree char *packet = nonsense (i);
      visitor_say (garbage, packet);
    }
  g_assert_false (garbage->stranger->closed);
  g_autoptr (Visitor) alice = visitor_new (town, "rain", "alice", "");
  g_free (visitor_take (alice));
  visitor_say (alice, "['','g_slave',{'good':{'k':1}}]['','g_db_family','good','q']");
  visitor_heard (alice, "['','g_reply','q',{'k':1}]");
}

int
main (int count, char **texts)
{
  g_test_init (&count, &texts, NULL);
  g_test_add_func ("/global/slave", test_slave);
  g_test_add_func ("/global/owners", test_owners);
  g_test_add_func ("/global/comes-back", test_comes_back);
  g_test_add_func ("/global/no-slave", test_no_slave);
  g_test_add_func ("/global/global", test_global);
  g_test_add_func ("/global/global-gone", test_global_gone);
  g_test_add_func ("/global/global-with-master", test_global_with_master);
  g_test_add_func ("/global/slave-becomes-global", test_slave_becomes_global);
  g_test_add_func ("/global/perl-becomes-global", test_perl_becomes_global);
  g_test_add_func ("/global/claims", test_claims);
  g_test_add_func ("/global/other-instance", test_other_instance);
  g_test_add_func ("/global/too-much", test_too_much);
  g_test_add_func ("/global/nonsense", test_nonsense);
  return g_test_run ();
}
