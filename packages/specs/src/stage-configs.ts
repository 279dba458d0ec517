import { z } from 'zod';
import { prepareStage, provisionStage, quantizeStage } from './stages/preparing';
import { pretrainVisionStage } from './stages/pretraining';
import { compareStage, reportStage } from './stages/reporting';
import { scoreStage } from './stages/scoring';
import { alignStage, instructStage } from './stages/tuning';

export { prepareStage, provisionStage, quantizeStage, type BaseSource } from './stages/preparing';
export { pretrainVisionStage } from './stages/pretraining';
export { compareStage, reportStage } from './stages/reporting';
export { scoreStage, type BenchmarkRef } from './stages/scoring';
export { alignStage, instructStage } from './stages/tuning';

/** A stage of a pipeline, by its kind. */
export const stageConfigSchema = z.discriminatedUnion('kind', [
  provisionStage,
  prepareStage,
  pretrainVisionStage,
  quantizeStage,
  alignStage,
  instructStage,
  scoreStage,
  reportStage,
  compareStage,
]);
export type StageConfig = z.infer<typeof stageConfigSchema>;
export type StageKind = StageConfig['kind'];
export type StageConfigOf<K extends StageKind> = Extract<StageConfig, { kind: K }>;
