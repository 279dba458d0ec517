import { setTimeout as delay } from 'node:timers/promises';
import { fail } from '@moslora/specs';
import { z } from 'zod';
import { JudgeFailure, type Judge } from './judge';

export interface JudgeEndpoint {
  /** Where `/chat/completions` is: `https://api.openai.com/v1`, `http://localhost:8000/v1`. */
  url: string;
  model: string;
  /** Sent as a bearer token where there is one. */
  key?: string | undefined;
  /** Most tokens of an answer; 128. */
  maxTokens?: number;
  /** Seconds until a request counts as lost; 60. */
  timeout?: number;
  /** Seconds before a request is sent again, doubled each time; 1. */
  pause?: number;
}

/** Times that a request is sent before there is no answer. */
const ATTEMPTS = 3;

const reply = z.object({
  choices: z.array(z.object({ message: z.object({ content: z.string().nullable() }) })).min(1),
});

/** A judge behind an OpenAI-compatible address. */
export function openAiJudge(endpoint: JudgeEndpoint): Judge {
  const { url, model, pause = 1 } = endpoint;
  const address = `${url.replace(/\/+$/, '')}/chat/completions`;
  if (!URL.canParse(address) || !/^https?:/.test(address))
    fail({ what: 'the judge has no usable address', got: url, expected: 'a URL such as https://api.openai.com/v1' });
  return {
    name: `${model} at ${new URL(address).host}`,
    async ask(prompt, temperature) {
      for (let attempt = 1; ; attempt += 1) {
        const answer = await send(address, endpoint, prompt, temperature);
        if (typeof answer === 'string') return answer;
        if (attempt >= ATTEMPTS) throw new JudgeFailure(answer.failure);
        await delay(1000 * pause * 2 ** (attempt - 1));
      }
    },
  };
}

async function send(
  address: string,
  { model, key, maxTokens = 128, timeout = 60 }: JudgeEndpoint,
  prompt: string,
  temperature: number,
): Promise<string | { failure: string }> {
  let response: Response;
  let body: string;
  try {
    response = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) },
      body: JSON.stringify({
        model,
        messages: [{ role: 'user', content: prompt }],
        temperature,
        max_tokens: maxTokens,
      }),
      signal: AbortSignal.timeout(1000 * timeout),
    });
    body = await response.text();
  } catch (error) {
    return { failure: `${address}: ${error instanceof Error ? String(error.cause ?? error.message) : String(error)}` };
  }
  if (response.status === 429 || response.status >= 500) return { failure: `${address} answered ${response.status}` };
  if (!response.ok) refused(address, response.status, body);
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return { failure: `${address} answered no JSON` };
  }
  const checked = reply.safeParse(parsed);
  return checked.success ? (checked.data.choices[0]!.message.content ?? '') : { failure: `${address} named no choice` };
}

function refused(address: string, status: number, body: string): never {
  const fix: Record<number, string> = {
    401: 'set MOSLORA_JUDGE_KEY to a key it takes',
    403: 'set MOSLORA_JUDGE_KEY to a key it takes',
    404: 'check --judge (it ends before /chat/completions) and --judge-model',
  };
  return fail({
    what: 'the judge refuses to be asked',
    where: address,
    got: `${status}: ${body.slice(0, 200).replace(/\s+/g, ' ')}`,
    fix: fix[status] ?? 'check --judge and --judge-model',
  });
}
