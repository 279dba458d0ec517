import { choice, element } from '@moslora/page/client';
import type { RunEvent } from '../run-events';
import { chartKinds } from './chart-kinds';
import { ChartPanel } from './chart-panel';
import { keyHelp, listenToKeys } from './keys';
import { newRun, take } from './run';
import { runCard } from './run-card';
import { sampleCards, sampleSteps } from './sample-cards';

const labels = JSON.parse(document.getElementById('labels')!.textContent!) as string[];
const runs = labels.map(newRun);
const places = new Map(runs.map((run, place) => [run, place]));
let log = false;
let cursor: number | undefined;
/** The validation whose samples are shown; undefined: the last. */
let sampleStep: number | undefined;

const windows = ['10', '1', '5', '25', '50', '100'];
const smoothing = choice(
  'Smoothing',
  windows.map((window): [string, string] => [window, window === '1' ? 'none' : `mean of ${window} steps`]),
);
const logButton = element('button', { type: 'button', 'aria-pressed': 'false' }, 'logarithmic');
const where = element('span', { role: 'status' });
const lost = element('span', { class: 'lost', hidden: '' }, 'no connection to moslora watch; trying again');
const help = keyHelp.map(([keys, what]) =>
  element('span', {}, ...keys.flatMap((key) => [element('kbd', {}, key), ' ']), what),
);
const cards = element('div', { class: 'runs' });
const charts = element('div', { class: 'charts' });
const sampleHead = element('h2', {}, 'Held-out samples');
const before = element('button', { type: 'button', 'aria-label': 'earlier samples' }, '‹');
const after = element('button', { type: 'button', 'aria-label': 'later samples' }, '›');
const sampleWhere = element('span');
const samples = element('div', { class: 'samples' });
const sampleTools = element('div', { class: 'tools' }, before, sampleWhere, after);
const panels = chartKinds.map((kind) => new ChartPanel(kind, (step) => ((cursor = step && clamp(step)), later())));
charts.append(...panels.map(({ node }) => node));
document
  .getElementById('watch')!
  .replaceChildren(
    cards,
    element('div', { class: 'tools' }, smoothing, logButton, where, lost),
    charts,
    ...[sampleHead, sampleTools, samples],
    element('div', { class: 'tools help' }, ...help),
  );

const shown = () => runs.filter((run) => run.shown);
const lastDone = (): number => Math.max(1, ...shown().map(({ metrics }) => metrics.at(-1)?.step ?? 0));
const clamp = (step: number): number => Math.round(Math.min(lastDone(), Math.max(1, step)));

function draw(): void {
  const visible = shown();
  const lastStep = Math.max(lastDone(), ...visible.map(({ metrics }) => metrics.at(-1)?.total ?? 0));
  const view = { log, window: Number(smoothing.value), cursor, lastStep };
  cards.replaceChildren(...runs.map((run, place) => runCard(run, place, () => toggle(place))));
  for (const panel of panels) panel.draw(visible, view);
  where.textContent = cursor === undefined ? 'figures of the last step' : `figures of step ${cursor}`;
  logButton.setAttribute('aria-pressed', String(log));
  const steps = sampleSteps(visible);
  const at = sampleStep ?? steps.at(-1) ?? 0;
  sampleHead.hidden = sampleTools.hidden = samples.hidden = steps.length === 0;
  sampleWhere.textContent = `answers at step ${at}${sampleStep === undefined ? ', the last' : ''}`;
  samples.replaceChildren(...sampleCards(visible, places, at));
}

let waiting = false;
/** Draws once before the next frame, however much has come. */
function later(): void {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    draw();
  });
}

function toggle(place: number): void {
  const run = runs[place];
  if (!run) return;
  const focused = cards.contains(document.activeElement);
  run.shown = !run.shown;
  draw();
  if (focused) (cards.children[place] as HTMLElement).focus();
}

function moveSamples(by: number): void {
  const steps = sampleSteps(shown());
  const at = steps.indexOf(sampleStep ?? steps.at(-1) ?? 0);
  const next = Math.min(steps.length - 1, Math.max(0, at + by));
  sampleStep = next === steps.length - 1 ? undefined : steps[next];
  draw();
}

const commands = {
  move: (by: number) => ((cursor = clamp((cursor ?? lastDone()) + by)), draw()),
  toEnd: (first: boolean) => ((cursor = first ? 1 : lastDone()), draw()),
  release: () => ((cursor = undefined), draw()),
  log: () => ((log = !log), draw()),
  smoother: () => ((smoothing.selectedIndex = (smoothing.selectedIndex + 1) % windows.length), draw()),
  run: toggle,
  samples: moveSamples,
};
listenToKeys(commands);
smoothing.addEventListener('change', draw);
logButton.addEventListener('click', commands.log);
before.addEventListener('click', () => moveSamples(-1));
after.addEventListener('click', () => moveSamples(1));

const events = new EventSource('events');
events.addEventListener('message', ({ data }) => {
  const event = JSON.parse(data as string) as RunEvent;
  take(runs[event.run]!, event);
  later();
});
events.addEventListener('open', () => (lost.hidden = true));
events.addEventListener('error', () => (lost.hidden = false));
draw();
