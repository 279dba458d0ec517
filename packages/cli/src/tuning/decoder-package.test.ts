import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fail } from '@moslora/specs';
import { root } from '../stages/paths';
import { packageEntry, sourceClosure } from '../stages/source-closure';
import { stageFile } from '../stages/table';
import { decoderPackage } from './decoder-package';

const folder = mkdtempSync(join(tmpdir(), 'decoder-package-'));
const found = (config: object): string[] => {
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  return decoderPackage({ input: () => folder }, { folder });
};

describe('decoderPackage', () => {
  it('is what config.json leads to, of a language model and of a LLaVA', () => {
    expect(found({ model_type: 'qwen2' })).toEqual(['@moslora/model-qwen']);
    expect(found({ model_type: 'llava', text_config: { model_type: 'internlm2' } })).toEqual([
      '@moslora/model-internlm2',
    ]);
  });

  it('is none where the base is not there, or of no known family', () => {
    expect(found({ model_type: 'mamba2' })).toEqual([]);
    const input = (): string => fail({ what: 'quantize has not run' });
    expect(decoderPackage({ input }, { stage: 'quantize' })).toEqual([]);
  });

  it('has the code that a stage runs and its own source does not lead to', () => {
    const paths = (entries: string[]): string[] => sourceClosure(root, entries).map((file) => relative(root, file));
    const layer = join('packages', 'model-qwen', 'src', 'layer.ts');
    for (const kind of ['align', 'instruct', 'score'] as const) expect(paths([stageFile(kind)])).not.toContain(layer);
    expect(paths([packageEntry(root, found({ model_type: 'qwen3' })[0]!)])).toContain(layer);
  });
});
