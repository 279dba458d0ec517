import { describe, expect, it } from 'vitest';
import { inferOption, parseRules } from './infer-option';

const choices = { A: 'teddy bear', B: 'rabbit', C: 'cat', D: 'dog' };

describe('inferOption', () => {
  // answer, then what the rules of 2024-06 and of today make of it (facts.md 4.3)
  it.each<[string, string | false, string | false]>([
    ['B.', 'B', 'B'],
    ['(C)', 'C', 'C'],
    ['The answer is B.', 'B', 'B'],
    ['a cute teddy bear', 'A', 'A'],
    ['A cat is on the mat', 'A', 'C'],
    ['B or C', false, false],
    ['b', false, false],
    ['Spider', false, false],
    ['It is a cat and a dog', false, false],
    ['C. cat is what the long answer with many many many many many words in it would say', 'C', false],
    ['选A', false, false],
    ['A。', false, false],
    ['答案是 B', 'B', 'B'],
    ['Cannot determine the answer', 'Z', 'Z'],
    ["I'm sorry, but without the image provided I can't say B", 'Z', 'Z'],
    ['Z', 'Z', 'Z'],
    ['Failed to obtain answer via API: A', false, false],
    ['', false, false],
    ['RABBIT', 'B', 'B'],
    ['The correct answer is **D**', 'D', 'D'],
    ['E', false, false],
  ])('%j', (answer, old, current) => {
    expect(inferOption(answer, choices, '2024-06')).toBe(old);
    expect(inferOption(answer, choices, 'current')).toBe(current);
  });

  it('takes "answer is X" anywhere under the current rules, in any case, as they do, also where X starts a word', () => {
    const long = 'and so on and on and on';
    expect(inferOption(`The correct answer is **B**, not C ${long}`, choices, 'current')).toBe('B');
    expect(inferOption(`ANSWER  IS d ${long}`, choices, 'current')).toBe('D');
    expect(inferOption(`the answer is cats ${long}`, choices, 'current')).toBe('C');
    expect(inferOption('the answer is d', { A: 'x', B: 'y' }, 'current')).toBe(false);
  });

  it('splits words where Python does', () => {
    for (const space of ['\u001c', '\u0085', '\u3000', '\u2009', '\n'])
      expect(inferOption(`so${space}B`, choices, '2024-06')).toBe('B');
    for (const other of ['\ufeff', '\u200b', '\u180e'])
      expect(inferOption(`so${other}B`, choices, '2024-06')).toBe(false);
  });

  it('counts code points, not UTF-16 units, against twice the option texts', () => {
    const emoji = { A: '🙂', B: '🐈' };
    expect(inferOption('🙂🙂🙂🙂', emoji, 'current')).toBe('A');
    expect(inferOption('🙂🙂🙂🙂🙂', emoji, 'current')).toBe(false);
    expect(inferOption('🙂🙂🙂🙂🙂', emoji, '2024-06')).toBe('A');
  });

  it('lists the known rules for an unknown name', () => {
    expect(() => parseRules('2025')).toThrow(
      'no such inference rules\n  got      2025\n  expected one of 2024-06, current',
    );
  });
});
