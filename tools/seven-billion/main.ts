import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startBackend } from '@moslora/runtime';
import { writeRandomLlava } from '../random-checkpoint/random-llava';

// Two real optimiser steps of a 7B LLaVA with random weights, through the ordinary stage of pipelines/random-7b, and what they took:
// npm run seven-billion [-- --dir DIR] [--keep]
const root = fileURLToPath(new URL('../..', import.meta.url));
const { values } = parseArgs({
  options: {
    dir: { type: 'string', default: join(tmpdir(), 'moslora-random-7b') },
    keep: { type: 'boolean', default: false },
  },
});
const dir = values.dir;
const model = join(dir, 'random-7b');

if (!existsSync(model)) {
  console.log(`making ${model}: 5.9 GB`);
  const began = performance.now();
  await startBackend();
  mkdirSync(dir, { recursive: true });
  await writeRandomLlava(`${model}.part`);
  renameSync(`${model}.part`, model);
  console.log(`made in ${((performance.now() - began) / 1000).toFixed(0)} s`);
}
const code = (await stage('provision')) || (await stage('prepare')) || (await stage('instruct', '--force'));
if (code === 0) report(join(root, 'runs', 'random-7b', 'instruct'));
if (!values.keep) rmSync(model, { recursive: true, force: true });
process.exitCode = code;

/** Runs a stage in a process of its own, so that its memory is its own. */
function stage(name: string, ...more: string[]): Promise<number> {
  const bin = join(root, 'packages/cli/bin/moslora.mjs');
  const args = [bin, 'stage', join(root, 'pipelines/random-7b'), name, ...more];
  const child = spawn(process.execPath, args, { stdio: 'inherit', env: { ...process.env, MOSLORA_DATA: dir } });
  return new Promise((resolve) => child.on('exit', (status) => resolve(status ?? 1)));
}

function report(outputs: string): void {
  const run = JSON.parse(readFileSync(join(outputs, 'run.json'), 'utf8')) as {
    peakMemoryBytes: number;
    device: { summary: string };
  };
  console.log(run.device.summary);
  process.stdout.write(readFileSync(join(outputs, 'metrics.jsonl'), 'utf8'));
  console.log(`at most ${(run.peakMemoryBytes / 1e9).toFixed(2)} GB resident`);
}
