import type { Item, Scene } from '../scene';
import { colourWords, placeWords, shapeWords } from '../wording';
import type { Bilingual } from '../wording';
import { areOpposite, directionFrom, sayOfPlace, type Direction } from './layout';
import { choose } from './question';
import type { Asked, QuestionKind } from './question';

const ability = 'relation_reasoning';

/** Which thing stands in a given relation to another one. */
export const relationReasoning: QuestionKind[] = [
  neighbour('under-place', 'below', 'under', '下面'),
  neighbour('over-place', 'above', 'over', '上面'),
  neighbour('left-of-place', 'left', 'to the left of', '左边'),
  neighbour('right-of-place', 'right', 'to the right of', '右边'),
  {
    name: 'below',
    ability,
    category: 'physical_relation',
    ask: (scene) =>
      related(
        scene,
        (from, to) => directionFrom(from.place, to.place) === 'below',
        (name) => ({
          en: `Which shape is under the ${name.en}?`,
          cn: `${name.cn}的下面是什么图形？`,
        }),
      ),
  },
  {
    name: 'above',
    ability,
    category: 'physical_relation',
    ask: (scene) =>
      related(
        scene,
        (from, to) => directionFrom(from.place, to.place) === 'above',
        (name) => ({
          en: `Which shape is over the ${name.en}?`,
          cn: `${name.cn}的上面是什么图形？`,
        }),
      ),
  },
  {
    name: 'beside',
    ability,
    category: 'physical_relation',
    ask: (scene) =>
      related(
        scene,
        (from, to) => ['left', 'right'].includes(directionFrom(from.place, to.place) ?? ''),
        (name) => ({
          en: `Which shape is beside the ${name.en}?`,
          cn: `${name.cn}的旁边是什么图形？`,
        }),
      ),
  },
  {
    name: 'across',
    ability,
    category: 'physical_relation',
    ask: (scene) =>
      related(
        scene,
        (from, to) => areOpposite(from.place, to.place),
        (name) => ({
          en: `Which shape is diagonal to the ${name.en}?`,
          cn: `${name.cn}的斜对角是什么图形？`,
        }),
      ),
  },
];

function related(
  scene: Scene,
  holds: (from: Item, to: Item) => boolean,
  word: (name: Bilingual) => Bilingual,
): Asked[] {
  return scene.items.flatMap((from) => {
    const to = scene.items.find((item) => item !== from && holds(from, item));
    return to ? [choose(word(shapeWords[from.shape]), to.shape, shapeWords, { not: [from.shape] })] : [];
  });
}

/** What colour the shape has that lies in a direction from the one at a named place. */
function neighbour(name: string, direction: Direction, en: string, cn: string): QuestionKind {
  return {
    name,
    ability,
    category: 'physical_relation',
    ask: (scene) =>
      scene.items.flatMap((from) => {
        const to = scene.items.find((item) => directionFrom(from.place, item.place) === direction);
        const at = placeWords[from.place];
        const question = {
          en: `What colour is the shape ${en} the one at the ${at.en}?`,
          cn: `${at.cn}的图形${cn}的那个是什么颜色？`,
        };
        return to ? [choose(question, to.colour, colourWords, { reply: sayOfPlace(to.place) })] : [];
      }),
  };
}
