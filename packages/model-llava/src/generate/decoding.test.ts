import type { Decoder } from '@moslora/decoder';
import { startBackend, tf } from '@moslora/runtime';
import { expectNoLeak, withRandomWeights } from '@moslora/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { familyFor } from '../families';
import { generate, generateTokens, type GenerateOptions } from './generate';
import { textSpeaker, type Speaker } from './speaker';

const tiny = {
  hidden_size: 24,
  intermediate_size: 40,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  vocab_size: 50,
};
const configs: Record<string, Record<string, unknown>> = {
  llama: { ...tiny, model_type: 'llama', rope_scaling: { type: 'dynamic', factor: 2 }, max_position_embeddings: 9 },
  internlm2: { ...tiny, model_type: 'internlm2', bias: true },
  qwen2: { ...tiny, model_type: 'qwen2', tie_word_embeddings: true },
  qwen3: { ...tiny, model_type: 'qwen3', head_dim: 8 },
};
const prompts = [[3, 1, 4, 1, 5, 9, 2, 6], [5, 3], [5, 8, 9, 7, 9], [3], [2, 7, 1, 8, 2, 8, 1, 8]];
const ways: Record<string, GenerateOptions> = {
  greedy: {},
  'greedy with a penalty': { sampling: { repetitionPenalty: 1.4 } },
  sampling: { sampling: { doSample: true, temperature: 1.5, seed: 3 } },
  'sampling with everything': {
    sampling: { doSample: true, temperature: 0.9, topK: 12, topP: 0.9, minP: 0.02, repetitionPenalty: 1.2, seed: 'x' },
  },
};

describe.each(Object.entries(configs))('answers of a random %s', (modelType, config) => {
  let decoder: Decoder;
  let speaker: Speaker;
  beforeAll(async () => {
    await startBackend();
    const family = await familyFor(modelType, 'here');
    decoder = withRandomWeights(family.tensors(config), (file) => family.load(file, config));
    speaker = textSpeaker(decoder);
  });
  afterAll(() => decoder.dispose());
  const answers = (some: number[][], options: GenerateOptions): Promise<number[][]> =>
    generate(speaker, some, {}, { maxNewTokens: 8, ...options });

  it.each(Object.entries(ways))('are those that each prompt gets alone: %s', async (_, options) => {
    const together = await answers(prompts, options);
    const alone: number[][] = [];
    for (const prompt of prompts) alone.push(...(await answers([prompt], options)));
    expect(together).toEqual(alone);
    expect(new Set(together.map((answer) => answer.join())).size).toBeGreaterThan(2);
  });

  it('stay the same when others end', async () => {
    const options = ways['sampling']!;
    const free = await answers(prompts, options);
    const stop = [free[0]![1]!, free[3]![4]!];
    const stopped = await answers(prompts, { ...options, stop });
    free.forEach((answer, row) => {
      const end = answer.findIndex((id) => stop.includes(id));
      expect(stopped[row]).toEqual(end < 0 ? answer : answer.slice(0, end + 1));
    });
  });

  it('are what the whole sequence gives without a cache', async () => {
    // Beyond the trained length a dynamic embedding turns earlier keys by their own time's frequencies, as in transformers.
    const most = modelType === 'llama' ? 1 : 8;
    const [answer] = await answers([prompts[0]!], { maxNewTokens: most });
    const ids = [...prompts[0]!];
    for (const expected of answer!) {
      const next = tf.tidy(() => {
        const hidden = decoder.forward(decoder.embed(tf.tensor2d([ids], undefined, 'int32')));
        const logits = decoder.logits(tf.reshape(hidden, [ids.length, -1]));
        return tf.argMax(tf.slice(logits, [ids.length - 1, 0], [1, -1]), 1).dataSync()[0];
      });
      expect(expected).toBe(next);
      ids.push(expected);
    }
  });

  it('leak nothing, also when nobody waits for the end', async () => {
    await expectNoLeak(() => answers(prompts, { ...ways['sampling'], stop: [7, 8, 9] }));
    await expectNoLeak(async () => {
      for await (const tokens of generateTokens(speaker, prompts, {}, {})) if (tokens.length > 0) break;
    });
  });
});

describe('sampling', () => {
  it('gives another answer to another seed, and is as long as it may be', async () => {
    await startBackend();
    const family = await familyFor('qwen3', 'here');
    const decoder = withRandomWeights(family.tensors(configs['qwen3']), (file) => family.load(file, configs['qwen3']));
    const speaker = textSpeaker(decoder);
    const drawn = (seed: number): Promise<number[][]> =>
      generate(speaker, prompts, {}, { maxLength: 10, sampling: { doSample: true, seed } });
    const [one, again, other] = [await drawn(1), await drawn(1), await drawn(2)];
    expect(one).toEqual(again);
    expect(one).not.toEqual(other);
    expect(one.map((answer) => answer.length)).toEqual(prompts.map((prompt) => 10 - prompt.length));
    await expect(generate(speaker, [[1], []], {}, {})).rejects.toThrow('A prompt has no tokens');
    await expect(generate(speaker, [[1, 50]], {}, {})).rejects.toThrow('A token id is not in the vocabulary');
    decoder.dispose();
  });
});
