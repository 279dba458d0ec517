import type { LinearSlot } from '@moslora/nn';
import { closestName, fail, listNames, type AdapterConfig, type Problem } from '@moslora/specs';
import { AdapterLinear } from '../linear/adapter-linear';

/** The last part of a module path. */
export function leafName(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}

/** The different last parts of some paths, in order. */
export function leafNames(paths: readonly string[]): string[] {
  return [...new Set(paths.map(leafName))].sort();
}

/** Whether `target` is the module's path, or the end of it from a dot on: PEFT's rule for `target_modules`. */
export function isTarget(target: string, path: string): boolean {
  return path === target || path.endsWith(`.${target}`);
}

/** Targets that name none of the layers. */
export function targetProblems(
  slots: readonly Pick<LinearSlot, 'name'>[],
  targets: AdapterConfig['targets'],
): Problem[] {
  if (targets === 'all-linear') return [];
  const known = leafNames(slots.map(({ name }) => name));
  return targets
    .filter((target) => !slots.some(({ name }) => isTarget(target, name)))
    .map((target): Problem => {
      const near = closestName(target, known);
      return {
        what: 'An adapter target names no layer of the model',
        where: 'adapter, targets',
        got: target,
        expected: `all-linear, or one of ${listNames(known)}`,
        ...(near !== undefined && { fix: `did you mean ${near}?` }),
      };
    });
}

/** Those of some layers that the configuration's `targets` name. */
export function targeted<Slot extends Pick<LinearSlot, 'name'>>(
  slots: readonly Slot[],
  targets: AdapterConfig['targets'],
): Slot[] {
  if (targets === 'all-linear') return slots.filter(({ name }) => !isHead(name));
  return slots.filter(({ name }) => targets.some((target) => isTarget(target, name)));
}

/**
 * The slots that the configuration's `targets` name. Throws one UserError for all targets that name nothing, listing the known ones, and
 * for slots that have an adapter already.
 */
export function selectSlots(slots: readonly LinearSlot[], targets: AdapterConfig['targets']): LinearSlot[] {
  const problems = targetProblems(slots, targets);
  if (problems.length > 0) fail(problems);
  return refuseAdapted(targeted(slots, targets));
}

/** A head that `all-linear` leaves out: by these names, as xtuner does, so that InternLM2's `output` is adapted as in the paper's runs. */
function isHead(path: string): boolean {
  return /^(lm_head|output_layer)$/.test(leafName(path)) && !/\.\d+\./.test(path);
}

function refuseAdapted(slots: readonly LinearSlot[]): LinearSlot[] {
  const adapted = slots.filter((slot) => slot.get() instanceof AdapterLinear);
  if (adapted.length > 0) {
    fail({
      what: `${adapted.length} layers have an adapter already`,
      where: 'adapter, targets',
      got: listNames(adapted.slice(0, 8).map(({ name }) => name)),
      fix: 'merge or detach the first adapter before adding another',
    });
  }
  return [...slots];
}
