import { join } from 'node:path';
import { readJson } from '@moslora/checkpoint';
import type { Decoder } from '@moslora/decoder';
import { startBackend, tf } from '@moslora/runtime';
import { describeShared, maxAbsDiff, sharedFolder } from '@moslora/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { generate } from './generate/generate';
import { textSpeaker } from './generate/speaker';
import { loadDecoderFolder } from './load-folder';

const expectedSchema = z.looseObject({
  prompt_ids: z.array(z.int()),
  greedy_ids: z.array(z.int()),
  last_logits_first8: z.array(z.number()),
});

describeShared('MiniMind2-Small, a real pretrained decoder', () => {
  const dir = join(sharedFolder(), 'models/minimind2-small');
  let decoder: Decoder;
  beforeAll(async () => {
    await startBackend();
    decoder = await loadDecoderFolder(dir);
  });
  afterAll(() => decoder.dispose());

  it('answers as in PyTorch, with its logits', async () => {
    const expected = readJson(join(dir, 'expected.json'), expectedSchema);
    const prompt = expected.prompt_ids;
    const [answer] = await generate(textSpeaker(decoder), [prompt], {}, { maxNewTokens: 32, stop: [2] });
    expect(answer).toEqual(expected.greedy_ids);
    const last = tf.tidy(() => {
      const hidden = decoder.forward(decoder.embed(tf.tensor2d([prompt], undefined, 'int32')));
      const logits = decoder.logits(tf.reshape(hidden, [prompt.length, -1]));
      return tf.slice(logits, [prompt.length - 1, 0], [1, 8]).dataSync();
    });
    // The reference ran in float32 on the same float16 weights.
    expect(maxAbsDiff(last, expected.last_logits_first8)).toBeLessThan(1e-3);
  });
});
