/* panel.js - the words beside the picture. */

function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  for (const key in attributes) made.setAttribute(key, attributes[key]);
  return made;
}

function portId(trace, node, port) {
  const name = trace.name(port);
  return trace.name(node) + (name ? '#' + name : '');
}

/* What happened, for a newcomer. */
function sentence(trace, at) {
  const node = trace.name(trace.node[at]);
  const peer = trace.name(trace.peer[at]);
  const words = trace.words(at);
  const to = trace.peer[at] === NONE ? '' : portId(trace, trace.peer[at], trace.port[at]);
  const here = trace.port[at] === NONE ? node : portId(trace, trace.node[at], trace.port[at]);
  const says = {
    send: () => `${node} sends to ${to}`,
    deliver: () => `${here} gets a message from ${peer}`,
    unknown_port: () => `a message from ${peer} for ${here}, which is not there: dropped`,
    request: () => `${node} is asked by ${peer}: ${words}`,
    link_up: () => `${node} has a connection with ${peer} (${words})`,
    link_down: () => `${node} lost the connection with ${peer}: ${words}`,
    link_refused: () => `${node}: no connection with ${peer || 'somebody'}: ${words}`,
    node_up: () => `${node} can reach ${peer} from now on`,
    node_down: () => `${node} cannot reach ${peer} any more: ${words}`,
    dial: () => `${node} dials ${peer || 'a seed'} at ${words}`,
    dial_failed: () => `${node} gives up reaching ${peer || 'a seed'}: ${words}`,
    mon_set: () => `${node} watches ${to} (${words})`,
    mon_fired: () => `${node} is told: ${to} is gone (${words || 'a normal end'})`,
    process_start: () => `a process of ${node} begins`,
    process_end: () => `the process of ${node} is ${words}`,
    port_new: () => `port ${here} begins`,
    port_dead: () => `port ${here} is dead (${words || 'a normal end'})`,
    kill: () => `${node} asks to kill ${to}`,
    spawn: () => `${node} asks ${peer} for a port that does ${words}`,
    note: () => `${trace.name(trace.other[at])} remarks: ${words}`,
    fault: () => words, fault_over: () => `over: ${words}`,
    expectation: () => `expectation of line ${trace.number[at]}: ${words}`,
    master: () => (peer ? `${peer} is ${node}'s master` : `${node} has no master`),
    db_set: () => `${node} sets ${trace.name(trace.port[at])} / ${trace.name(trace.other[at])}`,
    db_change: () => `${node}: ${trace.name(trace.port[at])} / ${trace.name(trace.other[at])} ${words}`,
  };
  const kind = trace.kinds[trace.kind[at]].name;
  return says[kind] ? says[kind]() : [node, kind.replace(/_/g, ' '), to, words].filter(Boolean).join(' ');
}

/* How a message went. */
function fate(trace, send) {
  const arrival = trace.arrival[send];
  if (arrival !== NONE) return `arrives after ${span(trace.time[arrival] - trace.time[send])}`;
  return trace.isLost(send) ? `lost: that is known ${span(trace.lostAt[send] - trace.time[send])} later` : 'under way at the end, or beyond this page';
}

function jumpLink(words, action) {
  const made = element('a', words, { class: 'jump', tabindex: '0', role: 'button' });
  made.onclick = action;
  made.onkeydown = (event) => { if (event.key === 'Enter') action(); };
  return made;
}

/* What `aemp explain` tells: texts, and events of which they speak. */
function toldParts(explain) {
  const parts = [];
  const take = (value) => {
    if (typeof value === 'string') parts.push({ text: value });
    else if (Array.isArray(value)) value.forEach(take);
    else if (value && typeof value === 'object') {
      if (value.text !== undefined || value.words !== undefined) parts.push({ text: value.text || value.words, line: value.line });
      else take(value.story || value.sentences || value.steps);
    }
  };
  take(explain && (explain.story || explain.sentences || explain.steps || explain.text || explain));
  return parts;
}

class Panel {
  constructor(view, jump, filter) {
    this.view = view;
    this.jump = jump;
    this.filter = filter;
    this.trace = view.trace;
  }

  link(at, words) {
    return jumpLink(words, () => this.jump(at));
  }

