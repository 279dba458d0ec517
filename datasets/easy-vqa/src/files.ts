import { join } from 'node:path';
import { checkRows, datasetFolder, readDatasetJson, requirePictures } from '@moslora/specs';
import { z } from 'zod';

export const origin =
  'clone https://github.com/vzhou842/easy-VQA and put its easy_vqa/data folder (train/, test/, answers.txt) under MOSLORA_DATA as easy-vqa';

const rowSchema = z.tuple([z.string().min(1), z.string().min(1), z.int().nonnegative()]);

export interface Question {
  question: string;
  answer: string;
  /** Number of the picture within its part. */
  image: number;
  picture: string;
}

/** Questions of the published part `train` or `test`, in the file's order. @throws UserError for missing or malformed files. */
export function readQuestions(root: string, part: 'train' | 'test'): Question[] {
  const dir = join(
    datasetFolder(root, { folders: ['easy-vqa', 'easy_vqa', 'easy-VQA'], marker: 'train', origin }),
    part,
  );
  const path = join(dir, 'questions.json');
  const questions = checkRows(path, readDatasetJson(path, origin), rowSchema).map(([question, answer, image]) => ({
    question,
    answer,
    image,
    picture: join(dir, 'images', `${image}.png`),
  }));
  requirePictures(
    questions.map(({ picture }) => picture),
    origin,
  );
  return questions;
}
