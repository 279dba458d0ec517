import type { QuestionVerdict } from '@moslora/specs';
import { escape, percent } from '../report/markup';

/** How often each letter was right, and what was read then. */
export interface LetterConfusion {
  /** Right letters, in order. */
  letters: string[];
  /** What was read: letters, `Z` for a refusal, `–` for nothing. */
  read: string[];
  /** Rows of answers by right letter, then by what was read. */
  counts: number[][];
}

/** Counts over all rows, rotations each by themselves; undefined where answers are no letters. */
export function letterConfusion(questions: readonly QuestionVerdict[]): LetterConfusion | undefined {
  const rows = questions.flatMap((question) => (question.options ? question.rows : []));
  const letters = [...new Set(rows.map(({ answer }) => answer))].filter((letter) => /^[A-Z]$/.test(letter)).sort();
  if (letters.length < 2) return undefined;
  const readOf = ({ read }: { read: string }): string => (read === '' ? '–' : read);
  const others = [...new Set(rows.map(readOf))].filter((each) => !letters.includes(each)).sort();
  const read = [...letters, ...others];
  const counts = letters.map(() => read.map(() => 0));
  for (const row of rows) {
    const right = letters.indexOf(row.answer);
    if (right >= 0) counts[right]![read.indexOf(readOf(row))]! += 1;
  }
  return { letters, read, counts };
}

/** The counts as a table whose cells are darker the larger their share of the line; below it how often each letter was read and was right. */
export function confusionTable({ letters, read, counts }: LetterConfusion, label: string): string {
  const total = counts.flat().reduce((sum, count) => sum + count, 0);
  const sumOf = (column: number): number => counts.reduce((sum, row) => sum + row[column]!, 0);
  const lines = letters.map((letter, i) => {
    const all = counts[i]!.reduce((sum, count) => sum + count, 0);
    const cells = counts[i]!.map((count, k) => {
      const share = all === 0 ? 0 : count / all;
      return `<td style="--share:${share.toFixed(3)}"${k === i ? ' class="right"' : ''} title="${percent(share)} % of answers where ${letter} is right">${count}</td>`;
    });
    return `<tr><th>${letter}</th>${cells.join('')}<td class="sum">${percent(all / total)} %</td></tr>`;
  });
  const foot = read.map((_, k) => `<td class="sum">${percent(sumOf(k) / total)} %</td>`);
  return (
    `<figure class="confusion"><figcaption>${escape(label)}</figcaption><div class="scroll"><table>` +
    `<thead><tr><th>right ↓ read →</th>${read.map((each) => `<th>${escape(each)}</th>`).join('')}<th>is right</th></tr></thead>` +
    `<tbody>${lines.join('')}<tr><th>was read</th>${foot.join('')}<td></td></tr></tbody></table></div></figure>`
  );
}
