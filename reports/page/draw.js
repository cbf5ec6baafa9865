/* draw.js - the picture, on a canvas. */

const MESSAGES_DRAWN_MAX = 2200;
const FONT = '12px system-ui, "DejaVu Sans", sans-serif';

/* kind → [shape, colour, how important]; unimportant ones give way where it is crowded. */
const SHAPES = {
  process_start: ['disc', 'link', 3], process_end: ['cross', 'lost', 4], link_up: ['up', 'link', 2],
  link_down: ['down', 'lost', 3], link_refused: ['downHollow', 'lost', 2], dial_failed: ['downHollow', 'pause', 1],
  node_down: ['bar', 'lost', 2], node_up: ['bar', 'link', 1], mon_fired: ['diamond', 'monitor', 5],
  mon_set: ['diamondHollow', 'monitor', 1], note: ['square', 'note', 1], port_dead: ['crossSmall', 'ink', 2],
  port_new: ['ring', 'ink', 0], kill: ['crossSmall', 'lost', 3], failure: ['cross', 'lost', 4],
  malformed: ['cross', 'lost', 5], refused: ['downHollow', 'lost', 2], unknown_port: ['ring', 'lost', 2],
  db_set: ['squareHollow', 'database', 1], db_delete: ['squareHollow', 'database', 1], db_change: ['square', 'database', 1],
  master: ['bar', 'database', 1], global: ['square', 'link', 1], send: ['dot', 'message', -1], deliver: ['dot', 'message', -1],
  request: ['dot', 'request', -1], spawn: ['ring', 'link', 1],
};

const PATHS = {
  disc: (g, r) => g.arc(0, 0, r, 0, 7),
  ring: (g, r) => g.arc(0, 0, r * 0.7, 0, 7),
  dot: (g, r) => g.arc(0, 0, r * 0.42, 0, 7),
  up: (g, r) => (g.moveTo(0, -r), g.lineTo(r, r * 0.75), g.lineTo(-r, r * 0.75), g.closePath()),
  down: (g, r) => (g.moveTo(0, r), g.lineTo(r, -r * 0.75), g.lineTo(-r, -r * 0.75), g.closePath()),
  diamond: (g, r) => (g.moveTo(0, -r * 1.25), g.lineTo(r * 1.1, 0), g.lineTo(0, r * 1.25), g.lineTo(-r * 1.1, 0), g.closePath()),
  square: (g, r) => g.rect(-r * 0.75, -r * 0.75, r * 1.5, r * 1.5),
  bar: (g, r) => g.rect(-1.2, -r * 1.3, 2.4, r * 2.6),
  cross: (g, r) => (g.moveTo(-r, -r), g.lineTo(r, r), g.moveTo(r, -r), g.lineTo(-r, r)),
  crossSmall: (g, r) => (g.moveTo(-r * 0.6, -r * 0.6), g.lineTo(r * 0.6, r * 0.6), g.moveTo(r * 0.6, -r * 0.6), g.lineTo(-r * 0.6, r * 0.6)),
};

function drawShape(g, shape, x, y, r, colour, back) {
  const hollow = shape.endsWith('Hollow') || shape === 'ring';
  const lines = shape.startsWith('cross');
  g.save();
  g.translate(x, y);
  g.beginPath();
  PATHS[shape.replace('Hollow', '')](g, r);
  g.lineWidth = lines ? 2.2 : 1.4;
  g.strokeStyle = lines || hollow ? colour : back;
  g.fillStyle = hollow ? back : colour;
  if (!lines) g.fill();
  g.stroke();
  g.restore();
}

class Picture {
  constructor(canvas, view) {
    this.canvas = canvas;
    this.view = view;
    this.g = canvas.getContext('2d');
  }

  /* Colours are those of the style sheet. */
  readColours() {
    const style = getComputedStyle(document.documentElement);
    this.colours = {};
    for (const name of ['back', 'raised', 'ink', 'soft', 'line', 'lane', 'up', 'message', 'request', 'lost', 'monitor', 'link',
      'cut', 'pause', 'note', 'database', 'chosen', 'glow', 'fail']) this.colours[name] = style.getPropertyValue('--' + name).trim();
  }

  fit() {
    const ratio = window.devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (this.canvas.width !== Math.round(width * ratio) || this.canvas.height !== Math.round(height * ratio)) {
      this.canvas.width = Math.round(width * ratio);
      this.canvas.height = Math.round(height * ratio);
    }
    this.g.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.view.layOut(width, height);
  }

