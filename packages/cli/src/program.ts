import { Command, CommanderError } from 'commander';
import { registerBench } from './commands/bench';
import { registerCompare } from './commands/compare';
import { registerCompareRules } from './commands/compare-rules';
import { registerDevice } from './commands/device';
import { registerExport } from './commands/export';
import { registerFold } from './commands/fold';
import { registerGenerate } from './commands/generate';
import { registerDownload } from './commands/download';
import { registerDownloadBenchmark } from './commands/download-benchmark';
import { registerEstimate } from './commands/estimate';
import { registerEvaluate } from './commands/evaluate';
import { registerInspectData } from './commands/inspect-data';
import { registerMerge } from './commands/merge';
import { registerMergeShards } from './commands/merge-shards';
import { registerPlan } from './commands/plan';
import { registerProvision } from './commands/provision';
import { registerQuantize } from './commands/quantize';
import { registerReport } from './commands/report';
import { registerScore } from './commands/score';
import { registerServe } from './commands/serve';
import { registerStage } from './commands/stage';
import { registerTokenize } from './commands/tokenize';
import { registerValidateData } from './commands/validate-data';
import { registerVerify } from './commands/verify';
import { registerStudy } from './commands/study';
import { registerWatch } from './commands/watch';
import { endingOf, exitCodes } from './exit-codes';
import { processIo, type Io } from './io';
import { ownVersion } from './stages/versions';

/** The whole command line. Commands load what they need when they run, so that starting stays fast. */
export function createProgram(io: Io): Command {
  const program = new Command('moslora')
    .description('Tune LLaVA-style vision-language models with MoSLoRA on a 4-bit base, and score them on MMBench')
    .version(ownVersion(), '--version', 'print the version')
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .exitOverride()
    .enablePositionalOptions()
    .showHelpAfterError('(add --help for what there is)')
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 a check disagrees, 2 a mistake in what was given, 70 a bug, 130 stopped.',
    );
  registerStage(program, io);
  registerPlan(program, io);
  registerEstimate(program, io);
  registerInspectData(program, io);
  registerValidateData(program, io);
  registerProvision(program, io);
  registerDevice(program, io);
  registerBench(program, io);
  registerDownload(program, io);
  registerDownloadBenchmark(program, io);
  registerQuantize(program, io);
  registerFold(program, io);
  registerMerge(program, io);
  registerExport(program, io);
  registerTokenize(program, io);
  registerEvaluate(program, io);
  registerMergeShards(program, io);
  registerScore(program, io);
  registerCompare(program, io);
  registerCompareRules(program, io);
  registerReport(program, io);
  registerWatch(program, io);
  registerStudy(program, io);
  registerGenerate(program, io);
  registerServe(program, io);
  registerVerify(program, io);
  for (const command of program.commands) command.copyInheritedSettings(program);
  return program;
}

/** Runs one command line. Returns the exit code, having said on `io` whatever there is to say. */
export async function runProgram(args: readonly string[], io: Io = processIo()): Promise<number> {
  try {
    await createProgram(io).parseAsync(args, { from: 'user' });
    return io.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.misuse;
    const { code, text, problems } = await endingOf(error);
    if (problems && args.includes('--json')) io.out(`${JSON.stringify({ error: { problems } }, null, 2)}\n`);
    io.err(`${text}\n`);
    return code;
  }
}
