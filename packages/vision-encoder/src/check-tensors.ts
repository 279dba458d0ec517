import type { WeightSource } from '@moslora/checkpoint';
import { fail, type Problem } from '@moslora/specs';
import type { TensorSpec } from './tensor-specs';

/**
 * Holds the tensors under `prefix` against what a model is made of.
 * @throws UserError listing all that are missing, have another shape, or that this model would not use
 */
export function checkTensors(
  source: WeightSource,
  specs: readonly Omit<TensorSpec, 'init'>[],
  options: { prefix: string; unused: RegExp },
): void {
  const { prefix, unused } = options;
  const expected = new Map(specs.map((spec) => [prefix + spec.name, spec.shape]));
  const problems: Problem[] = [];
  const missing = [...expected.keys()].filter((name) => !source.has(name));
  for (const [name, shape] of expected) {
    if (!source.has(name)) continue;
    const found = source.info(name).shape;
    if (found.join() !== shape.join()) {
      problems.push({
        what: `Tensor \`${name}\` has another shape than config.json says`,
        where: source.where,
        got: `(${found.join(', ')})`,
        expected: `(${shape.join(', ')})`,
      });
    }
  }
  const extra = source
    .names()
    .filter((name) => name.startsWith(prefix) && !expected.has(name) && !unused.test(name.slice(prefix.length)));
  if (missing.length > 0)
    problems.push({ what: `${missing.length} tensors are missing`, where: source.where, expected: missing.join(', ') });
  if (extra.length > 0) {
    problems.push({
      what: `${extra.length} tensors have no place in this model`,
      where: source.where,
      got: extra.join(', '),
      fix: 'check that config.json and the weights belong together',
    });
  }
  if (problems.length > 0) fail(problems);
}
