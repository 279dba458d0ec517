import { describe, expect, it } from 'vitest';
import { fail, tryAll, UserError } from './problem';

describe('tryAll', () => {
  it('does every step and throws the problems of all as one error', async () => {
    const done: string[] = [];
    const result = tryAll([
      () => fail([{ what: 'a' }, { what: 'b' }]),
      () => done.push('sync'),
      () => Promise.reject(new UserError({ what: 'c' })),
      () => Promise.resolve(done.push('async')),
    ]);
    await expect(result).rejects.toThrow(UserError);
    await expect(result).rejects.toMatchObject({ problems: [{ what: 'a' }, { what: 'b' }, { what: 'c' }] });
    expect(done).toEqual(['sync', 'async']);
    await expect(tryAll([() => {}])).resolves.toBeUndefined();
  });

  it('stops at an error that is no mistake of a person', async () => {
    let later = false;
    const bug = (): never => {
      throw new Error('a bug');
    };
    await expect(tryAll([() => fail({ what: 'a' }), bug, () => (later = true)])).rejects.toThrow('a bug');
    expect(later).toBe(false);
  });
});
