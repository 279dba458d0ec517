import { tf } from '@moslora/runtime';
import { expectNoLeak } from '@moslora/testing';
import { describe, expect, it } from 'vitest';
import type { LlavaModel } from '../llava-model';
import { IMAGE, prompts, seeingLlava } from './fixtures/seeing-llava';
import { padLeft } from './pad-left';

const widen = (prompt: number[]): number[] =>
  prompt.flatMap((id) => (id === IMAGE ? [IMAGE, IMAGE, IMAGE, IMAGE] : [id]));

/** Greedy by definition: the whole sequence through the model for every token. */
function oneByOne(model: LlavaModel, prompt: number[], features: tf.Tensor3D | undefined, steps: number): number[] {
  const ids = widen(prompt);
  const answer: number[] = [];
  for (let step = 0; step < steps; step += 1) {
    const next = tf.tidy(() => {
      const logits = model.logits({ size: 1, inputIds: Int32Array.from(ids), features });
      return tf.argMax(tf.reshape(tf.slice(logits, [0, ids.length - 1, 0], [1, 1, -1]), [-1])).dataSync()[0]!;
    });
    ids.push(next);
    answer.push(next);
  }
  return answer;
}

describe('padLeft', () => {
  it('ends all prompts at the same column', () => {
    expect([...padLeft([[5, 6, 7], [8]])]).toEqual([5, 6, 7, 0, 0, 8]);
  });
});

describe('generate', () => {
  const seeing = seeingLlava();

  it('gives several prompts of other lengths the same ids as each alone without a cache', async () => {
    const { model, features } = seeing;
    const together = await model.generate(prompts, { features }, { maxNewTokens: 6 });
    const one = tf.slice(features, [0, 0, 0], [1, -1, -1]);
    const two = tf.slice(features, [1, 0, 0], [2, -1, -1]);
    const alone = [
      oneByOne(model, prompts[0]!, one, 6),
      oneByOne(model, prompts[1]!, undefined, 6),
      oneByOne(model, prompts[2]!, two, 6),
    ];
    expect(together).toEqual(alone);
    expect(new Set(together.flat()).size).toBeGreaterThan(3);
  });

  it('ends each answer at its own stop id', async () => {
    const { model, features } = seeing;
    const free = await model.generate(prompts, { features }, { maxNewTokens: 6 });
    const stop = [free[0]![1]!];
    const stopped = await model.generate(prompts, { features }, { maxNewTokens: 6, stop });
    stopped.forEach((answer, b) => {
      const end = free[b]!.findIndex((id) => stop.includes(id));
      expect(answer).toEqual(end < 0 ? free[b] : free[b]!.slice(0, end + 1));
    });
    expect(stopped[0]!.length).toBeLessThanOrEqual(2);
  });

  it('takes slots that are already one per patch, and pixels', async () => {
    const { model, features, pixels } = seeing;
    const wide = await model.generate(prompts.map(widen), { pixels }, { maxNewTokens: 3 });
    expect(wide).toEqual(await model.generate(prompts, { features }, { maxNewTokens: 3 }));
  });

  it('leaks nothing', async () => {
    const { model, features } = seeing;
    await expectNoLeak(() => model.generate(prompts, { features }, { maxNewTokens: 3 }));
  });

  it('says when pictures and slots do not match', async () => {
    const { model, features } = seeing;
    await expect(model.generate([[1, IMAGE, 2]], { features }, { maxNewTokens: 1 })).rejects.toThrow(
      'Pictures and their places do not match\n  got      1 picture slots in the prompts\n  expected 3, one per picture, or 12, one per patch',
    );
  });

  it('answers nothing to no prompt', async () => {
    expect(await seeing.model.generate([], {}, { maxNewTokens: 3 })).toEqual([]);
  });
});
