import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkQuestions, resultOf, tableOf, writeResult } from '@moslora/evaluation';
import type { StageConfigOf } from '@moslora/specs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../stages/paths';
import type { StageContext } from '../stages/stage';
import { scoredRun } from './collect';
import { chooseExamples } from './examples';
import { scoringMethod } from './scoring-method';

const dir = mkdtempSync(join(tmpdir(), 'collect-'));
const picture = join(root, 'datasets/easy-vqa/fixture/easy-vqa/test/images/0.png');
const score: StageConfigOf<'score'> = {
  ...{ kind: 'score', needs: [], cache: true, model: { stage: 'instruct' }, prompt: 'vlmevalkit', rules: 'current' },
  ...{ maxNewTokens: 8, batchSize: 4, blind: false, strict: false },
  benchmarks: { 'easy-vqa': { kind: 'open', data: { dataset: 'easy-vqa', split: 'test', options: {} } } },
};
const context = {
  stages: { score, 'score-blind': { ...score, blind: true } },
  input: ({ stage }: { stage: string }) => join(dir, stage),
} as unknown as StageContext<unknown>;
const runs = [
  { label: 'tuned', stage: 'score' },
  { label: 'blind', stage: 'score-blind' },
];

async function writeAnswers(stage: string, blind: boolean, answers: readonly string[]): Promise<void> {
  mkdirSync(join(dir, stage));
  const rows = answers.map((_, i) => ({ index: String(i + 1), question: `question ${i}?`, answer: '["red"]' }));
  const table = checkQuestions(tableOf('easy-vqa', rows), { columns: [], options: false, pictures: false });
  const scored = await resultOf(
    table.rows.map((row, i) => row.withPrediction(answers[i]!)),
    {
      benchmark: { name: 'easy-vqa', title: 'easy-VQA', language: 'en', scorer: 'exact-match' },
      rules: 'current',
      provenance: {
        blind,
        data: { file: 'easy-vqa, split test', md5: 'd41d8cd9' },
        version: '0.1.0',
        decoding: 'greedy',
      },
      warnings: blind ? ['every picture was blank'] : [],
      pictureFile: () => picture,
    },
  );
  writeResult(join(dir, stage), scored);
}

beforeAll(async () => {
  await writeAnswers('score', false, ['red', 'Red.']);
  await writeAnswers('score-blind', true, ['red', 'no']);
});
afterAll(() => rmSync(dir, { recursive: true }));

describe('a scored stage with open questions', () => {
  it('reports what its run measured', () => {
    expect(scoredRun(context, 'score-blind', 'blind', 'control')).toEqual({
      ...{ label: 'blind', role: 'control', scores: {} },
      open: { 'easy-vqa': { questions: 2, right: 1, accuracy: 0.5, interval: [0, 1] } },
      facts: { 'easy-vqa': expect.objectContaining({ 'data (MD5)': 'd41d8cd9', pictures: 'blank' }) as object },
      warnings: { 'easy-vqa': ['every picture was blank'] },
    });
  });

  it('shows the same questions with what every run answered', async () => {
    const examples = await chooseExamples(context, runs, 12, 1);
    expect(examples.map(({ question }) => question).sort()).toEqual(['question 0?', 'question 1?']);
    expect(examples.find(({ question }) => question === 'question 1?')).toMatchObject({
      ...{ benchmark: 'easy-vqa', options: [], answer: 'red' },
      image: expect.stringMatching(/^data:image\/png;base64,iVBOR/),
      replies: [
        { label: 'tuned', text: 'Red.', correct: true },
        { label: 'blind', text: 'no', correct: false },
      ],
    });
    expect(await chooseExamples(context, runs, 1, 1)).toHaveLength(1);
  });

  it('says how open questions are judged, what they rest on, and nothing of rotations', () => {
    const facts = scoringMethod(context, runs.slice(0, 1));
    expect(facts).toContainEqual(['data', 'easy-vqa, split test, MD5 d41d8cd9 (no published version that is known)']);
    expect(facts).toContainEqual(['scoring', expect.stringContaining('exact match')]);
    expect(facts.map(([name]) => name)).not.toContain('chance');
    expect(scoringMethod(context, runs.slice(1))).toContainEqual(['warning, easy-vqa', 'every picture was blank']);
    const both = scoringMethod(context, runs);
    expect(both).toContainEqual(['pictures, blind', 'blank']);
    expect(both).toContainEqual(['decoding', 'greedy']);
    expect(both).toContainEqual(['warning, blind, easy-vqa', 'every picture was blank']);
  });
});
