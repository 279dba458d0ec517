import { modelParts } from '@moslora/specs';
import { bytes, duration } from '../progress/format';
import type { PlannedPart, TrainingPlan } from './plan-training';

/** A training plan as lines for a terminal. */
export function planLines({ stage, parts, missing, memory, measured, ...plan }: TrainingPlan): string[] {
  const { steps, samplesPerStep, secondsPerStep } = plan;
  const how =
    'seconds' in measured
      ? `measured over ${measured.steps} steps`
      : `estimated from matrix products: ${measured.reason}`;
  const all = steps === undefined ? '' : `, ${duration(steps * secondsPerStep)} for ${steps} steps`;
  const count = steps === undefined ? 'as many steps as the data give, which are not here' : `${steps} steps`;
  return [
    '',
    `${stage}: ${count} of ${samplesPerStep} samples`,
    ...missing.map((line) => `  not here   ${line}`),
    ...modelParts.flatMap((part) => partLines(part, parts[part])),
    `  memory     ${bytes(memory.peak.total)} at most, in ${memory.peak.name} of ${memory.batch} x ${memory.tokens} (${memory.source})`,
    `  time       ${secondsPerStep.toPrecision(3)} s a step${all} (${how})`,
  ];
}

function partLines(name: string, part: PlannedPart): string[] {
  const { mode, values, mixers, adapter, places, learningRate, weightDecay } = part;
  const label = `  ${name.padEnd(10)} `;
  if (mode === 'frozen') return [`${label}frozen`];
  const decay = weightDecay > 0 ? `, weight decay ${weightDecay}` : '';
  const inMixers = mixers > 0 ? `, ${mixers.toLocaleString('en')} of them in mixers` : '';
  const first = `${label}${adapter ?? 'full'}: ${values.toLocaleString('en')} values${inMixers}, at ${learningRate}${decay}`;
  return places.length === 0 ? [first] : [first, `${' '.repeat(13)}${places.length} places: ${spellPlaces(places)}`];
}

/** Paths with their layers' numbers as ranges: `model.layers.0-31.attention.wo`. */
export function spellPlaces(paths: readonly string[]): string {
  const byName = new Map<string, number[]>();
  for (const path of paths) {
    const number = /\.(\d+)\./.exec(path)?.[1];
    const name = number === undefined ? path : path.replace(`.${number}.`, '.#.');
    byName.set(name, [...(byName.get(name) ?? []), ...(number === undefined ? [] : [Number(number)])]);
  }
  const range = (numbers: readonly number[]): string =>
    numbers.length === 1 ? String(numbers[0]) : `${Math.min(...numbers)}-${Math.max(...numbers)}`;
  return [...byName].map(([name, numbers]) => name.replace('#', range(numbers))).join(', ');
}
