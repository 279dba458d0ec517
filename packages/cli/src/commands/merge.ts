import { Option, type Command } from 'commander';
import { print, type Io } from '../io';
import { bytes, duration } from '../progress/format';
import type { StoredAs } from '../merging/write-weights';
import { size } from '../size';
import { tokenId } from '../token-id';

interface Flags {
  as: StoredAs;
  double: boolean;
  shardSize?: number;
  imageToken?: number;
  base?: string;
  tower?: string;
  compare: boolean;
  force?: boolean;
  json?: boolean;
}

/** `merge`: a base with its adapter as one model. */
export function registerMerge(program: Command, io: Io): void {
  program
    .command('merge')
    .description(
      'write a model with its adapter merged into its weights, as a folder of its own; reads it back and says how far off it is',
    )
    .argument(
      '<model>',
      'the base: folder of a language model or of a LLaVA in any layout, dense or in NF4; or PIPELINE:STAGE, with the adapter that it left',
    )
    .argument('<adapter>', 'a PEFT folder, or the run of an instruct stage; left out where the model has its own')
    .argument('[output]', 'folder to write; it appears when it is whole and was read back')
    .addOption(
      new Option('--as <type>', 'what weights are stored as')
        .choices(['bfloat16', 'float16', 'nf4'])
        .default('bfloat16'),
    )
    .option('--no-double', 'NF4 without double quantisation: 4.5 bits a weight in place of 4.13')
    .option('--shard-size <size>', 'largest file of weights, such as 2GB (default: 5GB)', size)
    .option('--image-token <id>', 'id of the token that stands for a patch, where the model names none', tokenId)
    .option('--tower <folder>', 'the vision tower, where the folder does not hold it')
    .option('--base <folder>', 'the language model, where the folder does not hold it')
    .option(
      '--no-compare',
      'leave out the logits, for which base and result are loaded in turn; tensors are read back in any case',
    )
    .option('--force', 'replace the output folder if it is there')
    .option('--json', 'print JSON, every layer with its error')
    .action((model: string, second: string, third: string | undefined, flags: Flags) =>
      run(model, third === undefined ? undefined : second, third ?? second, flags, io),
    );
}

async function run(model: string, adapter: string | undefined, output: string, flags: Flags, io: Io): Promise<void> {
  const { startEngine } = await import('@moslora/kernels');
  const { mergeModel } = await import('../merging/merge-model');
  const { errorLines } = await import('../merging/error-lines');
  const { Reporter } = await import('../progress/reporter');
  const { untilSignal } = await import('../stages/stop-signal');
  const reporter = new Reporter({ write: io.err });
  const log = (line: string): void => reporter.log(line);
  const report = await untilSignal(async (signal) => {
    await startEngine({ log });
    const { as, double, shardSize, imageToken, base, tower, compare, force = false } = flags;
    return mergeModel(model, output, {
      ...{ adapter, as, double, maxShardBytes: shardSize, imageToken, base, tower, compare },
      ...{ replace: force, reporter, signal },
    });
  }, log);
  print(io, flags.json, report, () => [
    ...errorLines(report),
    `in ${report.output}, in ${duration(report.seconds)}, at most ${bytes(report.peakMemoryBytes)} of memory`,
  ]);
}
