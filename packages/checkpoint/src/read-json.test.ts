import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { jsonErrorIndex } from './json-position';
import { readJson } from './read-json';

const path = join(mkdtempSync(join(tmpdir(), 'json-')), 'config.json');
const schema = z.strictObject({ hidden_size: z.int().positive(), layers: z.array(z.object({ kind: z.string() })) });

function read(text: string): unknown {
  writeFileSync(path, text);
  return readJson(path, schema);
}

describe('readJson', () => {
  it('gives the checked value, also with a byte order mark', () => {
    expect(read('\ufeff{"hidden_size": 4, "layers": [{"kind": "a"}]}')).toEqual({
      hidden_size: 4,
      layers: [{ kind: 'a' }],
    });
  });

  it.each([
    ['{\n  "hidden_size": 4,\n  "layers": [}\n}', ':3:14', '"}"'],
    ['{\n  "hidden_size": 4,\n}', ':3:1', '"}"'],
    ["{'a': 1}", ':1:2', '"\'a\': 1}"'],
    ['{"a": 1', ':1:8', 'the end of the file'],
    ['', ':1:1', 'the end of the file'],
    ['{"a": NaN}', ':1:7', '"NaN}"'],
    ['{} x', ':1:4', '"x"'],
  ])('%j stops at %s', (text, place, got) => {
    expect(() => read(text)).toThrow(`The file is not valid JSON\n  where    ${path}${place}\n  got      ${got}`);
  });

  it('reports every value that does not fit', () => {
    const text = '{"hidden_size": -1, "layers": [{"kind": "a"}, {"kind": 7}], "hiden_size": 1}';
    const all =
      /hidden_size\n {2}got {6}-1[\s\S]*layers\[1\]\.kind\n {2}got {6}7[\s\S]*unknown key `hiden_size`[\s\S]*did you mean hidden_size/;
    expect(() => read(text)).toThrow(all);
  });

  it('says when there is no such file', () => {
    expect(() => readJson('/nowhere/config.json', schema)).toThrow('no such file');
  });
});

describe('jsonErrorIndex', () => {
  const valid = ['0', '-1.5e+3', '"\\u00e9\\n"', '[]', ' [ 1 , {} , {"a":[true,null]} ] ', '{"a":{"b":"c"}}'];
  const invalid = ['01', '1.', '"\\x"', '"a\nb"', '[1,]', '[1 2]', '{"a" 1}', '{a:1}', 'tru', '[', '{"a":1,}', '"'];

  it('agrees with the engine on what is JSON', () => {
    for (const text of valid) expect([text, jsonErrorIndex(text)]).toEqual([text, undefined]);
    for (const text of invalid) {
      expect(() => JSON.parse(text) as unknown).toThrow();
      expect([text, jsonErrorIndex(text)]).toEqual([text, expect.any(Number)]);
    }
  });
});
