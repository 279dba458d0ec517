import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJson } from '@moslora/checkpoint';
import { padded, readPreprocessorConfig } from '@moslora/images';
import { activationSchema } from '@moslora/vision-encoder';
import { z } from 'zod';
import { findPart } from './find-part';
import type { LlavaLayout, PartsGiven } from './layout';
import { partPlace } from './part-place';

/** xtuner's names of the folders inside its own. */
const folders = {
  projector: 'projector',
  decoderAdapter: 'llm_adapter',
  tower: 'visual_encoder',
  towerAdapter: 'visual_encoder_adapter',
};

const adapterSchema = z.looseObject({ base_model_name_or_path: z.string().nullish() });
const projectorSchema = z.looseObject({
  depth: z.int().positive().default(2),
  hidden_act: activationSchema.default('gelu'),
  bias: z.boolean().default(true),
});

/** Whether a folder is one that xtuner saved: its projector has a folder of its own. */
export function isXtunerFolder(dir: string): boolean {
  return existsSync(join(dir, folders.projector, 'config.json'));
}

/**
 * A folder as xtuner saves it: `projector/`, adapters beside it (`llm_adapter/`, `visual_encoder_adapter/`), a tuned tower in
 * `visual_encoder/`, a tuned decoder in the folder itself. What it holds no weights of is named by its adapters or xtuner_config.py.
 */
export function xtunerLayout(dir: string, given: PartsGiven): LlavaLayout {
  const inside = (name: string): string | undefined =>
    existsSync(join(dir, name, 'adapter_config.json')) || existsSync(join(dir, name, 'config.json'))
      ? join(dir, name)
      : undefined;
  const python = join(dir, 'xtuner_config.py');
  const settings = existsSync(python) ? readFileSync(python, 'utf8') : '';
  const adapters = { decoder: inside(folders.decoderAdapter), tower: inside(folders.towerAdapter) };
  const own = given.base === undefined && existsSync(join(dir, 'config.json'));
  const base = own
    ? dir
    : findPart({
        what: 'language model',
        given: given.base,
        named: baseOf(adapters.decoder) ?? assigned(settings, 'llm_name_or_path'),
        from: dir,
        option: 'base',
      });
  const tower =
    inside(folders.tower) ??
    findPart({
      what: 'vision tower',
      given: given.tower,
      named: baseOf(adapters.tower) ?? assigned(settings, 'visual_encoder_name_or_path'),
      from: dir,
      option: 'tower',
    });
  const projector = join(dir, folders.projector);
  const { depth, hidden_act: activation, bias } = readJson(join(projector, 'config.json'), projectorSchema);
  return {
    name: 'xtuner',
    decoder: { ...partPlace(base), adapter: adapters.decoder },
    tower: { ...partPlace(tower), adapter: adapters.tower },
    projector: { weights: projector, activation, depth, bias },
    featureLayer: Number(/^\s*visual_select_layer\s*=\s*(-?\d+)/m.exec(settings)?.[1] ?? -2),
    featureSelect: 'default',
    imageTokenId: undefined,
    tokenizer: base,
    processor: () => padded(readPreprocessorConfig(tower)),
  };
}

/** The model that an adapter was made for, by its own word. */
function baseOf(adapter: string | undefined): string | undefined {
  if (adapter === undefined) return undefined;
  return readJson(join(adapter, 'adapter_config.json'), adapterSchema).base_model_name_or_path || undefined;
}

/** The text that a setting of xtuner's Python configuration is assigned. */
function assigned(python: string, name: string): string | undefined {
  return new RegExp(String.raw`^\s*${name}\s*=\s*(['"])(.+?)\1`, 'm').exec(python)?.[2];
}
