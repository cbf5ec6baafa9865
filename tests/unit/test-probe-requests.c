/* tests/unit/test-probe-requests.c - the probe of a Perl node, once more with ours: requests to the
 * node port, spawned ports and their monitors, the database. */

#include "probe.h"
#include "visitor.h"

static const char *const probes[] = {
  "join", "node_requests", "spawn", "mon1_twice_then_kil1", "mon1_twice_mon0_kil1",
  "kil1_without_reason", "dies_in_callback", "init_dies", "spawn_with_owner_monitors_us",
  "owner_died", "spawn_same_id_twice", "echo_alive", "db_mon_existing", "db_set_new",
  "db_set_change", "db_set_same_again", "db_del", "db_del_nonexistent",
  "db_conflict_q_sets_same_key", "db_conflict_p_sets_again", "db_conflict_p_deletes", "db_bulk",
  "db_queries", "db_find", "db_mon_again", "db_internal_families", "db_owner_disconnects",
  "db_after_mon0", "database_without_g_slave", "as_global", "already_connected",
  "switched_connections", "idle", NULL
};

/* --- What the Perl node had: functions and ports ---------------------------------------------- */

static void
echo (AempNode *node, const AempList *message, void *user_data)
{
  const AempValue *reply = aemp_list_get (message, message->count - 1);
  g_autofree char *port = reply ? aemp_value_dup_text (reply, NULL) : NULL;
  AempList list = *message;
  list.count -= 1;
  if (port)
    aemp_snd (node, port, "s@", "echo", &list);
}

static void
die (AempNode *node, const AempList *message, void *user_data)
{
  aemp_die (node, "text");
}

/* With an owner: greets it, and dies with it. */
static void
echo_init (AempNode *node, const AempList *arguments, void *user_data)
{
  const AempValue *owner = aemp_list_get (arguments, 0);
  g_autofree char *port = owner ? aemp_value_dup_text (owner, NULL) : NULL;
  AempList rest = aemp_list_skip (*arguments, 1);
  aemp_rcv (node, aemp_self (node), "echo", echo, NULL, NULL);
  aemp_rcv (node, aemp_self (node), "die", die, NULL, NULL);
  if (!port)
    return;
  aemp_mon_kil (node, port, aemp_self (node));
  aemp_snd (node, port, "ss@", "hello", aemp_self (node), &rest);
}

static void
dying_init (AempNode *node, const AempList *arguments, void *user_data)
{
  aemp_die (node, "in init");
}

/* --- The seed and its visitors ------------------------------------------------------------------ */

static Town *
seed_town (void)
{
  Town *town = town_new (1, "seed", NULL);
  AempNode *seed = town_node (town, "seed");
  aemp_service (seed, "main::echo_init", echo_init, NULL);
  aemp_service (seed, "main::dying_init", dying_init, NULL);
  return town;
}

/* All packets since the last time. */
static char *
heard_by (Visitor *visitor)
{
  const GString *heard = visitor->stranger->heard;
  char *text = probe_heard (&aemp_codec_json, heard->str + visitor->read,
                            heard->len - visitor->read, visitor->stranger->closed);
  visitor->read = heard->len;
  return text;
}

static void
compare_heard (const AempValue *row, const char *probe, const char *name, const char *key,
               Visitor *visitor)
{
  g_autofree char *perl = probe_packets (row, key);
  g_autofree char *ours = heard_by (visitor);
  g_autofree char *part = strcmp (key, "got") == 0 ? g_strdup (name) : g_strdup (key);
  probe_compare (probe, part, perl, ours);
}

/* A row whose answer is under `got`: says these packets, and compares. */
static void
ask (Visitor *visitor, const char *probe, const char *name, const char *packets)
{
  const AempValue *row = probe_row (probe, name);
  visitor_say (visitor, packets);
  compare_heard (row, probe, name, "got", visitor);
}

/* Somebody else says something, and the visitor hears of it. */
static void
overhear (Visitor *visitor, Visitor *speaker, const char *probe, const char *packets)
{
  const AempValue *row = probe_row (probe, NULL);
  visitor_say (speaker, packets);
  compare_heard (row, probe, NULL, "got", visitor);
}

