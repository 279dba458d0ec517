import type { Tokenizer } from '@moslora/tokenization';
import type { JobToken } from '../engine/job';

/** Which answer a body or chunk belongs to. */
export interface AnswerHead {
  id: string;
  created: number;
  model: string;
}

export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
}

export function usage(promptTokens: number, newTokens: number): Usage {
  return { prompt_tokens: promptTokens, completion_tokens: newTokens, total_tokens: promptTokens + newTokens };
}

interface TokenText {
  token: string;
  logprob: number;
  bytes: number[];
}

/** `logprobs` of a choice: each token by its text, with the likeliest in its place. */
export function likelihoods(
  tokenizer: Tokenizer,
  tokens: readonly JobToken[],
): { content: (TokenText & { top_logprobs: TokenText[] })[] } {
  const told = (id: number, logprob: number): TokenText => {
    const token = tokenizer.decode([id], { keepSpecial: true });
    return { token, logprob, bytes: [...Buffer.from(token)] };
  };
  return {
    content: tokens.map(({ id, logprob, top }) => ({
      ...told(id, logprob),
      top_logprobs: top.map((each) => told(each.id, each.logprob)),
    })),
  };
}

interface Told {
  finish: string | null;
  logprobs: unknown;
}

/** A whole answer. */
export function completion({ id, created, model }: AnswerHead, content: string, told: Told, used: Usage): object {
  const message = { role: 'assistant', content, refusal: null };
  const choice = { index: 0, message, logprobs: told.logprobs ?? null, finish_reason: told.finish };
  return { id, object: 'chat.completion', created, model, choices: [choice], usage: used };
}

/** A piece of an answer; the last has a reason to end, and one after it may have the usage. */
export function chunk({ id, created, model }: AnswerHead, delta: object, told: Partial<Told> = {}): object {
  const choice = { index: 0, delta, logprobs: told.logprobs ?? null, finish_reason: told.finish ?? null };
  return { id, object: 'chat.completion.chunk', created, model, choices: [choice] };
}

export function usageChunk({ id, created, model }: AnswerHead, used: Usage): object {
  return { id, object: 'chat.completion.chunk', created, model, choices: [], usage: used };
}
