import { fail, type Problem } from '@moslora/specs';
import { nearestNames } from './nearest-names';
import type { WeightSource } from './weight-source';

export interface TensorCheck {
  /** Every tensor of the model by its full name in the file, with its shape. */
  expected: ReadonlyMap<string, readonly number[]>;
  /** Whether a tensor of the file is this model's to account for: one that `expected` lacks is then an error. */
  owns(name: string): boolean;
  /** A tensor's shape as the model knows it, where what is stored is packed; default: the stored shape. */
  shapeOf?(name: string): readonly number[];
  /** What the tensors are held against, in the error: `this model`, `a Qwen decoder`. */
  model: string;
}

/**
 * Holds the tensors of a file against what a model is made of.
 * @throws UserError, one for all: the missing tensors (each with the unexpected one most like it), those of another shape, and those
 * that the model has no place for
 */
export function checkTensors(source: WeightSource, { expected, owns, shapeOf, model }: TensorCheck): void {
  const missing = [...expected.keys()].filter((name) => !source.has(name));
  const extra = source.names().filter((name) => owns(name) && !expected.has(name));
  const storedShape = shapeOf ?? ((name: string) => source.info(name).shape);
  const problems = [...expected].flatMap(([name, shape]) =>
    source.has(name) ? shapeProblem(source.where, name, storedShape(name), shape) : [],
  );
  if (missing.length > 0)
    problems.push({
      what: `${missing.length} tensors are missing`,
      where: source.where,
      expected: withNearest(missing, extra),
    });
  if (extra.length > 0) {
    problems.push({
      what: `${extra.length} tensors have no place in ${model}`,
      where: source.where,
      got: withNearest(extra, missing),
      fix: 'check that config.json and the weights belong together, and that its model_type names the right family',
    });
  }
  if (problems.length > 0) fail(problems);
}

function shapeProblem(where: string, name: string, found: readonly number[], shape: readonly number[]): Problem[] {
  if (found.join() === shape.join()) return [];
  return [
    {
      what: `Tensor \`${name}\` has another shape than config.json says`,
      where,
      got: `(${found.join(', ')})`,
      expected: `(${shape.join(', ')})`,
    },
  ];
}

/** `a, b (near: c), …`: each name, with the most similar of the others where one is near. */
function withNearest(names: readonly string[], others: readonly string[]): string {
  const nearest = nearestNames(names, others);
  return names
    .map((name) => {
      const near = nearest.get(name);
      return near === undefined ? name : `${name} (near: ${near})`;
    })
    .join(', ');
}
