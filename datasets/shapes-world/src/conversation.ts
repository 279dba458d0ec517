import type { Region } from '@moslora/specs';
import { caption, regions } from './caption';
import { drawPrompt } from './prompt';
import type { Random } from './random';
import { abilities, questionsOf } from './questions';
import type { Question, QuestionKind } from './questions';
import type { Scene } from './scene';
import { languages } from './wording';
import type { Bilingual, Language } from './wording';

/** One record of a LLaVA dataset file. */
export interface LlavaRecord {
  id: string;
  image: string;
  conversations: { from: 'human' | 'gpt'; value: string }[];
  /** What parts of the picture show. */
  regions?: Region[];
}

const describe: Bilingual = { en: 'Describe the picture.', cn: '描述这幅图。' };

const description = (scene: Scene, language: Language): [string, string] => {
  return [describe[language], caption(scene)[language]];
};

/** `<image>` and what it shows, as a whole and part by part. */
export function captionRecord(id: string, image: string, scene: Scene, language: Language): LlavaRecord {
  return { ...record(`${id}-${language}`, image, [description(scene, language)]), regions: regions(scene) };
}

/** The same picture described in every language, each as a question of its own. */
export function descriptionRecord(id: string, image: string, scene: Scene): LlavaRecord {
  return record(
    id,
    image,
    languages.map((language) => description(scene, language)),
  );
}

export interface ConversationStyle {
  turns: number;
  optionTurns: number;
  captionTurns: boolean;
  kinds: readonly QuestionKind[];
}

/** Several questions and answers on one picture: abilities in turn, then a kind, then one of its questions; none twice. */
export function conversationRecord(
  id: string,
  image: string,
  scene: Scene,
  language: Language,
  style: ConversationStyle,
  random: Random,
): LlavaRecord {
  const asked = drawQuestions(scene, style.kinds, style.turns, random);
  const turns = asked.map((question): [string, string] => [
    drawPrompt(question, language, style.optionTurns, random),
    question.reply[language],
  ]);
  if (style.captionTurns) turns.push(description(scene, language));
  return record(`${id}-${language}`, image, turns);
}

function record(id: string, image: string, turns: readonly [string, string][]): LlavaRecord {
  const conversations = turns.flatMap(([ask, reply], at): LlavaRecord['conversations'] => [
    { from: 'human', value: at === 0 ? `<image>\n${ask}` : ask },
    { from: 'gpt', value: reply },
  ]);
  return { id, image, conversations };
}

function drawQuestions(scene: Scene, kinds: readonly QuestionKind[], wanted: number, random: Random): Question[] {
  const open = kinds.map((kind) => random.shuffle(questionsOf(kind, scene))).filter((list) => list.length > 0);
  const asked: Question[] = [];
  let round: string[] = [];
  while (asked.length < wanted && open.some((list) => list.length > 0)) {
    if (round.length === 0) round = random.shuffle(abilities);
    const ability = round.pop();
    const lists = open.filter((list) => list[0]?.ability === ability);
    const question = lists.length > 0 ? random.pick(lists).pop() : undefined;
    if (question) asked.push(question);
  }
  return asked;
}
