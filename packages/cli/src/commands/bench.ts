import { InvalidArgumentError, Option, type Command } from 'commander';
import type { BenchDecodeOptions } from '../bench/bench-decode';
import type { BenchLeaksOptions } from '../bench/bench-leaks';
import type { BenchStepOptions } from '../bench/bench-step';
import { print, type Io } from '../io';

interface StepFlags extends Omit<BenchStepOptions, 'shape' | 'log' | 'checkpointing'> {
  shape: string;
  checkpointing?: boolean;
  json?: boolean;
}

interface LeakFlags extends Omit<BenchLeaksOptions, 'shape' | 'log' | 'checkpointing'> {
  shape: string;
  checkpointing?: boolean;
  json?: boolean;
}

interface DecodeFlags extends Omit<BenchDecodeOptions, 'shape' | 'log'> {
  shape: string;
  json?: boolean;
}

const shapeText = 'small, medium, 7b-slice, or W,L,H,F,V,BxT such as 288,6,6,768,32000,4x256';
const baseOption = (): Option =>
  new Option('--base <type>', 'how the frozen projections are kept')
    .choices(['nf4', 'float32', 'bfloat16'])
    .default('nf4');
const precisionOption = (): Option =>
  new Option('--precision <type>', 'of matrix products').choices(['auto', 'float32', 'bfloat16']).default('auto');

export function registerBench(program: Command, io: Io): void {
  const bench = program.command('bench').description('measure how fast this machine computes; nothing is kept');
  registerStep(bench, io);
  registerDecode(bench, io);
  registerLeaks(bench, io);
}

function registerStep(bench: Command, io: Io): void {
  bench
    .command('step')
    .description('time training steps of a LLaMA with random weights: forward, backward, clipping, AdamW')
    .option('--shape <shape>', shapeText, 'small')
    .addOption(
      new Option('--adapter <method>', 'on all seven projections; none times the forward pass alone')
        .choices(['lora', 'moslora', 'none'])
        .default('moslora'),
    )
    .addOption(baseOption())
    .option('--rank <r>', 'rank of the adapters', count, 64)
    .option('--dropout <p>', "of the adapters' input, 0 to 1", probability, 0)
    .option('--steps <n>', 'steps that are timed', count, 5)
    .option('--warmup <n>', 'steps before those', countOrNone, 2)
    .addOption(precisionOption())
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

function registerDecode(bench: Command, io: Io): void {
  bench
    .command('decode')
    .description('time greedy answers of a LLaMA with random weights: B prompts of T tokens, then token after token')
    .option('--shape <shape>', shapeText, 'small')
    .addOption(baseOption())
    .option('--new-tokens <n>', 'tokens of each answer', count, 32)
    .addOption(precisionOption())
    .option('--json', 'print JSON')
    .action(async ({ json, shape, ...flags }: DecodeFlags) => {
      const { parseShape } = await import('../bench/shape');
      const { benchDecode } = await import('../bench/bench-decode');
      const log = (line: string): void => io.err(`${line}\n`);
      const figures = await benchDecode({ ...flags, shape: parseShape(shape), log });
      print(io, json, figures, () => [
        `${figures.shape} in ${figures.base}: prompts at ${figures.prefill_tokens_per_s.toFixed(0)} tokens/s ` +
          `(${figures.prefill_gflops.toFixed(0)} GFLOP/s), then ${figures.tokens_per_s.toPrecision(4)} tokens/s, ` +
          `${figures.weight_gb_per_s.toPrecision(3)} GB/s of weights`,
      ]);
    });
}

function registerLeaks(bench: Command, io: Io): void {
  bench
    .command('leaks')
    .description(
      'train, then answer prompts, on batches of changing length, and see whether memory grows; exit code 1 if so',
    )
    .option('--shape <shape>', shapeText, '64,2,4,176,500,2x64')
    .option('--steps <n>', 'training steps, and tokens of answers', count, 1000)
    .option('--checkpointing', "recompute each layer's activations in the backward pass")
    .option('--json', 'print JSON')
    .action(async ({ json, checkpointing = false, shape, steps }: LeakFlags) => {
      const { parseShape } = await import('../bench/shape');
      const { benchLeaks } = await import('../bench/bench-leaks');
      const log = (line: string): void => io.err(`${line}\n`);
      const figures = await benchLeaks({ steps, checkpointing, shape: parseShape(shape), log });
      if (figures.leaks.length > 0) io.exitCode = 1;
      print(io, json, figures, () => [
        ...(['training', 'decoding'] as const).map((part) => {
          const { tensors, handles, rss_mb } = figures[part];
          const quarters = rss_mb.map((mb) => mb.toFixed(1)).join(', ');
          return `${part}: ${tensors.last} tensors, ${handles.last} handles, resident by quarters ${quarters} MB`;
        }),
        figures.leaks.length === 0 ? `nothing grew in ${steps} steps` : `leaks: ${figures.leaks.join('; ')}`,
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

function probability(text: string): number {
  const value = Number(text);
  if (!(value >= 0 && value < 1)) throw new InvalidArgumentError('It must be a number from 0 to below 1.');
  return value;
}
