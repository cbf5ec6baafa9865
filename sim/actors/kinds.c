/* sim/actors/kinds.c - the built-in actors, for the language of scenarios. */

#include "sim/actors/kinds.h"

const ScenarioActorKind sim_actor_kinds[] = {
  { "echo", "",
    "Answers every message: what it gets goes back, without its last element, to the port whose "
    "ID that last element is." },
  { "sink", "",
    "Takes the numbered messages of any number of floods, and checks from end to end that each "
    "arrives once, in order, without a hole and unaltered.  Notes: got N (after 1, 10, 100, … "
    "messages in all); broken WHY, and then it dies." },
  { "flood",
    "TARGET:target [every DURATION:every_us] [count NUMBER:count] [size SIZE:size_bytes] "
    "[from DURATION:from_us]",
    "Monitors a sink and sends it numbered messages, one every 10ms unless told otherwise, with "
    "16 bytes of payload each, beginning with itself or a while (from) later.  When its monitor "
    "fires, it finds the sink again and begins a new count at 1.  With a count it stops after so "
    "many messages and asks the sink how many it has.  Notes: told REASON (its first word, normal "
    "if there is none); done COUNT; broken WHY, when messages are missing and no loss was told." },
  { "ring", "TARGET:target [tokens NUMBER:tokens] [laps NUMBER:laps] [again DURATION:again_us]",
    "One of several actors in a circle: passes on to its target the tokens it gets.  Starts "
    "tokens of its own, if it is told to, and lets each go round for some laps (1); one that is "
    "away for too long (10s) is started again.  Notes: lap LAP TOKEN; done TOKENS, when all "
    "have gone all their laps; broken WHY." },
  { "pingpong", "TARGET:target [count NUMBER:count]",
    "Throws a ball to an echo, and again as soon as it is back, 100 times unless told otherwise.  "
    "Notes: told REASON; done COUNT; broken WHY." },
  { "watch", "TARGET:target",
    "Finds an actor, monitors it, and finds it again when the monitor has fired.  Notes: found "
    "PORT; told REASON (its first word, normal if there is none)." },
  { "hello", "TARGET:target [text TEXT:text]",
    "Says hello to an echo, again after each loss until it has the answer.  Notes: heard TEXT." },
  { "chat_server", "",
    "A room for chat_client: tells everybody what the others say, and who comes and goes; a "
    "client that is lost has left.  Notes: joined NICK; left NICK." },
  { "chat_client",
    "TEXT:nick TARGET:target [say TEXT:say] [every DURATION:every_us] [stay DURATION:stay_us]",
    "Joins the room of a chat_server under a nick, says a text when it has come in and then "
    "perhaps every so often, and joins again when the server was lost.  It may leave for good "
    "after some time (stay).  Notes: connected OTHERS (how many were there); lost REASON; heard "
    "TEXT NICK, once for each nick; gone NICK; quit." },
  { "spawner", "TEXT:where [every DURATION:every_us] [count NUMBER:count]",
    "Spawns ports on a node, one every 100ms unless told otherwise, monitors each and gives it "
    "work, which it has to answer before it ends.  Notes: told REASON NUMBER, when one did not "
    "end well; done COUNT; broken WHY." },
  { NULL, NULL, NULL },
};