static void
test_requests (void)
{
  static const char *const requests[][2] = {
    { "time", "['','time','raw#t','tag']" },
    { "time without reply port", "['','time']" },
    { "devnull", "['','devnull','x']" },
    { "snd", "['','snd','raw#t','x',1,null]" },
    { "snd to node port", "['','snd','raw','x']" },
    { "snd nowhere", "['','snd','nosuchnode#x','y']" },
    { "snd to empty", "['','snd','','y']" },
    { "can mon1", "['','can','mon1','raw#t','tag']" },
    { "can g_slave", "['','can','g_slave','raw#t']" },
    { "can nosuch", "['','can','nosuch','raw#t']" },
    { "can AnyEvent::MP::_spawn", "['','can','AnyEvent::MP::_spawn','raw#t']" },
    { "eval", "['','eval','6*7','raw#t','tag']" },
    { "eval error", "['','eval','die q<x>','raw#t','tag']" },
    { "empty tag", "['','']" },
    { "mon1 nonexistent", "['','mon1','nosuchport']" },
    { "mon1 node port", "['','mon1','']" },
    { "mon0 nonexistent", "['','mon0','nosuchport']" },
    { "kil1 nonexistent", "['','kil1','nosuchport','x']" },
    { "kil0 unknown", "['','kil0','x','y']" },
    { "g_find unknown", "['','g_find','nosuchnode']" },
    { "g_db_family unknown", "['','g_db_family','nosuchfam','q']" },
    { "g_db_keys unknown", "['','g_db_keys','nosuchfam','q']" },
    { "g_db_values unknown", "['','g_db_values','nosuchfam','q']" },
    { "g_mon1 unknown", "['','g_mon1','nosuchfam']" },
    { "g_mon0 unknown", "['','g_mon0','nosuchfam']" },
    { "g_reply unknown", "['','g_reply','nosuch',1]" },
    { "g_found unknown", "['','g_found','nosuchnode',['127.0.0.1:9']]" },
    { "g_chg1 unasked", "['','g_chg1','nosuchfam',{'k':1}]" },
    { "spawn nosuch", "['','AnyEvent::MP::_spawn','rawspawn0','no::such']" },
  };
  g_test_summary ("Requests to the node port, one after the other.");
  g_autoptr (Town) town = seed_town ();
  g_autoptr (Visitor) raw = visitor_new (town, "seed", "raw", "");
  g_free (heard_by (raw));
  for (unsigned i = 0; i < G_N_ELEMENTS (requests); i++)
    ask (raw, "node_requests", requests[i][0], requests[i][1]);
}

#define SPAWN(name, more) "['','AnyEvent::MP::_spawn','" name "','main::echo_init'" more "]"

static void
test_ports (void)
{
  g_test_summary ("Ports that are spawned, monitored, killed, and die.");
  g_autoptr (Town) town = seed_town ();
  g_autoptr (Visitor) raw = visitor_new (town, "seed", "raw", "");
  g_free (heard_by (raw));
  ask (raw, "spawn", NULL, SPAWN ("rawspawn1", "") "['rawspawn1','echo','hi','raw#r']");
  ask (raw, "mon1_twice_then_kil1", NULL,
       "['','mon1','rawspawn1']['','mon1','rawspawn1']['','kil1','rawspawn1','why',1]");
  ask (raw, "mon1_twice_mon0_kil1", NULL,
       SPAWN ("rawspawn2", "") "['','mon1','rawspawn2']['','mon1','rawspawn2']['','mon0','rawspawn2']"
                               "['','kil1','rawspawn2','why']");
  ask (raw, "kil1_without_reason", NULL,
       SPAWN ("rawspawn3", "") "['','mon1','rawspawn3']['','kil1','rawspawn3']");
  ask (raw, "dies_in_callback", NULL,
       SPAWN ("rawspawn4", "") "['','mon1','rawspawn4']['rawspawn4','die']");
  ask (raw, "init_dies", NULL,
       "['','AnyEvent::MP::_spawn','rawspawn5','main::dying_init']['','mon1','rawspawn5']"
       "['','mon1','rawspawn5']");
  ask (raw, "spawn_with_owner_monitors_us", NULL, SPAWN ("rawspawn6", ",'raw#r','data'"));
  ask (raw, "owner_died", NULL, "['','mon1','rawspawn6']['','kil0','r','owner died']");
  ask (raw, "spawn_same_id_twice", NULL,
       SPAWN ("rawspawn7", "") SPAWN ("rawspawn7", "") "['rawspawn7','echo','same id twice','raw#r']");
  ask (raw, "echo_alive", NULL, "['rawspawn7','echo','still','raw#r']");
  town_run (town, 60 * SECOND);
  compare_heard (probe_row ("idle", NULL), "idle", NULL, "got", raw);
}

/* --- The database ------------------------------------------------------------------------------- */

#define LISTENS(id) "['','g_slave',{'`l':{'" id "':['127.0.0.1:9']}}]"

