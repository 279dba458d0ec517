import { createHash } from 'node:crypto';
import { checkQuestions, tableOf, type QuestionRow } from '@moslora/evaluation';
import { fail, type BenchmarkColumns, type BenchmarkRef, type ImageRef, type OpenQuestion } from '@moslora/specs';
import { benchmarkByName } from '../benchmarks/all-benchmarks';
import { findFiles } from '../benchmarks/benchmark-places';
import { readBenchmark, unknownTable, type ReadBenchmark } from '../benchmarks/read-benchmark';
import type { StageContext } from '../stages/stage';

type Context = Pick<StageContext<unknown>, 'input' | 'data' | 'where'>;

/** A benchmark of a score stage, called by its name there. @throws UserError where it is not there or wrong */
export async function stageBenchmark(context: Context, name: string, reference: BenchmarkRef): Promise<ReadBenchmark> {
  const { limit } = reference;
  const read = await readReference(context, name, reference);
  return { ...read, benchmark: { ...read.benchmark, name }, limit };
}

async function readReference(context: Context, name: string, reference: BenchmarkRef): Promise<ReadBenchmark> {
  if (reference.kind === 'open') return openQuestions(context, name, reference);
  if (reference.kind === 'mmbench') {
    const path = context.input(reference.tsv);
    const language = unknownTable(name).language;
    return readBenchmark({ ...unknownTable(path), language }, [path]);
  }
  const where = context.where('benchmarks', name);
  const { benchmark } = await benchmarkByName(reference.name, where);
  return readBenchmark(benchmark, findFiles(benchmark, givenFile(context, reference), where));
}

/** Path of a published benchmark's file where the pipeline names it. */
function givenFile(
  context: Context,
  { path, origin }: Extract<BenchmarkRef, { kind: 'published' }>,
): string | undefined {
  return path === undefined ? undefined : context.input({ path, origin });
}

/** A dataset's open questions as a benchmark whose rows are numbered from 1. */
async function openQuestions(
  context: Context,
  name: string,
  { data, limit = Infinity }: Extract<BenchmarkRef, { kind: 'open' }>,
): Promise<ReadBenchmark> {
  const { dataset, source } = await context.data(data);
  if (!dataset.questions) {
    fail({
      what: `dataset \`${dataset.name}\` has no open questions`,
      where: context.where('benchmarks', name),
      fix: 'choose another dataset',
    });
  }
  const questions: OpenQuestion[] = [];
  for await (const question of dataset.questions(source)) {
    if (questions.length >= limit) break;
    questions.push(question);
  }
  const rows = questions.map(columnsOf);
  const file = `${dataset.name}, split ${data.split}`;
  const { title, licence, source: from } = dataset.card;
  return {
    benchmark: {
      ...{ name, title, licence, language: 'en', source: from, files: [], columns: ['answer'], pictures: 'files' },
      ...{ scorer: 'exact-match', asked: { after: '' }, maxNewTokens: 16 },
    },
    table: checkQuestions(tableOf(file, rows), { columns: ['answer'], options: false, pictures: false }),
    data: { file, md5: createHash('md5').update(JSON.stringify(rows)).digest('hex') },
    warnings: [],
    picture: (row: QuestionRow): ImageRef | undefined => questions[row.index - 1]?.image,
  };
}

function columnsOf({ id, image, question, answers }: OpenQuestion, i: number): BenchmarkColumns {
  const picture = 'path' in image ? image.path : createHash('sha256').update(image.bytes).digest('hex');
  return { index: String(i + 1), id, question, answer: JSON.stringify(answers), picture };
}
