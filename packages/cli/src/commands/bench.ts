import { InvalidArgumentError, Option, type Command } from 'commander';
import type { BenchStepOptions } from '../bench/bench-step';
import { print, type Io } from '../io';

interface StepFlags extends Omit<BenchStepOptions, 'shape' | 'log' | 'checkpointing'> {
  shape: string;
  checkpointing?: boolean;
  json?: boolean;
}

export function registerBench(program: Command, io: Io): void {
  const bench = program.command('bench').description('measure how fast this machine computes; nothing is kept');
  bench
    .command('step')
    .description('time training steps of a LLaMA with random weights: forward, backward, clipping, AdamW')
    .option('--shape <shape>', 'small, medium, 7b-slice, or W,L,H,F,V,BxT such as 288,6,6,768,32000,4x256', 'small')
    .addOption(
      new Option('--adapter <method>', 'on all seven projections; none times the forward pass alone')
        .choices(['lora', 'moslora', 'none'])
        .default('moslora'),
    )
    .addOption(
      new Option('--base <type>', 'how the frozen projections are kept')
        .choices(['nf4', 'float32', 'bfloat16'])
        .default('nf4'),
    )
    .option('--rank <r>', 'rank of the adapters', count, 64)
    .option('--steps <n>', 'steps that are timed', count, 5)
    .option('--warmup <n>', 'steps before those', countOrNone, 2)
    .addOption(
      new Option('--precision <type>', 'of matrix products').choices(['auto', 'float32', 'bfloat16']).default('auto'),
    )
    .option('--checkpointing', "recompute each layer's activations in the backward pass")
    .option('--json', 'print JSON')
    .action(async ({ json, checkpointing = false, shape, ...flags }: StepFlags) => {
      const { parseShape } = await import('../bench/shape');
      const { benchStep } = await import('../bench/bench-step');
      const log = (line: string): void => io.err(`${line}\n`);
      const figures = await benchStep({ ...flags, checkpointing, shape: parseShape(shape), log });
      print(io, json, figures, () => [
        `${figures.shape}, ${figures.adapter} on ${figures.base}, products in ${figures.precision}: ` +
          `${figures.median_s.toPrecision(4)} s a step (${figures.min_s.toPrecision(3)} to ${figures.max_s.toPrecision(3)}), ` +
          `${figures.tokens_per_s.toFixed(0)} tokens/s, ${figures.gflops.toFixed(0)} GFLOP/s, ` +
          `at most ${figures.peak_mb.toFixed(0)} MB`,
      ]);
    });
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It must be a whole number above 0.');
  return value;
}

function countOrNone(text: string): number {
  return text === '0' ? 0 : count(text);
}
