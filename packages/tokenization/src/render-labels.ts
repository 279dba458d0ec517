import { IMAGE_MARKER } from '@moslora/specs';
import type { EncodedConversation } from './encode';
import { IGNORE_INDEX, IMAGE_TOKEN_INDEX } from './picture-slots';
import type { Tokenizer } from './tokenizer';

/**
 * A sample as text for inspection: what is trained stands between `open` and `close`, picture slots show as `<image>` (times the
 * number of positions once widened), special tokens are kept.
 */
export function renderLabels(
  tokenizer: Tokenizer,
  sample: { inputIds: ArrayLike<number>; labels: ArrayLike<number> } | EncodedConversation,
  { open = '⟦', close = '⟧' }: { open?: string; close?: string } = {},
): string {
  const ids = Array.from(sample.inputIds);
  const kind = ids.map((id, t) =>
    id === IMAGE_TOKEN_INDEX ? 'slot' : sample.labels[t] === IGNORE_INDEX ? 'masked' : 'trained',
  );
  let text = '';
  for (let start = 0, end = 0; start < ids.length; start = end) {
    while (end < ids.length && kind[end] === kind[start]) end++;
    if (kind[start] === 'slot') {
      text += end - start === 1 ? IMAGE_MARKER : `${IMAGE_MARKER}×${end - start}`;
    } else {
      const decoded = tokenizer.decode(ids.slice(start, end), { keepSpecial: true });
      text += kind[start] === 'trained' ? open + decoded + close : decoded;
    }
  }
  return text;
}
