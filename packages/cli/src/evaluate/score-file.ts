import { basename } from 'node:path';
import { fileDigest } from '@moslora/checkpoint';
import {
  factsBeside,
  readPredictions,
  resultOf,
  scorers,
  type BenchmarkResult,
  type InferenceRules,
  type Judge,
} from '@moslora/evaluation';
import { fail, type Asked, type Benchmark } from '@moslora/specs';
import { benchmarkByName } from '../benchmarks/all-benchmarks';
import { unknownTable } from '../benchmarks/read-benchmark';
import { versions } from '../stages/versions';
import { askingWarnings, rulesWarnings } from './asking-warnings';

export interface ScoreFileOptions {
  /** Whose measure; default: MMBench's. */
  benchmark?: string | undefined;
  rules: InferenceRules;
  judge?: Judge | undefined;
}

/**
 * Scores a predictions table, whoever made it; how its answers came about is taken from PATH.facts.json, where that is of this very file.
 * @throws UserError for what is wrong with it, or where a judge is needed and not given
 */
export async function scoreFile(path: string, options: ScoreFileOptions): Promise<BenchmarkResult> {
  const { rules, judge } = options;
  const benchmark = await benchmarkOf(path, options.benchmark);
  const scorer = scorers[benchmark.scorer];
  const { rows } = readPredictions(path, scorer.columns);
  if (scorer.judge === 'required' && !judge) {
    fail({
      what: `\`${benchmark.name}\` is scored by a judge alone`,
      where: path,
      fix: 'give --judge URL and --judge-model NAME: any OpenAI-compatible address will do',
    });
  }
  const { asked, warnings } = await knownOf(path);
  return resultOf(rows, {
    ...{ benchmark, rules, judge, provenance: asked },
    warnings: [...warnings, ...(scorer.usesRules ? rulesWarnings(rules) : [])],
  });
}

/** What is known of how a table's answers came about, and what to be wary of. */
export async function knownOf(path: string): Promise<{ asked: Asked; warnings: string[] }> {
  const beside = factsBeside(path);
  if (beside) {
    const { scoring: _, rules: __, judge: ___, ...asked } = beside.provenance;
    return { asked, warnings: askingWarnings(asked) };
  }
  const data = { file: path, md5: await fileDigest(path, 'md5') };
  return {
    asked: { blind: false, data, version: versions()['moslora'] ?? '' },
    warnings: ['only the answers were given: model, template, prompt style and decoding are not known'],
  };
}

async function benchmarkOf(path: string, name: string | undefined): Promise<Benchmark> {
  if (name !== undefined) return (await benchmarkByName(name, 'the command line')).benchmark;
  const table = unknownTable(path);
  const bare = basename(table.name).replace(/\.predictions$/, '');
  return { ...table, name: bare, title: bare };
}
