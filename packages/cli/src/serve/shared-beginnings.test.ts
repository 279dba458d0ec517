import type { tf } from '@moslora/runtime';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { png, uri } from './fixtures/bodies';
import { pngOf } from './fixtures/png-of';
import { servedForTests } from './fixtures/served-for-tests';

/** A picture of one colour. */
const plain = (side: number, red: number): Buffer =>
  pngOf(
    side,
    Buffer.concat(Array<Buffer>(side).fill(Buffer.from([0, ...Array<number[]>(side).fill([red, 20, 200]).flat()]))),
  );
/** As long as it takes to be seen, those who ask about it wait; then they begin together. */
const slow = (red: number): Buffer => plain(2500, red);

describe('requests that begin alike', () => {
  const served = servedForTests();
  afterEach(() => vi.restoreAllMocks());

  const ask = (text: string, ...pictures: readonly Buffer[]): Promise<string> =>
    served.running.client.chat.completions
      .create({
        ...{ model: 'tiny', max_tokens: 6 },
        messages: [
          { role: 'system', content: 'Look well, then say in a few words what there is. '.repeat(3) },
          {
            role: 'user',
            content: [
              ...pictures.map((picture) => ({ type: 'image_url' as const, image_url: { url: uri(picture) } })),
              { type: 'text', text },
            ],
          },
        ],
      })
      .then(({ choices }) => choices[0]!.message.content!);
  /** (rows, positions) of every pass of prompts from now on. */
  const passes = (): (() => number[][]) => {
    const spy = vi.spyOn(served.running.served.models[0]!.speaker.decoder, 'forwardRows');
    return () =>
      spy.mock.calls.map(([x]) => (x as tf.Tensor3D).shape.slice(0, 2)).filter(([, positions]) => positions! > 1);
  };
  const total = (shapes: readonly number[][]): number =>
    shapes.reduce((sum, [rows, positions]) => sum + rows! * positions!, 0);

  it('go through the decoder once as far as they do, and get what each gets alone', async () => {
    const questions = ['What is seen?', 'What is seen?', 'Which colour?', 'How many are there?'];
    const picture = slow(10);
    const seen = passes();
    const together = await Promise.all(questions.map((text) => ask(text, picture)));
    const shapes = seen();
    expect(shapes.map(([rows]) => rows)).toEqual([1, 4]);
    vi.restoreAllMocks();
    const lone = passes();
    const alone: string[] = [];
    for (const text of questions) alone.push(await ask(text, picture));
    expect(together).toEqual(alone);
    expect(new Set(alone).size).toBeGreaterThan(1);
    expect(total(shapes)).toBeLessThan(0.5 * total(lone()));
  });

  it('and then show other pictures get the answer about their own', async () => {
    const pictures = [png, plain(8, 0), png, plain(8, 250)];
    for (const picture of pictures) await ask('What is seen?', picture);
    const last = slow(20);
    const seen = passes();
    const together = await Promise.all(pictures.map((picture) => ask('What is seen?', picture, last)));
    expect(seen().at(-1)![0]).toBe(4);
    const alone: string[] = [];
    for (const picture of pictures) alone.push(await ask('What is seen?', picture, last));
    expect(together).toEqual(alone);
    expect(new Set(alone).size).toBeGreaterThan(1);
  });

  it('wait where their prompts would be too many positions together', async () => {
    const seen = passes();
    const texts = Array.from({ length: 12 }, (_, i) => `${i} word`.repeat(90));
    const answers = Promise.all(texts.map((text) => ask(text)));
    const short = await ask('Well?');
    expect((await answers).every((answer) => typeof answer === 'string' && short !== undefined)).toBe(true);
    const rows = seen().map(([count]) => count!);
    expect(Math.max(...rows)).toBeGreaterThan(1);
    expect(Math.max(...rows)).toBeLessThan(12);
  });
});
