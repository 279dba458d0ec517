import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { UserError } from './problem';
import { YamlText } from './yaml';

const schema = z.strictObject({
  steps: z.int().positive().default(10),
  schedule: z.enum(['cosine', 'linear']).default('cosine'),
  parts: z.array(z.strictObject({ name: z.string(), weight: z.number().default(1) })).default([]),
  model: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('small'), width: z.number().default(1) }),
      z.strictObject({ kind: z.literal('large'), depth: z.number() }),
    ])
    .optional(),
});

function problemsOf(text: string): string {
  try {
    new YamlText(text, 'a.yaml').parse(schema);
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  return 'none';
}

describe('YamlText', () => {
  it('fills in defaults', () => {
    expect(new YamlText('parts: [{ name: a }]', 'a.yaml').parse(schema)).toEqual({
      steps: 10,
      schedule: 'cosine',
      parts: [{ name: 'a', weight: 1 }],
    });
  });

  it('reports every problem at once, each with its place, value, expectation and the key that was meant', () => {
    expect(problemsOf('step: 3\nschedule: cosin\nparts:\n  - name: a\n    wieght: 2\n  - weight: heavy\n')).toBe(
      [
        '`schedule` has an unknown value',
        '  where    a.yaml:2:11',
        '  got      "cosin"',
        '  expected one of cosine, linear',
        '  do       did you mean cosine?',
        'unknown key `wieght` in `parts[0]`',
        '  where    a.yaml:5:5',
        '  got      2',
        '  expected one of name, weight',
        '  do       did you mean weight?',
        '`parts[1].name` is missing',
        '  where    a.yaml:6:5',
        '  expected string',
        '`parts[1].weight` is not valid',
        '  where    a.yaml:6:13',
        '  got      "heavy"',
        '  expected number',
        'unknown key `step`',
        '  where    a.yaml:1:1',
        '  got      3',
        '  expected one of steps, schedule, parts, model',
        '  do       did you mean steps?',
      ].join('\n'),
    );
  });

  it('lists the kinds of a discriminated union, and the keys of the kind that was chosen', () => {
    expect(problemsOf('model: { kind: smal }')).toBe(
      [
        '`model.kind` has an unknown value',
        '  where    a.yaml:1:16',
        '  got      "smal"',
        '  expected one of small, large',
        '  do       did you mean small?',
      ].join('\n'),
    );
    expect(problemsOf('model: { kind: small, widht: 3 }')).toContain(
      'expected one of kind, width\n  do       did you mean width?',
    );
  });

  it('gives bounds', () => {
    expect(problemsOf('steps: 0')).toBe(
      '`steps` is not valid\n  where    a.yaml:1:8\n  got      0\n  expected more than 0',
    );
  });

  it('reports syntax errors with line and column', () => {
    const text = problemsOf('steps: 3\nparts: [{ name: a }\nschedule: "cosine\n');
    expect(text).toMatch(/YAML cannot be read: .+\n {2}where {4}a\.yaml:\d+:\d+/);
    expect(text).toContain('look at the indentation, the quotes and the colons');
  });

  it('names a missing file', () => {
    expect(() => YamlText.open('nowhere/pipeline.yaml')).toThrow(
      /file not found\n {2}where {4}nowhere\/pipeline\.yaml/,
    );
  });
});
