import { cpSync, existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { runHere } from '../fixtures/run-here';
import { root } from '../stages/paths';

const cases = join(root, 'packages/model-llava/src/verify/fixtures/peft');
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'moslora-fold-'));
});

const run = (...args: string[]) => runHere('fold', ...args);

describe('moslora fold', () => {
  it("folds the adapter of a run's folder, with the template beside it", async () => {
    const adapter = join(dir, 'run', 'adapter');
    cpSync(join(cases, 'moslora'), adapter, { recursive: true });
    writeFileSync(join(adapter, 'template.json'), '{}');
    const out = join(dir, 'plain');
    const { code, out: text } = await run(join(dir, 'run'), out, '--json');
    expect([code, JSON.parse(text)]).toEqual([0, { output: out, modules: 10, mixers: 10 }]);
    expect(readdirSync(out).sort()).toEqual(['adapter_config.json', 'adapter_model.safetensors', 'template.json']);
    expect(await run(adapter, out)).toMatchObject({ code: 2, err: expect.stringContaining('is not empty') });
    expect((await run(adapter, out, '--force')).code).toBe(0);
  });

  it('refuses DoRA, and folders without an adapter, and leaves nothing', async () => {
    const out = join(dir, 'plain');
    expect(await run(join(cases, 'dora'), out)).toMatchObject({
      code: 2,
      err: expect.stringMatching(/A DoRA adapter is no plain LoRA[^]*got {6}"use_dora": true/),
    });
    expect(await run(dir, out)).toMatchObject({ code: 2, err: expect.stringContaining('no adapter in this folder') });
    expect(await run(join(dir, 'none'), out)).toMatchObject({
      code: 2,
      err: expect.stringContaining('no such folder'),
    });
    expect(existsSync(out)).toBe(false);
  });
});
