import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { askedText } from '@moslora/evaluation';
import { generateTexts } from '@moslora/model-llava';
import { encodePrompt } from '@moslora/tokenization';
import type OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBenchmark, unknownTable } from '../benchmarks/read-benchmark';
import { writeSmallTable } from '../evaluate/fixtures/small-table';
import { runHere } from '../fixtures/run-here';
import { root } from '../stages/paths';
import { serveFolder, writeServedFolder, type Running, type ServedFolder } from './fixtures/running-server';

const png = readFileSync(join(root, 'packages/images/src/fixtures/processors/CLIP/picture.png'));
const picture = (bytes: Uint8Array): OpenAI.ChatCompletionContentPart => ({
  type: 'image_url',
  image_url: { url: `data:image/png;base64,${Buffer.from(bytes).toString('base64')}` },
});
const user = (...content: (string | OpenAI.ChatCompletionContentPart)[]): OpenAI.ChatCompletionMessageParam => ({
  role: 'user',
  content: content.map((part) => (typeof part === 'string' ? { type: 'text', text: part } : part)),
});

describe('the server, asked with OpenAI’s client', () => {
  let folder: ServedFolder;
  let running: Running;
  let client: OpenAI;
  beforeAll(async () => {
    folder = await writeServedFolder(['one', 'two']);
    running = await serveFolder(folder);
    client = running.client;
  });
  afterAll(async () => {
    await running.stop();
    folder.remove();
  });

  const ask = async (
    more: Partial<OpenAI.ChatCompletionCreateParamsNonStreaming> = {},
  ): Promise<OpenAI.ChatCompletion> =>
    client.chat.completions.create({
      model: 'tiny',
      messages: [user('What is seen?', picture(png))],
      max_tokens: 12,
      ...more,
    });
  const textOf = ({ choices }: OpenAI.ChatCompletion): string => choices[0]!.message.content!;

  it('lists the base and its adapters', async () => {
    const names: string[] = [];
    for await (const { id } of client.models.list()) names.push(id);
    expect(names).toEqual(['tiny', 'one', 'two']);
    expect((await client.models.retrieve('two')).id).toBe('two');
    await expect(client.models.retrieve('three')).rejects.toMatchObject({ status: 404, code: 'model_not_found' });
  });

  it('answers what generation gives for the same ids, and counts tokens', async () => {
    const answer = await ask();
    const { tokenizer, eyes, models } = running.served;
    const { speaker, template } = models[0]!;
    const ids = encodePrompt(tokenizer, template, [{ role: 'user', text: '<image>\nWhat is seen?' }]);
    const bare = encodePrompt(tokenizer, template, [{ role: 'user', text: 'What is seen?' }]);
    const plain = await ask({ messages: [user('What is seen?')] });
    const [expected] = await generateTexts(
      speaker,
      tokenizer,
      [bare],
      {},
      { maxNewTokens: 12, stopStrings: template.stop },
    );
    expect(textOf(plain)).toBe(expected!.text);
    expect(answer.usage).toEqual({
      prompt_tokens: ids.length - 1 + eyes!.shape[0],
      completion_tokens: 12,
      total_tokens: ids.length + 11 + eyes!.shape[0],
    });
    expect(answer.choices[0]!.finish_reason).toBe('length');
    expect(textOf(answer)).not.toBe(textOf(plain));
  });

  it('streams the same text in pieces, with the usage where it is asked for', async () => {
    const stream = await client.chat.completions.create({
      ...{ model: 'tiny', messages: [user('What is seen?', picture(png))], max_tokens: 12, stream: true },
      stream_options: { include_usage: true },
    });
    const pieces: string[] = [];
    let [finish, used]: [string | null, number | undefined] = [null, undefined];
    for await (const { choices, usage } of stream) {
      pieces.push(choices[0]?.delta.content ?? '');
      finish = choices[0]?.finish_reason ?? finish;
      used = usage?.completion_tokens ?? used;
    }
    expect(pieces.filter((piece) => piece !== '').length).toBeGreaterThan(3);
    expect(pieces.join('')).toBe(textOf(await ask()));
    expect([finish, used]).toEqual(['length', 12]);
  });

  it('draws the same for the same seed, and stops before a text', async () => {
    const drawn = (seed: number): Promise<string> => ask({ temperature: 1.5, top_p: 0.95, seed }).then(textOf);
    expect(await drawn(1)).toBe(await drawn(1));
    expect(await drawn(1)).not.toBe(await drawn(2));
    const whole = textOf(await ask());
    const stop = whole.slice(5, 8);
    const stopped = await ask({ stop });
    expect(textOf(stopped)).toBe(whole.slice(0, whole.indexOf(stop)));
    expect(stopped.choices[0]!.finish_reason).toBe('stop');
  });

  it('tells how likely tokens were', async () => {
    const answer = await ask({ logprobs: true, top_logprobs: 3 });
    const told = answer.choices[0]!.logprobs!.content!;
    expect(told).toHaveLength(12);
    for (const { logprob, top_logprobs: top } of told) {
      expect(top).toHaveLength(3);
      expect(logprob).toBeCloseTo(top[0]!.logprob, 5); // greedy: the likeliest
      expect(top.reduce((sum, each) => sum + Math.exp(each.logprob), 0)).toBeLessThanOrEqual(1.0001);
    }
    expect(told.map(({ token }) => token).join('')).toBe(textOf(answer));
  });

  it('reads several turns, a system text and several pictures', async () => {
    const messages = [
      { role: 'system' as const, content: 'Be brief.' },
      user(picture(png), 'What is seen?'),
      { role: 'assistant' as const, content: 'A cat.' },
      user(picture(png), picture(png), 'And now?'),
    ];
    expect((await ask({ messages })).choices[0]!.finish_reason).toBe('length');
  });

  it('answers each adapter by its name, together and in turn, the base unchanged', async () => {
    const models = ['tiny', 'one', 'two', 'tiny', 'two', 'one', 'tiny'];
    const inTurn: string[] = [];
    for (const model of models) inTurn.push(textOf(await ask({ model })));
    const together = await Promise.all(models.map((model) => ask({ model }).then(textOf)));
    expect(together).toEqual(inTurn);
    expect(new Set(inTurn).size).toBe(3);
    const lone = await serveFolder({ ...folder, adapters: [folder.adapters[1]!] });
    const alone = await lone.client.chat.completions.create({
      ...{ model: 'two', messages: [user('What is seen?', picture(png))], max_tokens: 12 },
    });
    expect(textOf(alone)).toBe(inTurn[2]);
    await lone.stop();
  });

  it('gives requests that come one after another what each gets alone', async () => {
    const questions = Array.from({ length: 24 }, (_, i) => `${'Well, '.repeat(i % 7)}what is at place ${i}?`);
    const one = (text: string, i: number): Promise<string> =>
      ask({ messages: [user(text, ...(i % 3 ? [picture(png)] : []))], max_tokens: 4 + (i % 9) }).then(textOf);
    const late = await Promise.all(
      questions.map((text, i) => new Promise((resolve) => setTimeout(resolve, 7 * i)).then(() => one(text, i))),
    );
    const alone: string[] = [];
    for (const [i, text] of questions.entries()) alone.push(await one(text, i));
    expect(late).toEqual(alone);
  });

  it('answers as moslora evaluate does', async () => {
    const table = writeSmallTable(join(folder.root, 'few.tsv'), 4);
    const out = join(folder.root, 'out');
    const args = ['evaluate', folder.tiny, '--benchmark', table, '--out', out, '--no-page', '--max-new-tokens', '9'];
    expect((await runHere(...args)).code).toBe(0);
    const answers = readFileSync(join(out, 'few.answers.jsonl'), 'utf8').trim().split('\n').slice(1);
    const answerOf = new Map(
      answers.map((line) => JSON.parse(line) as { key: string; answer: string }).map((row) => [row.key, row.answer]),
    );
    const read = await readBenchmark(unknownTable(table), [table]);
    expect(read.table.rows).toHaveLength(12);
    for (const row of read.table.rows) {
      const image = read.picture(row) as { bytes: Uint8Array };
      const messages = [user(picture(image.bytes), askedText(row, read.benchmark.asked, 'vlmevalkit'))];
      expect(textOf(await ask({ messages, max_tokens: 9 })).trim()).toBe(answerOf.get(row.key));
    }
  });
});
