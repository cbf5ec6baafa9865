/* compare.js - two runs: where do they first differ?
 *
 * Runs of one scenario and one seed are the same event by event until something is different.
 * Others are compared by what every node goes through, as far as it matters: with other delays the
 * same messages overtake each other, which is no difference. */

const MILESTONES = new Set(['process_start', 'process_end', 'fault', 'fault_over', 'expectation', 'link_up', 'link_down',
  'node_up', 'node_down', 'master', 'global', 'failure', 'mon_fired', 'note', 'malformed', 'refused']);
const WITH_WORDS = new Set(['process_end', 'fault', 'fault_over', 'expectation', 'link_down', 'mon_fired', 'note']);

function isSameStory(one, other) {
  return one.seed !== undefined && one.seed === other.seed && one.scenario === other.scenario;
}

function exactWords(trace, at) {
  return [trace.time[at], trace.kinds[trace.kind[at]].name, trace.name(trace.node[at]), trace.name(trace.peer[at]),
    trace.name(trace.port[at]), trace.name(trace.other[at]), trace.number[at], trace.words(at)].join('\0');
}

function milestoneWords(trace, at) {
  const kind = trace.kinds[trace.kind[at]].name;
  return [kind, trace.name(trace.peer[at]), WITH_WORDS.has(kind) ? trace.words(at) : ''].join('\0');
}

/* [event of the one, event of the other]; NONE: that run is over by then.  null: no difference. */
function firstExactDifference(one, other) {
  const most = Math.max(one.count, other.count);
  for (let at = 0; at < most; at++) {
    if (at < one.count && at < other.count && exactWords(one, at) === exactWords(other, at)) continue;
    return [at < one.count ? at : NONE, at < other.count ? at : NONE];
  }
  return null;
}

function milestonesByNode(trace) {
  const nodes = new Map();
  const wanted = trace.kinds.map((kind) => MILESTONES.has(kind.name));
  for (let at = 0; at < trace.count; at++) {
    if (!wanted[trace.kind[at]]) continue;
    const name = trace.name(trace.node[at]);
    if (!nodes.has(name)) nodes.set(name, []);
    nodes.get(name).push(at);
  }
  return nodes;
}

function firstDifferenceInNodes(one, other) {
  const ours = milestonesByNode(one);
  const theirs = milestonesByNode(other);
  let first = null;
  let firstTime = Infinity;
  for (const name of new Set([...ours.keys(), ...theirs.keys()])) {
    const mine = ours.get(name) || [];
    const yours = theirs.get(name) || [];
    let at = 0;
    while (at < mine.length && at < yours.length && milestoneWords(one, mine[at]) === milestoneWords(other, yours[at])) at++;
    if (at === mine.length && at === yours.length) continue;
    const pair = [at < mine.length ? mine[at] : NONE, at < yours.length ? yours[at] : NONE];
    const time = Math.min(...[one, other].map((trace, run) => (pair[run] === NONE ? Infinity : trace.time[pair[run]] - trace.begin)));
    if (time < firstTime) [first, firstTime] = [pair, time];
  }
  return first;
}

function firstDifference(one, other) {
  return isSameStory(one, other) ? firstExactDifference(one, other) : firstDifferenceInNodes(one, other);
}
