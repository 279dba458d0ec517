import type { z } from 'zod';
import type { Limits } from '../limits';
import { ApiError } from './api-error';
import { chatRequestSchema, type ChatRequest } from './request-schema';

const MOST_SHOWN = 5;

/** The body of a chat request, held against its schema and the limits. @throws ApiError 400 naming every parameter that is wrong */
export function readChatRequest(body: unknown, { messages: most, newTokens }: Limits): ChatRequest {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new ApiError(400, 'the body must be a JSON object with model and messages');
  const parsed = chatRequestSchema.safeParse(body);
  if (!parsed.success) throw refused(parsed.error.issues);
  const request = parsed.data;
  if (request.messages.length > most)
    throw new ApiError(400, `${request.messages.length} messages, and at most ${most} are taken`, {
      param: 'messages',
    });
  const asked = request.max_completion_tokens ?? request.max_tokens;
  if (asked != null && asked > newTokens)
    throw new ApiError(400, `max_tokens is ${asked}, and at most ${newTokens} are made here`, { param: 'max_tokens' });
  if (request.top_logprobs != null && request.logprobs !== true)
    throw new ApiError(400, 'top_logprobs goes with logprobs: true', { param: 'top_logprobs' });
  return request;
}

function refused(issues: readonly z.core.$ZodIssue[]): ApiError {
  const lines = issues.slice(0, MOST_SHOWN).map((issue) => {
    const place = issue.path.map(String).join('.');
    if (issue.code === 'unrecognized_keys')
      return `${place === '' ? '' : `${place}: `}unknown: ${issue.keys.map((key) => key.slice(0, 60)).join(', ')}`;
    return `${place}: ${issue.message}`;
  });
  if (issues.length > MOST_SHOWN) lines.push(`and ${issues.length - MOST_SHOWN} more`);
  const known = issues.some(({ code, path }) => code === 'unrecognized_keys' && path.length === 0);
  if (known) lines.push(`parameters are ${Object.keys(chatRequestSchema.shape).join(', ')}`);
  const first = issues[0]!;
  const param = [
    ...first.path.map(String),
    ...(first.code === 'unrecognized_keys' ? [first.keys[0]!.slice(0, 60)] : []),
  ].join('.');
  return new ApiError(400, lines.join('; '), { param });
}
