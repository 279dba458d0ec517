import { join } from 'node:path';
import { checkRows, datasetFolder, readDatasetJson, requirePictures } from '@moslora/specs';
import { z } from 'zod';

const file = 'VQA_RAD Dataset Public.json';
export const origin =
  'get "VQA_RAD Dataset Public.json" and "VQA_RAD Image Folder" of VQA-RAD from https://osf.io/89kps, and put them under ' +
  'MOSLORA_DATA/vqa-rad, the pictures in images/';

/** Some answers are numbers in the file; some types carry a blank. */
const rowSchema = z.object({
  qid: z.union([z.string(), z.int()]).transform(String),
  image_name: z.string().min(1),
  question: z.string().trim().min(1),
  answer: z.union([z.string(), z.number()]).transform((answer) => String(answer).trim()),
  answer_type: z
    .string()
    .trim()
    .pipe(z.enum(['OPEN', 'CLOSED'])),
});

export interface Question {
  id: string;
  question: string;
  answer: string;
  closed: boolean;
  image: string;
  picture: string;
}

/** All questions, in the file's order. @throws UserError for missing or malformed files. */
export function readQuestions(root: string): Question[] {
  const dir = datasetFolder(root, { folders: ['vqa-rad', 'VQA-RAD', 'VQA_RAD'], marker: file, origin });
  const path = join(dir, file);
  const questions = checkRows(path, readDatasetJson(path, origin), rowSchema).map((row) => ({
    id: row.qid,
    question: row.question,
    answer: row.answer,
    closed: row.answer_type === 'CLOSED',
    image: row.image_name,
    picture: join(dir, 'images', row.image_name),
  }));
  requirePictures(
    questions.map(({ picture }) => picture),
    origin,
  );
  return questions;
}
