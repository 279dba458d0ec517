import type { Template, Tokenizer } from '@moslora/tokenization';

/** Ids that end an answer: the template's stop texts that are single tokens. */
export function stopIds(tokenizer: Tokenizer, template: Template): number[] {
  return template.stop.flatMap((text) => {
    const ids = tokenizer.encode(text);
    return ids.length === 1 ? ids : [];
  });
}

/** The answer as text: without stop ids, and cut at a stop text that is no single token. */
export function readableAnswer(
  tokenizer: Tokenizer,
  template: Template,
  ids: readonly number[],
  stop: readonly number[],
): string {
  const text = tokenizer.decode(ids.filter((id) => !stop.includes(id)));
  const ends = template.stop.map((marker) => text.indexOf(marker)).filter((index) => index >= 0);
  return text.slice(0, Math.min(text.length, ...ends)).trim();
}
