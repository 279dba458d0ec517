import { digits, letters } from '../scene';
import { character, colourWords, placeWords, shapeWords } from '../wording';
import type { Bilingual } from '../wording';
import { sayOfPlace } from './layout';
import { choose } from './question';
import type { QuestionKind } from './question';

const ability = 'finegrained_perception (instance-level)';

/** What holds for one thing in the picture. */
export const instancePerception: QuestionKind[] = [
  {
    name: 'colour-of',
    ability,
    category: 'attribute_recognition',
    ask: (scene) =>
      scene.items.map(({ shape, colour }) => {
        const name = shapeWords[shape];
        return choose({ en: `What colour is the ${name.en}?`, cn: `${name.cn}是什么颜色？` }, colour, colourWords);
      }),
  },
  {
    name: 'shape-at',
    ability,
    category: 'attribute_recognition',
    ask: (scene) =>
      scene.items.map(({ shape, place }) => {
        const name = placeWords[place];
        const question = { en: `Which shape is at the ${name.en}?`, cn: `${name.cn}是什么图形？` };
        return choose(question, shape, shapeWords, { reply: sayOfPlace(place) });
      }),
  },
  {
    name: 'colour-at',
    ability,
    category: 'attribute_recognition',
    ask: (scene) =>
      scene.items.map(({ colour, place }) => {
        const name = placeWords[place];
        const question = { en: `What colour is the shape at the ${name.en}?`, cn: `${name.cn}的图形是什么颜色？` };
        return choose(question, colour, colourWords, { reply: sayOfPlace(place) });
      }),
  },
  {
    name: 'place-of',
    ability,
    category: 'object_localization',
    ask: (scene) =>
      scene.items.map(({ shape, place }) => {
        const name = shapeWords[shape];
        return choose({ en: `Where is the ${name.en}?`, cn: `${name.cn}在哪里？` }, place, placeWords);
      }),
  },
  {
    name: 'read',
    ability,
    category: 'ocr',
    ask: ({ centre }) => {
      if (centre.kind === 'digit') return [choose(readDigit, centre.character, same(digits))];
      return centre.kind === 'letter' ? [choose(readLetter, centre.character, same(letters))] : [];
    },
  },
];

const readDigit: Bilingual = { en: 'Which digit is printed?', cn: '印的是哪个数字？' };
const readLetter: Bilingual = { en: 'Which letter is printed?', cn: '印的是哪个字母？' };

function same<K extends string>(texts: readonly K[]): Record<K, Bilingual> {
  return Object.fromEntries(texts.map((text) => [text, character(text)])) as Record<K, Bilingual>;
}
