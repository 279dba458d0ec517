import { InvalidArgumentError, type Command } from 'commander';
import { tokenId } from '../token-id';
import { print, type Io } from '../io';
import { exitCodes } from '../exit-codes';
import { figure } from '../progress/format';

/** One comparison of what is computed here with a reference. */
interface Check {
  name: string;
  maxAbs: number;
  tolerance: number;
  ok: boolean;
}

interface Verification {
  agrees: boolean;
  checks: Check[];
}

interface VerifyModelFlags {
  reference?: string;
  atol: number;
  base?: string;
  tower?: string;
  imageToken?: number;
  json?: boolean;
}

/** `verify-model`, `verify-adapter` and `verify-nf4`: exit code 1 where a check disagrees. */
export function registerVerify(program: Command, io: Io): void {
  program
    .command('verify-model')
    .description("compare a model's features, logits, loss and greedy answers with its folder's reference.safetensors")
    .argument('<folder>', "a language model or a LLaVA: Hugging Face's, the original or xtuner's layout")
    .option('--reference <file>', 'inputs and results; default: reference.safetensors in the folder')
    .option('--atol <number>', 'largest absolute difference', positive, 1e-4)
    .option('--base <folder>', "the decoder, where the model's folder only names it")
    .option('--tower <folder>', "the vision tower, where the model's folder only names it")
    .option('--image-token <id>', 'id that stands for a patch in the reference, where the folder names none', tokenId)
    .option('--json', 'print JSON')
    .action(async (folder: string, { json, imageToken, ...options }: VerifyModelFlags) => {
      await startQuietly(io);
      const { verifyModelFolder } = await import('@moslora/model-llava');
      show(io, json, await verifyModelFolder(folder, { ...options, imageTokenId: imageToken }));
    });
  program
    .command('verify-adapter')
    .description('compare gradients, five AdamW steps and the tensors after them with the files beside an adapter')
    .argument('<folder>', 'adapter folder, with gradients, trajectory, tensors after five steps and logits')
    .requiredOption('--base <folder>', 'the model under the adapter, with its reference.safetensors')
    .option('--json', 'print JSON')
    .action(async (folder: string, options: { base: string; json?: boolean }) => {
      await startQuietly(io);
      const { verifyAdapter } = await import('../verify-adapter/verify-adapter');
      show(io, options.json, await verifyAdapter(folder, options.base));
    });
  program
    .command('verify-nf4')
    .description(
      'quantise the inputs of a file to NF4 and compare codes, maxima and the round trip with it, bit for bit',
    )
    .argument('<file>', 'nf4.safetensors')
    .option('--json', 'print JSON')
    .action(async (file: string, options: { json?: boolean }) => {
      const { verifyNf4File } = await import('@moslora/quantized-base');
      const { agrees, tensors } = verifyNf4File(file);
      const checks = tensors.map(({ name, check, equal, maxAbs }) => {
        return { name: `${name}.${check}`, maxAbs, tolerance: 0, ok: equal };
      });
      show(io, options.json, { agrees, checks });
    });
}

function show(io: Io, json: boolean | undefined, result: Verification): void {
  if (!result.agrees) io.exitCode = exitCodes.disagreement;
  const width = Math.max(...result.checks.map(({ name }) => name.length));
  print(io, json, result, () => [
    ...result.checks.map(
      ({ name, ok, maxAbs, tolerance }) =>
        `${ok ? 'agrees   ' : 'DISAGREES'} ${name.padEnd(width)}  off by ${figure(maxAbs)}, at most ${figure(tolerance)} allowed`,
    ),
    result.agrees
      ? `all ${result.checks.length} checks agree`
      : `${result.checks.filter(({ ok }) => !ok).length} of ${result.checks.length} checks disagree`,
  ]);
}

async function startQuietly(io: Io): Promise<void> {
  const { startEngine } = await import('@moslora/kernels');
  await startEngine({ log: (line: string) => io.err(`${line}\n`) });
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('It must be a number above 0, such as 1e-4.');
  return value;
}
