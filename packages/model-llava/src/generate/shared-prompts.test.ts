import { startEngine } from '@moslora/kernels';
import { tf } from '@moslora/runtime';
import { expectNoLeak, withRandomWeights } from '@moslora/testing';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { familyFor } from '../families';
import { IMAGE, seeingLlava } from './fixtures/seeing-llava';
import { generate } from './generate';
import { textSpeaker } from './speaker';

/** The ids that went through a decoder in each pass of several positions, as (rows, positions). */
function passes(decoder: { forwardRows: (x: tf.Tensor3D, ...rest: never[]) => tf.Tensor2D }): () => number[][] {
  const spy = vi.spyOn(decoder, 'forwardRows');
  return () =>
    spy.mock.calls.map(([x]) => (x as tf.Tensor3D).shape.slice(0, 2)).filter(([, positions]) => positions! > 1);
}

describe.each(['plain', 'fused'] as const)('prompts about one picture, %s ops', (ops) => {
  const seeing = seeingLlava();
  beforeAll(async () => void (ops === 'fused' && (await startEngine())));
  const question = [1, IMAGE, 5, 7, 11, 3, 2];
  const rotations = [
    [4, 9, 8],
    [9, 8, 4],
    [8, 4, 9, 6],
    [4, 8],
  ].map((options) => [...question, ...options]);
  const others = [
    [1, IMAGE, 5, 7, 11, 3, 2, 4, 9, 8],
    [1, 5, 7, 3, 3, 3, 8, 8, 2],
    [IMAGE, 2, 6],
  ];
  const prompts = [rotations[0]!, others[0]!, ...rotations.slice(1), others[1]!, others[2]!];
  const shown = [0, 1, 0, 0, 0, 2];

  it('get what each gets alone; what they begin with goes through the decoder once', async () => {
    const { model, features } = seeing;
    const seen = passes(model.decoder as never);
    const together = await model.generate(prompts, { features, shown }, { maxNewTokens: 8 });
    // A picture has four patches: the rotations begin with 10 positions. No picture is cut, so that the last prompt has 6 after those.
    expect(seen()).toEqual([
      [4, 10],
      [7, 6],
    ]);
    vi.restoreAllMocks();
    let next = 0;
    for (const [row, prompt] of prompts.entries()) {
      const sees = prompt.includes(IMAGE);
      const one = sees ? { features: tf.slice(features, [shown[next++]!, 0, 0], [1, -1, -1]) } : {};
      expect([row, ...together[row]!]).toEqual([
        row,
        ...(await model.generate([prompt], one, { maxNewTokens: 8 }))[0]!,
      ]);
    }
    expect(new Set(together.map((answer) => answer.join())).size).toBeGreaterThan(3);
  });

  it('share nothing where pictures are not said to be the same', async () => {
    const { model, features } = seeing;
    const seen = passes(model.decoder as never);
    const each = tf.gather(features, [0, 0, 0, 0]) as tf.Tensor3D;
    await model.generate(rotations, { features: each }, { maxNewTokens: 1 });
    expect(seen()).toEqual([[4, 14]]);
    vi.restoreAllMocks();
  });

  it('leak nothing', async () => {
    const { model, features } = seeing;
    await expectNoLeak(() => model.generate(prompts, { features, shown }, { maxNewTokens: 3 }));
  });
});

describe('texts that begin alike', () => {
  beforeAll(() => startEngine());
  const tiny = { hidden_size: 24, intermediate_size: 40, num_hidden_layers: 2, num_attention_heads: 4, vocab_size: 50 };
  const prompts = [
    [3, 1, 4, 1, 5, 9, 2, 6],
    [3, 1, 4, 1, 5, 9, 7],
    [3, 1, 4, 1, 5, 9],
    [3, 1, 4, 1, 5, 9, 2, 8],
  ];

  it.each([
    ['internlm2', { ...tiny, model_type: 'internlm2', num_key_value_heads: 2 }, 2],
    ['qwen2', { ...tiny, model_type: 'qwen2', num_key_value_heads: 4 }, 2],
    // Its rotations depend on how long the whole prompt is.
    [
      'llama',
      {
        ...tiny,
        ...{ model_type: 'llama', num_key_value_heads: 2 },
        ...{ rope_scaling: { type: 'dynamic', factor: 2 }, max_position_embeddings: 5 },
      },
      1,
    ],
  ])('get what each gets alone: %s', async (modelType, config, expected) => {
    const family = await familyFor(modelType, 'here');
    const decoder = withRandomWeights(family.tensors(config), (file) => family.load(file, config));
    const speaker = textSpeaker(decoder);
    const seen = passes(decoder as never);
    const together = await generate(speaker, prompts, {}, { maxNewTokens: 6 });
    expect(seen()).toHaveLength(expected);
    vi.restoreAllMocks();
    const alone: number[][] = [];
    for (const prompt of prompts) alone.push(...(await generate(speaker, [prompt], {}, { maxNewTokens: 6 })));
    expect(together).toEqual(alone);
    decoder.dispose();
  });
});
