import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Run, StageConfigOf } from '@moslora/specs';
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
  ...{ maxNewTokens: 8, batchSize: 4, blind: false },
  benchmarks: { 'easy-vqa': { kind: 'open', data: { dataset: 'easy-vqa', split: 'test', options: {} } } },
};
const metrics = (right: number) => ({ 'easy-vqa': { kind: 'open', questions: 2, right, accuracy: right / 2 } });
const context = {
  stages: { score, 'score-blind': { ...score, blind: true } },
  input: ({ stage }: { stage: string }) => join(dir, stage),
  run: (stage: string) => ({ metrics: metrics(stage === 'score' ? 2 : 1) }) as unknown as Run,
} as unknown as StageContext<unknown>;
const runs = [
  { label: 'tuned', stage: 'score' },
  { label: 'blind', stage: 'score-blind' },
];

function writeAnswers(stage: string, answers: readonly [string, boolean][]): void {
  mkdirSync(join(dir, stage));
  const lines = answers.map(([answer, right], index) => {
    const line = { id: `q/${index}`, picture, question: `question ${index}?`, accepted: ['red'], answer, right };
    return `${JSON.stringify(line)}\n`;
  });
  writeFileSync(join(dir, stage, 'easy-vqa.questions.jsonl'), lines.join(''));
}

beforeAll(() => {
  writeAnswers('score', [
    ['red', true],
    ['Red.', true],
  ]);
  writeAnswers('score-blind', [
    ['red', true],
    ['no', false],
  ]);
});
afterAll(() => rmSync(dir, { recursive: true }));

describe('a scored stage with open questions', () => {
  it('reports what its run measured', () => {
    expect(scoredRun(context, 'score-blind', 'blind', 'control')).toEqual({
      ...{ label: 'blind', role: 'control', scores: {} },
      open: { 'easy-vqa': { questions: 2, right: 1, accuracy: 0.5 } },
    });
  });

  it('shows the same questions with what every run answered', () => {
    const examples = chooseExamples(context, runs, 12, 1);
    expect(examples.map(({ question }) => question).sort()).toEqual(['question 0?', 'question 1?']);
    expect(examples.find(({ question }) => question === 'question 1?')).toMatchObject({
      ...{ benchmark: 'easy-vqa', options: [], answer: 'red' },
      image: expect.stringMatching(/^data:image\/png;base64,iVBOR/),
      replies: [
        { label: 'tuned', text: 'Red.', correct: true },
        { label: 'blind', text: 'no', correct: false },
      ],
    });
    expect(chooseExamples(context, runs, 1, 1)).toHaveLength(1);
  });

  it('says how open questions are judged, and nothing of rotations', () => {
    const facts = scoringMethod(context, 'score');
    expect(facts).toContainEqual(['data, easy-vqa', 'dataset easy-vqa, split test: 2 questions']);
    expect(facts.map(([name]) => name)).not.toContain('evaluation');
    expect(facts.map(([name]) => name)).toContain('open questions');
  });
});
