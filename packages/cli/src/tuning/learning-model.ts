import { join } from 'node:path';
import { injectAdapters, readMixers, type AdapterSet } from '@moslora/adapters';
import { decoderPlace, LlavaModel, saveDecoderFolder, type Projector } from '@moslora/model-llava';
import type { ParameterGroup } from '@moslora/nn';
import { Rng } from '@moslora/runtime';
import { modelParts, partsOf, type MixerReading, type ModelPart, type PartTraining } from '@moslora/specs';
import { writeTemplate } from '@moslora/tokenization';
import { ratesOf, type GroupRates, type Rates } from '@moslora/training';
import { saveTower } from '@moslora/vision-encoder';
import { partGroup } from './part-groups';
import { outputs, towerFolder } from './stage-outputs';
import type { TuningContext, TuningSetup } from './tuning-setup';

/** What learns of a part, for the log and run.json. */
export interface TrainedPart extends Partial<Rates> {
  mode: PartTraining['mode'];
  /** Learning values. */
  parameters: number;
  /** `moslora of rank 64 in 225 places`. */
  adapter?: string;
}

/** The model of a tuning stage with its parts as they learn, and what becomes of them. */
export interface LearningModel {
  model: LlavaModel;
  rates: GroupRates;
  trained: Record<ModelPart, TrainedPart>;
  /** Learning values of all adapters. */
  adapterParameters: number;
  /** Where the mixers of all adapters stand, if any learn. */
  mixers(): MixerReading | undefined;
  /** Writes what learnt into the stage's folder. */
  save(): Promise<void>;
}

/** Puts the parts of a stage together and adapters on those that its settings say. */
export function learningModel(context: TuningContext, setup: TuningSetup, projector: Projector): LearningModel {
  const { config, seed, log } = context;
  const parts = partsOf(config);
  const { decoder, tower } = setup;
  const slots = {
    tower: () => tower?.tower.slots() ?? [],
    projector: () => projector.slots(),
    decoder: () => decoder.slots(),
  };
  const sets: Partial<Record<ModelPart, AdapterSet>> = {};
  for (const part of modelParts) {
    const training = parts[part];
    if (training.mode !== 'adapter') continue;
    const group = partGroup(part, 'adapter');
    sets[part] = injectAdapters(slots[part](), training.adapter, new Rng(seed, group), group);
  }
  const model = new LlavaModel({
    ...(tower && { tower: tower.tower }),
    ...{ projector, decoder, choice: config.features },
    trainProjector: parts.projector.mode === 'full',
    checkpointing: config.train.gradientCheckpointing,
  });
  const all = Object.values(sets);
  model.adapters = { beginStep: (step) => all.forEach((set) => set.beginStep(step)) };
  const rates = ratesByGroup(parts);
  const trained = trainedParts(parts, model, sets, (group) => ratesOf(group, config.train, rates));
  for (const part of modelParts) log(`${part}: ${spellPart(trained[part])}`);
  return {
    ...{ model, rates, trained },
    adapterParameters: all.reduce((sum, set) => sum + set.count, 0),
    mixers: () => readMixers(all.flatMap((set) => set.learningMixers())),
    save: () => saveParts(context, setup, projector, sets),
  };
}

function ratesByGroup(parts: Record<ModelPart, PartTraining>): GroupRates {
  const entries = modelParts.flatMap((part): [ParameterGroup, Partial<Rates>][] => {
    const training = parts[part];
    if (training.mode === 'frozen') return [];
    const { learningRate, weightDecay } = training;
    const own = {
      ...(learningRate !== undefined && { learningRate }),
      ...(weightDecay !== undefined && { weightDecay }),
    };
    return [[partGroup(part, training.mode), own]];
  });
  return Object.fromEntries(entries);
}

function trainedParts(
  parts: Record<ModelPart, PartTraining>,
  model: LlavaModel,
  sets: Partial<Record<ModelPart, AdapterSet>>,
  ratesIn: (group: ParameterGroup) => Rates,
): Record<ModelPart, TrainedPart> {
  const learning = model.parameters();
  const trainedPart = (part: ModelPart): TrainedPart => {
    const { mode } = parts[part];
    if (mode === 'frozen') return { mode, parameters: 0 };
    const group = partGroup(part, mode);
    const set = sets[part];
    const parameters = learning
      .filter((parameter) => parameter.group === group)
      .reduce((sum, { value }) => sum + value.size, 0);
    const adapter = set && `${set.settings.method} of rank ${set.settings.rank} in ${set.modules().length} places`;
    return { mode, parameters, ...(adapter !== undefined && { adapter }), ...ratesIn(group) };
  };
  return { tower: trainedPart('tower'), projector: trainedPart('projector'), decoder: trainedPart('decoder') };
}

/** A part's training as one line, without its name. */
export function spellPart({ mode, parameters, adapter, learningRate, weightDecay }: TrainedPart): string {
  if (mode === 'frozen') return 'frozen';
  const decay = weightDecay ? `, weight decay ${weightDecay}` : '';
  return `${adapter ?? 'full'}, ${parameters.toLocaleString('en')} parameters at ${learningRate}${decay}`;
}

async function saveParts(
  context: TuningContext,
  setup: TuningSetup,
  projector: Projector,
  sets: Partial<Record<ModelPart, AdapterSet>>,
): Promise<void> {
  const { config, workDir } = context;
  const { tower, decoder } = partsOf(config);
  const base = context.input(config.base);
  await projector.save(join(workDir, outputs.projector));
  if (sets.decoder) {
    sets.decoder.save(join(workDir, outputs.adapter), { baseModel: base });
    writeTemplate(join(workDir, outputs.adapter), setup.template);
  }
  sets.tower?.save(join(workDir, outputs.towerAdapter), { baseModel: towerFolder(context, config.tower) });
  if (tower.mode === 'full' && setup.tower) {
    const { tower: learnt, processor } = setup.tower;
    await saveTower(learnt, join(workDir, outputs.tower), processor);
  }
  if (decoder.mode !== 'full') return;
  const dir = join(workDir, outputs.decoder);
  await saveDecoderFolder(setup.decoder, dir, { config: decoderPlace(base).config, tokenizer: setup.tokenizerFolder });
  writeTemplate(dir, setup.template);
}
