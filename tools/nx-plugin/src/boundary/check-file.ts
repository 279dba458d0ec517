import { findImports } from './imports';
import { exceptions, layers } from './layers';

/** A package as the check needs to know it. */
export interface Member {
  /** Its npm name. */
  name: string;
  layer: string;
  dependencies: readonly string[];
  /** Parts that its `exports` name beside the package itself, such as `./client`. */
  parts?: readonly string[];
}

/** One import that the design does not allow. */
export interface Violation {
  place: string;
  problem: string;
}

/** Every import of one file that breaks the layer table, reaches into a package, or takes tfjs elsewhere than in runtime. */
export function checkFile(
  file: string,
  source: string,
  owner: Member,
  members: ReadonlyMap<string, Member>,
): Violation[] {
  const isTest = /\.test\.ts$/.test(file);
  return findImports(source).flatMap(({ name, line }) => {
    const problem = problemWith(name, owner, members, isTest);
    return problem === undefined ? [] : [{ place: `${file}:${line}`, problem }];
  });
}

function problemWith(
  name: string,
  owner: Member,
  members: ReadonlyMap<string, Member>,
  isTest: boolean,
): string | undefined {
  if (name.startsWith('@tensorflow/') && owner.name !== '@moslora/runtime') {
    return `${name} is imported outside runtime; import { tf } from '@moslora/runtime'`;
  }
  if (!name.startsWith('@moslora/')) return undefined;
  const target = name.split('/').slice(0, 2).join('/');
  const member = members.get(target);
  if (!member) return `${target} is not a package of this workspace`;
  if (name !== target && !member.parts?.includes(name.replace(target, '.')))
    return `${name} reaches into ${target}; import the package itself`;
  if (target === owner.name) return `${owner.name} imports itself by name; import the file`;
  // Tests may take the golden files' loader, whatever their layer.
  if (isTest && member.layer === 'testing') return undefined;
  const allowed = layers[owner.layer] ?? [];
  if (!allowed.includes(member.layer) || exceptions[owner.layer]?.includes(target)) {
    return `${owner.name} (layer ${owner.layer}) imports ${target} (layer ${member.layer})`;
  }
  if (!isTest && !owner.dependencies.includes(target))
    return `${target} is not among the dependencies of ${owner.name}`;
  return undefined;
}
