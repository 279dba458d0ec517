import type { ValidationExample } from '@moslora/specs';

/** Answers to held-out questions as a table in Markdown, which TensorBoard shows. */
export function sampleTable(examples: readonly ValidationExample[]): string {
  const rows = examples.map(({ sample, question, expected, answer }) => [sample, question, expected, answer]);
  return [['sample', 'question', 'expected', 'answer'], ['---', '---', '---', '---'], ...rows]
    .map((cells) => `| ${cells.map(inCell).join(' | ')} |`)
    .join('\n');
}

const inCell = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('|', '\\|').replace(/\s+/g, ' ');
