import { mkdtempSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { EngineInfo } from '@moslora/kernels';
import type { Bench, Measurement, PeerFigures } from './bench';
import { thisMachine } from './machine';
import { ceiling } from './measurements/ceiling';
import { decoding } from './measurements/decoding';
import { growth } from './measurements/growth';
import { leaks } from './measurements/leaks';
import { memory } from './measurements/memory';
import { mixer } from './measurements/mixer';
import { nf4 } from './measurements/nf4';
import { pictures } from './measurements/pictures';
import { steps } from './measurements/steps';
import { lastJson, ours, root, script } from './processes';
import { findPython } from './python';
import { readResults, writeResults } from './results';

// Measures this engine, beside PyTorch and PEFT where Python has them, and writes benchmarks/README.md: npm run bench [-- OPTIONS]
const all: readonly Measurement[] = [steps, ceiling, mixer, growth, memory, leaks, decoding, nf4, pictures];
const names = all.map(({ name }) => name);
const usage = `usage: npm run bench -- [--only ${names.join(',')}] [--pairs 3] [--steps 5] [--out DIR] [--quick]
  --quick tries every measurement with a tiny shape, into a folder of its own`;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    pairs: { type: 'string' },
    steps: { type: 'string' },
    out: { type: 'string' },
    quick: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const { quick } = values;
const chosen = values.only?.split(',') ?? names;
const unknown = chosen.filter((name) => !names.includes(name));
const [pairs, count] = [Number(values.pairs ?? (quick ? 1 : 3)), Number(values.steps ?? (quick ? 1 : 5))];
if (values.help || unknown.length > 0 || !(pairs >= 1) || !(count >= 1)) {
  console.error(unknown.length > 0 ? `there is no measurement ${unknown.join(', ')}\n${usage}` : usage);
  process.exit(values.help ? 0 : 2);
}
const out = values.out ?? (quick ? mkdtempSync(join(tmpdir(), 'bench-')) : join(root, 'benchmarks'));

const log = (line: string): void => console.log(line);
const python = await findPython();
if ('missing' in python) log(`PyTorch is not measured: ${python.missing}`);
const device = await ours<EngineInfo>(['device']);
const own = { node: process.versions.node, library: device.library, kernels: device.kernels.level ?? 'plain' };
let versions: Record<string, string> = own;
const noted = <T extends { versions: Record<string, string> }>(figures: T): T => {
  versions = { ...versions, ...figures.versions };
  return figures;
};
const peer = async <T>(file: string, args: readonly string[] = []): Promise<T | undefined> => {
  if ('missing' in python) return undefined;
  versions = { ...versions, ...python.versions };
  return lastJson<T>(python.program, [join(root, 'tools/bench', file), ...args]);
};
const bench: Bench = {
  ...{ pairs, steps: count, python, peer },
  pick: (real, tiny) => (quick ? tiny : real),
  log: (line) => log(`  ${line}`),
  step: async (args, env) => noted(await ours(['bench', 'step', ...args], env)),
  decode: async (args) => noted(await ours(['bench', 'decode', ...args])),
  leaks: async (args) => noted(await ours(['bench', 'leaks', ...args])),
  ours: (name, args = []) => script(`tools/bench/ours/${name}.ts`, args),
  peerStep: (args) => peer<PeerFigures>('peer_pytorch.py', args),
};

for (const one of all.filter(({ name }) => chosen.includes(name))) {
  log(one.name);
  versions = own;
  const [began, before] = [performance.now(), loadavg()[0]!];
  const result = await one.run(bench);
  const minutes = (performance.now() - began) / 60_000;
  const date = new Date().toISOString();
  const taken = {
    date,
    minutes,
    load: [before, loadavg()[0]!] as [number, number],
    pairs,
    machine: thisMachine(),
    versions,
    result,
  };
  writeResults(out, { ...readResults(out), [one.name]: taken }, all);
}
log(`${join(out, 'README.md')} is written`);
