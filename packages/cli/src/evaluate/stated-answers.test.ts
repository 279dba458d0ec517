import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inferOption } from '@moslora/evaluation';
import { expect, it } from 'vitest';
import { root } from '../stages/paths';

const choices = { A: 'teddy bear', B: 'rabbit', C: 'cat', D: 'dog' };

it('docs/scoring-rules.md says what both rule sets make of answers that state a letter', () => {
  const page = readFileSync(join(root, 'docs/scoring-rules.md'), 'utf8');
  const table = /<!-- stated:start -->\s*(.*?)\s*<!-- stated:end -->/s.exec(page)?.[1] ?? '';
  const rows = table
    .split('\n')
    .slice(2)
    .map((line) => line.split('|').map((cell) => cell.trim()));
  expect(rows.length).toBeGreaterThanOrEqual(5);
  for (const [, answer = '', before, now] of rows) {
    const read = (rules: '2024-06' | 'current'): string => inferOption(answer, choices, rules) || '–';
    expect([answer, read('2024-06'), read('current')]).toEqual([answer, before, now]);
  }
});
