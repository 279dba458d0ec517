import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { Rng } from '@moslora/runtime';
import { z } from 'zod';
import type { StageContext } from '../stages/stage';
import type { NamedStage } from './examples';
import type { Example } from './report-data';

/** One line of a score stage's NAME.questions.jsonl. */
const lineSchema = z.object({
  id: z.string(),
  picture: z.string().optional().describe('path of the picture, where it is a file'),
  question: z.string(),
  accepted: z.array(z.string()),
  answer: z.string(),
  right: z.boolean(),
});
type Line = z.infer<typeof lineSchema>;

/** A seeded choice of open questions whose pictures are files, with what every run answered to them. */
export function openExamples(
  context: Pick<StageContext<unknown>, 'input'>,
  runs: readonly NamedStage[],
  name: string,
  count: number,
  seed: number,
): Example[] {
  const answered = runs.map(({ label, stage }) => ({
    label,
    lines: readLines(join(context.input({ stage }), `${name}.questions.jsonl`)),
  }));
  const pool = [...(answered[0]?.lines.values() ?? [])];
  new Rng(seed, 'examples', name).shuffle(pool);
  return pool
    .flatMap((line) => (line.picture === undefined ? [] : [{ ...line, picture: line.picture }]))
    .slice(0, count)
    .map(({ id, picture, question, accepted }): Example => {
      return {
        ...{ benchmark: name, ability: '', image: dataUri(picture), question, options: [] },
        answer: accepted.join(' / '),
        replies: answered.flatMap(({ label, lines }) => {
          const line = lines.get(id);
          return line ? [{ label, text: line.answer, correct: line.right }] : [];
        }),
      };
    });
}

function readLines(path: string): Map<string, Line> {
  const lines = readFileSync(path, 'utf8').split('\n');
  const parsed = lines.filter((line) => line !== '').map((line) => lineSchema.parse(JSON.parse(line)));
  return new Map(parsed.map((line) => [line.id, line]));
}

function dataUri(path: string): string {
  const kind = { '.png': 'png', '.webp': 'webp' }[extname(path).toLowerCase()] ?? 'jpeg';
  return `data:image/${kind};base64,${readFileSync(path).toString('base64')}`;
}
