import type { QuestionLine } from '../questions/filter';
import { element } from './elements';

const HEIGHT = 32;
/** Lines made above and below what is seen. */
const SPARE = 10;

/** A list of which only the lines that are seen exist, so that it scrolls as easily with 7,000 questions as with 7. */
export class QuestionList {
  readonly node = element('div', { class: 'list', tabindex: '0', role: 'listbox', 'aria-label': 'Questions' });
  private readonly inner = element('div');
  private count = 0;
  private lineAt: (index: number) => QuestionLine | undefined = () => undefined;
  private chosen = -1;

  /** @param onChoose told the place of the line that is chosen, undefined where there is none */
  constructor(private readonly onChoose: (index: number | undefined) => void) {
    this.node.append(this.inner);
    this.node.addEventListener('scroll', () => this.draw());
    this.node.addEventListener('keydown', (event) => this.onKey(event));
  }

  /** Shows so many lines, the first chosen. @param lineAt asked for those that are seen; undefined: not there yet, see {@link draw} */
  show(count: number, lineAt: (index: number) => QuestionLine | undefined): void {
    this.count = count;
    this.lineAt = lineAt;
    this.inner.style.height = `${count * HEIGHT}px`;
    this.node.scrollTop = 0;
    this.choose(count > 0 ? 0 : -1);
  }

  private choose(index: number): void {
    this.chosen = index;
    const top = index * HEIGHT;
    const { scrollTop, clientHeight } = this.node;
    if (index >= 0 && top < scrollTop) this.node.scrollTop = top;
    if (index >= 0 && top + HEIGHT > scrollTop + clientHeight && clientHeight > 0)
      this.node.scrollTop = top + HEIGHT - clientHeight;
    this.draw();
    this.onChoose(index < 0 ? undefined : index);
  }

  /** Draws the lines that are seen once more: some may have come. */
  draw(): void {
    const { scrollTop, clientHeight } = this.node;
    const first = Math.max(0, Math.floor(scrollTop / HEIGHT) - SPARE);
    const last = Math.min(this.count, Math.ceil((scrollTop + (clientHeight || 640)) / HEIGHT) + SPARE);
    const lines: HTMLElement[] = [];
    for (let index = first; index < last; index += 1) lines.push(this.line(this.lineAt(index), index));
    this.inner.replaceChildren(...lines);
  }

  private line(line: QuestionLine | undefined, index: number): HTMLElement {
    const { key = '…', scores = [], question = '', tag = '' } = line ?? {};
    const node = element(
      'div',
      { class: 'item', role: 'option', 'aria-selected': String(index === this.chosen) },
      element('span', { class: 'key' }, key),
      ...scores.map(mark),
      element('span', { class: 'text' }, question),
      element('span', { class: 'tag' }, tag),
    );
    node.style.top = `${index * HEIGHT}px`;
    node.addEventListener('click', () => this.choose(index));
    return node;
  }

  private onKey(event: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(this.node.clientHeight / HEIGHT) - 1);
    const steps: Record<string, number> = {
      ...{ ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page },
      ...{ Home: -this.count, End: this.count },
    };
    const step = steps[event.key];
    if (step === undefined || this.count === 0) return;
    event.preventDefault();
    this.choose(Math.min(this.count - 1, Math.max(0, this.chosen + step)));
  }
}

/** A tick, a cross, a share, or a dash where a run was not asked. */
export function mark(score: number | null): HTMLElement {
  if (score === null) return element('span', { class: 'mark', title: 'not asked' }, '–');
  if (score === 1) return element('span', { class: 'mark ok', title: 'right' }, '✓');
  if (score === 0) return element('span', { class: 'mark no', title: 'wrong' }, '✗');
  return element('span', { class: 'mark', title: 'right in part' }, score.toFixed(1));
}
