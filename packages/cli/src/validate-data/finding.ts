import type { Problem } from '@moslora/specs';

/** Everything that is checked, and how bad it is: an error keeps a sample out of training, or makes its validation or its scores mean nothing. */
export const checks = {
  'malformed-row': 'error',
  'missing-picture': 'error',
  'damaged-picture': 'error',
  slots: 'error',
  roles: 'error',
  'empty-answer': 'error',
  'nothing-trained': 'error',
  template: 'error',
  'too-long': 'error',
  'leaked-picture': 'error',
  'leaked-text': 'error',
  'leaked-benchmark': 'error',
  cut: 'warning',
  duplicate: 'warning',
  'duplicate-id': 'warning',
} as const;
export type Check = keyof typeof checks;

/** One thing found in the data. */
export interface Finding {
  check: Check;
  severity: 'error' | 'warning';
  /** Which data, such as `llava/train.json`. */
  data: string;
  sample: string;
  problem: Problem;
}

export function finding(check: Check, place: Pick<Finding, 'data' | 'sample'>, problem: Problem): Finding {
  return { check, severity: checks[check], ...place, problem };
}

const byWhat: readonly [RegExp, Check][] = [
  [/out of order/, 'roles'],
  [/picture slots|^<image> in a turn/, 'slots'],
  [/an answer is empty/, 'empty-answer'],
  [/nothing to train/, 'nothing-trained'],
  [/^A picture is missing/, 'missing-picture'],
  [/picture/i, 'damaged-picture'],
];

/** Which check a problem that other code reports belongs to. */
export function checkOf({ what }: Problem): Check {
  return byWhat.find(([pattern]) => pattern.test(what))?.[1] ?? 'template';
}
