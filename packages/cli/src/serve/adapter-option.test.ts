import { describe, expect, it } from 'vitest';
import { runHere } from '../fixtures/run-here';
import { oneMoreAdapter } from './adapter-option';

const serve = (...args: string[]) => runHere('serve', ...args);

describe('--adapter', () => {
  it('is a name and a place', () => {
    const one = oneMoreAdapter('qlora=runs/a=b', []);
    expect(oneMoreAdapter('q:2=pipelines/quickstart:instruct', one)).toEqual([
      { name: 'qlora', place: 'runs/a=b' },
      { name: 'q:2', place: 'pipelines/quickstart:instruct' },
    ]);
    expect(() => oneMoreAdapter('runs/a', [])).toThrow('NAME=FOLDER');
    expect(() => oneMoreAdapter('qlora=x', one)).toThrow('two adapters qlora');
  });

  it('exits with 2 for what is not there', async () => {
    expect(await serve('nowhere')).toMatchObject({ code: 2, err: expect.stringContaining('no model here') });
    expect(await serve('nowhere', '--adapter', 'a')).toMatchObject({
      code: 2,
      err: expect.stringContaining('NAME=FOLDER'),
    });
    expect(await serve('nowhere', '--port', 'x')).toMatchObject({
      code: 2,
      err: expect.stringContaining('a port from 0 to 65535'),
    });
    expect(await serve('nowhere', '--port', '99999')).toMatchObject({ code: 2 });
    for (const file of ['no-keys', '.'])
      expect(await serve('nowhere', '--api-key-file', file)).toMatchObject({
        code: 2,
        err: expect.stringMatching(/no file of keys here[^]*no-keys|file of keys cannot be read \(EISDIR\)/),
      });
  });
});
