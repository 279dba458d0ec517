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

/** Every question of one template that a scene allows. */
export function questionsOf(kind: QuestionKind, scene: Scene): Question[] {
  const { name, ability, category } = kind;
  return kind.ask(scene).map((asked) => ({ kind: name, ability, category, ...asked }));
}
