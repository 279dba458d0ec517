/** What came of a request. */
export interface Outcome {
  status: number;
  /** Seconds from the request to the first piece of text. */
  first: number;
  /** Seconds to the end. */
  whole: number;
  tokens: number;
}

export interface Question {
  text: string;
  /** data: URI */
  picture: string;
}

/** Asks once, streamed. */
export async function request(
  url: string,
  model: string,
  { text, picture }: Question,
  maxTokens: number,
): Promise<Outcome> {
  const began = performance.now();
  const since = (): number => (performance.now() - began) / 1000;
  const content = [
    { type: 'image_url', image_url: { url: picture } },
    { type: 'text', text },
  ];
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      ...{ model, messages: [{ role: 'user', content }], max_tokens: maxTokens },
      ...{ stream: true, stream_options: { include_usage: true } },
    }),
  });
  if (!response.ok || !response.body) {
    await response.text();
    return { status: response.status, first: NaN, whole: since(), tokens: 0 };
  }
  let [first, tokens, held] = [NaN, 0, ''];
  const decoder = new TextDecoder();
  for await (const bytes of response.body) {
    held += decoder.decode(bytes, { stream: true });
    const events = held.split('\n\n');
    held = events.pop()!;
    for (const event of events) {
      if (Number.isNaN(first) && /"delta":\{"content":"[^"]/.test(event)) first = since();
      tokens = Number(/"completion_tokens":(\d+)/.exec(event)?.[1] ?? tokens);
    }
  }
  return { status: response.status, first, whole: since(), tokens };
}
