import { join } from 'node:path';
import { readJson } from '@moslora/checkpoint';
import type { Decoder } from '@moslora/decoder';
import { startBackend, tf } from '@moslora/runtime';
import { describeShared, maxAbsDiff, sharedFolder } from '@moslora/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { LlavaModel } from './llava-model';
import { loadDecoderFolder } from './load-folder';
import { Projector } from './projector';

const expectedSchema = z.looseObject({
  prompt_ids: z.array(z.int()),
  greedy_ids: z.array(z.int()),
  last_logits_first8: z.array(z.number()),
});

describeShared('MiniMind2-Small, a real pretrained decoder', () => {
  const dir = join(sharedFolder(), 'models/minimind2-small');
  let decoder: Decoder;
  let model: LlavaModel;
  beforeAll(async () => {
    await startBackend();
    decoder = await loadDecoderFolder(dir);
    const shape = { visionSize: 8, hiddenSize: decoder.config.hiddenSize, bias: true };
    model = new LlavaModel({ decoder, projector: Projector.initialise(shape, 1) });
  });
  afterAll(() => model.dispose());

  it('answers as in PyTorch, with its logits', async () => {
    const expected = readJson(join(dir, 'expected.json'), expectedSchema);
    const prompt = expected.prompt_ids;
    const [answer] = await model.generate([prompt], {}, { maxNewTokens: 32, stop: [2] });
    expect(answer).toEqual(expected.greedy_ids);
    const last = tf.tidy(() => {
      const logits = model.logits({ size: 1, inputIds: Int32Array.from(prompt) });
      return tf.slice(logits, [0, prompt.length - 1, 0], [1, 1, 8]).dataSync();
    });
    // The reference ran in float32 on the same float16 weights.
    expect(maxAbsDiff(last, expected.last_logits_first8)).toBeLessThan(1e-3);
  });
});
