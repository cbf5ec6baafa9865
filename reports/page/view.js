/* view.js - what is seen of the trace: a span of time, some lanes, what is chosen and what fits. */

const LABEL_WIDTH = 112;
const AXIS_HEIGHT = 26;
const FAULT_HEIGHT = 17;
const LANE_MIN = 30;
const LANE_MAX = 190;
const SPAN_MIN = 20; /* µs */

const MESSAGE_KINDS = ['send', 'deliver', 'request', 'unknown_port'];
const LINK_KINDS = ['dial', 'dial_failed', 'link_up', 'link_down', 'link_refused', 'node_up', 'node_down'];
const MONITOR_KINDS = ['mon_set', 'mon_fired', 'mon_dropped'];
const DATABASE_KINDS = ['db_set', 'db_delete', 'db_monitor', 'db_change', 'db_told', 'db_dropped', 'db_query', 'db_answer', 'master', 'global'];

/* What each promise is about: to filter by. */
const KINDS_OF_PROMISE = {
  1: MESSAGE_KINDS, 2: [...MESSAGE_KINDS, ...LINK_KINDS], 3: [...MONITOR_KINDS, ...LINK_KINDS],
  4: [...MONITOR_KINDS, 'node_down'], 5: [...MONITOR_KINDS, 'port_dead', 'kill', 'failure', 'process_end'],
  6: [...MONITOR_KINDS, 'port_dead', 'kill', 'failure'], 7: [...MESSAGE_KINDS, 'port_new', 'port_dead'],
  8: ['send', 'deliver'], 9: ['spawn', 'port_new', 'port_dead', 'request', ...MONITOR_KINDS], 10: LINK_KINDS,
  11: DATABASE_KINDS, 12: [...DATABASE_KINDS, ...LINK_KINDS], 13: ['link_up', 'link_refused', 'malformed', 'process_start'],
  14: ['request', 'refused'],
};

class View {
  constructor(trace) {
    this.trace = trace;
    this.readLanes();
    this.faults = readFaults(trace, this.lanes.map((lane) => lane.name));
    Object.assign(this, readProcesses(trace, this.laneOfName, this.faults));
    this.collectMessages();
    this.hidden = new Set();
    this.chosen = NONE;
    this.family = null;
    this.fits = null; /* Uint8Array of events that the filter lets through; null: all */
    this.scroll = 0;
    this.width = this.height = 100;
    this.showStory();
  }

  /* Nodes in the order in which they appear; the world is none. */
  readLanes() {
    const { trace } = this;
    this.lanes = [];
    this.laneOfName = [];
    const add = (name) => {
      if (name === NONE || this.laneOfName[name] !== undefined || !trace.names[name]) return;
      this.laneOfName[name] = this.lanes.length;
      this.lanes.push({ name: trace.names[name] });
    };
    for (let at = 0; at < trace.count; at++) if (!trace.is(at, 'fault', 'fault_over', 'expectation')) add(trace.node[at]);
    if (trace.real) return; /* of nodes without a trace nothing is known */
    for (let at = 0; at < trace.count; at++) if (trace.is(at, 'send')) add(trace.peer[at]);
  }

  /* Sends in order, and for each block of them how far its arrivals reach. */
  collectMessages() {
    const { trace } = this;
    const send = trace.kindOf.send;
    this.sends = Int32Array.from(trace.kind.reduce((list, kind, at) => (kind === send && list.push(at), list), []));
    this.reach = [];
    this.sends.forEach((at, place) => {
      const block = place >> 8;
      this.reach[block] = Math.max(this.reach[block] || 0, this.messageEnd(at));
    });
  }
  messageEnd(send) {
    const arrival = this.trace.arrival[send];
    return arrival === NONE ? this.trace.time[send] : this.trace.time[arrival];
  }

  /* --- Where things are --- */

  get top() {
    return AXIS_HEIGHT + this.faults.rows * FAULT_HEIGHT + 8;
  }
  get shown() {
    return this.lanes.map((lane, at) => at).filter((lane) => !this.hidden.has(lane));
  }
  layOut(width, height) {
    Object.assign(this, { width, height });
    const shown = this.shown;
    const room = height - this.top - 6;
    this.laneHeight = Math.min(LANE_MAX, Math.max(LANE_MIN, room / Math.max(shown.length, 1)));
    this.scroll = Math.max(0, Math.min(this.scroll, this.laneHeight * shown.length - room));
    this.place = new Float64Array(this.lanes.length).fill(NaN);
    shown.forEach((lane, row) => { this.place[lane] = this.top + (row + 0.5) * this.laneHeight - this.scroll; });
  }
  x(time) {
    return LABEL_WIDTH + (time - this.from) / (this.to - this.from) * (this.width - LABEL_WIDTH - 12);
  }
  timeAt(x) {
    return this.from + (x - LABEL_WIDTH) / (this.width - LABEL_WIDTH - 12) * (this.to - this.from);
  }
  y(name) {
    const lane = name === NONE ? undefined : this.laneOfName[name];
    return lane === undefined ? NaN : this.place[lane];
  }

  /* --- Moving --- */

