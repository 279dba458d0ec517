import { tf } from '@moslora/runtime';
import { expectNoLeak } from '@moslora/testing';
import { describe, expect, it } from 'vitest';
import { prompts, seeingLlava } from './fixtures/seeing-llava';
import { byteLevelTokenizer } from './fixtures/tiny-tokenizer';
import type { Answer } from './answer-text';
import { generateTexts, streamText, streamTexts, type TextOptions } from './stream-texts';

const tokenizer = byteLevelTokenizer();

describe('answers as text', () => {
  const seeing = seeingLlava();
  const options: TextOptions = { maxNewTokens: 40, sampling: { doSample: true, temperature: 3, topK: 0, seed: 1 } };
  const texts = (more: TextOptions = {}): Promise<Answer[]> => {
    const { model, features } = seeing;
    return generateTexts(model, tokenizer, prompts, { features }, { ...options, ...more });
  };

  it('are the decoded ids', async () => {
    for (const { text, ids, finish } of await texts()) {
      expect(ids).toHaveLength(40);
      expect(finish).toBe('length');
      expect(text).toBe(tokenizer.decode(ids));
      expect(text.length).toBeGreaterThan(20);
    }
  });

  it('stop before the first stop string and keep no part of it', async () => {
    const free = await texts();
    // Something that spans tokens and comes in one answer but not at its start.
    const stopString = free[1]!.text.slice(9, 13);
    const stopped = await texts({ stopStrings: [stopString, 'never said'] });
    stopped.forEach(({ text, finish, ids }, row) => {
      const end = free[row]!.text.indexOf(stopString);
      expect(text).toBe(end < 0 ? free[row]!.text : free[row]!.text.slice(0, end));
      expect(finish).toBe(end < 0 ? 'length' : 'stop');
      if (end >= 0) expect(ids.length).toBeLessThan(40);
    });
    expect(stopped[1]!.finish).toBe('stop');
  });

  it('stop at special tokens by their text, and at ids that are no part of the text', async () => {
    const free = await texts();
    const stop = [free[0]!.ids[6]!];
    const byId = await texts({ stop });
    expect(byId[0]!.ids).toEqual(free[0]!.ids.slice(0, free[0]!.ids.indexOf(stop[0]!) + 1));
    expect(byId[0]!.text).toBe(tokenizer.decode(byId[0]!.ids.slice(0, -1)));
    expect(byId[0]!.finish).toBe('stop');
    const name = tokenizer.token(free[0]!.ids[6]!)!;
    expect((await texts({ stopStrings: [name] }))[0]!.ids).toEqual(byId[0]!.ids);
  });

  it('come in the same pieces alone as with others', async () => {
    const { model, features } = seeing;
    const pieces: string[][] = prompts.map(() => []);
    for await (const { row, text } of streamTexts(model, tokenizer, prompts, { features }, options))
      pieces[row]!.push(text);
    const first = tf.slice(features, [0, 0, 0], [1, -1, -1]);
    const alone: string[] = [];
    for await (const text of streamText(model, tokenizer, prompts[0]!, { features: first }, options)) alone.push(text);
    expect(alone).toEqual(pieces[0]);
    expect(alone.length).toBeGreaterThan(5);
  });

  it('leak nothing when nobody listens to the end', async () => {
    const { model, features } = seeing;
    await expectNoLeak(async () => {
      for await (const _ of streamTexts(model, tokenizer, prompts, { features }, options)) break;
    });
  });
});
