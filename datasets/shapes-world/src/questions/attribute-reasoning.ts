import { colourWords, groundWords, placeWords, shapeWords } from '../wording';
import type { Bilingual } from '../wording';
import { sayOfPlace, withOwnColour } from './layout';
import { choose } from './question';
import type { QuestionKind } from './question';

const ability = 'attribute_reasoning';

/** What follows from a thing's colour or form together with knowledge of the world. */
export const attributeReasoning: QuestionKind[] = [
  {
    name: 'thing-of-ground',
    ability,
    category: 'identity_reasoning',
    ask: ({ ground }) => [
      choose(
        { en: 'Which thing has the colour of the background?', cn: '什么东西和背景颜色一样？' },
        ground,
        thingsByGround,
        { reply: (thing) => likeA(groundWords[ground], thing) },
      ),
    ],
  },
  {
    name: 'thing-at',
    ability,
    category: 'identity_reasoning',
    ask: (scene) =>
      scene.items.map(({ place, colour }) => {
        const name = placeWords[place];
        const en = `Which thing has the colour of the shape at the ${name.en}?`;
        const reply = (thing: Bilingual): Bilingual => sayOfPlace(place)(likeA(colourWords[colour], thing));
        return choose({ en, cn: `什么东西和${name.cn}的图形颜色一样？` }, colour, thingsByColour, { reply });
      }),
  },
  {
    name: 'use-at',
    ability,
    category: 'function_reasoning',
    ask: (scene) =>
      scene.items.map(({ place, shape }) => {
        const name = placeWords[place];
        const en = `What could the shape at the ${name.en} be used as?`;
        return choose({ en, cn: `${name.cn}的图形可以当作什么？` }, shape, usesByShape);
      }),
  },
  {
    name: 'thing-of-colour',
    ability,
    category: 'identity_reasoning',
    ask: (scene) =>
      scene.items.map(({ shape, colour }) => {
        const name = shapeWords[shape];
        const question = { en: `Which thing has the colour of the ${name.en}?`, cn: `什么东西和${name.cn}颜色一样？` };
        return choose(question, colour, thingsByColour);
      }),
  },
  {
    name: 'thing-of-form',
    ability,
    category: 'function_reasoning',
    ask: (scene) =>
      withOwnColour(scene).map(({ shape, colour }) => {
        const name = colourWords[colour];
        const question = { en: `What could the ${name.en} shape be used as?`, cn: `${name.cn}的图形可以当作什么？` };
        return choose(question, shape, usesByShape);
      }),
  },
  {
    name: 'corners',
    ability,
    category: 'physical_property_reasoning',
    ask: (scene) =>
      withOwnColour(scene).flatMap(({ shape, colour }) => {
        if (shape === 'cross') return [];
        const name = colourWords[colour];
        const question = { en: `How many tips has the ${name.en} shape?`, cn: `${name.cn}的图形有几个尖角？` };
        return [choose(question, tips[shape], tipWords)];
      }),
  },
];

const likeA = (colour: Bilingual, thing: Bilingual): Bilingual => {
  return { en: `${colour.en} like ${thing.en}`, cn: `${colour.cn}，像${thing.cn}` };
};

const thingsByGround = {
  white: { en: 'snow', cn: '雪' },
  grey: { en: 'stone', cn: '石头' },
  pink: { en: 'peach', cn: '桃子' },
  orange: { en: 'carrot', cn: '胡萝卜' },
};

const thingsByColour = {
  red: { en: 'tomato', cn: '番茄' },
  green: { en: 'grass', cn: '草地' },
  blue: { en: 'sea', cn: '大海' },
  yellow: { en: 'lemon', cn: '柠檬' },
  purple: { en: 'grape', cn: '葡萄' },
  black: { en: 'coal', cn: '煤' },
};

const usesByShape = {
  circle: { en: 'wheel', cn: '车轮' },
  square: { en: 'window', cn: '窗户' },
  triangle: { en: 'roof', cn: '屋顶' },
  star: { en: 'medal', cn: '奖章' },
  moon: { en: 'boat', cn: '小船' },
  cross: { en: 'plus sign', cn: '加号' },
};

const tips = { circle: '0', moon: '2', triangle: '3', square: '4', star: '5' } as const;
const tipWords = {
  '0': { en: '0', cn: '0' },
  '2': { en: '2', cn: '2' },
  '3': { en: '3', cn: '3' },
  '4': { en: '4', cn: '4' },
  '5': { en: '5', cn: '5' },
};
