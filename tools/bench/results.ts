import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Goal, Measurement } from './bench';
import { table } from './figures';
import { describeMachine, type Machine } from './machine';

/** What is kept of one measurement. */
export interface Taken {
  date: string;
  minutes: number;
  /** Load average of the last minute when it began, and when it ended: what else ran. */
  load: [before: number, after: number];
  pairs: number;
  machine: Machine;
  /** Of moslora and its parts, and of the peer's. */
  versions: Record<string, string>;
  result: unknown;
}

const file = (folder: string): string => join(folder, 'results.json');

/** Results by a measurement's name; none where nothing was measured yet. */
export function readResults(folder: string): Record<string, Taken> {
  return existsSync(file(folder)) ? (JSON.parse(readFileSync(file(folder), 'utf8')) as Record<string, Taken>) : {};
}

/** Keeps results, and writes the page that shows them. */
export function writeResults(folder: string, results: Record<string, Taken>, all: readonly Measurement[]): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(file(folder), `${JSON.stringify(results, null, 1)}\n`);
  writeFileSync(join(folder, 'README.md'), page(results, all));
}

function page(results: Record<string, Taken>, all: readonly Measurement[]): string {
  const sections = all.flatMap(({ name, title, render }) => {
    const taken = results[name];
    return taken ? [`## ${title}\n\n${render(taken.result)}\n\n${provenance(name, taken)}`] : [];
  });
  return `# Benchmarks

Written by \`npm run bench\`, which measures again: every figure comes from a process of its own, one after another, and nothing else should run.
\`npm run bench -- --only ${all[0]?.name}\` takes one of ${all.map(({ name }) => name).join(', ')}; \`--pairs\` and \`--steps\` say how often. The peer needs
\`pip install torch transformers peft\` (in MOSLORA_PYTHON, or the Python of the path); without it ours run alone. The figures as they were taken are in
results.json.

${goals(results, all)}${sections.join('\n\n')}
`;
}

/** What is wanted of the figures, beside what they are. */
function goals(results: Record<string, Taken>, all: readonly Measurement[]): string {
  const known = all.flatMap(({ name, goals: of }): Goal[] => (results[name] && of?.(results[name].result)) ?? []);
  if (known.length === 0) return '';
  const rows = known.map(({ what, wanted, got, met }) => [what, wanted, got, met ? 'yes' : 'no']);
  return `## Against what is wanted\n\n${table(['', 'wanted', 'measured', 'met'], rows)}\n\n`;
}

function provenance(name: string, { date, minutes, load, pairs, machine, versions }: Taken): string {
  const parts = Object.entries(versions).map(([part, version]) => `${part} ${version}`);
  const [before, after] = load.map((value) => value.toFixed(1));
  const took = `${Math.max(1, Math.round(minutes))} min`;
  return `_${date.slice(0, 10)}, ${describeMachine(machine)}; ${parts.join(', ')}. \`--only ${name} --pairs ${pairs}\`, ${took}; load ${before} before, ${after} after._`;
}
