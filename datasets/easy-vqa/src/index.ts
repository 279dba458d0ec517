import { hashFraction, IMAGE_MARKER, knownSplit, type Dataset, type Turn } from '@moslora/specs';
import { z } from 'zod';
import { origin, readQuestions, type Question } from './files';

const options = z.strictObject({
  instruction: z.string().default('').describe('put on a line of its own after each question'),
  turnsPerSample: z
    .int()
    .positive()
    .default(1)
    .describe('questions on one picture in one conversation; later ones may be answered from earlier answers'),
  heldOutFraction: z
    .number()
    .min(0)
    .lt(1)
    .default(0.05)
    .describe('share of the training pictures kept for choosing settings'),
  seed: z.int().nonnegative().default(0).describe('which pictures are held out'),
});
export type EasyVqaOptions = z.infer<typeof options>;

/** Questions of a split: `train` and `heldOut` share the published training pictures, `test` is the published test part. */
function questionsOf(root: string, name: string, { heldOutFraction, seed }: EasyVqaOptions): Question[] {
  const split = knownSplit('easy-vqa', name, ['train', 'heldOut', 'test'] as const);
  if (split === 'test') return readQuestions(root, 'test');
  const isHeldOut = ({ image }: Question): boolean => hashFraction(seed, `easy-vqa/${image}`) < heldOutFraction;
  return readQuestions(root, 'train').filter((question) => isHeldOut(question) === (split === 'heldOut'));
}

const asked = ({ question }: Question, { instruction }: EasyVqaOptions): string =>
  instruction === '' ? question : `${question}\n${instruction}`;

/** Questions on one picture, in groups of at most `size`; the file has a picture's questions beside each other or not. */
function grouped(questions: readonly Question[], size: number): Question[][] {
  const groups: Question[][] = [];
  const open = new Map<number, Question[]>();
  for (const question of questions) {
    const group = open.get(question.image);
    if (group && group.length < size) group.push(question);
    else {
      const started = [question];
      groups.push(started);
      open.set(question.image, started);
    }
  }
  return groups;
}

const dataset: Dataset<EasyVqaOptions> = {
  name: 'easy-vqa',
  card: {
    title: 'easy-VQA: questions on 5,000 pictures of one coloured shape, 13 answers',
    licence: 'MIT',
    source: origin,
  },
  options,
  async *samples({ root, split, options }) {
    const groups = grouped(questionsOf(root, split, options), options.turnsPerSample);
    for (const [index, group] of groups.entries()) {
      const turns = group.flatMap((question, turn): Turn[] => [
        { role: 'user', text: `${turn === 0 ? `${IMAGE_MARKER}\n` : ''}${asked(question, options)}` },
        { role: 'assistant', text: question.answer },
      ]);
      yield { id: `easy-vqa/${split}/${index}`, images: [{ path: group[0]!.picture }], turns };
    }
  },
  async *questions({ root, split, options }) {
    for (const [index, question] of questionsOf(root, split, options).entries()) {
      yield {
        id: `easy-vqa/${split}/${index}`,
        image: { path: question.picture },
        question: asked(question, options),
        answers: [question.answer],
      };
    }
  },
};

export default dataset;
