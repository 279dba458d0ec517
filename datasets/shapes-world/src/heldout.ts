import { drawOptions } from './prompt';
import { Random } from './random';
import { abilities, questionKinds, questionsOf } from './questions';
import type { Question, QuestionKind } from './questions';
import { drawScene, sceneKey } from './scene';
import type { Scene } from './scene';
import type { Bilingual } from './wording';

/** A held-out question with its options as the base row shows them. */
export interface HeldoutQuestion {
  scene: Scene;
  question: Question;
  options: Bilingual[];
  answerAt: number;
}

/**
 * `perAbility` questions of every ability, its templates in turn. What the right answer shall be is drawn first, each answer
 * of a template equally often, then scenes are drawn until one fits: no answer is likelier than another before one sees
 * the picture. Every question has a scene of its own, and the answer's letters are used equally often.
 */
export function drawHeldout(
  perAbility: number,
  random: Random,
  kinds: readonly QuestionKind[] = questionKinds,
): HeldoutQuestion[] {
  const used = new Set<string>();
  return abilities.flatMap((ability) => {
    const stream = random.fork(ability);
    return draw(
      kinds.filter((kind) => kind.ability === ability),
      perAbility,
      stream,
      used,
    );
  });
}

function draw(kinds: readonly QuestionKind[], count: number, random: Random, used: Set<string>): HeldoutQuestion[] {
  const wanted = new Map(kinds.map((kind) => [kind.name, answersInTurn(kind.name, random)]));
  return Array.from({ length: count }, (_, at) => {
    const kind = kinds[at % kinds.length] as (typeof kinds)[number];
    const answer = (wanted.get(kind.name) as () => string)();
    for (;;) {
      const scene = drawScene(random);
      const key = sceneKey(scene);
      const fitting = questionsOf(kind, scene).filter((question) => question.answer.en === answer);
      if (fitting.length === 0 || used.has(key)) continue;
      used.add(key);
      const question = random.pick(fitting);
      const letters = Math.min(4, question.wrong.length + 1);
      const answerAt = (at + Math.floor(at / letters)) % letters;
      return { scene, question, options: drawOptions(question, random, answerAt), answerAt };
    }
  });
}

/** Walks through a template's possible answers in a random order, round after round. */
function answersInTurn(kindName: string, random: Random): () => string {
  const answers = possibleAnswers(kindName);
  let round: string[] = [];
  return () => {
    if (round.length === 0) round = random.shuffle(answers);
    return round.pop() as string;
  };
}

const found = new Map<string, string[]>();

/** Every answer that a template can have, found by asking it about many scenes of a stream of their own. */
function possibleAnswers(kindName: string): string[] {
  const known = found.get(kindName);
  if (known) return known;
  const kind = questionKinds.find(({ name }) => name === kindName);
  const answers = new Set<string>();
  const random = new Random('possible answers');
  for (let scene = 0; scene < 600 && kind; scene++) {
    for (const { answer } of questionsOf(kind, drawScene(random))) answers.add(answer.en);
  }
  found.set(kindName, [...answers].sort());
  return found.get(kindName) as string[];
}
