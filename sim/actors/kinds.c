/* sim/actors/kinds.c - the built-in actors, for the language of scenarios. */

#include "sim/actors/kinds.h"

const ScenarioActorKind sim_actor_kinds[] = {
  { "echo", "",
    "Answers every message: what it gets goes back, without its last element, to the port whose "
    "ID that last element is.",
    "" },
  { "sink", "",
    "Takes the numbered messages of any number of floods, and checks from end to end that each "
    "arrives once, in order, without a hole and unaltered.",
    "got N (after 1, 10, 100, … messages in all); broken WHY, and then it dies" },
  { "flood",
    "TARGET:target [every DURATION:every_us] [count NUMBER:count] [size SIZE:size_bytes] "
    "[from DURATION:from_us]",
    "Monitors a sink and sends it numbered messages, one every 10ms unless told otherwise, with "
    "16 bytes of payload each, beginning with itself or a while (from) later.  When its monitor "
    "fires, it finds the sink again and begins a new count at 1.  With a count it stops after "
    "so many messages and asks the sink how many it has.",
    "told REASON (its first word, normal if there is none); done COUNT; broken WHY, when "
    "messages are missing and no loss was told" },
  { "ring", "TARGET:target [tokens NUMBER:tokens] [laps NUMBER:laps] [again DURATION:again_us]",
    "One of several actors in a circle: passes on to its target the tokens it gets.  Starts "
    "tokens of its own, if it is told to, and lets each go round for some laps (1); one that is "
    "away for too long (10s) is started again.",
    "lap LAP TOKEN; done TOKENS, when all have gone all their laps; broken WHY" },
  { "pingpong", "TARGET:target [count NUMBER:count]",
    "Throws a ball to an echo, and again as soon as it is back, 100 times unless told otherwise.",
    "told REASON; done COUNT; broken WHY" },
  { "watch", "TARGET:target [again NUMBER:again]",
    "Finds an actor, monitors it, and finds it again when the monitor has fired.  With again it "
    "also sets, at once, so many monitors on the port that it was told of.",
    "found PORT; told REASON (its first word, normal if there is none); again REASON, of a "
    "monitor that was set at once" },
  { "hello", "TARGET:target [text TEXT:text]",
    "Says hello to an echo, again after each loss until it has the answer.",
    "heard TEXT; broken WHY" },
  { "chat_server", "",
    "A room for chat_client: tells everybody what the others say, and who comes and goes; a "
    "client that is lost has left.",
    "joined NICK; left NICK" },
  { "chat_client",
    "TEXT:nick TARGET:target [say TEXT:say] [every DURATION:every_us] [stay DURATION:stay_us]",
    "Joins the room of a chat_server under a nick, says a text when it has come in and then "
    "perhaps every so often, and joins again when the server was lost.  It may leave for good "
    "after some time (stay).",
    "connected OTHERS (how many were there); lost REASON; heard TEXT NICK, once for each nick; "
    "gone NICK; quit" },
  { "spawner", "TEXT:where [every DURATION:every_us] [count NUMBER:count]",
    "Spawns ports on a node, one every 100ms unless told otherwise, monitors each and gives it "
    "work, which it has to answer before it ends.",
    "told REASON NUMBER, when one did not end well; done COUNT; broken WHY" },
  { "killer",
    "TEXT:where [every DURATION:every_us] [count NUMBER:count] [messages NUMBER:messages]",
    "Kills in the middle of a stream of messages: spawns an echo on a node, monitors it, sends "
    "it numbered messages (10), kills it, and sends on, all in one breath.  Those before the "
    "kill have to be answered, in order, before the death is told, with exactly its reason; "
    "those behind it never.  The next victim follows a while (100ms) after the death of the "
    "last one.",
    "told REASON NUMBER, when one did not die as it should because of a loss; done COUNT; "
    "broken WHY" },
  { "linker", "TEXT:where [every DURATION:every_us] [count NUMBER:count]",
    "Links ports: one here and one on a node in turns, spawned for it, and kills the first of "
    "the two, with a reason and without in turns.  With one, the other has to die of the same; "
    "without, it has to be alive and answer.  The next two follow a while (100ms) after these.",
    "told REASON NUMBER, when a loss came between; done COUNT; broken WHY" },
  { "monitors",
    "TEXT:where [monitors NUMBER:monitors] [every DURATION:every_us] [count NUMBER:count]",
    "Storms of monitors: spawns a port on a node and sets many (1000) on it; stops them all and "
    "sets them anew; kills the port; and when all are told, sets them once more, on the port "
    "that is no more: a step every second unless told otherwise, and then the next port.  Of "
    "each storm all are told, once, the same, and what they should be.  When they are told of a "
    "loss, they are set again with the next step.",
    "told REASON NUMBER, when all were told; done COUNT (of ports); broken WHY" },
  { "registrar", "TEXT:family [value TEXT:value] [every DURATION:every_us] [count NUMBER:count]",
    "Registers a port of its own in a family of the database, perhaps with a value.  Told how "
    "often, it kills that again and again, and registers another one in its place, until there "
    "were so many (count).",
    "registered PORT" },
  { "setter",
    "TEXT:family [word TEXT:word] [value TEXT:value] [keys NUMBER:keys] [every DURATION:every_us] "
    "[from DURATION:from_us] [count NUMBER:count] [delete NUMBER:delete]",
    "Sets numbered keys (10) of a family, from the beginning or a while later: WORD-1, WORD-2, …, "
    "where WORD is its own name unless told otherwise; setters with the same word contend.  Told "
    "how often, it then takes one of them by chance, again and again, and sets it, or, one time "
    "of so many (delete), deletes it.  The value is another one each time, its name and the "
    "number of the step, or always what it was told.",
    "done COUNT (of steps)" },
  { "dbwatch", "TEXT:family [keys TEXT:keys]",
    "Monitors a family and keeps an account of what it is told: each call has to follow from "
    "those before.  It remarks how many keys there are, and each change of the keys that begin "
    "with a word, if it is told one (keys).",
    "first COUNT, at the first call; has COUNT, then and whenever it is another; added KEY VALUE; "
    "changed KEY VALUE; deleted KEY; broken WHY" },
  { "asker",
    "TEXT:family [every DURATION:every_us] [patience DURATION:patience_us] [count NUMBER:count]",
    "Asks the database, every second unless told otherwise, for a family, its keys, and its "
    "values, in turns.",
    "family COUNT; keys COUNT; values COUNT; late MILLISECONDS, when an answer took longer than "
    "it has patience; done COUNT, when so many are answered; broken WHY" },
  { "worker", "TEXT:family [takes DURATION:takes_us]",
    "Registers itself in a family, and does the jobs that clients give it, each in 50ms unless "
    "told otherwise.",
    "worked N (after 1, 10, 100, … jobs); broken WHY" },
  { "client", "TEXT:family [every DURATION:every_us] [count NUMBER:count]",
    "Finds workers by monitoring their family, and gives a job to one of them, by chance, every "
    "100ms unless told otherwise.  When its monitor of a worker fires, others get what that one "
    "had to do.",
    "workers COUNT; failed REASON JOBS, when a worker is lost; done COUNT, when so many jobs are; "
    "broken WHY" },
  { "impostor", "TEXT:where TEXT:name TEXT:address [also TEXT:also] [every DURATION:every_us]",
    "Tells a global node (where), again and again, every second unless told otherwise, that a "
    "node of that name listens at that address, and at a second one (also), as if it were so.",
    "" },
  { "tour",
    "TEXT:where [away TEXT:away] [far TEXT:far] [limit SIZE:limit_bytes] [secure NUMBER:is_secure] "
    "[every DURATION:every_us]",
    "Goes through all that a program can ask of its node, in small steps, each for 500ms unless "
    "told otherwise: first with ports of its own node, then with ports on the other one.  Of each "
    "step it knows to the letter what is heard, in which order, in whose context, and when what "
    "it gave is given back.  Told of a node that is connected and goes away and comes back in "
    "the first 8s (away), it monitors nodes; told of one that is known but out of reach (far), "
    "and how much its node keeps for another one (limit), it says more than that to it; and it has to be told "
    "whether its node is secure (0 or 1).  All has to be healthy: it forgives no loss.",
    "done STEPS; broken WHY" },
  { NULL, NULL, NULL, NULL },
};