static void
test_database (void)
{
  g_test_summary ("Two slaves change a family, one of them watches; then the other one leaves.");
  g_autoptr (Town) town = seed_town ();
  g_autoptr (Visitor) p = visitor_new (town, "seed", "raw558_109", "");
  g_autoptr (Visitor) q = visitor_new (town, "seed", "raw558_110", "");
  const AempValue *join = probe_row ("join", NULL);
  compare_heard (join, "join", NULL, "first", p);
  visitor_say (p, "['','g_slave']");
  compare_heard (join, "join", NULL, "after_empty_g_slave", p);
  visitor_say (p, LISTENS ("raw558_109"));
  compare_heard (join, "join", NULL, "after_g_slave", p);
  visitor_say (q, LISTENS ("raw558_110"));
  visitor_say (q, "['','g_mon1','dbp']");
  g_free (heard_by (p));
  /* The contents come first; they were recorded together with the first change. */
  q->read = strstr (q->stranger->heard->str, "[\"\",\"g_chg1\"") - q->stranger->heard->str;
  overhear (q, p, "db_mon_existing", "['','g_upd','dbp',{'k':'from p'},[]]");
  overhear (q, p, "db_set_new", "['','g_upd','dbp',{'k2':{'deep':[1,null]}},[]]");
  overhear (q, p, "db_set_change", "['','g_upd','dbp',{'k2':'changed'},[]]");
  overhear (q, p, "db_set_same_again", "['','g_upd','dbp',{'k2':'changed'},[]]");
  overhear (q, p, "db_del", "['','g_upd','dbp',{},['k2']]");
  overhear (q, p, "db_del_nonexistent", "['','g_upd','dbp',{},['nosuchkey']]");
  overhear (q, q, "db_conflict_q_sets_same_key", "['','g_upd','dbp',{'k':'from q'},[]]");
  overhear (q, p, "db_conflict_p_sets_again", "['','g_upd','dbp',{'k':'from p again'},[]]");
  overhear (q, p, "db_conflict_p_deletes", "['','g_upd','dbp',{},['k']]");
  overhear (q, p, "db_bulk", "['','g_upd','dbp',{'x':1,'y':2},['z']]");
  ask (q, "db_queries", NULL,
       "['','g_db_family','dbp','q1']['','g_db_keys','dbp','q2']['','g_db_values','dbp','q3']");
  ask (q, "db_find", NULL, "['','g_find','raw558_109']");
  ask (q, "db_mon_again", NULL, "['','g_mon1','dbp']");
  ask (q, "db_internal_families", NULL, "['','g_db_family','`l','q4']['','g_db_family','`g','q5']");
  const AempValue *leaves = probe_row ("db_owner_disconnects", NULL);
  aemp_stream_end (p->stranger->stream);
  town_run (town, SECOND);
  compare_heard (leaves, "db_owner_disconnects", NULL, "got", q);
  ask (q, "db_after_mon0", NULL, "['','g_mon0','dbp']['','g_upd','dbp',{'x':1},[]]");
}

/* The Perl seed had ports in two families. */
static void
set_ports (AempNode *seed)
{
  aemp_db_set (seed, "echo", "seed#fDWtmRmQtb", "n");
  aemp_db_set (seed, "sink", "seed#fDWtmRmQtc", "n");
}

static void
test_no_slave (void)
{
  g_test_summary ("One that never said g_slave asks, and changes.");
  g_autoptr (Town) town = seed_town ();
  set_ports (town_node (town, "seed"));
  g_autoptr (Visitor) raw = visitor_new (town, "seed", "raw558_111", "");
  g_free (heard_by (raw));
  ask (raw, "database_without_g_slave", NULL,
       "['','g_mon1','echo']['','g_db_keys','echo','q']['','g_upd','rawfam',{'k':1},[]]"
       "['','g_db_family','rawfam','q2']");
}

