/* causes.js - which event led to which.
 *
 * A turn of a node is what happens in one callback, at one time of its clock.  It begins with
 * something from outside (an arrival, a connection, a timer), and what follows in it is its
 * effect.  An arrival's cause is its send; the second end of a connection, the first. */

const BEGINS_TURN = ['deliver', 'request', 'unknown_port', 'link_up', 'link_down', 'link_refused', 'dial_failed',
  'process_start', 'malformed'];
const OF_TURN = ['node_up', 'node_down', 'mon_fired', 'port_dead', 'kill', 'mon_dropped'];

function findCauses(trace) {
  const begins = trace.kinds.map((kind) => BEGINS_TURN.includes(kind.name));
  const ofTurn = trace.kinds.map((kind) => OF_TURN.includes(kind.name));
  const turns = new Map(); /* of each node: what began it, and what it led to last */
  const ends = new Map(); /* of each connection: who said first that it is up, or down */
  let world = NONE;
  for (let at = 0; at < trace.count; at++) {
    const kind = trace.kind[at];
    let turn = turns.get(trace.node[at]);
    if (!turn || turn.time !== trace.time[at]) turns.set(trace.node[at], turn = { time: trace.time[at], root: NONE, last: NONE });
    if (trace.is(at, 'fault')) world = at;
    trace.cause[at] = causeOf(trace, at, turn, ends, world, begins[kind], ofTurn[kind]);
    if (begins[kind]) turn.root = turn.last = at;
    else if (trace.is(at, 'mon_fired', 'port_dead', 'db_told', 'db_answer')) turn.last = at;
  }
  return collectEffects(trace);
}

function causeOf(trace, at, turn, ends, world, begins, ofTurn) {
  const sameTime = (other) => (other !== NONE && trace.time[other] === trace.time[at] ? other : NONE);
  if (trace.match[at] !== NONE) return trace.match[at];
  if (trace.is(at, 'link_up', 'link_down')) {
    const key = trace.kind[at] + ' ' + trace.connection[at];
    const first = ends.get(key);
    ends.set(key, first === undefined ? at : first);
    return first === undefined ? sameTime(world) : first;
  }
  if (trace.is(at, 'process_start', 'process_end')) return sameTime(world);
  if (begins) return NONE;
  return ofTurn ? turn.root : turn.last;
}

/* Effects of event i: list[start[i]] to list[start[i + 1] - 1]. */
function collectEffects(trace) {
  const start = new Int32Array(trace.count + 2);
  for (let at = 0; at < trace.count; at++) if (trace.cause[at] !== NONE) start[trace.cause[at] + 2]++;
  for (let at = 2; at < start.length; at++) start[at] += start[at - 1];
  const list = new Int32Array(start[start.length - 1]);
  for (let at = 0; at < trace.count; at++) if (trace.cause[at] !== NONE) list[start[trace.cause[at] + 1]++] = at;
  return { start, list };
}

function effectsOf(trace, at) {
  return trace.effects.list.subarray(trace.effects.start[at], trace.effects.start[at + 1]);
}

const FAMILY_MAX = 2000;

/* All causes of an event, and all effects, the nearest first, up to a limit. */
function familyOf(trace, at) {
  const causes = [];
  for (let cause = trace.cause[at]; cause !== NONE && causes.length < FAMILY_MAX; cause = trace.cause[cause]) causes.push(cause);
  const effects = [];
  const queue = [at];
  for (let next = 0; next < queue.length && effects.length < FAMILY_MAX; next++)
    for (const effect of effectsOf(trace, queue[next])) {
      queue.push(effect);
      effects.push(effect);
    }
  return { causes, effects, all: new Set([at, ...causes, ...effects]) };
}
