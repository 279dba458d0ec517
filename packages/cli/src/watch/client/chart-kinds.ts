import type { Spread, StepMetrics, ValidationLine } from '@moslora/specs';
import type { Point, Series } from '../../charts/line-chart';
import { smoothed } from '../../charts/smooth';
import { bytes, figure } from '../../progress/format';
import { lineAt, type Run } from './run';

/** One chart of the page. */
export interface ChartKind {
  title: string;
  unit: string;
  /** What a run draws into it; empty where it has nothing to show. */
  series(run: Run, window: number): Series;
  /** What a run says at a step. */
  value(run: Run, step: number): string | undefined;
  /** What ticks are written as. */
  tick(value: number): string;
}

const tick = (value: number): string => (value !== 0 && value < 1e-3 ? value.toExponential() : String(value));

const numbers = (metrics: readonly StepMetrics[], of: (line: StepMetrics) => number | null | undefined): Point[] =>
  metrics.flatMap((line) => {
    const y = of(line);
    return typeof y === 'number' ? [{ x: line.step, y }] : [];
  });

/** A curve of one number a step: pale as measured, strong as a running mean. */
function curve(
  title: string,
  unit: string,
  of: (line: StepMetrics) => number | null | undefined,
  { noisy = true, format = figure }: { noisy?: boolean; format?: (value: number) => string } = {},
): ChartKind {
  return {
    ...{ title, unit, tick: format === figure ? tick : format },
    series({ style, metrics }, window) {
      const points = numbers(metrics, of);
      if (!noisy || window === 1) return { style, line: points };
      return { style, raw: points, line: smoothed(points, window) };
    },
    value({ metrics }, step) {
      const line = lineAt(metrics, step);
      const y = line && of(line);
      return typeof y === 'number' ? format(y) : undefined;
    },
  };
}

/** The least, the middle and the largest of a measure of the mixers. */
function spread(title: string, unit: string, of: 'singularValues' | 'distance'): ChartKind {
  const read = (metrics: readonly StepMetrics[]): (Spread & { step: number })[] =>
    metrics.flatMap(({ step, mixers }) => (mixers ? [{ step, ...mixers[of] }] : []));
  return {
    ...{ title, unit, tick },
    series({ style, metrics }) {
      const spreads = read(metrics);
      return {
        style,
        line: spreads.map(({ step, median }) => ({ x: step, y: median })),
        band: spreads.map(({ step, min, max }) => ({ x: step, low: min, high: max })),
      };
    },
    value({ metrics }, step) {
      const found = lineAt(read(metrics), step);
      return found && [found.min, found.median, found.max].map(figure).join(' · ');
    },
  };
}

const lossCurve = curve('Loss', 'mean per label token; dashed: validation', ({ loss }) => loss);
const validated = (validations: readonly ValidationLine[]): { step: number; loss: number }[] =>
  validations.flatMap(({ step, loss }) => (loss === null ? [] : [{ step, loss }]));

/** All charts, in the order of the page. */
export const chartKinds: readonly ChartKind[] = [
  {
    ...lossCurve,
    series: (run, window) => ({
      ...lossCurve.series(run, window),
      dots: validated(run.validations).map(({ step, loss }) => ({ x: step, y: loss })),
    }),
    value(run, step) {
      const held = lineAt(validated(run.validations), step);
      const parts = [lossCurve.value(run, step), held && `validation ${figure(held.loss)} (step ${held.step})`];
      return parts.some((part) => part !== undefined)
        ? parts.filter((part) => part !== undefined).join(', ')
        : undefined;
    },
  },
  curve('Gradient norm', 'before clipping', ({ gradientNorm }) => gradientNorm),
  curve('Learning rate', '', ({ learningRate }) => learningRate, { noisy: false }),
  spread('Mixers: singular values', 'least · median · largest', 'singularValues'),
  spread('Mixers: distance from identity', '‖M − I‖ / √r; least · median · largest', 'distance'),
  curve('Speed', 'label tokens a second', ({ tokens, seconds }) => (seconds > 0 ? tokens / seconds : null)),
  curve('Memory', 'resident', ({ memoryBytes }) => memoryBytes, { noisy: false, format: bytes }),
];
