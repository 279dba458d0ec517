import { InvalidArgumentError, Option, type Command } from 'commander';
import { commaList } from '../comma-list';
import { print, type Io } from '../io';
import { bytes, duration } from '../progress/format';
import { size } from '../size';

interface QuantizeFlags {
  double?: boolean;
  skip: string[];
  dtype: 'keep' | 'float32' | 'float16' | 'bfloat16';
  shardSize?: number;
  threads?: number;
  force?: boolean;
  json?: boolean;
}

export function registerQuantize(program: Command, io: Io): void {
  program
    .command('quantize')
    .description(
      'write a Hugging Face folder with the projections of its decoder in 4 bits, as bitsandbytes stores them',
    )
    .argument('<folder>', 'the model: config.json, and model.safetensors or its shards')
    .argument('<output>', 'folder to write; it appears when it is whole')
    .addOption(new Option('--format <format>', 'the 4-bit code').choices(['nf4']).default('nf4'))
    .option('--double', 'quantise the block maxima too: 4.13 bits a weight in place of 4.5')
    .option(
      '--skip <modules>',
      'leave these as they are, besides head, embeddings and norms: o_proj,layers.0',
      commaList,
      [],
    )
    .addOption(
      new Option('--dtype <type>', 'of everything that is not quantised')
        .choices(['keep', 'bfloat16', 'float16', 'float32'])
        .default('keep'),
    )
    .option('--shard-size <size>', 'largest file of weights, such as 2GB (default: 5GB)', size)
    .option('--threads <count>', 'worker threads (default: one a processor, at most 4)', count)
    .option('--force', 'replace the output folder if it is there')
    .option('--json', 'print JSON, and the progress on stderr')
    .action(async (folder: string, output: string, flags: QuantizeFlags) => {
      const { quantizeModel } = await import('../quantizing/quantize-model');
      const { Reporter } = await import('../progress/reporter');
      const { Interrupted } = await import('../stages/stage');
      const { untilSignal } = await import('../stages/stop-signal');
      const reporter = new Reporter(process.stderr);
      const report = await untilSignal(
        async (signal) => {
          try {
            return await quantizeModel(folder, output, {
              ...{ double: flags.double ?? false, skip: flags.skip, dtype: flags.dtype, reporter, signal },
              ...(flags.shardSize !== undefined && { maxShardBytes: flags.shardSize }),
              ...(flags.threads !== undefined && { threads: flags.threads }),
              replace: flags.force ?? false,
            });
          } catch (error) {
            throw signal.aborted ? new Interrupted('run the same command again; nothing was written') : error;
          }
        },
        (line) => reporter.log(line),
      );
      print(io, flags.json, report, () => [
        `${report.quantized} matrices, ${(report.weights / 1e6).toFixed(1)} M weights in ${report.bitsPerWeight.toFixed(3)} bits, relative error ${report.relativeError.toFixed(4)}; ${report.kept} tensors kept`,
        `${bytes(report.inputBytes)} -> ${bytes(report.outputBytes)} in ${duration(report.seconds)} (${report.megabytesPerSecond.toFixed(0)} MB/s), at most ${bytes(report.peakMemoryBytes)} of memory`,
        `in ${report.output}`,
      ]);
    });
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 64)
    throw new InvalidArgumentError('It must be a whole number from 0 (none) to 64.');
  return value;
}
