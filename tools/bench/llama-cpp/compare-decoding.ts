import type { DecodeFigures } from '../../../packages/cli/src/bench/bench-decode';
import type { Bandwidth } from '../bandwidth';
import { medianOf, number, showSpread, spreadOf, table } from '../figures';

/** Of one process, ours or llama.cpp's. */
export interface Decoded {
  tokens_per_s: number;
  prefill_tokens_per_s: number;
  /** Bytes of weights that every token reads. */
  weight_bytes: Record<'layers' | 'head', number>;
}

/** One process of each, one after the other, the machine's bandwidth before them. */
export interface Pair {
  ours: Decoded;
  theirs: Decoded;
  bandwidth: Bandwidth | undefined;
}

export interface Compared {
  shape: string;
  pairs: Pair[];
}

export const briefly = ({ tokens_per_s, prefill_tokens_per_s, weight_bytes }: DecodeFigures): Decoded => ({
  ...{ tokens_per_s, prefill_tokens_per_s, weight_bytes },
});

/** From what a process took: to the first token of a prompt, then token after token. */
export function decoded(
  seconds: readonly number[],
  promptTokens: number,
  weight_bytes: Decoded['weight_bytes'],
): Decoded {
  const [prefill = NaN, ...tokens] = seconds;
  return { tokens_per_s: 1 / medianOf(tokens), prefill_tokens_per_s: promptTokens / prefill, weight_bytes };
}

const bytesOf = ({ weight_bytes: { layers, head } }: Decoded): number => layers + head;
const rate = (one: Decoded): number => (bytesOf(one) * one.tokens_per_s) / 1e9;

/** llama.cpp's tokens a second over ours, pair by pair: above 1 it is faster. */
export const ratios = ({ pairs }: Compared): number[] =>
  pairs.map(({ ours, theirs }) => theirs.tokens_per_s / ours.tokens_per_s);

/** Tables of medians with their extremes: decoding, and the prompts. */
export function render(all: readonly Compared[]): string {
  const spread = (values: readonly number[], unit = ''): string => showSpread(spreadOf(values), unit);
  const sides = ({ pairs }: Compared, of: (one: Decoded) => number): [string, string] => [
    spread(pairs.map(({ ours }) => of(ours))),
    spread(pairs.map(({ theirs }) => of(theirs))),
  ];
  const megabytes = (one: Decoded): string =>
    `${number(one.weight_bytes.layers / 1e6)} + ${number(one.weight_bytes.head / 1e6)}`;
  const rows = all.map((one) => {
    const { ours, theirs } = one.pairs[0]!;
    const memory = one.pairs.flatMap(({ bandwidth }) => bandwidth?.read_gb_s ?? []);
    return [
      one.shape,
      ...sides(one, ({ tokens_per_s }) => tokens_per_s),
      spread(ratios(one)),
      ...[megabytes(ours), megabytes(theirs)],
      ...sides(one, rate),
      memory.length === 0 ? '–' : spread(memory),
    ];
  });
  const header = [
    ...['shape', 'NF4 here, tokens/s', 'llama.cpp Q4_0, tokens/s', 'llama.cpp over here'],
    ...['weights a token here, layers + head, MB', 'in llama.cpp, MB', 'read here, GB/s', 'in llama.cpp, GB/s'],
    'memory is read at, GB/s',
  ];
  const prompts = all.map((one) => [one.shape, ...sides(one, ({ prefill_tokens_per_s }) => prefill_tokens_per_s)]);
  return `${table(header, rows)}\n\n${table(['shape', 'prompts here, tokens/s', 'in llama.cpp, tokens/s'], prompts)}`;
}
