import { hashFraction, IMAGE_MARKER, knownSplit, type Dataset } from '@moslora/specs';
import { z } from 'zod';
import { origin, readQuestions, type Question } from './files';

const options = z.strictObject({
  instruction: z.string().default('').describe('put on a line of its own after each question'),
  answers: z.enum(['all', 'closed']).default('all').describe('`closed` takes questions with a choice of answers only'),
  testFraction: z.number().min(0).lt(1).default(0.2).describe('share of the pictures in the split `test`'),
  seed: z.int().nonnegative().default(0).describe('which pictures are in `test`'),
});
export type VqaRadOptions = z.infer<typeof options>;

/** Questions of a split. All questions on a picture fall on the same side. */
function questionsOf(root: string, name: string, { answers, testFraction, seed }: VqaRadOptions): Question[] {
  const split = knownSplit('vqa-rad', name, ['train', 'test'] as const);
  const isTest = ({ image }: Question): boolean => hashFraction(seed, `vqa-rad/${image}`) < testFraction;
  return readQuestions(root).filter(
    (question) => isTest(question) === (split === 'test') && (answers === 'all' || question.closed),
  );
}

const asked = ({ question }: Question, { instruction }: VqaRadOptions): string =>
  instruction === '' ? question : `${question}\n${instruction}`;

const dataset: Dataset<VqaRadOptions> = {
  name: 'vqa-rad',
  card: { title: 'VQA-RAD: questions by clinicians on 315 radiology pictures', licence: 'CC0-1.0', source: origin },
  options,
  async *samples({ root, split, options }) {
    for (const question of questionsOf(root, split, options)) {
      yield {
        id: `vqa-rad/${question.id}`,
        images: [{ path: question.picture }],
        turns: [
          { role: 'user', text: `${IMAGE_MARKER}\n${asked(question, options)}` },
          { role: 'assistant', text: question.answer },
        ],
      };
    }
  },
  async *questions({ root, split, options }) {
    for (const question of questionsOf(root, split, options)) {
      const { id, picture, answer } = question;
      yield { id: `vqa-rad/${id}`, image: { path: picture }, question: asked(question, options), answers: [answer] };
    }
  },
};

export default dataset;