  draw() {
    const { g, view } = this;
    this.fit();
    this.hits = [];
    g.font = FONT;
    g.textBaseline = 'middle';
    g.fillStyle = this.colours.back;
    g.fillRect(0, 0, view.width, view.height);
    g.save();
    g.beginPath();
    g.rect(0, view.top - 4, view.width, view.height);
    g.clip();
    this.drawLabels();
    g.beginPath();
    g.rect(LABEL_WIDTH - 10, 0, view.width, view.height);
    g.clip();
    this.drawLanes();
    this.drawBands();
    this.drawProcesses();
    this.drawMessages();
    this.drawEvents();
    this.drawFamily();
    g.restore();
    this.drawAxis();
    this.drawFaults();
    this.drawFailure();
  }

  drawLanes() {
    const { g, view } = this;
    g.fillStyle = this.colours.lane;
    view.shown.forEach((lane, row) => {
      if (row % 2 === 0) g.fillRect(0, view.place[lane] - view.laneHeight / 2, view.width, view.laneHeight);
    });
  }

  /* Where a fault lasts, its lanes are tinted. */
  drawBands() {
    const { g, view } = this;
    for (const fault of view.faults) {
      if (!fault.lasts || fault.kind === 'storm' || fault.end < view.from || fault.begin > view.to) continue;
      const left = Math.max(view.x(fault.begin), LABEL_WIDTH);
      const width = Math.max(view.x(fault.end) - left, 1);
      g.fillStyle = fault.kind === 'pause' ? this.colours.pause : this.colours.cut;
      g.globalAlpha = 0.1;
      for (const lane of fault.nodes) if (!Number.isNaN(view.place[lane])) g.fillRect(left, view.place[lane] - view.laneHeight / 2, width, view.laneHeight);
      g.globalAlpha = 1;
    }
  }

  drawProcesses() {
    const { g, view } = this;
    for (const process of view.processes) {
      const y = view.place[process.lane];
      if (Number.isNaN(y) || process.end < view.from || process.begin > view.to) continue;
      const left = Math.max(view.x(process.begin), LABEL_WIDTH - 4);
      const right = Math.min(view.x(process.end), view.width);
      g.fillStyle = this.colours.up;
      g.fillRect(left, y - 2.5, Math.max(right - left, 1), 5);
      this.drawGone(process, y);
    }
    for (const pause of view.pauses) this.drawPause(pause);
  }

  /* Killed and vanished: what follows is dashed or dotted, and says so where there is room. */
  drawGone(process, y) {
    const { g, view } = this;
    if (!process.how) return;
    const next = view.processes.find((one) => one.lane === process.lane && one.begin >= process.end && one !== process);
    const left = Math.max(view.x(process.end), LABEL_WIDTH);
    const right = Math.min(next ? view.x(next.begin) : view.width, view.width);
    if (right <= left) return;
    g.strokeStyle = this.colours.lost;
    g.lineWidth = 1.5;
    g.setLineDash(process.how === 'vanished' ? [1.5, 5] : [7, 4]);
    g.beginPath();
    g.moveTo(left, y);
    g.lineTo(right, y);
    g.stroke();
    g.setLineDash([]);
    if (right - left > 64) this.text(process.how, left + 10, y - 10, this.colours.lost);
  }

  drawPause({ lane, begin, end }) {
    const { g, view } = this;
    const y = view.place[lane];
    if (Number.isNaN(y) || end < view.from || begin > view.to) return;
    const left = Math.max(view.x(begin), LABEL_WIDTH);
    const right = Math.min(view.x(end), view.width);
    g.fillStyle = this.colours.back;
    g.fillRect(left, y - 3.5, right - left, 7);
    g.strokeStyle = this.colours.pause;
    g.lineWidth = 1.5;
    g.strokeRect(left, y - 3.5, right - left, 7);
    if (right - left > 60) this.text('paused', left + 6, y - 12, this.colours.pause);
  }

  /* --- Messages --- */

  visibleSends() {
    const { view } = this;
    const { trace } = view;
    const list = [];
    for (let block = 0; block * 256 < view.sends.length; block++) {
      const first = block * 256;
      if (trace.time[view.sends[first]] > view.to) break;
      if (view.reach[block] < view.from) continue;
      for (let place = first; place < Math.min(first + 256, view.sends.length); place++) {
        const send = view.sends[place];
        if (trace.time[send] > view.to || Math.max(view.messageEnd(send), trace.time[send]) < view.from) continue;
        if (!view.isSeen(send) || trace.node[send] === trace.peer[send]) continue;
        if (Number.isNaN(view.y(trace.node[send])) || Number.isNaN(view.y(trace.peer[send]))) continue;
        list.push(send);
      }
    }
    return list;
  }

