import { character, shapeWords } from '../wording';
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
      return [choose({ en: 'What is the printed digit plus 1?', cn: '印的数字加1是多少？' }, next, sums)];
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
      return target ? [choose(question, target.shape, shapeWords)] : [];
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

const sums = {
  '2': character('2'),
  '3': character('3'),
  '4': character('4'),
  '5': character('5'),
  '6': character('6'),
  '7': character('7'),
};
const counts = { '2': sums[2], '3': sums[3], '4': sums[4], '5': sums[5] };
const rest = { '0': character('0'), '1': character('1'), '2': character('2'), '3': character('3') };
