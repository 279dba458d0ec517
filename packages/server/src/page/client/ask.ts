import { getJson, headers, reason } from './server';
import type { Message, Settings } from './state';

interface Chunk {
  choices?: { delta: { content?: string } }[];
  usage?: { completion_tokens: number };
  error?: { message: string };
}

/** Asks one model, and tells each piece as it comes. @returns tokens of the answer */
export async function ask(
  model: string,
  messages: readonly Message[],
  { temperature, topP, maxTokens, seed }: Settings,
  { signal, onPiece }: { signal: AbortSignal; onPiece(text: string): void },
): Promise<number> {
  const response = await fetch('/v1/chat/completions', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers() },
    body: JSON.stringify({
      ...{ model, messages, temperature, max_tokens: maxTokens, stream: true, stream_options: { include_usage: true } },
      ...(temperature > 0 && { top_p: topP }),
      ...(seed !== '' && { seed: Number(seed) }),
    }),
    signal,
  });
  if (!response.ok || !response.body) throw new Error(await reason(response));
  let tokens = 0;
  for await (const data of events(response.body)) {
    if (data === '[DONE]') break;
    const chunk = JSON.parse(data) as Chunk;
    if (chunk.error) throw new Error(chunk.error.message);
    tokens = chunk.usage?.completion_tokens ?? tokens;
    const piece = chunk.choices?.[0]?.delta.content;
    if (piece) onPiece(piece);
  }
  return tokens;
}

/** The data of server-sent events. */
async function* events(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let held = '';
  for (let step = await reader.read(); !step.done; step = await reader.read()) {
    held += decoder.decode(step.value, { stream: true });
    const whole = held.split('\n\n');
    held = whole.pop()!;
    for (const event of whole) if (event.startsWith('data: ')) yield event.slice('data: '.length);
  }
}

/** Names of the models that are served. */
export async function models(): Promise<string[]> {
  const { data } = await getJson<{ data: { id: string }[] }>('/v1/models');
  return data.map(({ id }) => id);
}