static void
test_as_global (void)
{
  g_test_summary ("A visitor says that it is a global node, and a slave of the seed comes and goes.");
  g_autoptr (Town) town = seed_town ();
  set_ports (town_node (town, "seed"));
  const AempValue *row = probe_row ("as_global", NULL);
  g_autoptr (Visitor) global = visitor_new (town, "seed", "raw558_112", "");
  compare_heard (row, "as_global", NULL, "first", global);
  visitor_say (global, "['','g_global']");
  compare_heard (row, "as_global", NULL, "after_g_global", global);
  visitor_say (global, "['','g_set',{'`l':{'raw558_112':['127.0.0.1:9'],'slaveofraw':['127.0.0.1:10']},"
                       "'rfam':{'rk':'rv'},'`g':{'raw558_112':null}}]");
  compare_heard (row, "as_global", NULL, "after_g_set", global);
  g_autoptr (Visitor) slave = visitor_new (town, "seed", "raw558_113", "");
  g_free (heard_by (slave));
  visitor_say (slave, "['','g_slave',{'`l':{'raw558_113':['127.0.0.1:11']},'qfam':{'qk':1}}]");
  compare_heard (row, "as_global", NULL, "other_slave_joined", global);
  visitor_say (slave, "['','g_db_family','rfam','q1']['','g_db_family','`g','q2']"
                      "['','g_find','slaveofraw']");
  compare_heard (row, "as_global", NULL, "slave_queries", slave);
  visitor_say (slave, "['','g_upd','qfam',{'qk':2},[]]['','g_upd','qfam',{},['qk']]");
  compare_heard (row, "as_global", NULL, "slave_updates", global);
  aemp_stream_end (slave->stranger->stream);
  town_run (town, SECOND);
  compare_heard (row, "as_global", NULL, "slave_leaves", global);
}

/* --- A second connection ------------------------------------------------------------------------- */

/* The time that our node asks the old connection for. */
static void
answer_time (Visitor *visitor)
{
  const char *question = strstr (visitor->stranger->heard->str, "[\"\",\"time\",\"seed#");
  g_assert_nonnull (question);
  const char *port = strchr (question, '#') + 1;
  g_autofree char *answer
      = g_strdup_printf ("['%.*s',1]", (int) (strchr (port, '"') - port), port);
  visitor_say (visitor, answer);
}

static void
test_already_connected (void)
{
  g_test_summary ("A second connection under the same node ID, while the first is alive.");
  g_autoptr (Town) town = seed_town ();
  const AempValue *row = probe_row ("already_connected", NULL);
  g_autoptr (Visitor) first = visitor_new (town, "seed", "raw", "");
  g_autoptr (Stranger) second = stranger_dial (sim_process_env (first->process), "10.0.0.1:4040");
  town_run (town, SECOND / 2);
  stranger_greet (second, "raw", "0nonce-second", "");
  town_run (town, SECOND / 2);
  g_autofree char *before = g_strdup (second->closed ? "closed" : "waits");
  stranger_prove (second, "tea", "");
  town_run (town, SECOND / 2);
  answer_time (first);
  g_free (heard_by (first));
  g_autofree char *ours
      = g_strdup_printf ("%s %s", before, second->closed ? "closed" : "open");
  g_assert_cmpstr (capture_string (aemp_map_get (row, "second"), "closed"), ==, "Closed");
  probe_compare ("already_connected", "second", "closed closed", ours);
  visitor_say (first, "['','time','raw#t','alive']");
  compare_heard (row, "already_connected", NULL, "first_connection_alive", first);
}

static void
test_switched (void)
{
  g_test_summary ("The handshake of a second connection ends while the first one is up: Perl loses "
                  "both.  Here the first is asked for the time; silent, it is replaced.");
  g_autoptr (Town) town = seed_town ();
  const AempValue *row = probe_row ("switched_connections", NULL);
  g_autoptr (Visitor) first = visitor_new (town, "seed", "raw", "");
  compare_heard (row, "switched_connections", NULL, "first_connection", first);
  visitor_say (first, "['','mon1','x']");
  compare_heard (row, "switched_connections", NULL, "after_mon", first);
  g_autoptr (Visitor) second = visitor_again (town, "seed", "elsewhere", "raw");
  compare_heard (row, "switched_connections", NULL, "second_connection", second);
  g_autofree char *perl = probe_packets (row, "first_connection_after_second");
  g_autofree char *ours = heard_by (first);
  g_assert_nonnull (strstr (ours, "\"time\""));
  probe_compare ("switched_connections", "first_connection_after_second", perl,
                 strrchr (ours, 'E') ? strrchr (ours, 'E') : ours);
  visitor_say (second, "['','g_db_family','`g','q']");
  compare_heard (row, "switched_connections", NULL, "database_after", second);
}

int
main (int argc, char **argv)
{
  int status;
  g_test_init (&argc, &argv, NULL);
  probe_begin (probes);
  g_test_add_func ("/probe-requests/requests", test_requests);
  g_test_add_func ("/probe-requests/ports", test_ports);
  g_test_add_func ("/probe-requests/database", test_database);
  g_test_add_func ("/probe-requests/no-slave", test_no_slave);
  g_test_add_func ("/probe-requests/as-global", test_as_global);
  g_test_add_func ("/probe-requests/already-connected", test_already_connected);
  g_test_add_func ("/probe-requests/switched", test_switched);
  status = g_test_run ();
  probe_end ();
  return status;
}
