/* net/commands.c - the table of commands that can stand one behind the other. */
#include "net/database.h"
#include "net/edit.h"
#include "net/run.h"
#include "net/shell.h"
#include "net/show.h"
#include "net/snd.h"
#include "net/topology.h"

#define PROFILE_NOTE                                                                               \
  "  Behind `aemp profile NAME` it is about that profile, otherwise about all nodes.\n"

#define TALK_NOTE                                                                                  \
  "\n"                                                                                             \
  "  It is sent by a node of its own, of the profile aemp, or of the one that `aemp profile\n"     \
  "  NAME` names in front; there or for all, seeds and a secret have to be set.\n"

const NetCommand net_commands[] = {
  /* Nodes */
  { .name = "run",
    .arguments = "[PROFILE] [KEY VALUE]…",
    .help = "run a real node",
    .obey = net_run_obey },

  /* Talking to nodes */
  { .name = "snd",
    .arguments = "PORT ARGUMENT…",
    .help = "send a message",
    .more
    = "  Returns when it has surely reached the node.  PORT is a port ID, node#port, or a node\n"
      "  ID for the node's own port.\n"
      "\n"
      "    aemp snd rain#x1 hello '{\"n\": [1, 2]}'\n" TALK_NOTE,
    .obey = net_snd_obey },
  { .name = "cal",
    .arguments = "PORT ARGUMENT…",
    .help = "send a message with a reply port behind it, print the reply",
    .more = "  Waits until there is a reply or the port dies.\n"
            "\n"
            "    aemp cal rain time\n" TALK_NOTE,
    .obey = net_snd_cal_obey },
  { .name = "mon",
    .arguments = "PORT",
    .help = "wait until a port dies, print the reason",
    .more = TALK_NOTE,
    .obey = net_snd_mon_obey },
  { .name = "eval",
    .arguments = "NODE TEXT…",
    .help = "ask a Perl node to evaluate something",
    .more = TALK_NOTE,
    .obey = net_snd_eval_obey },
  { .name = "shell",
    .arguments = "[NODE]",
    .help = "talk to nodes line by line",
    .more = "  =       lists the nodes\n"
            "  =NAME   chooses the node that is talked to\n"
            "  [...]   a JSON array: a message for the node's port; its reply is printed\n"
            "  Other lines are for Perl nodes to evaluate.\n" TALK_NOTE,
    .obey = net_shell_obey },
  { .name = "trace",
    .arguments = "NODE",
    .help = "walk from node to node, print who is connected",
    .more = "  A line for each node: the node and those that it is connected with.\n" TALK_NOTE,
    .obey = net_topology_obey },
  { .name = "nodes",
    .arguments = "[--json]",
    .help = "list the nodes of the network",
    .more = TALK_NOTE,
    .obey = net_database_nodes_obey },
  { .name = "db",
    .arguments = "VERB FAMILY … [--json]",
    .help = "ask the network's database",
    .more
    = "  aemp db family FAMILY           its keys and values\n"
      "  aemp db keys FAMILY\n"
      "  aemp db values FAMILY\n"
      "  aemp db mon FAMILY              the same, and every change; + added, * changed,\n"
      "                                  - deleted\n"
      "  aemp db set FAMILY KEY [VALUE]  sets a key, as long as this command runs\n" TALK_NOTE,
    .obey = net_database_obey },
  { .name = "restart",
    .arguments = "NODE",
    .help = "begin a node again, if it has a watchdog",
    .more = "  As in aemp run --watchdog; for Perl's nodes, AnyEvent::Watchdog.\n" TALK_NOTE,
    .obey = net_snd_restart_obey },

  /* The profile file */
  { .name = "profile",
    .arguments = "NAME COMMAND…",
    .edits = true,
    .help = "the commands that follow are about this profile",
    .more = "  A profile overrides what is set for all nodes, and is overridden by nothing.  The\n"
            "  commands that talk to nodes then use its network (secret, seeds …).\n"
            "\n"
            "    aemp profile shop setseeds 10.0.0.1:4040 setparent base\n",
    .obey = net_edit_profile },
  { .name = "delprofile",
    .arguments = "NAME",
    .edits = true,
    .help = "forget a profile",
    .obey = net_edit_delprofile },
  { .name = "showprofile",
    .arguments = "[NAME]",
    .help = "show what a profile sets; without NAME, what is set for all",
    .obey = net_show_profile },
  { .name = "showconfig",
    .arguments = "NAME [KEY VALUE]…",
    .help = "show what holds for a node that is run with these",
    .more = "  Built-in defaults and parents included.  `force on`: the arguments override the\n"
            "  file; `norc on`: the file does not count.\n",
    .obey = net_show_config },
  { .name = "gensecret",
    .arguments = "",
    .edits = true,
    .help = "set a random secret, shown by showprofile",
    .more = PROFILE_NOTE,
    .obey = net_edit_gensecret },
  { .name = "gencert",
    .arguments = "",
    .edits = true,
    .help = "set a new certificate, shown by showprofile",
    .more = "  It signed itself: nodes that share it trust each other.\n" PROFILE_NOTE,
    .obey = net_edit_gencert },
  { .name = "addseed",
    .arguments = "HOST:PORT",
    .edits = true,
    .help = "add a seed",
    .more = PROFILE_NOTE,
    .obey = net_edit_add_element,
    .key = "seeds" },
  { .name = "delseed",
    .arguments = "HOST:PORT",
    .edits = true,
    .help = "remove a seed",
    .more = PROFILE_NOTE,
    .obey = net_edit_del_element,
    .key = "seeds" },
  { .name = "addbind",
    .arguments = "HOST:PORT",
    .edits = true,
    .help = "add an address to listen at",
    .more = PROFILE_NOTE,
    .obey = net_edit_add_element,
    .key = "binds" },
  { .name = "delbind",
    .arguments = "HOST:PORT",
    .edits = true,
    .help = "remove one",
    .more = PROFILE_NOTE,
    .obey = net_edit_del_element,
    .key = "binds" },
  { .name = "addservice",
    .arguments = "FUNCTION",
    .edits = true,
    .help = "add a function to start",
    .more = "  With arguments it is JSON: '[\"a::f\", \"argument\"]'\n" PROFILE_NOTE,
    .obey = net_edit_add_element,
    .key = "services" },
  { .name = "delservice",
    .arguments = "FUNCTION",
    .edits = true,
    .help = "remove one of them",
    .more = PROFILE_NOTE,
    .obey = net_edit_del_element,
    .key = "services" },
  { .name = NULL },
};
