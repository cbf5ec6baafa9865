/* net/commands.c - the table of commands that can stand one behind the other. */
#include "net/edit.h"
#include "net/run.h"
#include "net/show.h"

#define PROFILE_NOTE                                                                               \
  "  Behind `aemp profile NAME` it is about that profile, otherwise about all nodes.\n"

const NetCommand net_commands[] = {
  /* Nodes */
  { .name = "run", .arguments = "[PROFILE] [KEY VALUE]…", .help = "run a real node",
    .obey = net_run_obey },

  /* The profile file */
  { .name = "profile", .arguments = "NAME COMMAND…", .edits = true,
    .help = "the commands that follow are about this profile",
    .more = "  A profile overrides what is set for all nodes, and is overridden by nothing.  The\n"
            "  commands that talk to nodes then use its network (secret, seeds …).\n"
            "\n"
            "    aemp profile shop setseeds 10.0.0.1:4040 setparent base\n",
    .obey = net_edit_profile },
  { .name = "delprofile", .arguments = "NAME", .edits = true,
    .help = "forget a profile", .obey = net_edit_delprofile },
  { .name = "showprofile", .arguments = "[NAME]",
    .help = "show what a profile sets; without NAME, what is set for all",
    .obey = net_show_profile },
  { .name = "showconfig", .arguments = "NAME [KEY VALUE]…",
    .help = "show what holds for a node that is run with these",
    .more = "  Built-in defaults and parents included.  `force on`: the arguments override the\n"
            "  file; `norc on`: the file does not count.\n",
    .obey = net_show_config },
  { .name = "gensecret", .arguments = "", .edits = true,
    .help = "set a random secret, shown by showprofile", .more = PROFILE_NOTE,
    .obey = net_edit_gensecret },
  { .name = "gencert", .arguments = "", .edits = true,
    .help = "set a new certificate, shown by showprofile",
    .more = "  It signed itself: nodes that share it trust each other.\n" PROFILE_NOTE,
    .obey = net_edit_gencert },
  { .name = "addseed", .arguments = "HOST:PORT", .edits = true, .help = "add a seed",
    .more = PROFILE_NOTE, .obey = net_edit_add_element, .key = "seeds" },
  { .name = "delseed", .arguments = "HOST:PORT", .edits = true, .help = "remove a seed",
    .more = PROFILE_NOTE, .obey = net_edit_del_element, .key = "seeds" },
  { .name = "addbind", .arguments = "HOST:PORT", .edits = true, .help = "add an address to listen at",
    .more = PROFILE_NOTE, .obey = net_edit_add_element, .key = "binds" },
  { .name = "delbind", .arguments = "HOST:PORT", .edits = true, .help = "remove one",
    .more = PROFILE_NOTE, .obey = net_edit_del_element, .key = "binds" },
  { .name = "addservice", .arguments = "FUNCTION", .edits = true, .help = "add a function to start",
    .more = "  With arguments it is JSON: '[\"a::f\", \"argument\"]'\n" PROFILE_NOTE,
    .obey = net_edit_add_element, .key = "services" },
  { .name = "delservice", .arguments = "FUNCTION", .edits = true, .help = "remove one of them",
    .more = PROFILE_NOTE, .obey = net_edit_del_element, .key = "services" },
  { .name = NULL },
};
