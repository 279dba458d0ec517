import type { PageQuestion } from '../page-data';
import { element } from '@moslora/page/client';

const HEIGHT = 32;
/** Lines made above and below what is seen. */
const SPARE = 10;

/** A list of which only the lines that are seen exist, so that it scrolls as easily with 7,000 questions as with 7. */
export class QuestionList {
  readonly node = element('div', { class: 'list', tabindex: '0', role: 'listbox', 'aria-label': 'Questions' });
  private readonly inner = element('div');
  private questions: readonly PageQuestion[] = [];
  private chosen = -1;

  constructor(private readonly onChoose: (question: PageQuestion | undefined) => void) {
    this.node.append(this.inner);
    this.node.addEventListener('scroll', () => this.draw());
    this.node.addEventListener('keydown', (event) => this.onKey(event));
  }

  /** Shows these questions, the first chosen. */
  show(questions: readonly PageQuestion[]): void {
    this.questions = questions;
    this.inner.style.height = `${questions.length * HEIGHT}px`;
    this.node.scrollTop = 0;
    this.choose(questions.length > 0 ? 0 : -1);
  }

  private choose(index: number): void {
    this.chosen = index;
    const top = index * HEIGHT;
    const { scrollTop, clientHeight } = this.node;
    if (index >= 0 && top < scrollTop) this.node.scrollTop = top;
    if (index >= 0 && top + HEIGHT > scrollTop + clientHeight && clientHeight > 0)
      this.node.scrollTop = top + HEIGHT - clientHeight;
    this.draw();
    this.onChoose(this.questions[index]);
  }

  private draw(): void {
    const { scrollTop, clientHeight } = this.node;
    const first = Math.max(0, Math.floor(scrollTop / HEIGHT) - SPARE);
    const last = Math.min(this.questions.length, Math.ceil((scrollTop + (clientHeight || 640)) / HEIGHT) + SPARE);
    const lines: HTMLElement[] = [];
    for (let index = first; index < last; index += 1) lines.push(this.line(this.questions[index]!, index));
    this.inner.replaceChildren(...lines);
  }

  private line({ key, question, ability, leaf, runs }: PageQuestion, index: number): HTMLElement {
    const marks = runs.map((each) => mark(each?.score));
    const tag = element('span', { class: 'tag' }, ability ?? leaf ?? '');
    const node = element(
      'div',
      { class: 'item', role: 'option', 'aria-selected': String(index === this.chosen) },
      element('span', { class: 'key' }, key),
      ...marks,
      element('span', { class: 'text' }, question.replace(/\s+/g, ' ').slice(0, 200)),
      tag,
    );
    node.style.top = `${index * HEIGHT}px`;
    node.addEventListener('click', () => this.choose(index));
    return node;
  }

  private onKey(event: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(this.node.clientHeight / HEIGHT) - 1);
    const steps: Record<string, number> = {
      ...{ ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page },
      ...{ Home: -this.questions.length, End: this.questions.length },
    };
    const step = steps[event.key];
    if (step === undefined || this.questions.length === 0) return;
    event.preventDefault();
    this.choose(Math.min(this.questions.length - 1, Math.max(0, this.chosen + step)));
  }
}

/** A tick, a cross, a share, or a dash where a run was not asked. */
export function mark(score: number | undefined): HTMLElement {
  if (score === undefined) return element('span', { class: 'mark', title: 'not asked' }, '–');
  if (score === 1) return element('span', { class: 'mark ok', title: 'right' }, '✓');
  if (score === 0) return element('span', { class: 'mark no', title: 'wrong' }, '✗');
  return element('span', { class: 'mark', title: 'right in part' }, score.toFixed(1));
}
