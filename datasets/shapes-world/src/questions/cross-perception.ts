import type { Item, Scene } from '../scene';
import { colourWords, placeWords, shapeWords, sizeWords } from '../wording';
import type { Bilingual } from '../wording';
import { directionFrom } from './layout';
import { choose } from './question';
import type { Asked, QuestionKind } from './question';

const ability = 'finegrained_perception (cross-instance)';

/** What can only be seen by comparing two things. */
export const crossPerception: QuestionKind[] = [
  {
    name: 'direction',
    ability,
    category: 'spatial_relationship',
    ask: (scene) => pairs(scene).flatMap(([one, other]) => askDirection(one, other)),
  },
  {
    name: 'biggest',
    ability,
    category: 'attribute_comparison',
    ask: (scene) => oddSize(scene, 'big', { en: 'Which shape is the biggest?', cn: '哪个图形最大？' }),
  },
  {
    name: 'smallest',
    ability,
    category: 'attribute_comparison',
    ask: (scene) => oddSize(scene, 'small', { en: 'Which shape is the smallest?', cn: '哪个图形最小？' }),
  },
  {
    name: 'where-biggest',
    ability,
    category: 'attribute_comparison',
    ask: (scene) => oddSizePlace(scene, 'big', { en: 'Where is the biggest shape?', cn: '最大的图形在哪里？' }),
  },
  {
    name: 'where-smallest',
    ability,
    category: 'attribute_comparison',
    ask: (scene) => oddSizePlace(scene, 'small', { en: 'Where is the smallest shape?', cn: '最小的图形在哪里？' }),
  },
  {
    name: 'differ',
    ability,
    category: 'attribute_comparison',
    ask: (scene) => pairs(scene).map(([one, other]) => askDifference(one, other)),
  },
  {
    name: 'same-colour',
    ability,
    category: 'attribute_comparison',
    ask: (scene) => pairs(scene).flatMap(([one, other]) => askSameColour(scene, one, other)),
  },
];

function pairs(scene: Scene): [Item, Item][] {
  return scene.items.flatMap((one) =>
    scene.items.flatMap((other): [Item, Item][] => (one === other ? [] : [[one, other]])),
  );
}

const directionWords = {
  left: { en: 'left', cn: '左边' },
  right: { en: 'right', cn: '右边' },
  above: { en: 'above', cn: '上面' },
  below: { en: 'below', cn: '下面' },
};

function askDirection(one: Item, other: Item): Asked[] {
  const direction = directionFrom(other.place, one.place);
  if (direction === undefined) return [];
  const [subject, origin] = [shapeWords[one.shape], shapeWords[other.shape]];
  const en = `Where is the ${subject.en}, seen from the ${origin.en}?`;
  return [choose({ en, cn: `${subject.cn}在${origin.cn}的哪一边？` }, direction, directionWords)];
}

const oddSize = (scene: Scene, size: Item['size'], question: Bilingual): Asked[] =>
  oneOfSize(scene, size).map(({ shape }) => choose(question, shape, shapeWords));

const oddSizePlace = (scene: Scene, size: Item['size'], question: Bilingual): Asked[] =>
  oneOfSize(scene, size).map(({ place }) => {
    const name = sizeWords[size];
    const reply = (where: Bilingual): Bilingual => {
      return { en: `the ${name.en} one is at the ${where.en}`, cn: `${name.cn}的图形在${where.cn}` };
    };
    return choose(question, place, placeWords, { reply });
  });

/** The single shape of a size among others of the other size, if there is one. */
function oneOfSize(scene: Scene, size: Item['size']): Item[] {
  const alike = scene.items.filter((item) => item.size === size);
  return alike.length === 1 && scene.items.length > 1 ? alike : [];
}

function askSameColour(scene: Scene, one: Item, other: Item): Asked[] {
  const alike = scene.items.filter((item) => item.colour === one.colour);
  if (alike.length !== 2 || other.colour !== one.colour || scene.items.length < 3) return [];
  const name = shapeWords[one.shape];
  const en = `Which shape has the same colour as the ${name.en}?`;
  return [choose({ en, cn: `哪个图形和${name.cn}颜色相同？` }, other.shape, shapeWords, { not: [one.shape] })];
}

const differences = {
  colour: { en: 'only the colour', cn: '仅颜色' },
  size: { en: 'only the size', cn: '仅大小' },
  both: { en: 'colour and size', cn: '颜色和大小' },
  neither: { en: 'neither', cn: '都一样' },
};

/** In what two shapes at named places differ; the reply says what there is at each of them first. */
function askDifference(one: Item, other: Item): Asked {
  const [colour, size] = [one.colour !== other.colour, one.size !== other.size];
  const difference = colour ? (size ? 'both' : 'colour') : size ? 'size' : 'neither';
  const [here, there] = [placeWords[one.place], placeWords[other.place]];
  const [first, second] = [one, other].map(({ size, colour }): Bilingual => {
    return {
      en: `${sizeWords[size].en} ${colourWords[colour].en}`,
      cn: `${sizeWords[size].cn}${colourWords[colour].cn}`,
    };
  }) as [Bilingual, Bilingual];
  const question = {
    en: `${here.en} and ${there.en}: do colour and size differ?`,
    cn: `${here.cn}和${there.cn}的图形，颜色和大小有什么不同？`,
  };
  const reply = (word: Bilingual): Bilingual => {
    return { en: `${first.en}, ${second.en}: ${word.en}`, cn: `${first.cn}，${second.cn}：${word.cn}` };
  };
  return choose(question, difference, differences, { reply });
}
