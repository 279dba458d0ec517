import type { ValidationExample } from '@moslora/specs';
import { element } from '@moslora/page/client';
import { lineAt, type Run } from './run';

/** Steps at which any of the runs answered samples. */
export function sampleSteps(runs: readonly Run[]): number[] {
  const steps = runs.flatMap(({ validations }) =>
    validations.filter(({ examples }) => examples).map(({ step }) => step),
  );
  return [...new Set(steps)].sort((a, b) => a - b);
}

/** The held-out samples with what every run answered at `step`, or at its last validation before it. */
export function sampleCards(runs: readonly Run[], places: ReadonlyMap<Run, number>, step: number): HTMLElement[] {
  const groups = new Map<string, { example: ValidationExample; run: Run; replies: HTMLElement[] }>();
  for (const run of runs) {
    const line = lineAt(
      run.validations.filter(({ examples }) => examples),
      step,
    );
    for (const example of line?.examples ?? []) {
      const key = JSON.stringify([example.sample, example.question]);
      const group = groups.get(key) ?? { example, run, replies: [] };
      group.replies.push(reply(run, example, line!.step));
      groups.set(key, group);
    }
  }
  return [...groups.values()].map(({ example, run, replies }) => {
    const pictures = (example.pictures ?? []).map((name) =>
      element('img', { src: `picture/${places.get(run)}/${name}`, alt: 'the picture that is asked about' }),
    );
    return element(
      'article',
      { class: pictures.length > 0 ? 'card' : 'card text' },
      ...(pictures.length > 0 ? [element('div', {}, ...pictures)] : []),
      element(
        'div',
        {},
        element('p', { class: 'where' }, example.sample),
        element('p', { class: 'question' }, example.question.replaceAll('<image>', '').trim()),
        element('p', { class: 'ok' }, example.expected),
        ...replies,
      ),
    );
  });
}

function reply(run: Run, { answer, expected }: ValidationExample, step: number): HTMLElement {
  const same = answer.trim() === expected.trim();
  return element(
    'p',
    { class: `reply ${run.style}` },
    element('b', {}, `${run.label}, step ${step}: `),
    `${answer === '' ? '(nothing)' : answer} `,
    element(
      'span',
      { class: same ? 'ok' : 'no', title: same ? 'as expected' : 'other than expected' },
      same ? '✓' : '✗',
    ),
  );
}
