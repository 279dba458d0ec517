import { describe, expect, it } from 'vitest';
import { drawHeldout } from './heldout';
import { columns, mmbenchTsv } from './mmbench-tsv';
import { Random } from './random';

const heldout = drawHeldout(4, new Random('tsv'));
const pictures = heldout.map((_, at) => new Uint8Array(90).fill(at));
const rows = mmbenchTsv(heldout, pictures, 'cn')
  .trimEnd()
  .split('\n')
  .map((line) => line.split('\t'));
const [header = [], ...body] = rows;
const field = (row: readonly string[], name: (typeof columns)[number]): string => row[header.indexOf(name)] ?? '';

describe('the MMBench file', () => {
  it('has the official columns and one row per rotation', () => {
    expect(header).toEqual([...columns]);
    expect(body).toHaveLength(heldout.reduce((sum, { options }) => sum + options.length, 0));
    expect(new Set(body.map((row) => field(row, 'index'))).size).toBe(body.length);
  });

  it('keeps the picture in the base row and refers to it from the others', () => {
    for (const row of body) {
      const index = Number(field(row, 'index'));
      const base = index % 1_000_000;
      const image = field(row, 'image');
      if (index === base) expect(Buffer.from(image, 'base64')).toEqual(Buffer.from(pictures[base - 1] ?? []));
      else expect(image).toBe(String(base));
    }
  });

  it('turns the options but not the answer', () => {
    for (const row of body) {
      const asked = heldout[(Number(field(row, 'index')) % 1_000_000) - 1];
      const letter = field(row, 'answer') as 'A' | 'B' | 'C' | 'D';
      expect(field(row, letter)).toBe(asked?.question.answer.cn);
      const shown = (['A', 'B', 'C', 'D'] as const).map((name) => field(row, name)).filter((text) => text !== '');
      expect([...shown].sort()).toEqual(asked?.options.map(({ cn }) => cn).sort());
    }
  });

  it('puts every option at every letter once', () => {
    const first = body.filter((row) => Number(field(row, 'index')) % 1_000_000 === 1);
    expect(new Set(first.map((row) => field(row, 'A'))).size).toBe(first.length);
  });
});
