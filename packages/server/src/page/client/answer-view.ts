import { element } from '@moslora/page/client';
import type { Answer, Turn } from './state';

/** What stands under an answer: how fast it came, or why it did not. */
export function footOf({ status, tokens, seconds, wait, error }: Answer): string {
  if (status === 'failed') return error ?? 'no answer';
  if (status === 'coming') return '…';
  if (status === 'stopped') return 'stopped';
  const speed = tokens !== undefined && tokens > 1 && seconds ? `${((tokens - 1) / seconds).toFixed(1)} tokens/s` : '';
  const first = wait === undefined ? '' : `first after ${wait.toFixed(2)} s`;
  return [tokens === undefined ? '' : `${tokens} token${tokens === 1 ? '' : 's'}`, speed, first]
    .filter((part) => part !== '')
    .join(' · ');
}

/** One model's answer, kept up to date by `show`. */
class AnswerView {
  private readonly text = element('p', { class: 'said' });
  private readonly foot = element('p', { class: 'foot' });
  readonly node: HTMLElement;

  constructor(model: string) {
    this.node = element(
      'article',
      { class: 'answer', 'aria-label': `answer of ${model}` },
      element('h3', {}, model),
      this.text,
      this.foot,
    );
  }

  show(answer: Answer): void {
    this.node.dataset['status'] = answer.status;
    this.node.setAttribute('aria-busy', String(answer.status === 'coming'));
    this.text.textContent = answer.text;
    this.foot.textContent = footOf(answer);
  }
}

/** A question with its pictures, and the answers beside each other. */
export class TurnView {
  readonly node: HTMLElement;
  private readonly answers = new Map<string, AnswerView>();

  constructor({ text, pictures, answers, given }: Turn) {
    const row = element('div', {
      class: 'answers',
      'data-count': String(Object.keys(answers).length + (given ? 1 : 0)),
    });
    for (const [model, answer] of Object.entries(answers)) {
      const view = new AnswerView(model);
      view.show(answer);
      this.answers.set(model, view);
      row.append(view.node);
    }
    if (given)
      row.append(
        element(
          'article',
          { class: 'answer', 'data-status': 'given', 'aria-label': `answer of ${given.by}` },
          element('h3', {}, `${given.by}, in its evaluation`),
          element('p', { class: 'said' }, given.text === '' ? '(nothing)' : given.text),
        ),
      );
    const images = pictures.map((src, i) => element('img', { src, alt: `picture ${i + 1}` }));
    this.node = element(
      'section',
      { class: 'turn' },
      element(
        'div',
        { class: 'question' },
        ...(images.length > 0 ? [element('div', { class: 'pictures' }, ...images)] : []),
        element('p', {}, text),
      ),
      row,
    );
  }

  show(model: string, answer: Answer): void {
    this.answers.get(model)?.show(answer);
  }
}