  /* Of a run without a scenario: its nodes. */
  title() {
    if (this.trace.title) return this.trace.title;
    const names = this.view.lanes.map((lane) => lane.name);
    return names.length > 4 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ') || 'a trace';
  }

  showHead() {
    const { trace } = this;
    const status = trace.end ? trace.end.status : undefined;
    const badge = document.getElementById('badge');
    const judged = trace.end && trace.end.verdicts;
    document.getElementById('title').textContent = this.title();
    badge.textContent = trace.real ? 'real nodes' : !judged ? 'cut file: no verdict' : status === 0 ? 'all kept' : status === 4 ? 'vacuous' : 'FAILED';
    badge.className = !judged || status === 4 ? 'none' : status === 0 ? 'ok' : 'fail';
    const part = trace.count < trace.total ? `${trace.count.toLocaleString('en')} of ` : '';
    document.getElementById('subtitle').textContent = [trace.seed === undefined ? '' : `seed ${trace.seed}`,
      `${part}${trace.total.toLocaleString('en')} events`, `${this.view.lanes.length} nodes`,
      trace.badLines ? `${trace.badLines} ${trace.badLines === 1 ? 'line' : 'lines'} could not be read` : ''].filter(Boolean).join(' · ');
  }

  showStory(explain, describeDifference) {
    const { trace } = this;
    const story = document.getElementById('story');
    const end = trace.end || {};
    const list = element('ul');
    const add = (word, number, name, right, text) => {
      const item = element('li', '', { class: word === 'FAIL' ? 'fail' : word === 'ok' ? 'ok' : 'soft' });
      const title = number ? jumpLink(`${number}  ${name}`, () => this.filter(`promise:${number}`)) : element('span', name);
      if (number) title.title = 'Filter: what this promise is about';
      item.append(element('b', word), title, element('span', right, { class: 'number' }));
      if (text) item.append(text);
      list.append(item);
    };
    for (const missed of end.missed || []) add('FAIL', 0, missed.expected, `line ${missed.line}`, element('p', missed.text));
    for (const trouble of [end.first_broken, end.trouble]) if (trouble) add('FAIL', 0, 'broken', '', element('p', trouble));
    const verdicts = [...(end.verdicts || [])].sort((one, other) => (other.breaches > 0) - (one.breaches > 0));
    for (const verdict of verdicts) {
      if (!verdict.breaches) {
        add(verdict.judged ? 'ok' : '–', verdict.promise, verdict.name, verdict.judged ? `${verdict.judged.toLocaleString('en')} ${verdict.units}` : 'nothing to judge');
        continue;
      }
      const text = element('p', (verdict.text || '') + ' ');
      if (verdict.line) text.append(this.link(trace.indexOfLine(verdict.line), `line ${verdict.line}`));
      add('FAIL', verdict.promise, verdict.name, verdict.breaches > 1 ? `${verdict.breaches} times` : '', text);
    }
    const tried = (end.expectations || 0) - (end.missed || []).length;
    if (tried > 0) add('ok', 0, 'expectations', `${tried} came true`);
    story.replaceChildren();
    const told = toldParts(explain);
    if (told.length) {
      const sentences = element('ul', '', { class: 'told' });
      for (const part of told) {
        const item = element('li', part.text + (part.line ? ' ' : ''));
        if (part.line) item.append(this.link(trace.indexOfLine(part.line), `line ${part.line}`));
        sentences.append(item);
      }
      story.append(element('h2', 'WHAT HAPPENED'), sentences);
    }
    if (describeDifference) {
      const [head, sentences] = describeDifference();
      sentences.className = 'told';
      story.append(head, sentences);
    }
    if (list.childElementCount) story.append(element('h2', 'VERDICT'), list);
    if (trace.real) story.append(element('p', 'Real nodes: aemp check judges their traces.', { class: 'soft' }));
    else if (!trace.end) story.append(element('p', 'The trace has no last line: the run was cut off, or goes on.', { class: 'soft' }));
  }

  showNodes(changed) {
    const list = element('ul');
    this.view.lanes.forEach((lane, at) => {
      const label = element('label');
      const box = element('input', '', { type: 'checkbox' });
      box.checked = !this.view.hidden.has(at);
      box.onchange = () => { this.view.toggle(at); changed(); };
      label.append(box, lane.name);
      list.append(element('li'));
      list.lastChild.append(label);
    });
    document.getElementById('nodes').replaceChildren(element('h2', 'NODES'), list);
  }

