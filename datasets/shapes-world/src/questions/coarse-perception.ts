import { centreWords, character, groundWords, patternWords, styleWords } from '../wording';
import { choose } from './question';
import type { QuestionKind } from './question';

const ability = 'coarse_perception';

/** What holds for the picture as a whole. */
export const coarsePerception: QuestionKind[] = [
  {
    name: 'pattern',
    ability,
    category: 'image_scene',
    ask: (scene) => [
      choose({ en: 'What is the background like?', cn: '背景是什么样的？' }, scene.pattern, patternWords),
    ],
  },
  {
    name: 'ground',
    ability,
    category: 'image_scene',
    ask: (scene) => [
      choose({ en: 'What colour is the background?', cn: '背景是什么颜色？' }, scene.ground, groundWords),
    ],
  },
  {
    name: 'style',
    ability,
    category: 'image_style',
    ask: (scene) => [choose({ en: 'How are the shapes drawn?', cn: '图形是怎么画的？' }, scene.style, styleWords)],
  },
  {
    name: 'topic',
    ability,
    category: 'image_topic',
    ask: (scene) => [choose({ en: 'What is in the middle?', cn: '中间是什么？' }, scene.centre.kind, centreWords)],
  },
  {
    name: 'count',
    ability,
    category: 'image_scene',
    ask: (scene) => {
      const count = String(scene.items.length) as keyof typeof counts;
      return [choose({ en: 'How many shapes are there?', cn: '有几个图形？' }, count, counts)];
    },
  },
];

const counts = { '1': character('1'), '2': character('2'), '3': character('3'), '4': character('4') };