  drawMessages() {
    const { g, view } = this;
    const { trace } = view;
    const all = this.visibleSends();
    const step = Math.ceil(all.length / MESSAGES_DRAWN_MAX);
    const taken = new Set(); /* places where a loss is drawn already */
    this.drawn = 0;
    this.among = all.length;
    this.crowded = Math.min(all.length, MESSAGES_DRAWN_MAX) > 350;
    g.lineWidth = this.crowded ? 0.8 : 1.3;
    all.forEach((send, place) => {
      const spot = Math.round(view.x(trace.time[send]) / 7) * 65536 + trace.node[send];
      if (trace.isLost(send) ? taken.has(spot) : place % step) return;
      if (trace.isLost(send)) taken.add(spot);
      this.drawMessage(send, this.crowded ? Math.max(0.1, Math.min(0.3, 300 / all.length)) : 0.85);
    });
    g.globalAlpha = 1;
  }

  /* Where a message ends that did not arrive: on its way. */
  endOf(send) {
    const { view } = this;
    const { trace } = view;
    const arrival = trace.arrival[send];
    const x = view.x(trace.time[send]);
    const y = view.y(trace.node[send]);
    const there = view.y(trace.peer[send]);
    if (arrival !== NONE) return [view.x(trace.time[arrival]), there];
    const way = this.crowded ? Math.sign(there - y) * Math.min(Math.abs(there - y) * 0.45, 17) : (there - y) * 0.45;
    return [x + (this.crowded ? 3 : Math.min(26, view.width / 30)), y + way];
  }

  drawMessage(send, alpha) {
    const { g, view } = this;
    const { trace } = view;
    const x = view.x(trace.time[send]);
    const y = view.y(trace.node[send]);
    const [endX, endY] = this.endOf(send);
    if (Number.isNaN(y) || Number.isNaN(endY)) return;
    const arrived = trace.arrival[send] !== NONE;
    const colour = !arrived && trace.isLost(send) ? this.colours.lost
      : trace.port[send] !== NONE && trace.name(trace.port[send]) ? this.colours.message : this.colours.request;
    g.globalAlpha = (this.family && !this.family.all.has(send) ? 0.28 : trace.isLost(send) ? Math.max(alpha, 0.6) : alpha);
    g.strokeStyle = g.fillStyle = colour;
    g.setLineDash(arrived ? [] : [4, 3]);
    g.beginPath();
    g.moveTo(x, y);
    g.lineTo(endX, endY);
    g.stroke();
    g.setLineDash([]);
    if (arrived && !this.crowded) this.drawHead(x, y, endX, endY);
    if (!arrived) drawShape(g, trace.isLost(send) ? 'crossSmall' : 'ring', endX, endY, this.crowded ? 3.6 : 5.5, colour, this.colours.back);
    this.drawn++;
    this.hits.push({ at: send, x, y, endX, endY });
  }

  drawHead(x, y, endX, endY) {
    const { g } = this;
    const angle = Math.atan2(endY - y, endX - x);
    g.beginPath();
    g.moveTo(endX, endY);
    for (const side of [-0.35, 0.35]) g.lineTo(endX - 9 * Math.cos(angle + side), endY - 9 * Math.sin(angle + side));
    g.fill();
  }

  /* --- Events --- */

  drawEvents() {
    const { view } = this;
    const { trace } = view;
    const taken = new Map();
    const first = trace.indexOfTime(view.from);
    const last = trace.indexOfTime(view.to);
    const perLevel = [[], [], [], [], [], [], []];
    for (let at = first; at < last; at++) {
      const shape = SHAPES[trace.kinds[trace.kind[at]].name];
      if (shape && view.isSeen(at) && (shape[2] >= 0 || last - first < 700)) perLevel[shape[2] + 1].push(at);
    }
    /* The important ones take their places first, and are drawn last. */
    const drawn = [];
    for (let level = 6; level >= 0; level--)
      for (const at of perLevel[level]) {
        const room = level > 2 || last - first < 700 ? 7 : 28;
        const key = Math.floor(view.x(trace.time[at]) / room) * room + trace.node[at] * 10000;
        if (taken.has(key) && (level < 5 || taken.get(key) === trace.kind[at])) continue;
        taken.set(key, trace.kind[at]);
        drawn.push(at);
      }
    for (const at of drawn.reverse()) this.drawEvent(at);
  }

