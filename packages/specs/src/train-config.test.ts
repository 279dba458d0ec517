import { describe, expect, it } from 'vitest';
import { trainConfigSchema } from './train-config';
import { YamlText } from './yaml';

const problemsOf = (text: string): string =>
  new YamlText(text, 'train.yaml')
    .problems(trainConfigSchema)
    .map(({ what, got, expected, fix }) => [what, got, expected, fix].filter((part) => part !== undefined).join('; '))
    .join('\n');

describe('trainConfigSchema', () => {
  it('takes a schedule by its name or with its settings, and gives the same', () => {
    const schedule = (given: unknown) => trainConfigSchema.parse({ schedule: given }).schedule;
    expect(schedule(undefined)).toEqual({ kind: 'cosine' });
    expect(schedule('warmup-stable-decay')).toEqual({ kind: 'warmup-stable-decay', decay: 0.1 });
    expect(schedule({ kind: 'polynomial', power: 3 })).toEqual({ kind: 'polynomial', power: 3 });
    const once = trainConfigSchema.parse({ schedule: 'cosine-restarts' });
    expect(trainConfigSchema.parse(once)).toEqual(once);
  });

  it('says what is wrong with a schedule, however it is written', () => {
    expect(problemsOf('schedule: cosin\n')).toBe(
      '`schedule` has an unknown value; "cosin"; one of constant, linear, cosine, polynomial, inverse-sqrt, ' +
        'warmup-stable-decay, cosine-restarts; did you mean cosine?',
    );
    expect(problemsOf('schedule: { kind: polinomial }\n')).toMatch(
      /^`schedule\.kind` has an unknown value; "polinomial"; .*did you mean polynomial\?$/,
    );
    expect(problemsOf('schedule: { kind: polynomial, pover: 2 }\n')).toMatch(
      /^unknown key `pover` in `schedule`; 2; one of .*power.*; did you mean power\?$/,
    );
    expect(problemsOf('schedule: { kind: cosine, cycles: 2 }\n')).toMatch(
      /^unknown key `cycles` in `schedule`; 2; one of kind/,
    );
    expect(problemsOf('schedule: { kind: cosine-restarts, cycles: 0 }\n')).toBe(
      '`schedule.cycles` is not valid; 0; more than 0',
    );
  });

  it('has no average, and gives up after five skipped steps, unless told otherwise', () => {
    expect(trainConfigSchema.parse({})).toMatchObject({ stopAfterSkips: 5 });
    expect(trainConfigSchema.parse({})).not.toHaveProperty('emaDecay');
    expect(problemsOf('emaDecay: 1\nstopAfterSkips: 0\n')).toBe(
      '`stopAfterSkips` is not valid; 0; more than 0\n`emaDecay` is not valid; 1; less than 1',
    );
  });
});
