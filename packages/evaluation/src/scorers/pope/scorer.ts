import { meanOf, type Measure, type Weights } from '../../scoring/measure';
import type { Scorer } from '../../scoring/scorer';
import type { Verdict } from '../../scoring/verdict';
import { yesNoVerdicts } from '../../yes-no/yes-no-verdicts';

/**
 * POPE, over all and per sampling of the absent objects (`category`: random, popular, adversarial; a row may name several): F1 with Yes
 * as positive, accuracy, precision, recall, and the share of answers that are Yes. What is neither Yes nor No counts as No, and is wrong.
 */
export const scorer: Scorer = {
  columns: ['category'],
  asks: 'text',
  judge: 'optional',
  usesRules: false,
  says: 'POPE: F1 of Yes, with accuracy, precision, recall and the share of Yes',
  async score(rows, options) {
    const verdicts = await yesNoVerdicts(rows, options);
    const categoriesOf = rows.map((row) => (row.category ?? '').split(',').filter((name) => name !== ''));
    const names = [...new Set(categoriesOf.flat())].sort();
    // As VLMEvalKit counts: over all, a row stands once for each category it names.
    const all = rows.flatMap((_, i) => Array<number>(Math.max(1, categoriesOf[i]!.length)).fill(i));
    return {
      verdicts,
      measures: [
        ...figures(verdicts, all, '', 'overall'),
        ...names.flatMap((name) => {
          const members = rows.flatMap((_, i) => (categoriesOf[i]!.includes(name) ? [i] : []));
          return figures(verdicts, members, name, 'leaf');
        }),
      ],
    };
  },
};

/** How often Yes was right, wrong and missing, and all there is. */
interface Counts {
  hits: number;
  said: number;
  wanted: number;
  all: number;
}

/** The five figures over some of the rows. */
function figures(
  verdicts: readonly Verdict[],
  members: readonly number[],
  of: string,
  level: Measure['level'],
): Measure[] {
  const counts = counting(verdicts, members);
  const precision = ({ hits, said }: Counts): number => share(hits, said);
  const recall = ({ hits, wanted }: Counts): number => share(hits, wanted);
  const f1 = (found: Counts): number => share(2 * precision(found) * recall(found), precision(found) + recall(found));
  const about = { split: 'none', most: 1, questions: new Set(members).size } as const;
  const named = (name: string): string => (of === '' ? name : `${of} ${name}`);
  const other = level === 'overall' ? 'other' : level;
  const accuracy = meanOf(
    verdicts.map(({ score }) => score),
    members,
  );
  const beside: [string, (weights: Weights) => number][] = [
    ['accuracy', accuracy],
    ['precision', (weights) => precision(counts(weights))],
    ['recall', (weights) => recall(counts(weights))],
    ['share of Yes', (weights) => counts(weights).said / counts(weights).all],
  ];
  return [
    { ...about, name: of === '' ? 'Overall' : named('F1'), level, of: (weights) => f1(counts(weights)) },
    ...beside.map(([name, measure]) => ({ ...about, name: named(name), level: other, of: measure })),
  ];
}

function counting(verdicts: readonly Verdict[], members: readonly number[]): (weights: Weights) => Counts {
  const which = Int32Array.from(members);
  const wanted = Uint8Array.from(members, (i) => (verdicts[i]!.rows[0]!.answer === 'Yes' ? 1 : 0));
  const said = Uint8Array.from(members, (i) => (verdicts[i]!.rows[0]!.read === 'Yes' ? 1 : 0));
  return (weights) => {
    const counts = { hits: 0, said: 0, wanted: 0, all: 0 };
    for (let i = 0; i < which.length; i += 1) {
      const weight = weights[which[i]!]!;
      counts.all += weight;
      if (wanted[i]) counts.wanted += weight;
      if (said[i]) counts.said += weight;
      if (wanted[i] && said[i]) counts.hits += weight;
    }
    return counts;
  };
}

/** 0 where there is nothing to divide by, as the published code has it. */
const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