  showLegend(colours) {
    const rows = [['message', 'line', 'message, from send to delivery'], ['request', 'line', 'the same to a node itself'],
      ['lost', 'crossSmall', 'lost message; end of a process'], ['link', 'up', 'connection up'], ['lost', 'down', 'connection lost'],
      ['monitor', 'diamond', 'a monitor fires'], ['note', 'square', 'a remark of a program'], ['database', 'square', 'change in the database'],
      ['cut', 'band', 'cut, or another fault that lasts'], ['pause', 'band', 'paused']];
    const list = element('ul');
    for (const [colour, shape, words] of rows) {
      const canvas = element('canvas');
      const ratio = window.devicePixelRatio || 1;
      canvas.width = 26 * ratio;
      canvas.height = 16 * ratio;
      canvas.style.width = '26px';
      const g = canvas.getContext('2d');
      g.scale(ratio, ratio);
      g.fillStyle = g.strokeStyle = colours[colour];
      g.lineWidth = 1.5;
      if (shape === 'line') { g.moveTo(2, 8); g.lineTo(24, 8); g.stroke(); }
      else if (shape === 'band') { g.globalAlpha = 0.3; g.fillRect(2, 3, 22, 10); g.globalAlpha = 1; g.fillRect(2, 3, 2, 10); }
      else drawShape(g, shape, 13, 8, 5.5, colours[colour], colours.raised);
      const item = element('li');
      item.append(canvas, words);
      list.append(item);
    }
    document.getElementById('legend').replaceChildren(element('h2', 'LEGEND'), list);
  }

  facts(at) {
    const { trace } = this;
    const facts = [['event', trace.kinds[trace.kind[at]].name], ['line', trace.line[at]], ['time', seconds(trace.time[at])]];
    const add = (key, value) => { if (value) facts.push([key, value]); };
    const database = trace.kinds[trace.kind[at]].fields.includes('f');
    add('node', trace.name(trace.node[at]));
    add('peer', trace.name(trace.peer[at]));
    add(database ? 'family' : 'port', trace.name(trace.port[at]));
    add(database ? 'key' : 'other', trace.name(trace.other[at]));
    if (trace.connection[at] !== NONE) add('connection', trace.connections[trace.connection[at]]);
    if (trace.kinds[trace.kind[at]].fields.includes('n')) add('number', String(trace.number[at]));
    add('text', trace.words(at));
    if (trace.is(at, 'send')) add('fate', fate(trace, at));
    if (trace.match[at] !== NONE) add('fate', `was on its way for ${span(trace.time[at] - trace.time[trace.match[at]])}`);
    return facts;
  }

  list(title, events, all) {
    const { trace } = this;
    const list = element('ul');
    for (const at of events) {
      const item = element('li', '', { title: sentence(trace, at) });
      item.append(this.link(at, seconds(trace.time[at])), ' ' + sentence(trace, at));
      list.append(item);
    }
    if (all > events.length) list.append(element('li', `… and ${all - events.length} more`, { class: 'soft' }));
    return [element('h2', title), list];
  }

  showChosen() {
    const { trace, view } = this;
    const { chosen, family } = view;
    const section = document.getElementById('chosen');
    if (chosen === NONE) {
      section.replaceChildren(element('p', 'Click on an event to see what led to it, and what it led to. Press ? for keys.', { class: 'soft' }));
      return;
    }
    const facts = element('dl');
    for (const [key, value] of this.facts(chosen)) facts.append(element('dt', key), element('dd', String(value)));
    section.replaceChildren(element('h3', sentence(trace, chosen)),
      element('p', trace.kinds[trace.kind[chosen]].meaning, { class: 'soft' }), facts);
    if (family.causes.length) section.append(...this.list('WHAT LED TO IT', family.causes.slice(0, 8), family.causes.length));
    else section.append(element('p', 'Nothing in the trace led to it: a timer, or the program itself.', { class: 'soft' }));
    if (family.effects.length) section.append(...this.list('WHAT IT LED TO', family.effects.slice(0, 12), family.effects.length));
  }
}
