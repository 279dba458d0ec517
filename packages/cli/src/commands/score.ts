import { resolve } from 'node:path';
import type { Command } from 'commander';
import { print, type Io } from '../io';
import { judgeOptions, rulesOption, type JudgeFlags, type Rules } from './scoring-options';

interface Flags extends JudgeFlags {
  rules: Rules;
  benchmark?: string;
  out?: string;
  json?: boolean;
}

export function registerScore(program: Command, io: Io): void {
  const command = program
    .command('score')
    .description('score a predictions table, whoever made it: by default CircularEval and the abilities of MMBench')
    .argument('<predictions>', 'table with the columns of the benchmark and `prediction` (.tsv, .csv or .xlsx)')
    .addOption(rulesOption())
    .option('--benchmark <name>', 'score it as this one is; `moslora benchmarks` lists them')
    .option('--out <folder>', 'write results there: JSON, CSV, and what came of every question')
    .option(
      '--json',
      'print JSON: scores, with what they rest on as lines of stderr; or with --benchmark, --judge or --out the whole result',
    );
  judgeOptions(command).action((path: string, flags: Flags) => score(path, flags, io));
}

async function score(path: string, flags: Flags, io: Io): Promise<void> {
  const { rules, benchmark, out, json } = flags;
  const { scoredBy, scorePredictions, tableFacts, writeResult } = await import('@moslora/evaluation');
  const plain = benchmark === undefined && out === undefined && flags.judge === undefined;
  if (plain && json) {
    const { knownOf } = await import('../evaluate/score-file');
    print(io, true, scorePredictions(path, rules), () => []);
    // What is printed has the shape that others compare with to the last digit; what it rests on is said beside it.
    const { asked } = await knownOf(path);
    const facts = tableFacts({ ...asked, ...scoredBy('circular', rules) });
    return io.err(
      Object.entries(facts)
        .map(([name, value]) => `${name}: ${value}\n`)
        .join(''),
    );
  }
  const { judgeFrom } = await import('../evaluate/open-judge');
  const { resultLines } = await import('../evaluate/result-lines');
  const { scoreFile } = await import('../evaluate/score-file');
  const { Reporter } = await import('../progress/reporter');
  const folder = resolve(out ?? '.');
  const judge = judgeFrom(flags, folder);
  const scored = await scoreFile(path, { benchmark, rules, judge });
  if (out !== undefined) writeResult(folder, scored);
  else if (judge) new Reporter(process.stderr).log(`the judge's answers are remembered in ${folder}/judge.jsonl`);
  const { result } = scored;
  print(io, json, result, () => resultLines({ benchmark: result.benchmark, result, failed: [], files: [], notes: [] }));
}
