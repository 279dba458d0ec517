import { chartScale, lineChart, type LineChart } from '../../charts/line-chart';
import { size, type Scale } from '../../charts/scale';
import { element } from '@moslora/page/client';
import type { ChartKind } from './chart-kinds';
import type { Run } from './run';

/** What all charts are drawn by. */
export interface View {
  log: boolean;
  window: number;
  /** The step that is read; undefined: the last. */
  cursor: number | undefined;
  /** The last step that any shown run has, or will have. */
  lastStep: number;
}

/** One chart with its title and what the runs say at the cursor. */
export class ChartPanel {
  private readonly plot = element('div', { class: 'plot' });
  private readonly readout = element('div', { class: 'readout' });
  readonly node: HTMLElement;
  private scale: Scale | undefined;

  /** @param onPoint told of the step under the pointer, undefined when it leaves */
  constructor(
    private readonly kind: ChartKind,
    onPoint: (step: number | undefined) => void,
  ) {
    const unit = element('span', { class: 'unit' }, kind.unit);
    this.node = element('figure', {}, element('figcaption', {}, `${kind.title} `, unit), this.readout, this.plot);
    this.plot.addEventListener('pointermove', (event) => {
      const { left, width } = this.plot.getBoundingClientRect();
      if (this.scale) onPoint(this.scale.xAt(((event.clientX - left) / width) * size.width));
    });
    this.plot.addEventListener('pointerleave', () => onPoint(undefined));
  }

  draw(runs: readonly Run[], { log, window, cursor, lastStep }: View): void {
    const { kind } = this;
    const series = runs.map((run) => kind.series(run, window));
    this.node.hidden = series.every(({ line = [], dots = [] }) => line.length + dots.length === 0);
    if (this.node.hidden) return;
    const chart: LineChart = { title: kind.title, series, log, format: kind.tick, lastX: lastStep, cursor };
    this.scale = chartScale(chart);
    // Its texts are this page's own and numbers.
    this.plot.innerHTML = lineChart(chart, this.scale);
    this.readout.replaceChildren(
      ...runs.flatMap((run) => {
        const value = kind.value(run, cursor ?? lastStep);
        return value === undefined ? [] : [element('span', { class: run.style, title: run.label }, value)];
      }),
    );
  }
}
