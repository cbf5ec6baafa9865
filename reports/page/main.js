/* main.js - reads the data, draws, and obeys hand and keyboard. */

const data = JSON.parse(document.getElementById('data').textContent);
const tip = document.getElementById('tip');

/* One trace and its picture; of two, each has its own. */
class Run {
  constructor(record, title) {
    this.trace = new Trace(record);
    this.trace.effects = findCauses(this.trace);
    this.view = new View(this.trace);
    this.element = document.getElementById('run').content.firstElementChild.cloneNode(true);
    this.canvas = this.element.querySelector('.canvas');
    this.overview = this.element.querySelector('.overview');
    this.note = this.element.querySelector('.note');
    this.element.querySelector('.name').textContent = title;
    this.picture = new Picture(this.canvas, this.view);
    this.difference = NONE;
    this.drag = null;
    document.getElementById('picture').append(this.element);
    this.picture.fit(); /* places are known from here on */
    this.listen();
  }

  draw() {
    const { picture, view } = this;
    picture.family = view.family && view.family.all.size > 1 ? view.family : null;
    picture.difference = this.difference;
    picture.draw();
    this.overviewScale = drawOverview(this.overview, view, picture.colours);
    const note = [];
    if (picture.drawn < picture.among) note.push(`${picture.drawn.toLocaleString('en')} of ${picture.among.toLocaleString('en')} messages drawn: zoom in for all`);
    if (view.fits) note.push(`filtered: ${view.fitting.toLocaleString('en')} events`);
    this.note.textContent = note.join(' · ');
  }

  listen() {
    const { canvas, overview, view } = this;
    canvas.addEventListener('pointerdown', (event) => {
      const [x, y] = this.place(event);
      makeActive(this);
      this.drag = { x, y, from: view.from, to: view.to, scroll: view.scroll, moved: false };
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener('pointermove', (event) => this.move(...this.place(event)));
    canvas.addEventListener('pointerup', (event) => {
      canvas.classList.remove('dragging');
      if (this.drag && !this.drag.moved) choose(this.picture.eventAt(...this.place(event)), false);
      this.drag = null;
    });
    canvas.addEventListener('pointerleave', () => { tip.hidden = true; });
    canvas.addEventListener('focus', () => makeActive(this));
    canvas.addEventListener('dblclick', (event) => { view.zoom(0.4, view.timeAt(this.place(event)[0])); redraw(this); });
    canvas.addEventListener('wheel', (event) => this.wheel(event), { passive: false });
    overview.addEventListener('pointerdown', (event) => { overview.setPointerCapture(event.pointerId); this.moveOverview(event); });
    overview.addEventListener('pointermove', (event) => { if (event.buttons) this.moveOverview(event); });
    new ResizeObserver(() => redraw()).observe(canvas);
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  move(x, y) {
    const { drag, view } = this;
    if (!drag) return this.hover(x, y);
    drag.moved = drag.moved || Math.hypot(x - drag.x, y - drag.y) > 4;
    if (!drag.moved) return undefined;
    const shift = (drag.x - x) / (view.width - LABEL_WIDTH - 12) * (drag.to - drag.from);
    this.canvas.classList.add('dragging');
    tip.hidden = true;
    view.show(drag.from + shift, drag.to + shift);
    view.scroll = drag.scroll + drag.y - y;
    return redraw(this);
  }

  wheel(event) {
    event.preventDefault();
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) this.view.pan((event.deltaX || event.deltaY) / 1200);
    else this.view.zoom(Math.exp(event.deltaY / 400), this.view.timeAt(this.place(event)[0]));
    redraw(this);
  }

  hover(x, y) {
    const { trace, canvas } = this;
    const at = this.picture.eventAt(x, y);
    canvas.classList.toggle('over', at !== NONE);
    tip.hidden = at === NONE;
    if (at === NONE) return;
    const more = trace.is(at, 'send') ? fate(trace, at) : trace.kinds[trace.kind[at]].name;
    tip.replaceChildren(element('div', sentence(trace, at)), element('small', `${seconds(trace.time[at])} · line ${trace.line[at]} · ${more}`));
    tip.style.left = Math.max(4, Math.min(x + 14, this.view.width - tip.offsetWidth - 8)) + 'px';
    tip.style.top = this.element.offsetTop + (y + 18 + tip.offsetHeight > this.view.height ? y - tip.offsetHeight - 10 : y + 18) + 'px';
  }

  moveOverview(event) {
    const { trace, view } = this;
    const ratio = (event.offsetX - this.overviewScale(trace.begin)) / (this.overviewScale(trace.finish) - this.overviewScale(trace.begin));
    const middle = trace.begin + ratio * (trace.finish - trace.begin);
    const half = (view.to - view.from) / 2;
    view.show(middle - half, middle + half);
    redraw(this);
  }
}

/* --- The runs --- */

const runs = data.runs.map((record, at) => new Run(record, data.runs.length < 2 ? '' : runName(record, at)));
let active = runs[0];
let panel = null;
let waiting = false;

function runName(record, at) {
  const what = [record.title, record.seed === undefined ? record.path : `seed ${record.seed}`].filter(Boolean).join(', ');
  return `${at ? 'against' : 'this run'}: ${what}`;
}

function drawAll() {
  waiting = false;
  for (const run of runs) run.draw();
}

/* `moved`: the run whose view was moved; the other one goes along. */
function redraw(moved = null) {
  if (moved) for (const run of runs) if (run !== moved) {
    run.view.from = moved.view.from - moved.trace.begin + run.trace.begin;
    run.view.to = moved.view.to - moved.trace.begin + run.trace.begin;
  }
  if (!waiting) requestAnimationFrame(drawAll);
  waiting = true;
}

function makeActive(run) {
  if (run === active && panel) return;
  active = run;
  panel = new Panel(run.view, (at) => choose(at, true), filterFor);
  for (const one of runs) one.element.classList.toggle('active', one === run && runs.length > 1);
  panel.showHead();
  panel.showStory(data.explain, runs.length > 1 ? describeDifference : null);
  panel.showNodes(() => redraw());
  panel.showChosen();
  document.getElementById('failure').hidden = run.trace.failure === NONE && !difference;
}

function choose(at, move) {
  active.view.choose(at);
  if (at !== NONE && move) active.view.reveal(at);
  panel.showChosen();
  redraw(move ? active : null);
}

function setTheme(dark) {
  document.documentElement.classList.toggle('dark', dark);
  for (const run of runs) run.picture.readColours();
  panel.showLegend(active.picture.colours);
  redraw();
}

function showFailure() {
  const at = active.trace.failure !== NONE ? active.trace.failure : active.difference;
  if (at === NONE) return;
  active.view.showEvent(at);
  active.view.include(active.trace.cause[at]);
  choose(at, true);
}

const difference = runs.length > 1 ? firstDifference(runs[0].trace, runs[1].trace) : null;
if (difference) runs.forEach((run, at) => { run.difference = difference[at]; });

/* In words, with a way there. */
function describeDifference() {
  const list = element('ul');
  if (!difference) list.append(element('li', 'The two runs do not differ, as far as they can be compared.'));
  else runs.forEach((run, at) => {
    const item = element('li', '', { class: 'soft' });
    const event = difference[at];
    item.append(at ? 'there: ' : 'here: ');
    if (event === NONE) item.append('nothing more happens');
    else item.append(jumpLink(seconds(run.trace.time[event]), () => { makeActive(run); choose(event, true); run.view.showEvent(event); redraw(run); }), ' ' + sentence(run.trace, event));
    list.append(item);
  });
  return [element('h2', 'THE FIRST DIFFERENCE'), list];
}

function filterFor(words) {
  const field = document.getElementById('filter');
  field.value = words;
  for (const run of runs) run.view.filter(words);
  redraw();
}

/* --- Keys and buttons --- */

const stepTo = (at) => { if (at !== NONE && at !== undefined) choose(at, true); };
const ownNode = () => (active.view.chosen === NONE ? NONE : active.trace.node[active.view.chosen]);
const actions = {
  ArrowLeft: () => active.view.pan(-0.15), ArrowRight: () => active.view.pan(0.15),
  ArrowUp: () => { active.view.scroll -= active.view.laneHeight; }, ArrowDown: () => { active.view.scroll += active.view.laneHeight; },
  '+': () => active.view.zoom(0.6), '=': () => active.view.zoom(0.6), '-': () => active.view.zoom(1 / 0.6),
  0: () => active.view.showWhole(), f: showFailure,
  n: () => stepTo(active.view.step(1)), p: () => stepTo(active.view.step(-1)),
  ']': () => stepTo(active.view.step(1, ownNode())), '[': () => stepTo(active.view.step(-1, ownNode())),
  c: () => { if (active.view.chosen !== NONE) stepTo(active.trace.cause[active.view.chosen]); },
  e: () => { if (active.view.chosen !== NONE) stepTo(effectsOf(active.trace, active.view.chosen)[0]); },
  t: () => setTheme(!document.documentElement.classList.contains('dark')),
  o: () => makeActive(runs[(runs.indexOf(active) + 1) % runs.length]),
  '/': () => document.getElementById('filter').focus(),
  '?': () => document.getElementById('keys').showModal(),
  Escape: () => choose(NONE, false),
};

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.getElementById('keys').open) return;
  if (event.target.id === 'filter') {
    if (event.key === 'Escape') active.canvas.focus();
    return;
  }
  if (!Object.hasOwn(actions, event.key)) return;
  event.preventDefault();
  actions[event.key]();
  redraw(active);
});

