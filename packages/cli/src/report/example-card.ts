import { benchmarkTitle } from './benchmark-title';
import { escape } from './markup';
import type { Example, Reply } from './report-data';

/** One question with its picture, its options or accepted answers, and what every run answered. */
export function exampleCard(example: Example): string {
  const options = example.options.map(
    ({ letter, text }) => `<li${letter === example.answer ? ' class="ok"' : ''}>${letter}. ${escape(text)}</li>`,
  );
  const expected = options.length > 0 ? `<ul>${options.join('')}</ul>` : `<p class="ok">${escape(example.answer)}</p>`;
  const where = [benchmarkTitle(example.benchmark), example.ability].filter((part) => part !== '').join(' · ');
  return (
    `<article class="card"><img alt="" src="${example.image}"><div><p class="where">${escape(where)}</p>` +
    `<p>${escape(example.question)}</p>${expected}${example.replies.map(replyLine).join('')}</div></article>`
  );
}

function replyLine({ label, text, letter, correct, rotationsRight }: Reply): string {
  const verdict = `${letter === undefined ? '' : `${escape(letter)} `}${correct ? '✓' : '✗'}`;
  const rotations = rotationsRight === undefined ? '' : ` (${escape(rotationsRight)} rotations)`;
  return (
    `<p class="reply"><b>${escape(label)}:</b> “${escape(text)}” → ` +
    `<span class="${correct ? 'ok' : 'no'}">${verdict}</span>${rotations}</p>`
  );
}
