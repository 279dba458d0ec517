import { expect, it } from 'vitest';
import { benchmarks } from './index';

const [{ rows, files } = { rows: undefined, files: [] }] = benchmarks;
const paths = files.map(({ name }) => name);
const questions = { questions: [{ question_id: 1000, image_id: 42, question: 'What is it?' }] };
const annotation = {
  question_id: 1000,
  question_type: 'what is',
  answer_type: 'other',
  answers: ['a "cat"', 'cat', 'cat'].map((answer, i) => ({ answer, answer_id: i + 1 })),
};

it('joins questions with their annotations', () => {
  expect(rows?.([questions, { annotations: [annotation] }], paths)).toEqual([
    {
      index: '1000',
      question: 'What is it?',
      answer: '["a \\"cat\\"","cat","cat"]',
      category: 'what is',
      'l2-category': 'other',
      picture: 'val2014/COCO_val2014_000000000042.jpg',
    },
  ]);
});

it('names questions without annotations, and files of another shape', () => {
  const other = { annotations: [{ ...annotation, question_id: 7 }] };
  expect(() => rows?.([questions, other], paths)).toThrow(/1 of 1 questions have no annotation[^]*question_id 1000/);
  expect(() => rows?.([[], { annotations: [] }], paths)).toThrow(/val2014_questions\.json, questions[^]*an array/);
  expect(() => rows?.([{ questions: [{ question_id: 1 }] }, { annotations: [] }], paths)).toThrow(
    /1 of 1 rows are malformed[^]*image_id/,
  );
});
