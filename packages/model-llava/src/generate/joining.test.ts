import { startEngine } from '@moslora/kernels';
import { tf } from '@moslora/runtime';
import { expectNoLeak, withRandomWeights } from '@moslora/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { familyFor } from '../families';
import { Decoding } from './decoding';
import { generate } from './generate';
import { settleSampling } from './settings';
import { textSpeaker, type Speaker } from './speaker';

const config = {
  model_type: 'qwen3',
  hidden_size: 24,
  intermediate_size: 40,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 8,
  vocab_size: 50,
};
const prompts = [[3, 1, 4, 1, 5, 9, 2, 6], [5, 3], [5, 8, 9, 7, 9, 2, 2, 1, 1, 4, 8], [3], [2, 7, 1, 8, 2, 8, 1, 8]];
const greedy = settleSampling({});
const drawn = settleSampling({ doSample: true, temperature: 1.5, seed: 3 });

describe('prompts that join others between tokens', () => {
  let speaker: Speaker;
  beforeAll(async () => {
    await startEngine();
    const family = await familyFor('qwen3', 'here');
    speaker = textSpeaker(withRandomWeights(family.tensors(config), (file) => family.load(file, config)));
  });

  const begin = (first: number, some: readonly (readonly number[])[]): Decoding =>
    new Decoding(speaker, some, {}, { first, sampling: some.map((_, at) => ((first + at) % 2 ? drawn : greedy)) });

  /** One joins after each token, each gets ten; those that have theirs leave. */
  async function joined(): Promise<number[][]> {
    const answers = prompts.map((): number[] => []);
    const add = (tokens: { row: number; id: number }[]): void =>
      tokens.forEach(({ row, id }) => answers[row]!.push(id));
    const running = begin(0, [prompts[0]!]);
    add(await running.next());
    for (let next = 1; running.size > 0; next += 1) {
      if (next < prompts.length) {
        const fresh = begin(next, [prompts[next]!]);
        add(await fresh.next());
        running.absorb(fresh);
      }
      add(await running.next());
      running.end(new Set(answers.flatMap((answer, row) => (answer.length >= 10 ? [row] : []))));
      running.compact(1);
    }
    running.dispose();
    return answers;
  }

  it('get what each gets alone, greedy beside drawn', async () => {
    const alone: number[][] = [];
    for (const [at, prompt] of prompts.entries())
      alone.push(...(await generate(speaker, [prompt], {}, { maxNewTokens: 10, sampling: at % 2 ? drawn : greedy })));
    expect(await joined()).toEqual(alone);
  });

  it('leak nothing', () => expectNoLeak(joined));

  it('may come when all others have left', async () => {
    const running = begin(0, [prompts[0]!]);
    await running.next();
    running.end(new Set([0]));
    const fresh = begin(7, [prompts[1]!]);
    const first = await fresh.next();
    running.absorb(fresh);
    expect([...first, ...(await running.next())].map(({ row }) => row)).toEqual([7, 7]);
    running.dispose();
  });

  it('give the logits that a token was chosen from, where they are wanted', async () => {
    const two = { sampling: [greedy, greedy], logits: [false, true] };
    const running = new Decoding(speaker, prompts.slice(0, 2), {}, two);
    const [one, other] = await running.next();
    expect(one).not.toHaveProperty('logits');
    expect(tf.tidy(() => tf.argMax(tf.tensor1d(other!.logits!)).dataSync()[0])).toBe(other!.id);
    running.dispose();
  });
});
