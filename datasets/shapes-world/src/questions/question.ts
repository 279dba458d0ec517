import type { Scene } from '../scene';
import type { Bilingual } from '../wording';

/** MMBench's six abilities as its `l2-category` column names them. */
export const abilities = [
  'coarse_perception',
  'finegrained_perception (instance-level)',
  'finegrained_perception (cross-instance)',
  'attribute_reasoning',
  'relation_reasoning',
  'logic_reasoning',
] as const;
export type Ability = (typeof abilities)[number];

/** MMBench's leaf categories that occur here. */
export type Category =
  | 'image_scene'
  | 'image_style'
  | 'image_topic'
  | 'attribute_recognition'
  | 'object_localization'
  | 'ocr'
  | 'spatial_relationship'
  | 'attribute_comparison'
  | 'identity_reasoning'
  | 'function_reasoning'
  | 'physical_property_reasoning'
  | 'physical_relation'
  | 'social_relation'
  | 'future_prediction'
  | 'structuralized_imagetext_understanding';

/** One question about one scene. Every text of `wrong` is a wrong answer to it. */
export interface Question {
  kind: string;
  ability: Ability;
  category: Category;
  question: Bilingual;
  answer: Bilingual;
  /** What is replied in a conversation: a sentence with the answer in it, and no wrong answer. */
  reply: Bilingual;
  wrong: Bilingual[];
}

export type Asked = Pick<Question, 'question' | 'answer' | 'reply' | 'wrong'>;

/** A template: finds every question of its kind that a scene allows (none, where it does not fit). */
export interface QuestionKind {
  /** Names the template; written into the TSV's `comment` column. */
  name: string;
  ability: Ability;
  category: Category;
  ask(scene: Scene): Asked[];
}

interface Choice<K> {
  /** Answers that the question itself rules out. */
  not?: readonly K[];
  /** Puts the answer into a sentence; without it the reply is the answer alone. */
  reply?: (answer: Bilingual) => Bilingual;
}

/** A question whose answers come from a table of words. */
export function choose<K extends string>(
  question: Bilingual,
  answer: K,
  words: Readonly<Record<K, Bilingual>>,
  { not = [], reply = (word) => word }: Choice<K> = {},
): Asked {
  const others = (Object.keys(words) as K[]).filter((key) => key !== answer && !not.includes(key));
  return { question, answer: words[answer], reply: reply(words[answer]), wrong: others.map((key) => words[key]) };
}
