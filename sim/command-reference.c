/* sim/command-reference.c - docs/trace.md, from the catalogue of events. */

#include "sim/command.h"

#include "engine/trace.h"

static const char introduction[]
    = "# Traces\n"
      "\n"
      "*Made by `aemp check --reference` from `engine/trace.h`; a test compares.*\n"
      "\n"
      "A trace tells what happened in one node, or in all nodes of a simulation: JSON, one object "
      "a\n"
      "line, UTF-8. `aemp simulate FILE --trace TRACE` and `aemp run --trace TRACE` write it\n"
      "(compressed by zstd, if the name ends in `.zst`, in one or several frames);\n"
      "`aemp check TRACE…` judges it. Who reads a trace takes the order of members as it comes, "
      "and\n"
      "skips members that he does not know.\n"
      "\n"
      "## The first line\n"
      "\n"
      "| member | of | meaning |\n"
      "| --- | --- | --- |\n"
      "| `aemp_trace` | all | the version of the format: 1 |\n"
      "| `build` | all | the version of the program that wrote it |\n"
      "| `seed`, `file`, `scenario` | a simulation | its seed; the scenario's file, and its text "
      "|\n"
      "| `promises`, `by_number` | a simulation | the promises that the scenario asks for, and "
      "those of them that it names by number |\n"
      "| `node` | a node | its ID |\n"
      "| `began` | a node | when its process began: microseconds since 1970, by the wall clock |\n"
      "| `part` | a node | 1; one more each time that SIGHUP began the file anew |\n"
      "| `t`, `wall` | a node | the two clocks, read at once: that of the events, and the wall "
      "clock |\n"
      "\n"
      "A node that finds the file there writes behind what is in it, beginning with a first line "
      "of\n"
      "its own. If its process was killed before, the line in front of that may be half a line.\n"
      "\n"
      "## Events\n"
      "\n"
      "`t` is a time in microseconds: of the simulated world, from 0, or of the node's monotonic\n"
      "clock, which begins anywhere. `node` is who reports, `event` what. In a simulation `line` "
      "counts the events from 1, so it is one less than the number of the line in the file.\n"
      "The other members depend on the event; one that is empty or 0 is left out:\n"
      "\n"
      "| member | form | what it mostly is |\n"
      "| --- | --- | --- |\n"
      "| `peer` | text | another node's ID |\n"
      "| `port` | text | the name of a port, without its node |\n"
      "| `other` | text | a second port, or an actor |\n"
      "| `connection` | 16 hex digits | a connection, the same at both ends |\n"
      "| `number` | 0 to 2^64 - 1 | a number of the node's own |\n"
      "| `payload` | 16 hex digits | a hash of what is sent, or of a reason |\n"
      "| `text` | text | a word, or words for people |\n"
      "| `family`, `key` | text | of the database |\n"
      "\n"
      "Texts of applications are not in a trace, nor is the secret. Of that a simulation has a "
      "mark\n"
      "(16 bits, made up anyway) in `process_start`; a real node has none, as guesses could be "
      "tried\n"
      "on it.\n"
      "\n";

