import { expect, it } from 'vitest';
import { growthOf, type Held } from './growth';

const steady: Held = { tensors: 12, handles: 30, rssMb: 500 };
const held = (of: (at: number) => Partial<Held>): Held[] =>
  Array.from({ length: 40 }, (_, at) => ({ ...steady, ...of(at) }));

it('what is as much at the end as in the middle has not grown, whatever it was at first', () => {
  const growth = growthOf(held((at) => (at < 10 ? { tensors: at, rssMb: 50 * at } : { rssMb: 500 + (at % 2) })));
  expect(growth).toMatchObject({ tensors: { middle: 12, last: 12 }, handles: { middle: 30, last: 30 }, grown: [] });
  expect(growth.rss_mb).toEqual([225, 500.5, 500.5, 500.5]);
});

it('one more tensor, one more handle, and memory above the second quarter are named', () => {
  expect(growthOf(held((at) => ({ tensors: at < 39 ? 12 : 13 }))).grown).toEqual(['tensors from 12 to 13']);
  expect(growthOf(held((at) => ({ handles: 30 + at }))).grown).toEqual(['handles from 50 to 69']);
  expect(growthOf(held((at) => ({ rssMb: 500 + at }))).grown).toEqual(['resident memory from 514.5 to 534.5 MB']);
  expect(growthOf(held((at) => ({ rssMb: 500 + 0.4 * at }))).grown).toEqual([]); // 8 MB, within 2 %
});

it('too few moments are no proof', () => {
  expect(growthOf([]).grown).toHaveLength(3);
});
