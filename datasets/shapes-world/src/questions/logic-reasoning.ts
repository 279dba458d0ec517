import type { Digit, Place } from '../scene';
import { character, placeWords, shapeWords } from '../wording';
import type { Bilingual } from '../wording';
import { choose } from './question';
import type { QuestionKind } from './question';

const ability = 'logic_reasoning';

/** What follows from the picture by a step of thought. */
export const logicReasoning: QuestionKind[] = [
  {
    name: 'next-digit',
    ability,
    category: 'structuralized_imagetext_understanding',
    ask: ({ centre }) => {
      if (centre.kind !== 'digit') return [];
      const next = String(Number(centre.character) + 1) as keyof typeof sums;
      return [choose(onePlus, next, sums, { reply: addUp(centre.character) })];
    },
  },
  {
    name: 'one-more',
    ability,
    category: 'future_prediction',
    ask: ({ items }) => {
      const question = { en: 'If one more shape comes, how many will there be?', cn: '再来一个图形，会有几个图形？' };
      return [choose(question, String(items.length + 1) as keyof typeof counts, counts)];
    },
  },
  {
    name: 'arrow-hits',
    ability,
    category: 'future_prediction',
    ask: ({ centre, items }) => {
      if (centre.kind !== 'arrow') return [];
      const target = items.find((item) => item.place === centre.towards);
      const question = { en: 'The arrow flies on. Which shape will it hit?', cn: '箭头向前飞，会碰到哪个图形？' };
      return target ? [choose(question, target.shape, shapeWords, { reply: hitAt(target.place) })] : [];
    },
  },
  {
    name: 'left-over',
    ability,
    category: 'future_prediction',
    ask: ({ items }) =>
      items.map(({ shape }) => {
        const name = shapeWords[shape];
        const question = {
          en: `If the ${name.en} goes away, how many shapes stay?`,
          cn: `如果${name.cn}走了，还剩几个图形？`,
        };
        return choose(question, String(items.length - 1) as keyof typeof rest, rest);
      }),
  },
];

const onePlus: Bilingual = { en: 'What is the printed digit plus 1?', cn: '印的数字加1是多少？' };

/** The sum as a word: the printed digit, a numeral, cannot be taken for it. */
function addUp(digit: Digit): (sum: Bilingual) => Bilingual {
  return (sum) => ({ en: `${digit} plus 1 is ${sum.en}`, cn: `${digit}加1等于${sum.cn}` });
}

function hitAt(place: Place): (shape: Bilingual) => Bilingual {
  const name = placeWords[place];
  return (shape) => ({ en: `${name.en}, the ${shape.en}`, cn: `${name.cn}，${shape.cn}` });
}

const sums = {
  '2': { en: 'two', cn: '二' },
  '3': { en: 'three', cn: '三' },
  '4': { en: 'four', cn: '四' },
  '5': { en: 'five', cn: '五' },
  '6': { en: 'six', cn: '六' },
  '7': { en: 'seven', cn: '七' },
};
const counts = { '2': character('2'), '3': character('3'), '4': character('4'), '5': character('5') };
const rest = { '0': character('0'), '1': character('1'), '2': character('2'), '3': character('3') };