  drawEvent(at, r = 5.5) {
    const { g, view } = this;
    const { trace } = view;
    const [shape, colour] = SHAPES[trace.kinds[trace.kind[at]].name] || ['ring', 'soft'];
    const x = view.x(trace.time[at]);
    const y = view.y(trace.node[at]);
    if (Number.isNaN(y)) return;
    g.globalAlpha = this.family && !this.family.all.has(at) ? 0.4 : 1;
    drawShape(g, shape, x, y, r, this.colours[colour], this.colours.back);
    g.globalAlpha = 1;
    this.hits.push({ at, x, y, mark: true });
  }

  /* What is chosen, what led to it and what it led to, over everything else. */
  drawFamily() {
    const { g, view } = this;
    if (!view.family) return;
    this.family = null;
    g.lineWidth = 2;
    for (const at of view.family.all) {
      const { trace } = view;
      if (trace.is(at, 'send') && (trace.arrival[at] === NONE || view.family.all.has(trace.arrival[at])) && trace.node[at] !== trace.peer[at]) this.drawMessage(at, 1);
      if (trace.time[at] >= view.from && trace.time[at] <= view.to) this.drawEvent(at);
    }
    g.globalAlpha = 1;
    if (view.trace.time[view.chosen] >= view.from && view.trace.time[view.chosen] <= view.to) this.drawEvent(view.chosen, 6.5);
    const x = view.x(view.trace.time[view.chosen]);
    const y = view.y(view.trace.node[view.chosen]);
    if (Number.isNaN(y)) return;
    g.strokeStyle = this.colours.chosen;
    g.beginPath();
    g.arc(x, y, 10, 0, 7);
    g.stroke();
  }

  drawLabels() {
    const { view } = this;
    for (const lane of view.shown) this.text(view.lanes[lane].name, 12, view.place[lane], this.colours.ink, LABEL_WIDTH - 24, '600 13px system-ui, "DejaVu Sans", sans-serif');
  }

  /* --- Above the lanes --- */

  text(words, x, y, colour, width, font = FONT) {
    const { g } = this;
    g.font = font;
    g.fillStyle = colour;
    let text = words;
    if (width && g.measureText(text).width > width) {
      while (text.length > 1 && g.measureText(text + '…').width > width) text = text.slice(0, -1);
      text += '…';
    }
    g.fillText(text, x, y);
    g.font = FONT;
  }

  drawAxis() {
    const { g, view } = this;
    const length = view.to - view.from;
    const raw = length / Math.max((view.width - LABEL_WIDTH) / 110, 1);
    const power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= raw);
    const digits = Math.max(0, 6 - Math.floor(Math.log10(step) + 1e-9));
    g.strokeStyle = this.colours.line;
    g.lineWidth = 1;
    g.textAlign = 'center';
    for (let time = Math.ceil(view.from / step) * step; time < view.to; time += step) {
      const x = Math.round(view.x(time)) + 0.5;
      if (x < LABEL_WIDTH) continue;
      g.globalAlpha = 0.6;
      g.beginPath();
      g.moveTo(x, AXIS_HEIGHT - 5);
      g.lineTo(x, view.height);
      g.stroke();
      g.globalAlpha = 1;
      this.text((Math.abs(time) < step / 2 ? 0 : time / 1e6).toFixed(digits) + ' s', x, 12, this.colours.soft);
    }
    g.textAlign = 'start';
  }

  drawFaults() {
    const { g, view } = this;
    for (const fault of view.faults) {
      const left = Math.max(view.x(fault.begin), LABEL_WIDTH);
      const right = Math.min(view.x(fault.end), view.width);
      if (fault.end < view.from || fault.begin > view.to) continue;
      const colour = fault.kind === 'pause' ? this.colours.pause : fault.kind === 'storm' ? this.colours.soft : this.colours.cut;
      if (!fault.lasts) {
        drawShape(g, 'down', left, AXIS_HEIGHT - 2, 4, this.colours.cut, this.colours.back);
        this.hits.push({ at: fault.at, x: left, y: AXIS_HEIGHT - 2, mark: true });
        continue;
      }
      const y = AXIS_HEIGHT + 4 + fault.row * FAULT_HEIGHT;
      g.fillStyle = colour;
      g.globalAlpha = 0.22;
      g.fillRect(left, y, Math.max(right - left, 2), FAULT_HEIGHT - 3);
      g.globalAlpha = 1;
      g.fillRect(left, y, 2, FAULT_HEIGHT - 3);
      if (right - left > 40) this.text(fault.text, left + 6, y + FAULT_HEIGHT / 2 - 1, this.colours.ink, right - left - 8, '11px system-ui, "DejaVu Sans", sans-serif');
      this.hits.push({ at: fault.at, box: [left, y, Math.max(right - left, 4), FAULT_HEIGHT - 3] });
    }
  }

  drawFailure() {
    this.drawFlag(this.view.trace.failure, 'here it failed', this.colours.fail, 20);
    this.drawFlag(this.difference, 'the first difference', this.colours.monitor, 42);
  }

  /* A line through all lanes, with a word at its foot. */
  drawFlag(at, words, colour, height) {
    const { g, view } = this;
    if (at === NONE || at === undefined) return;
    const x = view.x(view.trace.time[at]);
    if (x < LABEL_WIDTH || x > view.width) return;
    g.strokeStyle = colour;
    g.lineWidth = 2;
    g.beginPath();
    g.moveTo(x, 4);
    g.lineTo(x, view.height);
    g.stroke();
    const width = g.measureText(words).width + 14;
    const left = x + width > view.width ? x - width : x;
    g.fillStyle = colour;
    g.fillRect(left, view.height - height, width, 20);
    this.text(words, left + 7, view.height - height + 10, this.colours.back);
  }

  /* The event under the pointer, or NONE. */
  eventAt(x, y) {
    let best = NONE;
    let nearest = 9;
    for (const hit of this.hits) {
      if (hit.box) {
        if (x >= hit.box[0] && x <= hit.box[0] + hit.box[2] && y >= hit.box[1] && y <= hit.box[1] + hit.box[3]) return hit.at;
        continue;
      }
      const distance = hit.mark ? Math.hypot(hit.x - x, hit.y - y) - 3 : distanceToLine(hit, x, y) + 2;
      if (distance < nearest) [best, nearest] = [hit.at, distance];
    }
    return best;
  }
}