document.getElementById('filter').addEventListener('input', (event) => filterFor(event.target.value));
const buttons = { failure: 'f', whole: '0', out: '-', in: '+', theme: 't', help: '?' };
for (const id in buttons) document.getElementById(id).onclick = () => { actions[buttons[id]](); redraw(active); };

/* --- The address: #from=2&to=4.5&event=1712&filter=ruth&theme=dark shows just that (in seconds) --- */

function followAddress() {
  const wanted = new URLSearchParams(location.hash.slice(1));
  const { trace, view } = active;
  const number = (key) => (wanted.has(key) ? +wanted.get(key) : NaN);
  if (wanted.get('filter')) filterFor(wanted.get('filter'));
  if (number('event') > 0) {
    const at = trace.indexOfLine(number('event'));
    view.showEvent(at);
    choose(at, true);
  }
  if (number('to') > number('from')) view.show(trace.begin + number('from') * 1e6, trace.begin + number('to') * 1e6);
  if (wanted.has('theme')) setTheme(wanted.get('theme') === 'dark');
  redraw(active);
}
window.addEventListener('hashchange', followAddress);

/* On paper it is light. */
let darkBefore = false;
window.addEventListener('beforeprint', () => {
  darkBefore = document.documentElement.classList.contains('dark');
  setTheme(false);
  drawAll();
});
window.addEventListener('afterprint', () => setTheme(darkBefore));

makeActive(runs[0]);
setTheme(matchMedia('(prefers-color-scheme: dark)').matches);
showFailure();
followAddress();
drawAll();
document.body.dataset.ready = Math.round(performance.now());
globalThis.aempPage = { runs, drawAll }; /* for tests */
