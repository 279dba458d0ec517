import type { TensorToWrite, WeightSource } from '@moslora/checkpoint';
import { fail } from '@moslora/specs';
import { findTower, parseTowerConfig, towerSpecs } from '@moslora/vision-encoder';
import { familyFor } from '../families';
import type { PartPlace, ProjectorPlace } from '../layouts/layout';
import { findProjector } from '../projector/find-projector';

/** Hugging Face's names of the parts, as LLaVA-1.5 was published. */
const published = { body: 'language_model.model.', head: 'language_model.', tower: 'vision_tower.' };
/** A decoder's in a folder of its own. */
export const alone = { body: 'model.', head: '' };

/** A tensor to be written under another name than it is stored by. */
export interface CopiedTensor extends TensorToWrite {
  stored: string;
}

/** A stored tensor, and what belongs to it in 4 bits, under another name; read when its turn to be written comes. */
function copied(source: WeightSource, stored: string, name: string): CopiedTensor[] {
  const parts = source.names().filter((other) => other.startsWith(`${stored}.`));
  return [stored, ...parts].map((each) => {
    const { dtype, shape } = source.info(each);
    return { stored: each, name: name + each.slice(stored.length), dtype, shape, data: () => source.bytes(each) };
  });
}

/** A decoder's tensor. */
export interface DecoderTensor {
  /** As the source calls it. */
  stored: string;
  /** In a folder of its own: `model.layers.0.…`. */
  own: string;
  kind: 'table' | 'head' | 'linear' | 'vector';
}

/** The tensors of the decoder in `source`, which may lie in it under any prefix. @throws UserError where one lies there twice or not at all */
export async function decoderParts(source: WeightSource, { config, where }: PartPlace): Promise<DecoderTensor[]> {
  const family = await familyFor(config['model_type'], where);
  const [[embedding = ''] = []] = [...family.tensors(config, { body: '', head: '' })];
  const body = only(source, embedding).slice(0, -embedding.length);
  return [...family.tensors(config)].map(([own, shape]): DecoderTensor => {
    if (!own.startsWith(alone.body)) return { own, stored: only(source, own), kind: 'head' };
    const inBody = own.slice(alone.body.length);
    const kind = inBody === embedding ? 'table' : shape.length === 2 ? 'linear' : 'vector';
    return { own, stored: body + inBody, kind };
  });
}

/** A decoder's tensors as `language_model.model.…`; or as `model.…`, those of a decoder alone. */
export async function decoderTensors(
  source: WeightSource,
  place: PartPlace,
  into: { body: string; head: string } = published,
): Promise<CopiedTensor[]> {
  const parts = await decoderParts(source, place);
  return parts.flatMap(({ own, stored, kind }) =>
    copied(source, stored, kind === 'head' ? into.head + own : into.body + own.slice(alone.body.length)),
  );
}

/** A tower's tensors as `vision_tower.vision_model.…` (a ViT's as `vision_tower.…`); or as under another prefix than `vision_tower.`. */
export function towerTensors(
  source: WeightSource,
  { config, where }: PartPlace,
  into: string = published.tower,
): CopiedTensor[] {
  const tower = parseTowerConfig(config, where);
  const prefix = findTower(source.names(), tower.kind, source.where);
  const name = into + (tower.kind === 'vit' ? '' : 'vision_model.');
  return towerSpecs(tower).flatMap((spec) => copied(source, prefix + spec.name, name + spec.name));
}

/** A projector's tensors as `multi_modal_projector.linear_{1,2}.…`, of as many layers as it has. */
export function projectorTensors(source: WeightSource, place: ProjectorPlace): CopiedTensor[] {
  const { modules, bias } = findProjector(source, place);
  return modules.flatMap((module, index) =>
    (bias ? ['weight', 'bias'] : ['weight']).flatMap((part) =>
      copied(source, `${module}.${part}`, `multi_modal_projector.linear_${index + 1}.${part}`),
    ),
  );
}

/** @throws UserError for a projector of another depth than two, which Hugging Face's LLaVA has no names for */
export function checkDepth(source: WeightSource, place: ProjectorPlace): void {
  const { length } = findProjector(source, place).modules;
  if (length === 2) return;
  fail({
    what: "Hugging Face's LLaVA has a projector of two layers",
    where: source.where,
    got: `${length}`,
    fix: 'keep the model in the layout it has',
  });
}

/** The one stored name that is, or ends in, a module's. */
function only(source: WeightSource, name: string): string {
  const found = source.names().filter((stored) => stored === name || stored.endsWith(`.${name}`));
  return found.length === 1
    ? found[0]!
    : fail({
        what: `${found.length} tensors are called ${name}`,
        where: source.where,
        got: found.join(', ') || 'none',
        expected: 'one',
      });
}