  show(from, to) {
    const { trace } = this;
    const whole = Math.max(trace.finish - trace.begin, SPAN_MIN) * 1.04;
    const length = Math.min(Math.max(to - from, SPAN_MIN), whole);
    const margin = length * 0.5;
    const middle = Math.min(Math.max((from + to) / 2, trace.begin + length * 0.48), Math.max(trace.finish - length * 0.4, trace.begin + length * 0.48));
    this.from = middle - length / 2;
    this.to = middle + length / 2;
  }
  showWhole() {
    const { begin, finish } = this.trace;
    const margin = Math.max(finish - begin, SPAN_MIN) * 0.015;
    this.from = begin - margin;
    this.to = finish + margin;
  }
  /* The whole run without a long silence at its end. */
  showStory() {
    const { trace } = this;
    this.showWhole();
    const quiet = trace.count ? trace.time[Math.floor((trace.count - 1) * 0.995)] - trace.begin : 0;
    if (quiet * 2 < trace.finish - trace.begin && quiet > 0) this.show(trace.begin - quiet * 0.02, trace.begin + quiet * 1.1);
  }
  zoom(factor, time = (this.from + this.to) / 2) {
    this.show(time - (time - this.from) * factor, time + (this.to - time) * factor);
  }
  pan(part) {
    const step = (this.to - this.from) * part;
    this.show(this.from + step, this.to + step);
  }
  /* So that an event and some 60 around it can be told apart. */
  showEvent(at, around = 30) {
    const { trace } = this;
    const first = trace.time[Math.max(0, at - around)];
    const last = trace.time[Math.min(trace.count - 1, at + around)];
    const length = Math.max(last - first, 2000) * 1.15;
    this.show(trace.time[at] - length * 0.6, trace.time[at] + length * 0.4);
  }
  /* What led to something is in sight, too, unless that is far away. */
  include(cause) {
    if (cause === NONE) return;
    const time = this.trace.time[cause];
    const length = this.to - this.from;
    if (time < this.from && this.from - time < 4 * length) this.show(time - length * 0.05, this.to);
  }
  /* Moves only if it is out of sight. */
  reveal(at) {
    const time = this.trace.time[at];
    const margin = (this.to - this.from) * 0.05;
    if (time < this.from + margin || time > this.to - margin) this.show(time - (this.to - this.from) / 2, time + (this.to - this.from) / 2);
    const y = this.y(this.trace.node[at]);
    if (y < this.top || y > this.height - 10) this.scroll += y - (this.top + this.height) / 2;
  }

  /* --- Choosing and filtering --- */

  choose(at) {
    this.chosen = at;
    this.family = at === NONE ? null : familyOf(this.trace, at);
  }
  toggle(lane) {
    if (!this.hidden.delete(lane)) this.hidden.add(lane);
  }
  /* Words, all of which have to fit: node:, port:, text:, tag:, kind: or promise: say where, else anywhere. */
  filter(words) {
    const terms = words.trim().split(/\s+/).filter(Boolean);
    this.fits = null;
    if (!terms.length) return;
    const { trace } = this;
    this.fits = new Uint8Array(trace.count).fill(1);
    const fits = (list, word) => list.map((text) => text.toLowerCase().includes(word));
    for (const term of terms) {
      const [, where, word] = /^(?:(node|port|text|tag|kind|promise):)?(.*)$/.exec(term.toLowerCase());
      const names = fits(trace.names, word);
      const texts = fits(trace.texts, word);
      const kinds = fits(trace.kinds.map((kind) => kind.name), word);
      const about = new Set(KINDS_OF_PROMISE[word]);
      const tests = { node: (at) => names[trace.node[at]] || names[trace.peer[at]],
        port: (at) => names[trace.port[at]] || names[trace.other[at]],
        text: (at) => texts[trace.text[at]], tag: (at) => texts[trace.text[at]],
        kind: (at) => kinds[trace.kind[at]], promise: (at) => about.has(trace.kinds[trace.kind[at]].name) };
      const all = where ? [tests[where]] : [tests.node, tests.port, tests.text, tests.kind];
      for (let at = 0; at < trace.count; at++) if (!all.some((test) => test(at))) this.fits[at] = 0;
    }
    /* A message is its send and its arrival: the one brings the other along. */
    for (let at = 0; at < trace.count; at++) {
      const send = trace.match[at];
      if (send !== NONE && this.fits[send] !== this.fits[at]) this.fits[send] = this.fits[at] = 1;
    }
    this.fitting = this.fits.reduce((sum, one) => sum + one, 0);
  }
  isSeen(at) {
    return !this.fits || this.fits[at] === 1;
  }
  /* The next event that can be seen, forward or back; of one node, if given. */
  step(direction, node = NONE) {
    const { trace } = this;
    let at = this.chosen === NONE ? trace.indexOfTime((this.from + this.to) / 2) - (direction > 0 ? 1 : 0) : this.chosen;
    for (at += direction; at >= 0 && at < trace.count; at += direction)
      if (this.isSeen(at) && (node === NONE || trace.node[at] === node) && !this.hidden.has(this.laneOfName[trace.node[at]])) return at;
    return NONE;
  }
}
