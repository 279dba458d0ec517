import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { AnswerLog } from '../../scoring/answer-log';
import { answerQuestions } from '../../scoring/answer-questions';
import { assembleModel } from '../../scoring/assemble-model';
import { openBenchmark } from '../../scoring/benchmarks';
import { decoderPackage } from '../../tuning/decoder-package';
import { FeatureStore } from '../../tuning/feature-store';
import { usePrecision } from '../../tuning/run-training';
import { seePictures } from '../../tuning/see-pictures';
import { tuningStage } from '../../tuning/stage-outputs';
import type { Stage } from '../stage';

/** Asks a tuned model every question of the benchmarks and scores what it answers. */
export const stage: Stage<'score'> = {
  kind: 'score',
  tensors: true,
  resumable: true,
  packages: (given) => decoderPackage(given, tuningStage(given.stages, given.config.model.stage).base),
  async run(context) {
    const { config, stage: name, workDir, log, reporter, signal } = context;
    log(`matrix products in ${usePrecision('auto')}`);
    const { model, tower, processor, choice, tokenizer, template, system } = await assembleModel(
      context,
      config.model.stage,
    );
    const metrics: Record<string, unknown> = {};
    for (const [benchmarkName, benchmark] of Object.entries(config.benchmarks)) {
      const { questions, finish } = await openBenchmark(context, benchmarkName, benchmark);
      const answers = new AnswerLog(join(workDir, `${benchmarkName}.answers.jsonl`));
      const images = questions.filter(({ key }) => !answers.has(key)).map(({ key, image }) => ({ image, sample: key }));
      const path = join(workDir, `${benchmarkName}.features.f32`);
      const { maxNewTokens, batchSize, blind } = config;
      const features = blind
        ? FeatureStore.blank(tower, choice)
        : await seePictures(images, {
            ...{ tower, processor, choice, path, signal, reporter },
            label: `${name} ${benchmarkName}: pictures`,
          });
      const bar = reporter.bar({
        label: `${name} ${benchmarkName}`,
        total: questions.length,
        unit: 'question',
        start: questions.length - images.length,
      });
      const began = performance.now();
      await answerQuestions(questions, answers, {
        ...{ model, tokenizer, template, system, features, maxNewTokens, batchSize, signal },
        onProgress: (done) => bar.update(done),
      });
      bar.end();
      features.close();
      rmSync(path, { force: true });
      if (signal.aborted) return {};
      const seconds = (performance.now() - began) / 1000;
      metrics[benchmarkName] = { ...finish(answers.all(), workDir), template: template.name, blind, seconds };
    }
    return metrics;
  },
};
