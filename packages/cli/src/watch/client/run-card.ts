import { element } from '@moslora/page/client';
import { duration, figure } from '../../progress/format';
import type { Run } from './run';

const stateNames: Record<Run['state'], string> = {
  finished: 'finished',
  running: 'running',
  quiet: 'no step lately',
  starting: 'no step yet',
};

/** A run's name, state and progress; pressing it shows or hides the run. */
export function runCard(run: Run, place: number, onPress: () => void): HTMLElement {
  const { label, style, state, metrics, shown } = run;
  const last = metrics.at(-1);
  const total = last?.total ?? last?.step ?? 0;
  const facts = last ? [`step ${last.step} of ${total}`, ...progressOf(run)].join(' · ') : 'waiting for the first step';
  const card = element(
    'button',
    { class: `run ${style}`, type: 'button', 'aria-pressed': String(shown), title: `show or hide (${place + 1})` },
    element('span', { class: `state ${state}` }, stateNames[state]),
    element('span', { class: 'name' }, label),
    element('progress', { max: String(Math.max(1, total)), value: String(last?.step ?? 0), 'aria-label': 'steps' }),
    element('div', { class: 'facts' }, facts),
  );
  card.addEventListener('click', onPress);
  return card;
}

function progressOf({ state, metrics, validations }: Run): string[] {
  const last = metrics.at(-1)!;
  const recent = metrics.slice(-20);
  const perStep = recent.reduce((sum, { seconds }) => sum + seconds, 0) / recent.length;
  const left = ((last.total ?? last.step) - last.step) * perStep;
  const best = validations
    .filter(({ loss }) => loss !== null)
    .reduce((least, { loss }) => Math.min(least, loss!), Infinity);
  const skipped = metrics.filter((line) => line.skipped).length;
  return [
    `${perStep.toPrecision(2)} s a step`,
    ...(state === 'running' && left > 0 ? [`${duration(left)} left`] : []),
    ...(last.loss === null ? [] : [`loss ${figure(last.loss)}`]),
    ...(Number.isFinite(best) ? [`best validation ${figure(best)}`] : []),
    ...(skipped > 0 ? [`${skipped} steps skipped`] : []),
  ];
}
