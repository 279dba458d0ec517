import { dirname, join } from 'node:path';
import {
  fail,
  stageNeeds,
  stageOrder,
  type StageConfig,
  type StageConfigOf,
  type ValidationConfig,
} from '@moslora/specs';
import { openPipeline, type OpenPipeline } from '../stages/open-pipeline';
import { studyKind, type StudiedStage, type StudyKind, type Variant } from './study-kinds';

/** The first samples of each part of the data, which a study validates by and does not train on. */
export const heldOut = 24;

export interface StudyOptions {
  kind: string;
  /** Name under pipelines/, or a folder. */
  pipeline: string;
  preset?: string | undefined;
  seeds: number;
  /** Optimiser steps of every run; default: the pipeline's. The data shrink by as much. */
  steps?: number | undefined;
  /** Whether CircularEval is asked of every run too. */
  score: boolean;
}

/** One training run of a study. */
export interface StudyRun {
  /** Such as identity-seed1; its folder's name too. */
  name: string;
  variant: string;
  seed: number;
  /** Name of the stage that trains, and of the one that scores. */
  stage: string;
  score: string | undefined;
}

/** A study: the pipeline with a stage more for every run, sharing all earlier stages. */
export interface Study {
  kind: StudyKind;
  options: StudyOptions;
  open: OpenPipeline;
  runs: StudyRun[];
  /** What has to be there before, in order. */
  earlier: string[];
  folder: string;
  /** Optimiser steps of the pipeline's own run, and of each here. */
  fullSteps: number | undefined;
  steps: number | undefined;
}

/** Lays a study over a pipeline. @throws UserError where there is no such study or pipeline, or nothing in it to vary */
export function planStudy(options: StudyOptions): Study {
  const kind = studyKind(options.kind);
  const plain = openPipeline(options.pipeline, options.preset);
  const [base, studied] = baseStage(plain);
  const scoring = options.score ? scoreStageOf(plain, base) : undefined;
  const folder = join(dirname(plain.outDir(base)), `study-${options.kind}`);
  const fullSteps = studied.train.steps;
  const steps = options.steps ?? fullSteps;
  const stages: Record<string, StageConfig> = { ...plain.pipeline.stages };
  const runs: StudyRun[] = [];
  const folders = new Map<string, string>();
  for (let seed = 1; seed <= options.seeds; seed++) {
    for (const variant of kind.variants(studied.adapter)) {
      const name = `${variant.name}-seed${seed}`;
      const stage = `study-${options.kind}-${name}`;
      const score = scoring && `${stage}-score`;
      stages[stage] = stageOfRun(studied, variant, seed, options.steps);
      folders.set(stage, join(folder, name));
      if (scoring && score) {
        stages[score] = { ...scoring, title: `CircularEval of ${name}`, model: { stage } };
        folders.set(score, join(folder, `${name}-score`));
      }
      runs.push({ name, variant: variant.name, seed, stage, score });
    }
  }
  const open: OpenPipeline = {
    ...plain,
    pipeline: { ...plain.pipeline, stages },
    outDir: (stage) => folders.get(stage) ?? plain.outDir(stage),
    where: ([first, stage, ...rest]) =>
      plain.where(
        folders.has(String(stage))
          ? [first!, base, ...rest]
          : [first!, ...(stage === undefined ? [] : [stage, ...rest])],
      ),
  };
  const needs = stageNeeds(stages);
  const wanted = runs.slice(0, 1).flatMap(({ stage, score }) => stageOrder(needs, score ?? stage));
  const earlier = [...new Set(wanted)].filter((stage) => !folders.has(stage));
  return { ...{ kind, options, open, runs, earlier, folder, fullSteps, steps } };
}

/** The pipeline's tuning stage as a run of the study: its data less those held out, as many of them as the steps call for. */
function stageOfRun(studied: StudiedStage, variant: Variant, seed: number, steps: number | undefined): StudiedStage {
  const share = variant.fraction * (steps === undefined ? 1 : Math.min(1, steps / (studied.train.steps ?? steps)));
  const count = steps ?? studied.train.steps;
  const validation: ValidationConfig = {
    data: studied.data.map(({ weight: _, fraction: __, ...part }) => ({ ...part, limit: heldOut })),
    ...{
      every: count === undefined ? 50 : Math.ceil(count / 2),
      take: 'last',
      samples: 1,
      maxNewTokens: 24,
      holdOut: true,
    },
  };
  return {
    ...studied,
    title: `${variant.name}, seed ${seed}`,
    adapter: variant.adapter,
    data: studied.data.map((part) => ({
      ...part,
      ...(share < 1 && { fraction: share * (part.fraction ?? 1) }),
      ...(part.limit !== undefined && { limit: part.limit + heldOut }),
    })),
    train: { ...studied.train, seed, ...(steps !== undefined && { steps }) },
    validation,
  };
}

function baseStage(open: OpenPipeline): [string, StudiedStage] {
  const found = Object.entries(open.pipeline.stages).find((entry): entry is [string, StudiedStage] => {
    return entry[1].kind === 'instruct' && entry[1].adapter !== undefined;
  });
  return (
    found ??
    fail({
      what: 'this pipeline has no stage to study',
      where: open.folder,
      expected: 'a stage of kind instruct with an `adapter`',
    })
  );
}

function scoreStageOf(open: OpenPipeline, base: string): StageConfigOf<'score'> {
  const stages = Object.values(open.pipeline.stages);
  const found = stages.find(
    (each): each is StageConfigOf<'score'> => each.kind === 'score' && each.model.stage === base,
  );
  return found ?? fail({ what: `no stage scores \`${base}\``, where: open.folder, fix: 'leave --score out' });
}