static const char ending[]
    = "\n"
      "## The last line\n"
      "\n"
      "| member | of | meaning |\n"
      "| --- | --- | --- |\n"
      "| `digest` | all | of the events; of a node's without `process_start` and `process_end` |\n"
      "| `events` | all | how many there are; of a node, in all parts of the process |\n"
      "| `end` | all | when it ended: a `t` |\n"
      "| `status` | all | the exit status |\n"
      "| `rested` | a simulation | faults were over for so long that the end was judged: the "
      "promises that something does happen |\n"
      "\n"
      "A trace without a last line breaks off: the process was killed, or goes on. Neither the "
      "first\n"
      "nor the last line is part of the digest.\n"
      "\n"
      "## When it is written\n"
      "\n"
      "A real node holds events in memory until somebody could notice what led to them: before it\n"
      "writes to a socket or connects, and at the end of each turn, they are written to the file. "
      "So a\n"
      "process that is killed has sent nothing that is not in its trace. It is not synced to the "
      "disk: a\n"
      "power failure may lose the end. A file that cannot be written any more (a full disk) ends "
      "the\n"
      "trace and not the node; the exit status at the end is 73 then.\n"
      "\n"
      "## Traces of several nodes\n"
      "\n"
      "`aemp check` puts them in the order of cause, whatever their clocks say:\n"
      "\n"
      "- What a node did keeps its order. Its processes follow each other as they `began`; those "
      "of\n"
      "  which that is not known, as the files were given.\n"
      "- The nth arrival (`deliver`, `unknown_port`, `request`) on a connection comes after its "
      "sender\n"
      "  reported the nth `send` for it, and the connection (`node_up`). What is sent to a node "
      "that is\n"
      "  not up waits for the next connection; it is lost when a dial fails.\n"
      "- `link_up` comes after the `node_start` of the process at the other end.\n"
      "- `link_down` comes after the end of the other end's process, if that ended with the "
      "connection\n"
      "  up and the two need not have been the other way round.\n"
      "- Among what may come next, the earliest comes first, and what a node did at one instant "
      "stays\n"
      "  together.\n"
      "\n"
      "When nothing can come next, the traces contradict each other (one was damaged, or lives of "
      "one node\n"
      "were given in the wrong order): the earliest event goes first all the same, and the check "
      "fails\n"
      "with `order of cause`.\n"
      "\n"
      "For the last rule, and for the times in verdicts, the clocks are set by each other: the\n"
      "two ends of a connection report `link_up` one message apart, so the median of these "
      "differences\n"
      "is that between the two clocks, give or take the delay of a message. From the first trace "
      "on\n"
      "everybody is set by somebody who is set already; who met nobody, by its wall clock. One "
      "number\n"
      "is added to all times of a process. How far each wall clock is off is said, if it is by "
      "ten\n"
      "milliseconds or more.\n"
      "\n"
      "A process whose trace breaks off is taken for killed: a `process_end` is added behind its "
      "last\n"
      "event. So stop nodes before their traces are checked, or copy the traces of receivers "
      "before those of\n"
      "senders: a message that arrived and was not sent is a breach of promise 1. Nodes without a "
      "trace (those in Perl) are not\n"
      "judged, and neither is anybody about them.\n"
      "\n"
      "Only safety is judged: nothing wrong happened. With `--calm` the user says that the network "
      "had\n"
      "come to rest when the first node was told to stop (its `process_end`); then what should "
      "have\n"
      "happened by then is judged, too, and what comes after is not read. A simulation says "
      "itself\n"
      "whether it came to rest.\n"
      "\n"
      "In memory are the next event of each node, two numbers for each direction of a connection, "
      "and what\n"
      "the checkers need: what is under way.\n";

static const char *
field_text (char field)
{
  static const char letters[] = "potcnhxfk";
  static const char *const members[]
      = { "peer", "port", "other", "connection", "number", "payload", "text", "family", "key" };
  for (unsigned at = 0; letters[at]; at++)
    if (letters[at] == field)
      return members[at];
  g_assert_not_reached (); /* the catalogue has no other letters */
}

static void
append_event (GString *out, const AempTraceInfo *info)
{
  g_string_append_printf (out, "| `%s` |", info->name);
  for (const char *field = info->fields; *field; field++)
    g_string_append_printf (out, " `%s`", field_text (*field));
  g_string_append_printf (out, " | %s |\n", info->meaning);
}

char *
sim_trace_reference (void)
{
  GString *out = g_string_new (introduction);
  g_string_append (out,
                   "In the meanings one letter stands for a member: p `peer`, o `port`, t `other`, "
                   "n `number`,\nh `payload`, x `text`.\n\n"
                   "| event | members | meaning |\n| --- | --- | --- |\n");
  for (unsigned kind = 0; kind < AEMP_TRACE_KINDS; kind++)
    append_event (out, &aemp_trace_catalogue[kind]);
  g_string_append (out, ending);
  return g_string_free (out, FALSE);
}
