import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { newFolder } from '../fixtures/written';
import { ArrayElements } from './array-elements';
import { jsonRows, type JsonRow } from './json-rows';

const folder = newFolder();
async function read(text: string): Promise<JsonRow[]> {
  const file = join(folder, 'x.json');
  writeFileSync(file, text);
  const rows: JsonRow[] = [];
  for await (const row of jsonRows(file)) rows.push(row);
  return rows;
}

const values = [
  { a: 'brackets ]}[{ and "quotes" \\ and \\" ends' },
  [1, [2, { b: ',' }]],
  'text, with ] comma',
  7,
  null,
  { ü: '画' },
];

describe('jsonRows', () => {
  it('gives the elements of an array as JSON.parse does, however it is laid out', async () => {
    for (const indent of [0, 2])
      expect((await read(`\n ${JSON.stringify(values, null, indent)}\n`)).map(({ value }) => value)).toEqual(values);
    expect(await read('[]')).toEqual([]);
    expect(await read('')).toEqual([]);
  });

  it('gives the lines of a JSONL file, and says which are broken', async () => {
    const lines = [
      ...values.slice(0, 2).map((value) => JSON.stringify(value)),
      '{"a": 1',
      '',
      JSON.stringify(values[5]),
    ];
    const rows = await read(`\uFEFF{}\r\n${lines.join('\r\n')}\n`);
    expect(rows.map(({ value }) => value)).toEqual([{}, values[0], values[1], undefined, values[5]]);
    expect(rows[3]).toMatchObject({ index: 3, error: expect.stringMatching(/JSON/) as string });
  });

  it('says that an array is cut off', async () => {
    const rows = await read('[{"a": 1}, {"a": ');
    expect(rows.map(({ value }) => value)).toEqual([{ a: 1 }, undefined]);
    expect(rows[1]!.error).toMatch(/JSON/);
  });

  it('cuts at the same places however the text is divided, within letters too', () => {
    const text = Buffer.from(JSON.stringify(values));
    for (let size = 1; size <= 17; size++) {
      const elements = new ArrayElements();
      const found: string[] = [];
      for (let at = 0; at < text.length; at += size) found.push(...elements.push(text.subarray(at, at + size)));
      expect([...found, ...elements.end()].map((each) => JSON.parse(each) as unknown)).toEqual(values);
    }
  });
});
