import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeShared, sharedFolder } from '@moslora/testing';
import { afterAll, expect, it } from 'vitest';
import { Reporter } from '../progress/reporter';
import { openPipeline } from '../stages/open-pipeline';
import { stageContext } from '../stages/stage-context';
import { baseSizes } from './base-sizes';
import { towerSizes } from './tower-sizes';

const golden = join(sharedFolder(), 'golden', 'tiny-llava-llama');
const root = mkdtempSync(join(tmpdir(), 'estimate-llava-'));

describeShared('estimates of a stage whose base and tower are a LLaVA', () => {
  afterAll(() => rmSync(root, { recursive: true }));

  it('count the tensors of both parts', async () => {
    const folder = join(root, 'pipelines', 'p');
    mkdirSync(folder, { recursive: true });
    const place = `{ folder: ${JSON.stringify(golden)} }`;
    writeFileSync(
      join(folder, 'pipeline.yaml'),
      `title: T
stages:
  align: { kind: align, tower: ${place}, base: ${place}, data: [{ dataset: easy-vqa, split: train }], train: { steps: 1 } }
`,
    );
    const open = openPipeline(folder);
    const options = { reporter: new Reporter({ write: () => {} }), signal: new AbortController().signal };
    const context = stageContext(open, 'align', open.pipeline.stages['align']!, options) as never;
    // V = 331, D = 64, F = 112, 2 layers with 4 heads and 2 of keys, 16 wide.
    const layer = 2 * 64 + 2 * 64 * 64 + 2 * 32 * 64 + 3 * 64 * 112;
    const base = await baseSizes(context);
    expect(base).toMatchObject({ layers: 2, width: 64, inner: 112, queryWidth: 64, keyWidth: 32, packed: 0 });
    // The head; the embeddings, which are another matrix, are read from the file row by row.
    expect(base.dense).toBe(4 * (331 * 64 + 64 + 2 * layer));
    expect(base.projections.map(({ path }) => path)).toContain('language_model.model.layers.1.mlp.down_proj');
    expect(towerSizes(context)).toMatchObject({
      layers: 3,
      width: 48,
      inner: 96,
      patches: 16,
      positions: 17,
      narrow: 0,
    });
  });
});
