/* faults.js - what was done to the nodes: from when, until when, to whom. */

const LASTING = new Set(['cut', 'storm', 'pause', 'stall', 'slow', 'refuse', 'late', 'lookup', 'lookups', 'mute']);

/* The nodes a statement speaks of: names, worker1..4, worker*. */
function nodesIn(statement, lanes) {
  const found = new Set();
  for (const word of statement.split(/\s*->\s*|[\s{},|]+/)) {
    const range = /^(.*?)(\d+)\.\.(\d+)$/.exec(word);
    const pattern = word.includes('*')
      && new RegExp('^' + word.replace(/[.+?^${}()[\]\\]/g, '\\$&').replace(/\*/g, '.*') + '$');
    lanes.forEach((name, lane) => {
      const number = range && name.startsWith(range[1]) && /^\d+$/.test(name.slice(range[1].length))
        && +name.slice(range[1].length);
      if (name === word || (pattern && pattern.test(name))
        || (number !== false && number !== null && number >= +range[2] && number <= +range[3])) found.add(lane);
    });
  }
  return found;
}

function readFaults(trace, lanes) {
  const faults = [];
  const healed = (fault, heal) => heal.nodes.size === 0 || [...fault.nodes].every((lane) => heal.nodes.has(lane));
  for (let at = 0; at < trace.count; at++) {
    const text = trace.words(at);
    if (trace.is(at, 'fault')) {
      const kind = text.split(' ')[0];
      const fault = { at, kind, text, begin: trace.time[at], end: NONE, line: trace.number[at],
        nodes: kind === 'storm' ? new Set() : nodesIn(text, lanes) };
      if (kind === 'heal' || kind === 'calm')
        for (const cut of faults)
          if (cut.end === NONE && ((cut.kind === 'cut' && healed(cut, fault)) || kind === 'calm')) cut.end = fault.begin;
      faults.push(fault);
    } else if (trace.is(at, 'fault_over')) {
      const fault = faults.find((one) => one.text === text && one.line === trace.number[at] && !one.over);
      if (fault) Object.assign(fault, { end: trace.time[at], over: true });
    }
  }
  for (const fault of faults) {
    fault.lasts = fault.over || LASTING.has(fault.kind);
    if (fault.end === NONE || !fault.lasts) fault.end = fault.lasts ? trace.finish : fault.begin;
  }
  giveRows(faults);
  return faults;
}

const FAULT_ROWS_MAX = 5;

/* Each lasting one in the first row that is free; the last row takes what is too much. */
function giveRows(faults) {
  const free = [];
  for (const fault of faults) {
    if (!fault.lasts) continue;
    let row = free.findIndex((end) => end <= fault.begin);
    if (row < 0) row = Math.min(free.length, FAULT_ROWS_MAX - 1);
    free[row] = Math.max(free[row] || 0, fault.end);
    fault.row = row;
  }
  faults.rows = free.length;
}

/* Each lane's processes, and the pauses in them. */
function readProcesses(trace, laneOfName, faults) {
  const processes = [];
  const running = new Map();
  const finish = (lane, time, how) => {
    if (running.has(lane)) Object.assign(running.get(lane), { end: time, how });
    running.delete(lane);
  };
  const begin = (lane, time) => {
    const process = { lane, begin: time, end: trace.finish, how: '' };
    running.set(lane, process);
    processes.push(process);
  };
  for (let at = 0; at < trace.count; at++) {
    const lane = laneOfName[trace.node[at]];
    if (lane === undefined) continue;
    if (trace.is(at, 'process_end')) finish(lane, trace.time[at], trace.words(at));
    else if (trace.is(at, 'process_start')) {
      finish(lane, trace.time[at], 'stopped');
      begin(lane, trace.time[at]);
    } else if (!running.has(lane) && !trace.is(at, 'link_down', 'node_down')) begin(lane, trace.time[at]);
  }
  /* A pause ends with its process, whatever the statement said. */
  const endOf = (lane, fault) => processes.filter((one) => one.lane === lane && one.end > fault.begin && one.begin <= fault.begin)
    .reduce((end, one) => Math.min(end, one.end), fault.end);
  const pauses = faults.filter((fault) => fault.kind === 'pause')
    .flatMap((fault) => [...fault.nodes].map((lane) => ({ lane, begin: fault.begin, end: endOf(lane, fault) })));
  return { processes, pauses };
}
