import type { Asking } from './load';
import { request } from './one-request';

export interface SoakFigures {
  seconds: number;
  rate: number;
  requests: number;
  refused: number;
  /** Bytes resident, sampled evenly from the start to the end. */
  resident: number[];
}

const SAMPLES = 20;

/** Asks at a fixed rate, answered or not, and watches the server's memory. */
export async function soak(
  { url, model, questions, maxTokens }: Asking,
  rate: number,
  seconds: number,
): Promise<SoakFigures> {
  const under: Promise<{ status: number }>[] = [];
  const resident: number[] = [];
  const began = performance.now();
  const passed = (): number => (performance.now() - began) / 1000;
  while (passed() < seconds) {
    if (passed() >= (resident.length * seconds) / SAMPLES) resident.push(await residentBytes(url));
    while (under.length < passed() * rate)
      under.push(request(url, model, questions[under.length % questions.length]!, maxTokens));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const outcomes = await Promise.all(under);
  resident.push(await residentBytes(url));
  const refused = outcomes.filter(({ status }) => status !== 200).length;
  return { seconds: passed(), rate, requests: outcomes.length - refused, refused, resident };
}

async function residentBytes(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^process_resident_memory_bytes (.+)$/m.exec(text)![1]);
}
