import type { TowerConfig } from './config';
import { patchCount } from './config';
import { towerNames } from './names';

/** How a tensor starts when it is not read from a file: normal with this deviation (cut at two of them), or constant. */
export type Init = { std: number } | { fill: number };

/** A tensor by its published name and shape. */
export interface TensorSpec {
  name: string;
  shape: number[];
  init: Init;
  /** True for the weight of a linear layer, which products read and nothing else. */
  matrix?: true;
}

/** Weight (out, in) and bias (out) of a linear layer. */
export function linearSpecs(name: string, out: number, inner: number, std: number, bias = true): TensorSpec[] {
  const weight: TensorSpec = { name: `${name}.weight`, shape: [out, inner], init: { std }, matrix: true };
  return bias ? [weight, { name: `${name}.bias`, shape: [out], init: { fill: 0 } }] : [weight];
}

/** Weight and bias (D) of a layer norm. */
export function normSpecs(name: string, width: number): TensorSpec[] {
  return [
    { name: `${name}.weight`, shape: [width], init: { fill: 1 } },
    { name: `${name}.bias`, shape: [width], init: { fill: 0 } },
  ];
}

type LayerNames = ReturnType<ReturnType<typeof towerNames>['layer']>;

/** The tensors of one encoder layer; deviations as in CLIP: D^-1/2 (2L)^-1/2 into the residual stream and for q, k, v; (2D)^-1/2 for fc1. */
export function layerSpecs(
  names: LayerNames,
  config: Pick<TowerConfig, 'hiddenSize' | 'intermediateSize' | 'layers' | 'qkvBias'>,
): TensorSpec[] {
  const { hiddenSize: D, intermediateSize: F, layers, qkvBias } = config;
  const deep = D ** -0.5 * (2 * layers) ** -0.5;
  return [
    ...normSpecs(names.norm1, D),
    ...linearSpecs(names.query, D, D, deep, qkvBias),
    ...linearSpecs(names.key, D, D, deep, qkvBias),
    ...linearSpecs(names.value, D, D, deep, qkvBias),
    ...linearSpecs(names.out, D, D, D ** -0.5),
    ...normSpecs(names.norm2, D),
    ...linearSpecs(names.fc1, F, D, (2 * D) ** -0.5),
    ...linearSpecs(names.fc2, D, F, deep),
  ];
}

/** Every tensor of a tower, relative to its prefix, with the published shapes. */
export function towerSpecs(config: TowerConfig): TensorSpec[] {
  const names = towerNames(config.kind);
  const { hiddenSize: D, patchSize: P, kind } = config;
  const positions = patchCount(config) + (config.classToken ? 1 : 0);
  const batched = kind === 'vit' ? [1] : [];
  const specs: TensorSpec[] = [
    { name: `${names.patch}.weight`, shape: [D, 3, P, P], init: { std: 0.02 } },
    { name: names.position, shape: [...batched, positions, D], init: { std: 0.02 } },
  ];
  if (config.patchBias) specs.push({ name: `${names.patch}.bias`, shape: [D], init: { fill: 0 } });
  if (config.classToken)
    specs.push({ name: names.classToken, shape: kind === 'vit' ? [1, 1, D] : [D], init: { std: D ** -0.5 } });
  if (config.preNorm) specs.push(...normSpecs(names.preNorm, D));
  for (let index = 0; index < config.layers; index += 1) specs.push(...layerSpecs(names.layer(index), config));
  return [...specs, ...normSpecs(names.postNorm, D)];
}
