import { tf } from '@moslora/runtime';
import { constantCount } from '../execution/constant';
import { nativeBackend } from '../execution/storage';
import { setMatMulPrecision } from '../precision/precision';
import { Draw } from './draw';
import { mutated } from './mutate';
import { runRaw, type RawCall } from './raw-call';
import type { FuzzSubject } from './subject';

/** What one case did: calls by op, and what was wrong. */
export interface CaseOutcome {
  calls: { op: string; how: 'checked' | 'refused' | 'taken' }[];
  failures: string[];
}

export interface CaseOptions {
  seed: number;
  number: number;
  /** Changed calls for each call that the op under test made. */
  mutations: number;
  subjects: readonly FuzzSubject[];
  recorded(): RawCall[];
  /** Called before anything that might end the process. */
  announce(what: unknown): void;
}

/**
 * One case: a random use of one op with its values checked; then the calls it made, each changed at random some times. A changed call may
 * be taken or refused with a message that names the op; it must not end the process, nor leave anything behind.
 */
export function runCase({ seed, number, mutations, subjects, recorded, announce }: CaseOptions): CaseOutcome {
  const draw = new Draw(seed, number);
  const outcome: CaseOutcome = { calls: [], failures: [] };
  const subject = draw.pick(subjects);
  const precision = draw.pick(['float32', 'bfloat16'] as const);
  const failed = (what: string): void => void outcome.failures.push(`${subject.name} (${precision}): ${what}`);
  let before = handles();
  draw.coarse = precision === 'bfloat16';
  setMatMulPrecision(precision);
  announce({ subject: subject.name, precision });
  recorded();
  try {
    tf.tidy(() => subject.check(draw));
  } catch (error) {
    failed((error as Error).message);
  }
  const settled = (what = 'it'): void => {
    if (handles() !== before) failed(`${handles() - before} arrays were left behind by ${what}`);
    before = handles();
  };
  settled();
  const calls = recorded();
  for (const { name } of calls) outcome.calls.push({ op: name, how: 'checked' });
  for (const call of byName(calls))
    for (let i = 0; i < mutations; i++) {
      const changed = mutated(draw, call);
      announce(changed);
      const refusal = runRaw(draw, changed);
      outcome.calls.push({ op: call.name, how: refusal === undefined ? 'taken' : 'refused' });
      if (refusal !== undefined && !isNamed(refusal, call.name))
        failed(`${JSON.stringify(changed)} was refused: ${refusal}`);
      settled(JSON.stringify(changed));
    }
  recorded();
  return outcome;
}

/** Whether a message says which op refused, the one called or one of a chain, and what it was given. */
const isNamed = (refusal: string, called: string): boolean =>
  refusal.includes('its inputs are') &&
  (called === 'MosloraChain' ? /Moslora\w+: /.test(refusal) : refusal.includes(called));

/** The last call of each op. */
const byName = (calls: readonly RawCall[]): RawCall[] => [...new Map(calls.map((call) => [call.name, call])).values()];

/** Arrays on TensorFlow's side, but for the constants that are kept. */
const handles = (): number =>
  (nativeBackend().binding as unknown as { getNumOfTensors(): number }).getNumOfTensors() - constantCount();
