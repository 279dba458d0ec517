import type { PageData, PageQuestion, PageRow } from '../questions/page-data';
import { element } from './elements';
import { mark } from './question-list';

export interface DetailParts {
  /** Address of the picture, where there is one. */
  picture?: string | undefined;
  /** Said in its place. */
  noPicture?: string | undefined;
  /** What may be done with a run's answer, beside its name. */
  actions?(run: number): HTMLElement[];
}

/** One question: its picture, its options, and what every run answered under every rotation. */
export function questionDetail(
  question: PageQuestion,
  { runs, benchmarks }: Pick<PageData, 'runs' | 'benchmarks'>,
  { picture, noPicture, actions = () => [] }: DetailParts,
): HTMLElement {
  const { key, question: text, options, ability, leaf, split } = question;
  const about = [benchmarks[question.benchmark]?.title, ability, leaf?.replaceAll('_', ' '), split, `index ${key}`];
  const right = question.runs.find((each) => each)?.rows[0]?.answer ?? '';
  return element(
    'div',
    {},
    element('p', { class: 'lead' }, about.filter((part) => part !== undefined && part !== '').join(' · ')),
    ...(picture === undefined ? [] : [element('img', { src: picture, alt: 'the picture that is asked about' })]),
    ...(picture !== undefined || noPicture === undefined ? [] : [element('p', { class: 'no' }, noPicture)]),
    element('p', { class: 'question' }, text),
    options ? optionList(options, right) : element('p', { class: 'ok' }, right),
    ...question.runs.flatMap((outcome, run) =>
      outcome
        ? [element('h4', {}, mark(outcome.score), ` ${runs[run]}`, ...actions(run)), rowTable(outcome.rows, options)]
        : [],
    ),
  );
}

function optionList(options: Readonly<Record<string, string>>, right: string): HTMLElement {
  const lines = Object.entries(options).map(([letter, text]) =>
    element('li', letter === right ? { class: 'ok' } : {}, `${letter}. ${text}`),
  );
  return element('ul', {}, ...lines);
}

function rowTable(rows: readonly PageRow[], options: PageQuestion['options']): HTMLElement {
  const rotated = rows.some(({ order }) => order !== undefined);
  const head = ['', ...(rotated ? ['options as'] : []), 'answer', 'read', ...(options ? ['right'] : []), 'by'];
  const lines = rows.map((row) => {
    const order = row.order ?? Object.keys(options ?? {}).join('');
    const read = row.read === '' ? '–' : row.read;
    const cells = [
      element('td', {}, mark(row.score)),
      ...(rotated ? [element('td', { title: orderTitle(order, options) }, order)] : []),
      element(
        'td',
        { class: 'answer' },
        row.failed === undefined ? row.prediction : `could not be asked: ${row.failed}`,
      ),
      element('td', {}, read),
      ...(options ? [element('td', {}, row.answer)] : []),
      element('td', {}, row.by),
    ];
    return element('tr', {}, ...cells);
  });
  return element(
    'div',
    { class: 'scroll' },
    element(
      'table',
      {},
      element('thead', {}, element('tr', {}, ...head.map((text) => element('th', {}, text)))),
      element('tbody', {}, ...lines),
    ),
  );
}

/** What stood under which letter in a rotation. */
function orderTitle(order: string, options: PageQuestion['options']): string {
  return [...order].map((letter, i) => `${String.fromCharCode(65 + i)}. ${options?.[letter] ?? ''}`).join('\n');
}
