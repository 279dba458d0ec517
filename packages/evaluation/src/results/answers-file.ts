import { answerLineSchema, fail, type AnswerLine, type Problem } from '@moslora/specs';
import { askedFacts, modelFact, sameEngine } from './asked-facts';
import { JsonLines } from './json-lines';

/** How the rows of an answers file were asked; its first line. */
export type AnswersHeader = Extract<AnswerLine, { format: 1 }>;
/** What came of a row: its answer, or why there is none. */
export type AnsweredRow = Exclude<AnswerLine, { format: 1 }>;

/**
 * NAME.answers.jsonl: what came of every row that was asked, added as it comes, so that a run that was killed goes on where it stopped. A
 * last line that was cut short is asked again.
 */
export class AnswersFile {
  private readonly rows = new Map<string, AnsweredRow>();

  private constructor(
    private readonly lines: JsonLines<AnswerLine>,
    readonly header: AnswersHeader,
    rows: readonly AnsweredRow[],
  ) {
    for (const row of rows) {
      if (this.rows.has(row.key)) {
        fail({
          what: 'a row was answered twice',
          where: lines.path,
          got: `index ${row.key}`,
          fix: 'remove one of the two lines, or the file to start over',
        });
      }
      this.rows.set(row.key, row);
    }
  }

  /**
   * Opens a file to add answers to; makes it where there is none, or where it holds no answer yet.
   * @param fix says what to do about a fact that differs; default: what `moslora evaluate` offers
   * @throws UserError where what is there was asked otherwise
   */
  static open(path: string, header: AnswersHeader, fix = fixOfEvaluate): AnswersFile {
    const lines = new JsonLines(path, answerLineSchema);
    const [first, ...rows] = lines.read();
    if (rows.length === 0) lines.replace([header]);
    else {
      const there = headerOf(path, first);
      const problems = differences(path, there, header, fix);
      if (problems.length > 0) fail(problems);
      if (limitOf(header) > limitOf(there)) lines.replace([header, ...rows]);
    }
    return new AnswersFile(lines, header, rows as AnsweredRow[]);
  }

  /** Reads what is there. @throws UserError for a file that is none */
  static read(path: string): AnswersFile {
    const lines = new JsonLines(path, answerLineSchema);
    const [first, ...rows] = lines.read();
    return new AnswersFile(lines, headerOf(path, first), rows as AnsweredRow[]);
  }

  get path(): string {
    return this.lines.path;
  }

  has(key: string): boolean {
    return this.rows.has(key);
  }

  /** Forgets rows that could not be asked, so that they are asked again. */
  static forgetFailed(path: string): void {
    const lines = new JsonLines(path, answerLineSchema);
    const there = lines.read();
    if (there.some((line) => 'failed' in line)) lines.replace(there.filter((line) => !('failed' in line)));
  }

  /** Rows with an answer or a reason. */
  get size(): number {
    return this.rows.size;
  }

  all(): IterableIterator<AnsweredRow> {
    return this.rows.values();
  }

  /** Adds what came of rows, all in one write. */
  add(rows: readonly AnsweredRow[]): void {
    const twice = rows.find(({ key }) => this.rows.has(key));
    if (twice) throw new Error(`row ${twice.key} was answered before`);
    this.lines.append(rows);
    for (const row of rows) this.rows.set(row.key, row);
  }

  /** The answer to a row; empty where there is none. */
  answer(key: string): string {
    const row = this.rows.get(key);
    return row && 'answer' in row ? row.answer : '';
  }

  /** Why rows could not be asked, by key. */
  failed(): Map<string, string> {
    return new Map([...this.rows.values()].flatMap((row) => ('failed' in row ? [[row.key, row.failed] as const] : [])));
  }
}

const limitOf = ({ asked }: AnswersHeader): number => asked.data.limit ?? Infinity;

function headerOf(path: string, first: AnswerLine | undefined): AnswersHeader {
  if (first && 'format' in first) return first;
  return fail({
    what: 'an answers file without its first line',
    where: path,
    got: first === undefined ? 'an empty file' : JSON.stringify(first).slice(0, 80),
    expected: 'a line that says how the rows were asked',
    fix: 'remove the file to start over',
  });
}

/** What of an answers file's first line makes its answers what they are. */
export function headerFacts({ benchmark, shard, asked }: AnswersHeader): Record<string, string> {
  return {
    benchmark,
    shard: shard ?? 'none',
    'model (SHA-256)': modelFact(asked),
    ...askedFacts(asked),
  };
}

const fixOfEvaluate = (fact: string): string =>
  [sameEngine[fact], 'give another --out, or --fresh to start over'].filter(Boolean).join('; or ');

/** How the answers that are there were made otherwise than they are to be made. */
export function differences(
  path: string,
  there: AnswersHeader,
  wanted: AnswersHeader,
  fix: (fact: string) => string,
): Problem[] {
  const [before, now] = [headerFacts(there), headerFacts(wanted)];
  return Object.keys(now).flatMap((fact): Problem[] =>
    before[fact] === now[fact]
      ? []
      : [
          {
            what: `the answers that are here were made otherwise: ${fact} differs`,
            where: path,
            got: before[fact]!,
            expected: now[fact]!,
            fix: fix(fact),
          },
        ],
  );
}
