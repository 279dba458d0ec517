import type { WeightSource } from '@moslora/checkpoint';
import { fail, listNames, type Problem } from '@moslora/specs';
import { isNf4Part } from '../bitsandbytes/keys';

/** Modules that never are decoder projections, though they may have layers of their own. */
const otherParts = /(^|\.)(vision_tower|vision_model|visual|multi_modal_projector|mm_projector)\./;
const projection = /(?:^|\.)layers\.\d+\.(.+)\.weight$/;

/**
 * The weights to quantise: every matrix of a decoder layer, except those `skip` names. An entry of `skip` is a module's last name
 * (`o_proj`) or its path or the end of it (`layers.0`, `layers.0.mlp`, `mlp.down_proj`). Throws a UserError for an entry that names nothing, for
 * a file that is quantised already, and for one without decoder layers.
 */
export function layersToQuantize(source: WeightSource, skip: readonly string[]): string[] {
  const names = source.names();
  const done = names.filter((name) => isNf4Part(name) || name.endsWith('.SCB'));
  if (done.length > 0) {
    fail({
      what: 'The weights are quantised already',
      where: source.where,
      got: `${done.length} quantisation tensors, such as ${done[0]}`,
      fix: 'start from the 16-bit checkpoint',
    });
  }
  const candidates = names.filter(
    (name) => projection.test(name) && !otherParts.test(name) && source.info(name).shape.length === 2,
  );
  if (candidates.length === 0) {
    fail({
      what: 'There are no decoder layers to quantise',
      where: source.where,
      got: `${names.length} tensors: ${names.slice(0, 4).join(', ') || 'none'}`,
      expected: 'matrices named …layers.N.….weight',
      fix: 'check that the folder holds a language model',
    });
  }
  refuseUnknown(source, skip, candidates);
  return candidates.filter((name) => !skip.some((entry) => covers(entry, name)));
}

/** Whether `entry` is a run of whole parts in the module path of `name`. */
export function covers(entry: string, name: string): boolean {
  return `.${name.slice(0, -'.weight'.length)}.`.includes(`.${entry}.`);
}

/** Modules that are left as they are in any case, and may be named also where a model has none. */
const alwaysSkipped = ['lm_head', 'embed_tokens', 'multi_modal_projector', 'vision_tower'];

function refuseUnknown(source: WeightSource, skip: readonly string[], candidates: readonly string[]): void {
  const known = [...new Set(candidates.map((name) => projection.exec(name)?.[1]?.split('.').at(-1) ?? name))].sort();
  const modules = source.names().filter((name) => name.endsWith('.weight'));
  const problems = skip
    .filter((entry) => !alwaysSkipped.includes(entry) && !modules.some((name) => covers(entry, name)))
    .map((entry): Problem => ({
      what: `\`skip\` names a module that is not there`,
      where: source.where,
      got: entry,
      expected: `one of ${listNames(known)}, or a path such as layers.0.self_attn.q_proj`,
    }));
  if (problems.length > 0) fail(problems);
}
