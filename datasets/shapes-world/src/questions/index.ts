import type { Scene } from '../scene';
import { attributeReasoning } from './attribute-reasoning';
import { coarsePerception } from './coarse-perception';
import { crossPerception } from './cross-perception';
import { instancePerception } from './instance-perception';
import { logicReasoning } from './logic-reasoning';
import type { Question, QuestionKind } from './question';
import { relationReasoning } from './relation-reasoning';

export * from './question';

/** Every template, ability by ability. */
export const questionKinds: readonly QuestionKind[] = [
  ...coarsePerception,
  ...instancePerception,
  ...crossPerception,
  ...attributeReasoning,
  ...relationReasoning,
  ...logicReasoning,
];

/**
 * The templates a pipeline gets unless it names others: about the picture as a whole, or about a named place. Those that name a shape
 * by its form or colour take a search through the picture, which a small model needs many more examples to learn.
 */
export const plainKinds: readonly string[] = [
  ...['ground', 'topic'],
  ...['colour-at', 'shape-at', 'read'],
  ...['differ', 'where-biggest'],
  ...['thing-of-ground', 'thing-at'],
  ...['under-place', 'over-place', 'left-of-place', 'right-of-place'],
  ...['next-digit', 'arrow-hits'],
];

/** The templates of these names, in the order of {@link questionKinds}. */
export function kindsNamed(names: readonly string[]): QuestionKind[] {
  return questionKinds.filter(({ name }) => names.includes(name));
}

/** Every question of one template that a scene allows. */
export function questionsOf(kind: QuestionKind, scene: Scene): Question[] {
  const { name, ability, category } = kind;
  return kind.ask(scene).map((asked) => ({ kind: name, ability, category, ...asked }));
}
