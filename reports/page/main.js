/* main.js - reads the data, draws, and obeys hand and keyboard. */

const data = JSON.parse(document.getElementById('data').textContent);
const trace = new Trace(data.runs[0]);
trace.effects = findCauses(trace);
const view = new View(trace);
const canvas = document.getElementById('canvas');
const overview = document.getElementById('overview');
const picture = new Picture(canvas, view);
const panel = new Panel(view, (at) => choose(at, true));
const tip = document.getElementById('tip');
let overviewScale = null;
let waiting = false;

function draw() {
  waiting = false;
  picture.family = view.family && view.family.all.size > 1 ? view.family : null;
  picture.draw();
  overviewScale = drawOverview(overview, view, picture.colours);
  const note = [];
  if (picture.drawn < picture.among) note.push(`${picture.drawn.toLocaleString('en')} of ${picture.among.toLocaleString('en')} messages drawn: zoom in for all`);
  if (view.fits) note.push('filtered');
  document.getElementById('note').textContent = note.join(' · ');
}

function redraw() {
  if (!waiting) requestAnimationFrame(draw);
  waiting = true;
}

function choose(at, move) {
  view.choose(at);
  if (at !== NONE && move) view.reveal(at);
  panel.showChosen();
  redraw();
}

function setTheme(dark) {
  document.documentElement.classList.toggle('dark', dark);
  picture.readColours();
  panel.showLegend(picture.colours);
  redraw();
}

function showFailure() {
  if (trace.failure === NONE) return;
  view.showEvent(trace.failure);
  choose(trace.failure, true);
}

/* --- The hand --- */

let drag = null;

function place(event) {
  const box = canvas.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}

canvas.addEventListener('pointerdown', (event) => {
  const [x, y] = place(event);
  drag = { x, y, from: view.from, to: view.to, scroll: view.scroll, moved: false };
  canvas.setPointerCapture(event.pointerId);
});

canvas.addEventListener('pointermove', (event) => {
  const [x, y] = place(event);
  if (!drag) return hover(x, y);
  drag.moved = drag.moved || Math.hypot(x - drag.x, y - drag.y) > 4;
  if (!drag.moved) return undefined;
  const shift = (drag.x - x) / (view.width - LABEL_WIDTH - 12) * (drag.to - drag.from);
  canvas.classList.add('dragging');
  tip.hidden = true;
  view.show(drag.from + shift, drag.to + shift);
  view.scroll = drag.scroll + drag.y - y;
  return redraw();
});

canvas.addEventListener('pointerup', (event) => {
  const [x, y] = place(event);
  canvas.classList.remove('dragging');
  if (drag && !drag.moved) choose(picture.eventAt(x, y), false);
  drag = null;
});
canvas.addEventListener('pointerleave', () => { tip.hidden = true; });
canvas.addEventListener('dblclick', (event) => { view.zoom(0.4, view.timeAt(place(event)[0])); redraw(); });
canvas.addEventListener('wheel', (event) => {
  event.preventDefault();
  if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) view.pan((event.deltaX || event.deltaY) / 1200);
  else view.zoom(Math.exp(event.deltaY / 400), view.timeAt(place(event)[0]));
  redraw();
}, { passive: false });

function hover(x, y) {
  const at = picture.eventAt(x, y);
  canvas.classList.toggle('over', at !== NONE);
  tip.hidden = at === NONE;
  if (at === NONE) return;
  const more = trace.is(at, 'send') ? fate(trace, at) : trace.kinds[trace.kind[at]].name;
  tip.replaceChildren(element('div', sentence(trace, at)), element('small', `${seconds(trace.time[at])} · line ${trace.line[at]} · ${more}`));
  tip.style.left = Math.max(4, Math.min(x + 14, view.width - tip.offsetWidth - 8)) + 'px';
  tip.style.top = (y + 18 + tip.offsetHeight > view.height ? y - tip.offsetHeight - 10 : y + 18) + 'px';
}

function moveOverview(event) {
  const ratio = (event.offsetX - overviewScale(trace.begin)) / (overviewScale(trace.finish) - overviewScale(trace.begin));
  const middle = trace.begin + ratio * (trace.finish - trace.begin);
  const half = (view.to - view.from) / 2;
  view.show(middle - half, middle + half);
  redraw();
}
overview.addEventListener('pointerdown', (event) => { overview.setPointerCapture(event.pointerId); moveOverview(event); });
overview.addEventListener('pointermove', (event) => { if (event.buttons) moveOverview(event); });

/* --- Keys and buttons --- */

const stepTo = (at) => { if (at !== NONE && at !== undefined) choose(at, true); };
const actions = {
  ArrowLeft: () => view.pan(-0.15), ArrowRight: () => view.pan(0.15),
  ArrowUp: () => { view.scroll -= view.laneHeight; }, ArrowDown: () => { view.scroll += view.laneHeight; },
  '+': () => view.zoom(0.6), '=': () => view.zoom(0.6), '-': () => view.zoom(1 / 0.6),
  0: () => view.showWhole(), f: showFailure,
  n: () => stepTo(view.step(1)), p: () => stepTo(view.step(-1)),
  ']': () => stepTo(view.step(1, view.chosen === NONE ? NONE : trace.node[view.chosen])),
  '[': () => stepTo(view.step(-1, view.chosen === NONE ? NONE : trace.node[view.chosen])),
  c: () => { if (view.chosen !== NONE) stepTo(trace.cause[view.chosen]); },
  e: () => { if (view.chosen !== NONE) stepTo(effectsOf(trace, view.chosen)[0]); },
  t: () => setTheme(!document.documentElement.classList.contains('dark')),
  '/': () => document.getElementById('filter').focus(),
  '?': () => document.getElementById('keys').showModal(),
  Escape: () => choose(NONE, false),
};

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.getElementById('keys').open) return;
  if (event.target.id === 'filter') {
    if (event.key === 'Escape') canvas.focus();
    return;
  }
  if (!Object.hasOwn(actions, event.key)) return;
  event.preventDefault();
  actions[event.key]();
  redraw();
});

document.getElementById('filter').addEventListener('input', (event) => { view.filter(event.target.value); redraw(); });
const buttons = { failure: 'f', whole: '0', out: '-', in: '+', theme: 't', help: '?' };
for (const id in buttons) document.getElementById(id).onclick = () => { actions[buttons[id]](); redraw(); };
document.getElementById('failure').hidden = trace.failure === NONE;

/* On paper it is light. */
let darkBefore = false;
window.addEventListener('beforeprint', () => {
  darkBefore = document.documentElement.classList.contains('dark');
  setTheme(false);
  draw();
});
window.addEventListener('afterprint', () => setTheme(darkBefore));
new ResizeObserver(redraw).observe(canvas);

panel.showHead();
panel.showStory();
panel.showNodes(redraw);
panel.showChosen();
setTheme(matchMedia('(prefers-color-scheme: dark)').matches);
showFailure();
draw();
document.body.dataset.ready = Math.round(performance.now());
