import type { MixerReading, TrainConfig } from '@moslora/specs';
import type { BatchSource } from '../batch-source';
import type { Resume } from '../checkpoints/choose-checkpoint';
import type { Trainable } from '../trainable';
import type { Validation } from '../validation/validation';
import type { TrainProgress } from './progress';

export interface TrainOptions<Batch> {
  trainable: Trainable<Batch>;
  source: BatchSource<Batch>;
  config: TrainConfig;
  /** Holds checkpoints/, metrics.jsonl, validation.jsonl and tensorboard/. */
  runDir: string;
  /** Says what is trained on what; a checkpoint with another identity is not continued. */
  identity: string;
  /** What to go on from: auto. */
  resume?: Resume | undefined;
  validation?: Validation<Batch> | undefined;
  /** Reads where the mixers stand, every `config.mixerEvery` steps, the first and the last. */
  mixers?: (() => MixerReading | undefined) | undefined;
  /** Texts that every checkpoint keeps, by file name: what was configured, the chat template. */
  texts?: Readonly<Record<string, string>>;
  onProgress?: (progress: TrainProgress) => void;
  log?: (line: string) => void;
  /** When aborted, the step under way is finished, a checkpoint is written and the run returns. */
  signal?: AbortSignal;
}
