import { expect, it } from 'vitest';
import { Rng } from './rng';

it('draws the same numbers everywhere', () => {
  const rng = new Rng(42, 'pinned');
  expect([rng.bits(), rng.bits(), rng.int(1000), rng.next(), rng.normal()]).toMatchInlineSnapshot(`
    [
      1925209474,
      3374306877,
      898,
      0.09012309349330305,
      -0.7138448715519178,
    ]
  `);
});

it('is xoshiro128**: the generator of the paper from the state 1, 2, 3, 4', () => {
  const rng = Rng.restore('00000001000000020000000300000004');
  expect([rng.bits(), rng.bits(), rng.bits(), rng.bits()]).toEqual([11520, 0, 5927040, 70819200]);
});

it('derives independent streams from labels', () => {
  const first = (...labels: (string | number)[]): number => new Rng(1, ...labels).bits();
  const draws = [
    first(),
    first('a'),
    first('b'),
    first('a', 'b'),
    first('ab'),
    first('1'),
    first(1),
    new Rng('1').bits(),
  ];
  expect(new Set(draws).size).toBe(draws.length);
  expect(first('a', 'b')).toBe(first('a', 'b'));
});

it('goes on exactly where its state was taken, spare normal included', () => {
  const rng = new Rng('resume');
  rng.normal();
  const copy = Rng.restore(rng.state());
  const draw = (from: Rng): number[] => [from.normal(), from.normal(), from.next(), from.int(7)];
  expect(draw(copy)).toEqual(draw(rng));
  expect(() => Rng.restore('xyz')).toThrow('not a state of this generator: xyz');
});

it('has the moments of its distributions', () => {
  const rng = new Rng('moments');
  const n = 40_000;
  const moments = (values: Float32Array): [number, number] => {
    const mean = values.reduce((sum, value) => sum + value, 0) / n;
    return [mean, values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n];
  };
  const [normalMean, normalVariance] = moments(rng.normalArray(n, 2, 3));
  expect(Math.abs(normalMean - 2)).toBeLessThan(0.06);
  expect(Math.abs(normalVariance - 9)).toBeLessThan(0.25);
  const [uniformMean, uniformVariance] = moments(rng.uniformArray(n, -1, 1));
  expect(Math.abs(uniformMean)).toBeLessThan(0.015);
  expect(Math.abs(uniformVariance - 1 / 3)).toBeLessThan(0.01);
});

it('draws whole numbers evenly and shuffles without losing any', () => {
  const rng = new Rng('whole');
  const counts = new Array<number>(6).fill(0);
  for (let draw = 0; draw < 6000; draw++) counts[rng.int(6)]!++;
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  const items = [...Array(50).keys()];
  const shuffled = rng.shuffle([...items]);
  expect(shuffled).not.toEqual(items);
  expect([...shuffled].sort((a, b) => a - b)).toEqual(items);
  expect(() => rng.int(0)).toThrow('int(n) needs a whole n from 1 to 2**32, not 0');
});
