import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { injectAdapters, loadAdapters } from '@moslora/adapters';
import { Rng, tf } from '@moslora/runtime';
import { adapterConfigSchema } from '@moslora/specs';
import { maxAbsDiff } from '@moslora/testing';
import { describe, expect, it } from 'vitest';
import { comparedLayouts, logitsOf, published } from '../fixtures/compared-layouts';
import {
  randomParts,
  sequentialAt,
  writeDecoder,
  writeFolder,
  writeHuggingface,
  writeTower,
} from '../fixtures/layout-folders';
import { composeLlava, loadLlavaFolder } from '../load-folder';
import { towerSlots } from '../tower-slots';
import { isLlavaFolder } from './open-layout';

const given = comparedLayouts();

describe("xtuner's layout", () => {
  const projectorConfig = { model_type: 'projector', depth: 2, hidden_act: 'gelu', bias: true };
  const writeXtuner = (dir: string): string => {
    writeFolder(join(dir, 'projector'), projectorConfig, sequentialAt(given.parts, 'model.'));
    return dir;
  };

  it('takes decoder and tower that are given, and those xtuner_config.py names', async () => {
    const [base, tower] = [writeDecoder(given.folder(), given.parts), writeTower(given.folder(), given.parts)];
    const dir = writeXtuner(given.folder());
    expect(isLlavaFolder(dir)).toBe(true);
    expect(maxAbsDiff(logitsOf(await loadLlavaFolder(dir, { base, tower })), given.expected)).toBe(0);
    await expect(loadLlavaFolder(dir, { base })).rejects.toThrow(/The vision tower[^]*got {6}no name of it[^]*`tower`/);
    writeFileSync(
      join(dir, 'xtuner_config.py'),
      `# a comment\nllm_name_or_path = '${base}'\nvisual_encoder_name_or_path = "${tower}"\nmodel = dict()\n`,
    );
    expect(maxAbsDiff(logitsOf(await loadLlavaFolder(dir)), given.expected)).toBe(0);
  });

  it('takes tuned parts that lie inside', async () => {
    const dir = writeXtuner(writeDecoder(given.folder(), given.parts));
    writeTower(join(dir, 'visual_encoder'), given.parts);
    expect(maxAbsDiff(logitsOf(await loadLlavaFolder(dir)), given.expected)).toBe(0);
  });

  it('puts the adapters on decoder and tower', async () => {
    const [base, tower] = [writeDecoder(given.folder(), given.parts), writeTower(given.folder(), given.parts)];
    const dir = writeXtuner(given.folder());
    const config = adapterConfigSchema.parse({ method: 'moslora', rank: 4, alpha: 8 });
    const tuned = await composeLlava({ base, tower, projector: join(dir, 'projector') });
    const slots = { llm_adapter: tuned.decoder.slots(), visual_encoder_adapter: tuned.tower!.slots() };
    for (const [name, places] of Object.entries(slots)) {
      const set = injectAdapters(places, config, new Rng(name));
      for (const { name: parameter, value } of set.parameters())
        if (parameter.endsWith('lora_B.weight')) value.assign(tf.randomNormal(value.shape, 0, 0.3));
      set.save(join(dir, name), { baseModel: name === 'llm_adapter' ? base : tower });
    }
    const adapted = logitsOf(tuned);
    expect(maxAbsDiff(adapted, given.expected)).toBeGreaterThan(0.01);
    expect(maxAbsDiff(logitsOf(await loadLlavaFolder(dir)), adapted)).toBe(0);
    const hub = await loadLlavaFolder(writeHuggingface(given.folder(), given.parts, published));
    loadAdapters(hub.decoder.slots(), join(dir, 'llm_adapter'));
    loadAdapters(towerSlots(hub.tower!, join(dir, 'visual_encoder_adapter')), join(dir, 'visual_encoder_adapter'));
    expect(maxAbsDiff(logitsOf(hub), adapted)).toBe(0);
  });

  it('has InternLM2 as its decoder', async () => {
    const text = { ...given.parts.text, model_type: 'internlm2', bias: false };
    const others = await randomParts({ text });
    const base = writeDecoder(given.folder(), others, 'output.weight');
    const dir = writeFolder(given.folder(), {}, []);
    rmSync(join(dir, 'config.json'));
    writeFolder(join(dir, 'projector'), projectorConfig, sequentialAt(others, 'model.'));
    const tower = writeTower(given.folder(), others);
    const composed = logitsOf(await composeLlava({ base, tower, projector: join(dir, 'projector') }));
    expect(maxAbsDiff(logitsOf(await loadLlavaFolder(dir, { base, tower })), composed)).toBe(0);
    expect(maxAbsDiff(composed, given.expected)).toBeGreaterThan(0.01);
  });
});