function distanceToLine({ x, y, endX, endY }, atX, atY) {
  const length = (endX - x) ** 2 + (endY - y) ** 2 || 1;
  const part = Math.max(0, Math.min(1, ((atX - x) * (endX - x) + (atY - y) * (endY - y)) / length));
  return Math.hypot(x + part * (endX - x) - atX, y + part * (endY - y) - atY);
}

/* The whole run, small: how much happens when, losses and faults, and the part that is seen. */
function drawOverview(canvas, view, colours) {
  const ratio = window.devicePixelRatio || 1;
  const g = canvas.getContext('2d');
  const { clientWidth: width, clientHeight: height } = canvas;
  const { trace } = view;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  g.setTransform(ratio, 0, 0, ratio, 0, 0);
  const scale = (time) => LABEL_WIDTH + (time - trace.begin) / Math.max(trace.finish - trace.begin, 1) * (width - LABEL_WIDTH - 12);
  const bins = new Float64Array(Math.ceil(width / 3) + 1);
  const losses = new Float64Array(bins.length);
  for (let at = 0; at < trace.count; at++) {
    const bin = Math.floor(scale(trace.time[at]) / 3);
    if (view.isSeen(at)) bins[bin]++;
    if (trace.isLost(at)) losses[bin]++;
  }
  const most = Math.log1p(bins.reduce((one, other) => Math.max(one, other), 1));
  for (const fault of view.faults) {
    if (!fault.lasts) continue;
    g.fillStyle = fault.kind === 'pause' ? colours.pause : fault.kind === 'storm' ? colours.soft : colours.cut;
    g.globalAlpha = 0.16;
    g.fillRect(scale(fault.begin), 3, Math.max(scale(fault.end) - scale(fault.begin), 1), height - 8);
  }
  g.globalAlpha = 1;
  bins.forEach((bin, at) => {
    const tall = Math.log1p(bin) / most * (height - 14);
    const lost = Math.log1p(losses[at]) / most * (height - 14);
    g.fillStyle = colours.message;
    g.fillRect(at * 3, height - 5 - tall, 2.2, tall);
    g.fillStyle = colours.lost;
    g.fillRect(at * 3, height - 5 - lost, 2.2, lost);
  });
  const left = scale(Math.max(view.from, trace.begin));
  const right = Math.max(scale(Math.min(view.to, trace.finish)), left + 3);
  g.strokeStyle = colours.ink;
  g.lineWidth = 1.5;
  g.strokeRect(left, 2, right - left, height - 5);
  if (trace.failure !== NONE) drawShape(g, 'down', scale(trace.time[trace.failure]), 7, 5, colours.fail, colours.back);
  g.font = FONT;
  g.fillStyle = colours.soft;
  g.fillText('whole run', 12, height / 2 + 4);
  return scale;
}
