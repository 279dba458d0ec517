import { join } from 'node:path';
import { abbreviate, circularEval, readMmbenchTsv, type QuestionResult } from '@moslora/evaluation';
import { Rng } from '@moslora/runtime';
import { AnswerLog } from '../scoring/answer-log';
import type { StageContext } from '../stages/stage';
import { scoreStage } from './collect';
import { openExamples } from './open-examples';
import type { Example, Reply } from './report-data';

/** A score stage and what tables call it. */
export interface NamedStage {
  label: string;
  stage: string;
}

/** A seeded choice of questions, spread over benchmarks and abilities, with what every run answered. The first run decides the questions. */
export function chooseExamples(
  context: StageContext<unknown>,
  runs: readonly NamedStage[],
  count: number,
  seed: number,
): Example[] {
  const first = runs[0];
  if (first === undefined || count === 0) return [];
  const config = scoreStage(context.stages, first.stage);
  const benchmarks = Object.entries(config.benchmarks);
  const perBenchmark = Math.ceil(count / Math.max(1, benchmarks.length));
  return benchmarks.flatMap(([name, benchmark]) => {
    if (benchmark.kind === 'open') return openExamples(context, runs, name, perBenchmark, seed);
    const { rows } = readMmbenchTsv(context.input(benchmark.tsv));
    const byIndex = new Map(rows.map((row) => [row.index, row]));
    const answered = runs.map(({ label, stage }) => {
      const answers = new AnswerLog(join(context.input({ stage }), `${name}.answers.jsonl`)).all();
      const known = rows
        .filter(({ index }) => answers.has(String(index)))
        .map((row) => ({ ...row, prediction: answers.get(String(row.index)) }));
      const { questions } = circularEval(known, config.rules);
      return { label, questions: new Map(questions.map((question) => [question.index, question])) };
    });
    const pool = [...(answered[0]?.questions.values() ?? [])];
    return spread(pool, new Rng(seed, 'examples', name))
      .slice(0, perBenchmark)
      .map((question): Example => {
        const row = byIndex.get(question.index);
        return {
          benchmark: name,
          ability: `${abbreviate(question.l2Category ?? '')} · ${(question.category ?? '').replaceAll('_', ' ')}`,
          image: dataUri(row?.image ?? ''),
          question: question.question,
          options: Object.entries(row?.options ?? {}).map(([letter, text]) => ({ letter, text })),
          answer: row?.answer ?? '',
          replies: answered.flatMap(({ label, questions }) => reply(label, questions.get(question.index))),
        };
      });
  });
}

/** Questions in a random order in which the abilities take turns. */
function spread(questions: QuestionResult[], rng: Rng): QuestionResult[] {
  const shuffled = [...questions];
  rng.shuffle(shuffled);
  const taken = new Map<string, number>();
  const turn = shuffled.map((question) => {
    const ability = question.l2Category ?? '';
    const round = taken.get(ability) ?? 0;
    taken.set(ability, round + 1);
    return { question, round };
  });
  return turn.sort((a, b) => a.round - b.round).map(({ question }) => question);
}

function reply(label: string, question: QuestionResult | undefined): Reply[] {
  const rotation = question?.rotations[0];
  if (question === undefined || rotation === undefined) return [];
  const right = question.rotations.filter((each) => each.right).length;
  return [
    {
      label,
      text: rotation.prediction,
      letter: rotation.inferred === false ? '–' : rotation.inferred,
      correct: rotation.right,
      rotationsRight: `${right}/${question.rotations.length}`,
    },
  ];
}

/** A picture's base64 as a data: URI, its kind told by its first bytes. */
function dataUri(base64: string): string {
  const kind = base64.startsWith('iVBOR') ? 'png' : base64.startsWith('UklGR') ? 'webp' : 'jpeg';
  return `data:image/${kind};base64,${base64}`;
}
