/* tests/unit/test-differences.c - what nodes of 2.02 get wrong, and ours must not, also towards
 * them: docs/protocol.md has the table. */

#include "visitor.h"

#include <string.h>

/* The port at the end of the packet that was heard last: "…,'rain#PORT']". */
static char *
reply_port (const char *heard)
{
  const char *begin = strstr (heard, "'rain#");
  g_assert_nonnull (begin);
  begin += strlen ("'rain#");
  return g_strndup (begin, strcspn (begin, "'"));
}

/* Perl's port is called by rain, and answers. */
static void
call_and_answer (Town *town, Visitor *perl)
{
  aemp_cal (town_node (town, "rain"), "perl#echo", AEMP_NO_TIMEOUT, town_hear,
            town_ear (town, "call"), NULL, "s", "ask");
  town_run (town, SECOND);
  g_autofree char *question = visitor_take (perl);
  g_autofree char *port = reply_port (question);
  g_autofree char *wanted = g_strdup_printf ("['','mon1','echo']['echo','ask','rain#%s']", port);
  g_assert_cmpstr (question, ==, wanted);
  g_autofree char *answer = g_strdup_printf ("['%s','yes']", port);
  visitor_say (perl, answer);
}

static void
test_call (void)
{
  g_test_summary (
      "A call without a timeout is answered.  Its monitor is gone then: the other node is "
      "told, and the death of that port, later, is no second answer.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  g_autoptr (Visitor) perl = visitor_new (town, "rain", "perl", "");
  visitor_heard (perl, "['','g_global']");
  call_and_answer (town, perl);
  visitor_heard (perl, "['','mon0','echo']");
  call_and_answer (town, perl);
  visitor_heard (perl, "['','mon0','echo']");
  visitor_say (perl, "['','kil0','echo','gone']");
  g_assert_cmpstr (town->heard->str, ==, "call: \"yes\"\ncall: \"yes\"\n");
}

static void
test_node_monitor (void)
{
  g_test_summary (
      "Who monitors a node is connected with it, and hears when it is gone; of one that "
      "nobody knows it hears at once.");
  g_autoptr (Town) town = town_new (1, "rain", "ruth", "ned", NULL);
  town_run (town, SECOND);
  AempNode *ruth = town_node (town, "ruth");
  g_assert_cmpint (aemp_node_is_up (ruth, "ned"), !=, AEMP_NODE_UP);
  aemp_mon (ruth, "ned", town_hear, town_ear (town, "ned"), NULL);
  aemp_mon (ruth, "nobody", town_hear, town_ear (town, "nobody"), NULL);
  town_run (town, SECOND);
  g_assert_cmpint (aemp_node_is_up (ruth, "ned"), ==, AEMP_NODE_UP);
  g_assert_cmpstr (town->heard->str, ==,
                   "nobody: \"transport_error\",\"nobody\",\"no known address\"\n");
  town_kill (town, "ned");
  town_run (town, SECOND);
  g_assert_cmpuint (town_heard (town, "ned: \"transport_error\",\"ned\","), ==, 1);
}

static void
test_node_port_killed (void)
{
  g_test_summary (
      "A node of 2.02 kills our node port, under both of its names: it goes on to serve, "
      "that node and others.");
  g_autoptr (Town) town = town_new (1, "rain", NULL);
  g_autoptr (Visitor) perl = visitor_new (town, "rain", "perl", "");
  g_autoptr (Visitor) bob = visitor_new (town, "rain", "bob", "");
  visitor_say (perl, "['','kil1','','why']['','kil1','']['','snd','rain','kil1','']");
  visitor_say (perl, "['','can','mon1','perl#x','still']");
  visitor_heard (perl, "['','g_global']['x','still','1']");
  visitor_say (bob, "['','can','mon1','bob#x','still']['','g_db_keys','none',1]");
  visitor_heard (bob, "['','g_global']['x','still','1'] ['','g_reply',1,[]]");
}

int
main (int count, char **texts)
{
  g_test_init (&count, &texts, NULL);
  g_test_add_func ("/differences/call", test_call);
  g_test_add_func ("/differences/node-monitor", test_node_monitor);
  g_test_add_func ("/differences/node-port-killed", test_node_port_killed);
  return g_test_run ();
}
