import type { LinearSlot } from '@moslora/nn';
import { closestName, listNames, matchesModule, type AdapterConfig, type Problem } from '@moslora/specs';
import { leafNames } from './select-slots';

/** A key of rankPattern or alphaPattern that matches none of the layers that get an adapter is a mistake. */
export function patternProblems(slots: readonly Pick<LinearSlot, 'name'>[], config: AdapterConfig): Problem[] {
  const known = leafNames(slots.map(({ name }) => name));
  return (['rankPattern', 'alphaPattern'] as const).flatMap((kind) =>
    Object.keys(config[kind])
      .filter((key) => !slots.some(({ name }) => matchesModule(key, name)))
      .map((key): Problem => {
        const near = closestName(key, known);
        return {
          what: `A key of ${kind} matches no layer that gets an adapter`,
          where: `adapter, ${kind}`,
          got: key,
          expected: `one of ${listNames(known)}, a path such as ${slots[0]?.name ?? 'layers.0.mlp.up_proj'}, or a regular expression`,
          ...(near !== undefined && { fix: `did you mean ${near}?` }),
        };
      }),
  );
}
