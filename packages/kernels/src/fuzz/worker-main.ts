import { closeSync, openSync, writeSync, ftruncateSync } from 'node:fs';
import { startEngine } from '../native/start-engine';
import { recordCalls } from './record-calls';
import { runCase } from './run-case';
import { subjects } from './subjects/all';
import type { WorkerOptions, WorkerReport } from './worker';

// Runs cases one after the other until the time is over, and prints what they did. Started by fuzz-main.ts.
const options = JSON.parse(process.argv[2]!) as WorkerOptions;
const file = openSync(options.progress, 'w');
const announce = (number: number, what: unknown): void => {
  const text = Buffer.from(JSON.stringify({ number, what }));
  writeSync(file, text, 0, text.length, 0);
  ftruncateSync(file, text.length);
};

announce(options.first, 'starting');
const { kernels } = await startEngine({ backend: 'native' });
if (kernels.level === undefined) throw new Error(`the fused ops do not run: ${kernels.reason}`);
const report: WorkerReport = { next: options.first, level: kernels.level, counts: {}, failures: [] };
const chosen = subjects.filter(({ name }) => options.only.length === 0 || options.only.includes(name));
const recorded = recordCalls();
const end = performance.now() + options.seconds * 1000;
for (; performance.now() < end && report.next < options.end && report.failures.length < 20; report.next++) {
  const { seed, mutations } = options;
  const number = report.next;
  const { calls, failures } = runCase({
    ...{ seed, number, mutations, subjects: chosen, recorded },
    announce: (what) => announce(number, what),
  });
  for (const { op, how } of calls) (report.counts[op] ??= { checked: 0, refused: 0, taken: 0 })[how]++;
  report.failures.push(...failures.map((text) => ({ number, text })));
}
closeSync(file);
console.log(JSON.stringify(report));
