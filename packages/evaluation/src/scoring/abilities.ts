/** MMBench's six abilities: the name in `l2-category` and the abbreviation in tables, sorted by name as tables are. */
export const abilities = {
  attribute_reasoning: 'AR',
  coarse_perception: 'CP',
  'finegrained_perception (cross-instance)': 'FP-C',
  'finegrained_perception (instance-level)': 'FP-S',
  logic_reasoning: 'LR',
  relation_reasoning: 'RR',
} as const;

export type Ability = (typeof abilities)[keyof typeof abilities];
export const abilityNames = Object.keys(abilities) as (keyof typeof abilities)[];
export const abilityAbbreviations: Ability[] = Object.values(abilities);

/** The abbreviation of an `l2-category`; other benchmarks' names stay as they are. */
export function abbreviate(l2Category: string): string {
  return Object.hasOwn(abilities, l2Category) ? abilities[l2Category as keyof typeof abilities] : l2Category;
}
