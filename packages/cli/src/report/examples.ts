import { readFileSync } from 'node:fs';
import { abbreviate, questionsIn } from '@moslora/evaluation';
import { Rng } from '@moslora/runtime';
import type { ImageRef, QuestionVerdict } from '@moslora/specs';
import { stageBenchmark } from '../evaluate/stage-benchmarks';
import type { StageContext } from '../stages/stage';
import { scoreStage } from './collect';
import type { Example, Reply } from './report-data';

/** A score stage and what tables call it. */
export interface LabelledStage {
  label: string;
  stage: string;
}

/** A seeded choice of questions, spread over benchmarks and abilities, with what every run answered. The first run decides the questions. */
export async function chooseExamples(
  context: StageContext<unknown>,
  runs: readonly LabelledStage[],
  count: number,
  seed: number,
): Promise<Example[]> {
  const first = runs[0];
  if (first === undefined || count === 0) return [];
  const { benchmarks } = scoreStage(context.stages, first.stage);
  const perBenchmark = Math.ceil(count / Math.max(1, Object.keys(benchmarks).length));
  const examples: Example[] = [];
  for (const [name, reference] of Object.entries(benchmarks)) {
    const answered = runs.map(({ label, stage }) => {
      const questions = questionsIn(context.input({ stage }), name);
      return { label, questions: new Map(questions.map((question) => [question.key, question])) };
    });
    const pool = spread([...(answered[0]?.questions.values() ?? [])], new Rng(seed, 'examples', name));
    const chosen = pool.slice(0, perBenchmark);
    const pictures = await picturesOf(chosen, () => stageBenchmark(context, name, reference));
    for (const question of chosen) {
      examples.push({
        benchmark: name,
        ability: abilityOf(question),
        image: dataUri(pictures.get(question.key)),
        question: question.question,
        options: Object.entries(question.options ?? {}).map(([letter, text]) => ({ letter, text })),
        answer: question.rows[0]?.answer ?? '',
        replies: answered.flatMap(({ label, questions }) => reply(label, questions.get(question.key))),
      });
    }
  }
  return examples;
}

const abilityOf = ({ l2Category, category }: QuestionVerdict): string =>
  [l2Category && abbreviate(l2Category), category?.replaceAll('_', ' ')].filter(Boolean).join(' · ');

/** Pictures of questions: the files they name, else those of the benchmark. */
async function picturesOf(
  questions: readonly QuestionVerdict[],
  open: () => ReturnType<typeof stageBenchmark>,
): Promise<Map<string, ImageRef>> {
  const named = new Map<string, ImageRef>();
  for (const { key, picture } of questions) if (picture !== undefined) named.set(key, { path: picture });
  if (named.size === questions.length) return named;
  const { table, picture } = await open();
  const rows = new Map(table.rows.map((row) => [row.key, row]));
  for (const { key } of questions) {
    const row = rows.get(key);
    const image = row && picture(row);
    if (image && !named.has(key)) named.set(key, image);
  }
  return named;
}

/** Questions in a random order in which the abilities take turns. */
function spread(questions: QuestionVerdict[], rng: Rng): QuestionVerdict[] {
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

function reply(label: string, question: QuestionVerdict | undefined): Reply[] {
  const first = question?.rows[0];
  if (question === undefined || first === undefined) return [];
  const { rows } = question;
  const plain = { label, text: first.prediction, correct: first.score === 1 };
  if (question.options === undefined) return [plain];
  const right = rows.filter(({ score }) => score === 1).length;
  return [{ ...plain, letter: first.read || '–', rotationsRight: `${right}/${rows.length}` }];
}

/** A picture as a data: URI, its kind told by its first bytes; empty without one. */
function dataUri(image: ImageRef | undefined): string {
  if (!image) return '';
  const base64 = Buffer.from('path' in image ? readFileSync(image.path) : image.bytes).toString('base64');
  const kind = base64.startsWith('iVBOR') ? 'png' : base64.startsWith('UklGR') ? 'webp' : 'jpeg';
  return `data:image/${kind};base64,${base64}`;
}
