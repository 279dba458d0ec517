import { checkRows, fail, type Benchmark, type BenchmarkColumns } from '@moslora/specs';
import { z } from 'zod';

const questionSchema = z.object({ question_id: z.int(), image_id: z.int(), question: z.string().min(1) });
const annotationSchema = z.object({
  question_id: z.int(),
  question_type: z.string(),
  answer_type: z.string(),
  answers: z.array(z.object({ answer: z.string() })).min(1),
});

/** Questions joined with their annotations; the picture's name is made of its id, as COCO names it. */
function rows([questions, annotations]: readonly unknown[], paths: readonly string[]): BenchmarkColumns[] {
  const asked = checkRows(paths[0]!, inside(questions, 'questions'), questionSchema, 'questions');
  const given = checkRows(paths[1]!, inside(annotations, 'annotations'), annotationSchema, 'annotations');
  const byId = new Map(given.map((annotation) => [annotation.question_id, annotation]));
  const without = asked.filter(({ question_id: id }) => !byId.has(id));
  if (without.length > 0) {
    fail({
      what: `${without.length} of ${asked.length} questions have no annotation`,
      where: paths[1]!,
      got: `none for question_id ${without
        .slice(0, 5)
        .map(({ question_id: id }) => id)
        .join(', ')}`,
      expected: 'the annotations of the same part',
    });
  }
  return asked.map(({ question_id: id, image_id: image, question }) => {
    const { answers, answer_type: kind, question_type: start } = byId.get(id)!;
    return {
      index: String(id),
      question,
      answer: JSON.stringify(answers.map(({ answer }) => answer)),
      category: start,
      'l2-category': kind,
      picture: `val2014/COCO_val2014_${String(image).padStart(12, '0')}.jpg`,
    };
  });
}

const inside = (value: unknown, key: string): unknown => (value as Record<string, unknown> | null)?.[key];

export const benchmarks: readonly Benchmark[] = [
  {
    name: 'vqav2_val',
    title: 'VQAv2, validation',
    language: 'en',
    licence: 'CC BY 4.0 (annotations)',
    source:
      'https://visualqa.org/download.html: unpack v2_OpenEnded_mscoco_val2014_questions.json and v2_mscoco_val2014_annotations.json ' +
      "into one folder, and COCO's val2014 pictures into val2014/ in it",
    files: [
      { name: 'v2_OpenEnded_mscoco_val2014_questions.json', hashes: [] },
      { name: 'v2_mscoco_val2014_annotations.json', hashes: [] },
    ],
    rows,
    columns: ['answer'],
    pictures: 'files',
    scorer: 'vqa',
    asked: { after: '\nAnswer the question using a single word or phrase.' },
    maxNewTokens: 16,
  },
];
