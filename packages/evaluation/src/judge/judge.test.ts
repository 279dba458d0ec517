import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { resultOf } from '../results/result';
import { checkQuestions } from '../table/question-table';
import { tableOf } from '../table/rows-table';
import { aFewAtATime, askUntil, JudgeFailure, type Judge } from './judge';
import { openAiJudge } from './openai-judge';
import { judgeChoice } from './read-choices';
import { RememberingJudge } from './remembering-judge';

interface Asked {
  url: string | undefined;
  key: string | undefined;
  body: { model: string; messages: { role: string; content: string }[]; temperature: number; max_tokens: number };
}

let server: Server;
let url = '';
let asked: Asked[] = [];
/** What the server does next: a status, or the text it answers. */
let replies: (number | string | 'hang')[] = [];
const folder = mkdtempSync(join(tmpdir(), 'judge-'));

beforeAll(async () => {
  server = createServer((request, response) => {
    void textOf(request).then((text) => {
      asked.push({ url: request.url, key: request.headers.authorization, body: JSON.parse(text) as Asked['body'] });
      const reply = replies.shift() ?? 'A';
      if (reply === 'hang') return;
      response.statusCode = typeof reply === 'number' ? reply : 200;
      const message = { role: 'assistant', content: reply };
      response.end(
        typeof reply === 'number'
          ? 'no such model'
          : reply === 'broken'
            ? '{'
            : JSON.stringify({ choices: [{ message }] }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  asked = [];
  replies = [];
});

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

const judge = (key?: string) => openAiJudge({ url, model: 'm', key, pause: 0.001, timeout: 0.3 });
const row = { question: 'What is it', options: { A: 'cat', B: 'dog' }, prediction: 'a small dog' };

describe('a judge behind an OpenAI-compatible address', () => {
  it('is sent the prompt, greedily, with a key where there is one', async () => {
    replies = ['B', 'B'];
    expect(await judgeChoice(judge(), row, 'current')).toBe('B');
    await judgeChoice(judge('secret'), { ...row, question: '这是什么' }, 'current');
    expect(asked[0]).toMatchObject({
      url: '/v1/chat/completions',
      body: { model: 'm', temperature: 0, max_tokens: 128 },
    });
    expect(asked[0]!.key).toBeUndefined();
    expect(asked[1]!.key).toBe('Bearer secret');
    const [english, chinese] = asked.map(({ body }) => body.messages[0]!.content);
    expect(english).toMatch(
      /^You are an AI assistant who will help me to match [^]*Example 3: \nQuestion: What is it\?\nOptions: There are several options: \nA\. cat\nB\. dog\n\nAnswer: a small dog\nYour output: $/,
    );
    expect(chinese).toMatch(/^你是一个帮助我匹配答案[^]*例 3: \n问题: 这是什么\?\n选项: [^]*输出: $/);
  });

  it('is asked three times about one answer', async () => {
    replies = ['hard to say', 'both', 'The answer is B'];
    expect(await judgeChoice(judge(), row, 'current')).toBe('B');
    replies = ['?', '?', '?', 'B'];
    expect(await judgeChoice(judge(), row, 'current')).toBeUndefined();
    expect(asked).toHaveLength(6);
  });

  it('is sent a request again when the server fails, and counts as silent after three times', async () => {
    replies = [500, 429, 'B'];
    expect(await judge().ask('x', 0, 0)).toBe('B');
    replies = [503, 503, 503];
    await expect(judge().ask('x', 0, 0)).rejects.toThrow(JudgeFailure);
    replies = ['broken', 'hang', 'B'];
    expect(await judge().ask('x', 0, 0)).toBe('B');
  });

  it('says what is set up wrongly', async () => {
    replies = [401];
    await expect(judge().ask('x', 0, 0)).rejects.toThrow(
      /the judge refuses to be asked[^]*401: no such model[^]*MOSLORA_JUDGE_KEY/,
    );
    replies = [404];
    await expect(judge().ask('x', 0, 0)).rejects.toThrow(/404[^]*check --judge \(it ends before/);
    expect(() => openAiJudge({ url: 'localhost', model: 'm' })).toThrow('the judge has no usable address');
  });

  it('that cannot be reached leaves an answer undecided', async () => {
    const nobody = openAiJudge({ url: 'http://127.0.0.1:9/v1', model: 'm', pause: 0.001 });
    expect(await judgeChoice(nobody, row, 'current')).toBeUndefined();
  });
});

it('that gave no answer is named among what to be wary of, and one that did is not', async () => {
  const questions = ['1', '2'].map((index) => ({ ...{ index, question: 'q', A: 'cat', B: 'dog' }, answer: 'B' }));
  const table = checkQuestions(tableOf('q.tsv', questions), { columns: [], options: true, pictures: false });
  const rows = table.rows.map((each) => each.withPrediction('a hound'));
  const scored = (by: Judge) =>
    resultOf(rows, {
      benchmark: { name: 'q', title: 'q', language: 'en', scorer: 'circular' },
      ...{ rules: 'current', judge: by },
      provenance: { blind: false, data: { file: 'q.tsv', md5: '' }, version: '' },
    });
  const nobody = await scored(openAiJudge({ url: 'http://127.0.0.1:9/v1', model: 'm', pause: 0.001 }));
  expect(nobody.result).toMatchObject({ undecided: 2, judged: 0 });
  expect(nobody.result.warnings.join()).toMatch(
    /^the judge gave no answer 6 of the 6 times that it was asked \(.*127\.0\.0\.1:9.*\): what it did not read counts as misses/,
  );
  replies = ['B', 'B'];
  expect((await scored(judge())).result).toMatchObject({ undecided: 0, judged: 2, warnings: [] });
});

describe('a judge that remembers', () => {
  it('asks nothing twice, in a later run either, but tries again what could not be read', async () => {
    const path = join(folder, 'judge.jsonl');
    replies = ['?', 'B'];
    const first = new RememberingJudge(judge(), path);
    expect(await judgeChoice(first, row, 'current')).toBe('B');
    expect(first.asked).toBe(2);
    const second = new RememberingJudge(judge(), path);
    expect(await judgeChoice(second, row, 'current')).toBe('B');
    expect(second.asked).toBe(0);
    expect(asked).toHaveLength(2);
    expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(2);
  });
});

it('asks warmer from try to try where that is wanted', async () => {
  replies = ['x', 'y', 'z'];
  await askUntil(judge(), 'p', { tries: 3, warmer: 0.5 }, () => undefined);
  expect(asked.map(({ body }) => body.temperature)).toEqual([0, 0.5, 1]);
});

it('keeps the order of what is done a few at a time', async () => {
  const slow = (i: number): Promise<number> => new Promise((resolve) => setTimeout(() => resolve(i), 10 - i));
  expect(await aFewAtATime([...Array(10).keys()], slow)).toEqual([...Array(10).keys()]);
});
