import { Option, type Command } from 'commander';
import type { ExportFormat } from '../exporting/export-model';
import type { GgufType } from '../exporting/export-gguf';
import { print, type Io } from '../io';
import { duration } from '../progress/format';
import { size } from '../size';
import { tokenId } from '../token-id';

interface Flags {
  as: ExportFormat;
  adapter?: string;
  dtype: 'bfloat16' | 'float16';
  type: GgufType;
  fold?: boolean;
  shardSize?: number;
  imageToken?: number;
  base?: string;
  tower?: string;
  force?: boolean;
  json?: boolean;
}

/** `export`: a tuned model as one folder for other programs. */
export function registerExport(program: Command, io: Io): void {
  program
    .command('export')
    .description(
      'write a tuned model as one folder that needs no other: weights, tokenizer, template, settings, card; reads it back and compares its logits',
    )
    .argument(
      '<model>',
      'PIPELINE:STAGE, or the folder of its run; or the folder of a model, with --adapter where that lies elsewhere',
    )
    .argument('<output>', 'folder to write; it appears when it is whole and was read back')
    .addOption(
      new Option(
        '--as <format>',
        'hf: for transformers, merged; peft: adapter beside its base; gguf: for llama.cpp, merged, tower and projector as an mmproj file',
      )
        .choices(['hf', 'peft', 'gguf'])
        .makeOptionMandatory(),
    )
    .option('--adapter <folder>', 'a PEFT folder that belongs on the model')
    .addOption(new Option('--dtype <type>', 'of hf and peft').choices(['bfloat16', 'float16']).default('bfloat16'))
    .addOption(
      new Option('--type <type>', "of gguf's matrices").choices(['F16', 'BF16', 'Q8_0', 'Q4_0']).default('F16'),
    )
    .option('--fold', 'of peft: mixers multiplied into A, so that stock PEFT loads it')
    .option('--shard-size <size>', 'largest file of weights, such as 2GB (default: 5GB)', size)
    .option('--image-token <id>', 'id of the token that stands for a patch, where the model names none', tokenId)
    .option('--tower <folder>', 'the vision tower, where the folder does not hold it')
    .option('--base <folder>', 'the language model, where the folder does not hold it')
    .option('--force', 'replace the output folder if it is there')
    .option('--json', 'print JSON')
    .action((model: string, output: string, flags: Flags) => run(model, output, flags, io));
}

async function run(model: string, output: string, flags: Flags, io: Io): Promise<void> {
  const { startEngine } = await import('@moslora/kernels');
  const { exportModel } = await import('../exporting/export-model');
  const { pictureLine } = await import('../exporting/export-gguf');
  const { logitLine } = await import('../merging/logit-verdict');
  const { Reporter } = await import('../progress/reporter');
  const { untilSignal } = await import('../stages/stop-signal');
  const reporter = new Reporter({ write: io.err });
  const log = (line: string): void => reporter.log(line);
  const { shardSize, fold = false, force = false, ...given } = flags;
  const report = await untilSignal(async (signal) => {
    await startEngine({ log });
    return exportModel(model, output, { ...given, fold, maxShardBytes: shardSize, replace: force, reporter, signal });
  }, log);
  print(io, flags.json, report, () => [
    `${report.as} written and read back: ${logitLine(report.logits)}`,
    ...(report.pictures ? [pictureLine(report.pictures)] : []),
    `in ${report.output}, in ${duration(report.seconds)}`,
  ]);
}
