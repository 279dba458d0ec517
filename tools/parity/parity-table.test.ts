import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { casesIn } from './cases';
import { renameTensors, tensorNames } from './rename-tensors';
import { renderTable, replaceBlock } from './render-table';

const packages = join(import.meta.dirname, '../../packages');

describe('the parity table', () => {
  it('names a folder by what it holds', () => {
    const [qwen2, qwen3] = casesIn(join(packages, 'model-qwen/fixtures'));
    expect(qwen2).toMatchObject({ decoder: 'qwen2, tied head', tower: undefined, layout: '`model.`' });
    expect(qwen3).toMatchObject({ decoder: 'qwen3' });
  });

  it('shows each figure on each backend, and equal ids as such', () => {
    const of = { folder: 'f', decoder: 'llama', tower: undefined, layout: '`model.`' };
    const figures = { logits: [1.26e-6, 3e-5], greedy: [0, 0], vision_features: [1e-6, 2e-6], projected: [3e-6, 1e-7] };
    expect(renderTable([{ of, figures }]).split('\n').at(-1)).toBe(
      '| llama | none | `model.` | 3e-6 · 2e-6 | 1e-6 · 3e-5 |  | equal · equal |',
    );
  });

  it('replaces what stands between the markers, and nothing else', () => {
    const text = 'a\n<!-- parity:start -->\nold\n<!-- parity:end -->\nb\n';
    expect(replaceBlock(text, 'parity', 'new')).toBe('a\n<!-- parity:start -->\nnew\n<!-- parity:end -->\nb\n');
    expect(() => replaceBlock('a', 'parity', 'new')).toThrow('<!-- parity:start -->');
  });

  it('has a place in the README', () => {
    const readme = readFileSync(join(packages, '../README.md'), 'utf8');
    expect(() => replaceBlock(readme, 'parity', '')).not.toThrow();
  });

  it('renames tensors and leaves their values', () => {
    const folder = mkdtempSync(join(tmpdir(), 'rename-'));
    try {
      const from = join(packages, 'model-qwen/fixtures/qwen3/model.safetensors');
      const to = join(folder, 'model.safetensors');
      renameTensors(from, to, (name) => `model.${name}`);
      expect(tensorNames(to)).toEqual(tensorNames(from).map((name) => `model.${name}`));
      writeFileSync(join(folder, 'b'), '');
      renameTensors(to, join(folder, 'b'), (name) => name.slice('model.'.length));
      expect(tensorNames(join(folder, 'b'))).toEqual(tensorNames(from));
      const values = (path: string): Buffer => readFileSync(path).subarray(-1000);
      expect(values(to).equals(values(from))).toBe(true);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
