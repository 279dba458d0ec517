import type { TensorToWrite, WeightSource } from '@moslora/checkpoint';
import { fail } from '@moslora/specs';
import { findTower, parseTowerConfig, towerSpecs } from '@moslora/vision-encoder';
import { familyFor } from '../families';
import type { PartPlace, ProjectorPlace } from '../layouts/layout';
import { findProjector } from '../projector/find-projector';

/** Hugging Face's names of the parts, as LLaVA-1.5 was published. */
const published = { body: 'language_model.model.', head: 'language_model.', tower: 'vision_tower.' };

/** A stored tensor, and what belongs to it in 4 bits, under another name; read when its turn to be written comes. */
function copied(source: WeightSource, stored: string, name: string): TensorToWrite[] {
  const parts = source.names().filter((other) => other.startsWith(`${stored}.`));
  return [stored, ...parts].map((each) => {
    const { dtype, shape } = source.info(each);
    return { name: name + each.slice(stored.length), dtype, shape, data: () => source.bytes(each) };
  });
}

/** A decoder's tensors as `language_model.model.…`. */
export async function decoderTensors(source: WeightSource, { config, where }: PartPlace): Promise<TensorToWrite[]> {
  const family = await familyFor(config['model_type'], where);
  const [[embedding = ''] = []] = [...family.tensors(config, { body: '', head: '' })];
  const own = [...family.tensors(config).keys()];
  const head = own.find((name) => !name.startsWith('model.'));
  const body = only(source, embedding).slice(0, -embedding.length);
  const inBody = own.filter((name) => name !== head).map((name) => name.slice('model.'.length));
  return [
    ...inBody.flatMap((name) => copied(source, body + name, published.body + name)),
    ...(head === undefined ? [] : copied(source, only(source, head), published.head + head)),
  ];
}

/** A tower's tensors as `vision_tower.vision_model.…` (a ViT's as `vision_tower.…`). */
export function towerTensors(source: WeightSource, { config, where }: PartPlace): TensorToWrite[] {
  const tower = parseTowerConfig(config, where);
  const prefix = findTower(source.names(), tower.kind, source.where);
  const into = published.tower + (tower.kind === 'vit' ? '' : 'vision_model.');
  return towerSpecs(tower).flatMap(({ name }) => copied(source, prefix + name, into + name));
}

/** A projector's tensors as `multi_modal_projector.linear_{1,2}.…`. @throws UserError for another depth, which the layout has no names for */
export function projectorTensors(source: WeightSource, place: ProjectorPlace): TensorToWrite[] {
  const { modules, bias } = findProjector(source, place);
  if (modules.length !== 2) {
    fail({
      what: "Hugging Face's LLaVA has a projector of two layers",
      where: source.where,
      got: `${modules.length}`,
      fix: 'keep the model in the layout it has',
    });
  }
  return modules.flatMap((module, index) =>
    (bias ? ['weight', 'bias'] : ['weight']).flatMap((part) =>
      copied(source, `${module}.${part}`, `multi_modal_projector.linear_${index + 1}.${part}`),
    ),
  );
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
