import { duration, figure, rate } from './format';
import { Speed } from './speed';

/** Where lines go: a terminal, a pipe, or a list in tests. */
export interface Screen {
  write(text: string): void;
  isTTY?: boolean;
  columns?: number;
}

export interface BarOptions {
  label: string;
  total: number;
  /** What is counted: step, picture, question. */
  unit?: string;
  /** Already done when the bar starts (a resumed run). */
  start?: number;
}

export interface Bar {
  /** Tells how much is done, with facts to show beside it, such as the loss. */
  update(done: number, facts?: Record<string, number | string>): void;
  /** Leaves a last line. */
  end(): void;
}

/** A progress line in the two parts between which a terminal shows the bar. */
interface Line {
  head: string;
  facts: string;
}

/** Seconds between plain lines, and between redraws of a live line. */
const plainEvery = 5;
const redrawEvery = 0.1;

/**
 * Writes log lines and one progress bar at a time. On a terminal the bar is a single live line below the log; elsewhere it is a
 * plain line at most every five seconds, and one at the end.
 */
export class Reporter {
  private live = '';

  constructor(
    private readonly screen: Screen = process.stdout,
    private readonly now: () => number = () => performance.now() / 1000,
  ) {}

  log(line: string): void {
    this.screen.write(`${this.live ? '\r\u001b[K' : ''}${line}\n${this.live}`);
  }

  bar({ label, total, unit = 'step', start = 0 }: BarOptions): Bar {
    const began = this.now();
    const speed = new Speed(start, began);
    let shown = this.screen.isTTY ? -Infinity : began;
    let state: { done: number; facts: Record<string, number | string> } = { done: start, facts: {} };
    let ended = false;
    const text = (): Line => {
      const percent = total > 0 ? Math.floor((100 * state.done) / total) : 100;
      const left = (total - state.done) / speed.perSecond();
      const facts = Object.entries(state.facts).map(
        ([key, value]) => `${key} ${typeof value === 'number' ? figure(value) : value}`,
      );
      const pace = [
        rate(speed.perSecond(), unit),
        ended ? `took ${duration(this.now() - began)}` : `ETA ${duration(left)}`,
      ];
      return {
        head: `${label} ${String(percent).padStart(3)}%`,
        facts: `${state.done}/${total} ${[...pace, ...facts].join(', ')}`,
      };
    };
    const plain = ({ head, facts } = text()): string => `${head} ${facts}\n`;
    return {
      update: (done, facts = {}) => {
        const at = this.now();
        state = { done, facts };
        speed.note(done, at);
        if (at - shown < (this.screen.isTTY ? redrawEvery : plainEvery)) return;
        shown = at;
        if (this.screen.isTTY) this.draw(withBar(text(), state.done / total, this.screen.columns ?? 80));
        else this.screen.write(plain());
      },
      end: () => {
        if (ended) return;
        ended = true;
        if (this.live) this.draw('');
        this.screen.write(plain());
      },
    };
  }

  private draw(line: string): void {
    this.screen.write(`\r\u001b[K${line}`);
    this.live = line;
  }
}

/** The line with a bar in what room is left of 30 columns at most, cut to the terminal's width. */
function withBar({ head, facts }: Line, fraction: number, columns: number): string {
  const room = Math.max(8, Math.min(30, columns - head.length - facts.length - 6));
  const full = Math.round(room * Math.min(1, Math.max(0, fraction)));
  return `${head} [${'='.repeat(full)}${' '.repeat(room - full)}] ${facts}`.slice(0, columns - 1);
}
