import { request, type Outcome, type Question } from './one-request';

/** Figures of so many clients, each asking again as soon as it has its answer. */
export interface LoadFigures {
  clients: number;
  seconds: number;
  requests: number;
  refused: number;
  tokensPerSecond: number;
  first: { p50: number; p99: number };
  whole: { p50: number; p99: number };
}

export interface Asking {
  url: string;
  model: string;
  questions: readonly Question[];
  maxTokens: number;
}

/** Keeps `clients` requests under way for `seconds`, and waits for the last. */
export async function load(
  { url, model, questions, maxTokens }: Asking,
  clients: number,
  seconds: number,
): Promise<LoadFigures> {
  const outcomes: Outcome[] = [];
  const began = performance.now();
  let next = 0;
  const client = async (): Promise<void> => {
    while (performance.now() - began < seconds * 1000)
      outcomes.push(await request(url, model, questions[next++ % questions.length]!, maxTokens));
  };
  await Promise.all(Array.from({ length: clients }, client));
  const took = (performance.now() - began) / 1000;
  const answered = outcomes.filter(({ status }) => status === 200);
  const quantiles = (values: number[]): { p50: number; p99: number } => ({
    p50: quantile(values, 0.5),
    p99: quantile(values, 0.99),
  });
  return {
    ...{ clients, seconds: took, requests: answered.length, refused: outcomes.length - answered.length },
    tokensPerSecond: answered.reduce((sum, { tokens }) => sum + tokens, 0) / took,
    first: quantiles(answered.map(({ first }) => first)),
    whole: quantiles(answered.map(({ whole }) => whole)),
  };
}

/** The value that a share of all lie at or below. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}
