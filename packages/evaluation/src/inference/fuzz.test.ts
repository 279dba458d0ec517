import { describe, expect, it } from 'vitest';
import { normaliseAnswer } from '../scorers/exact-match/exact-match';
import { firstLabel } from '../scorers/first-match/scorer';
import { extractAnswer } from '../scorers/mathvista/extract-answer';
import { normaliseVqaAnswer } from '../scorers/vqa/normalise';
import { randomNumbers } from '../statistics/random';
import { readYesNo } from '../yes-no/read-yes-no';
import { inferenceRules, inferOption, type Choices } from './infer-option';
import { pythonLiteral } from './python-literal';

const random = randomNumbers(100_000);
const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
const pieces = [
  ...Array.from('ABCDEFZabcdz'),
  ...Array.from('.()[],:;!*#{}"\'`_-+=/\\|<>?~^&%$@'),
  ...['。', '，', '：', '（', '）', '！', '、', '答案是', '选', '选项', '猫', '狗', '红色公交车'],
  ...['**', '```', '# ', '- ', '> ', '[x](y)', '| a | b |', '\n\n', '$$\\frac{1}{2}$$', '<think>', '</s>'],
  ...[' ', '\t', '\n', '\r', '\u00a0', '\u3000', '\u200b', '\ufeff', '\u0000', '\ud800', '\udc00', '🐈', 'é', 'İ', 'ı'],
  ...[
    'answer is',
    'The correct answer is',
    'Answer:',
    'yes',
    'No',
    'teddy bear',
    'rabbit',
    'cat',
    'dog',
    '12',
    '3.5',
    '1,000',
    "['a', 1]",
  ],
  ...[
    "Sorry, I can't help with images of people yet.",
    'Cannot determine the answer',
    'Failed to obtain answer via API',
  ],
];
const text = (): string =>
  Array.from({ length: Math.floor(random() * 12) }, () => (random() < 0.4 ? ' ' : '') + pick(pieces)).join('');
const choiceSets: Choices[] = [
  { A: 'teddy bear', B: 'rabbit', C: 'cat', D: 'dog' },
  { A: '猫', B: '狗' },
  { A: '12', B: '3.5', C: 'A' },
  { A: '', B: '.*(' },
  { B: 'cat', D: 'dog', Z: 'none' },
];
const count = 100_000;

describe(`${count.toLocaleString('en')} strings of letters, punctuation, Chinese and markdown`, () => {
  it('always give a letter, Z or undecided, by both rule sets, in little time', () => {
    const seen = new Map<string, number>();
    const began = process.cpuUsage().user;
    for (let i = 0; i < count; i += 1) {
      const [answer, choices] = [text(), pick(choiceSets)];
      for (const rules of inferenceRules) {
        const read = inferOption(answer, choices, rules);
        if (read !== false && read !== 'Z' && !Object.hasOwn(choices, read))
          expect.fail(`${JSON.stringify(answer)}: ${read}`);
        seen.set(String(read), (seen.get(String(read)) ?? 0) + 1);
      }
    }
    expect((process.cpuUsage().user - began) / 1e6).toBeLessThan(20);
    for (const outcome of ['A', 'B', 'C', 'D', 'Z', 'false']) expect(seen.get(outcome), outcome).toBeGreaterThan(100);
  });

  it('never break the other scorers either', () => {
    const problem = { choices: choiceSets[0]!, answer: '[1, 2]', task: '', skills: [] };
    for (let i = 0; i < count / 10; i += 1) {
      const answer = text();
      expect(['Yes', 'No', undefined]).toContain(readYesNo(answer));
      expect(typeof normaliseVqaAnswer(answer, pick(['vqa', 'evalai', 'vlmevalkit']))).toBe('string');
      expect(typeof normaliseAnswer(answer)).toBe('string');
      expect(typeof extractAnswer(answer, { ...problem, type: pick(['choice', 'integer', 'float', 'text']) })).toBe(
        'string',
      );
      expect(['', 'true', 'false']).toContain(firstLabel(answer, 'true|false'));
      pythonLiteral(answer);
    }
  });
});

describe('pythonLiteral', () => {
  it.each<[string, unknown]>([
    ["['a', \"b's\", 3]", ['a', "b's", 3]],
    ["[\"it\\u0041\\n\", '\\'q\\'', []]", ['itA\n', "'q'", []]],
    ['(1.5, -2, None, True)', [1.5, -2, null, true]],
    [' 7 ', 7],
    ['[1, 2', undefined],
    ['a', undefined],
    ['[1 2]', undefined],
    ['', undefined],
  ])('%s', (literal, value) => expect(pythonLiteral(literal)).toEqual(value));
});
