import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runCommand } from '@moslora/runtime';
import { provisionKernels } from './native/provision-kernels';
import { sanitizerVariables } from './native/sanitizer';
import { subjects } from './fuzz/subjects/all';
import { runWorker, type Failure, type OpCounts } from './fuzz/worker';

// Calls every fused op, built with the address and undefined-behaviour sanitizers, with random valid and invalid inputs:
// npx nx run kernels:fuzz [-- OPTIONS]. MOSLORA_CPU_LEVEL chooses the instructions.
const names = subjects.map(({ name }) => name);
const usage = `usage: npx nx run kernels:fuzz -- [--minutes 10] [--seed 1] [--only ${names.join(',')}]
       --first N --cases 1 runs one case of a seed again; --mutations 6 says how often each of its calls is changed`;
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    first: { type: 'string', default: '0' },
    cases: { type: 'string', default: String(2 ** 31) },
    mutations: { type: 'string', default: '6' },
    help: { type: 'boolean', default: false },
  },
});
const only = values.only?.split(',') ?? [];
const unknown = only.filter((name) => !names.includes(name));
const [minutes, seed, first, cases, mutations] = (['minutes', 'seed', 'first', 'cases', 'mutations'] as const).map(
  (name) => Number(values[name]),
) as [number, number, number, number, number];
if (values.help || unknown.length > 0 || !(minutes > 0) || !(cases > 0) || !(mutations >= 0)) {
  console.error(unknown.length > 0 ? `there is no subject ${unknown.join(', ')}\n${usage}` : usage);
  process.exit(values.help ? 0 : 2);
}

process.env['MOSLORA_KERNELS'] = 'sanitized';
const { ok, ops, level, reason } = await provisionKernels({ log: console.log });
if (!ok) {
  console.error(`the fused ops cannot be fuzzed here: ${reason}`);
  process.exit(1);
}
const sanitizer = await sanitizerVariables(runCommand);
const folder = mkdtempSync(join(tmpdir(), 'fuzz-'));
const counts: Record<string, OpCounts> = {};
const failures: Failure[] = [];
const began = performance.now();
const left = (): number => minutes * 60 - (performance.now() - began) / 1000;
let next = first;
try {
  // A process every few minutes, with one thread more or fewer each time.
  for (let turn = 0; left() > 0 && next < first + cases && failures.length < 20; turn++) {
    const settings = { seed, first: next, end: first + cases, seconds: Math.min(180, left()), mutations, only };
    const threads = 1 + (turn % 3);
    const env = { ...sanitizer, MOSLORA_THREADS: String(threads), TF_CPP_MIN_LOG_LEVEL: '2' };
    const report = await runWorker({ ...settings, progress: join(folder, 'progress') }, env);
    for (const [op, { checked, refused, taken }] of Object.entries(report.counts)) {
      const all = (counts[op] ??= { checked: 0, refused: 0, taken: 0 });
      Object.assign(all, { checked: all.checked + checked, refused: all.refused + refused, taken: all.taken + taken });
    }
    failures.push(...report.failures);
    for (const { number, text } of report.failures) console.log(`\ncase ${number} of seed ${seed}: ${text}`);
    next = report.next;
    console.log(`cases ${settings.first} to ${next - 1}, ${threads} threads: ${report.failures.length} failures`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.table(counts);
const missed = only.length === 0 && next - first > 1000 ? ops.filter((op) => !(op in counts)) : [];
if (missed.length > 0) console.log(`never called: ${missed.join(', ')}`);
console.log(
  `${level}: ${next - first} cases in ${((minutes * 60 - left()) / 60).toFixed(1)} minutes, ${failures.length} failures`,
);
process.exitCode = failures.length + missed.length === 0 ? 0 : 1;
