import { sameEngine } from '@moslora/evaluation';
import { benchmarkByName } from '../../benchmarks/all-benchmarks';
import { findFiles } from '../../benchmarks/benchmark-places';
import { computingHere } from '../../evaluate/computing-here';
import { evaluate } from '../../evaluate/evaluate';
import { openJudge } from '../../evaluate/open-judge';
import { evaluatedMetrics, resultLines } from '../../evaluate/result-lines';
import { stageAnswerer } from '../../evaluate/stage-answerer';
import { stageBenchmark } from '../../evaluate/stage-benchmarks';
import { decoderPackage } from '../../tuning/decoder-package';
import { usePrecision } from '../../tuning/run-training';
import { tuningStage } from '../../tuning/stage-outputs';
import { root, stamp } from '../paths';
import { packageEntry, sourceHash } from '../source-closure';
import type { Stage } from '../stage';

/** Asks a tuned model every question of the benchmarks and scores what it answers. */
export const stage: Stage<'score'> = {
  kind: 'score',
  tensors: true,
  resumable: true,
  packages: (given) => decoderPackage(given, tuningStage(given.stages, given.config.model.stage).base),
  /** Published benchmarks: their files, and the code that says how they are asked. */
  async identity({ config, where }) {
    const lines: string[] = [];
    for (const [name, reference] of Object.entries(config.benchmarks)) {
      if (reference.kind !== 'published') continue;
      const place = where('benchmarks', name);
      const { benchmark, dataset } = await benchmarkByName(reference.name, place);
      lines.push(sourceHash(root, [packageEntry(root, `@moslora/dataset-${dataset}`)]));
      if (reference.path === undefined)
        lines.push(...findFiles(benchmark, undefined, place).map((path) => stamp(path, () => [])));
    }
    return lines.join('\n');
  },
  async run(context) {
    const { config, workDir, log, reporter, signal } = context;
    log(`matrix products in ${usePrecision('auto')}`);
    const benchmarks = [];
    for (const [name, reference] of Object.entries(config.benchmarks))
      benchmarks.push(await stageBenchmark(context, name, reference));
    const { prompt, rules, maxNewTokens, batchSize, blind, limit, strict } = config;
    const done = await evaluate({
      ...{ prompt, rules, maxNewTokens, batchSize, blind, limit, strict, reporter, signal, benchmarks },
      answerer: stageAnswerer(context, config.model.stage),
      folder: workDir,
      computed: computingHere(),
      judge: config.judge && openJudge(config.judge, workDir),
      // The configuration is what it was, or the attempt would have been dropped: what is left to differ is the machine's.
      mend: (fact) => {
        const anew = `start over, which drops these answers: ${context.startOver}`;
        return /precision|engine/.test(fact) ? `${sameEngine['engine']}; or ${anew}` : anew;
      },
    });
    if (signal.aborted) return {};
    for (const line of done.flatMap(resultLines)) log(line);
    return Object.fromEntries(done.map((each) => [each.benchmark, evaluatedMetrics(each)]));
  },
};
