import { renderLabels, type EncodedConversation, type Tokenizer } from '@moslora/tokenization';
import type { DataReport, ShownSample } from './data-report';

/** How trained tokens are marked: green on a terminal, brackets elsewhere. */
export interface Marks {
  open: string;
  close: string;
  dim(text: string): string;
  bold(text: string): string;
}

export function marksFor(terminal: boolean): Marks {
  const code = (on: number, off: number) => (text: string) => `\u001b[${on}m${text}\u001b[${off}m`;
  const plain = (text: string): string => text;
  return terminal
    ? { open: '\u001b[32m', close: '\u001b[39m', dim: code(2, 22), bold: code(1, 22) }
    : { open: '⟦', close: '⟧', dim: plain, bold: plain };
}

/** The report as lines for a person. */
export function reportLines(
  report: DataReport,
  tokenizer: Tokenizer,
  marks: Marks,
  about: readonly string[],
): string[] {
  const legend = marks.open === '⟦' ? 'trained tokens between ⟦ and ⟧' : `${marks.open}trained tokens${marks.close}`;
  return [
    ...about,
    '',
    ...report.samples.flatMap((sample) => [...sampleLines(sample, tokenizer, marks), '']),
    ...(report.samples.length > 0 ? [marks.dim(`${legend}; <image>×N: a picture's N positions`), ''] : []),
    ...countLines(report),
  ];
}

function sampleLines(sample: ShownSample, tokenizer: Tokenizer, marks: Marks): string[] {
  const { dataset, split, id, length, trainedTokens, pictures, encoded } = sample;
  const title = `${dataset}/${split} ${id}`;
  const kept = encoded.inputIds.length;
  const cut = kept < length ? ` (the last ${length - kept} cut)` : '';
  const facts = `${length} positions${cut}, ${trainedTokens} trained, ${pictures} ${pictures === 1 ? 'picture' : 'pictures'}`;
  return [
    `${marks.bold(title)}  ${marks.dim(facts)}`,
    ...branchesOf(encoded).map((part) => renderLabels(tokenizer, part, marks)),
  ];
}

/** What conversations share, then each on a line of its own. */
function branchesOf(encoded: EncodedConversation): EncodedConversation[] {
  const { inputIds, labels, branches } = encoded;
  if (!branches) return [encoded];
  const starts = branches.flatMap((branch, at) => (at === 0 || branch !== branches[at - 1] ? [at] : []));
  return starts.map((start, index) => ({
    inputIds: inputIds.slice(start, starts[index + 1]),
    labels: labels.slice(start, starts[index + 1]),
  }));
}

function countLines({ datasets, lengths, cut, maskedShare }: DataReport): string[] {
  const header = ['dataset', 'split', 'samples', 'weight', 'pictures', 'positions', 'trained', 'broken'];
  const rows = datasets.map((each) =>
    [
      each.dataset,
      each.split,
      each.samples,
      each.weight,
      each.pictures,
      each.positions,
      each.trainedTokens,
      each.broken,
    ].map(String),
  );
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => (column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join('  ');
  return [
    ...all.map(line),
    '',
    lengths
      ? `lengths: min ${lengths.min}, median ${lengths.median}, p95 ${lengths.p95}, max ${lengths.max}; ${cut} cut at their end`
      : 'lengths: no sample could be cut into tokens',
    `masked: ${(100 * maskedShare).toFixed(1)} % of the positions`,
  ];
}
