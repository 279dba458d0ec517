import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Rng, startBackend, tf } from '@moslora/runtime';
import { trainConfigSchema } from '@moslora/specs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { BatchSource } from './batch-source';
import { train } from './loop/train';
import { drawsOf, type MixturePart } from './mixture-draws';
import { epochLength, orderOf } from './sample-order';

/** How often each sample of each part was taken. */
function countsOf(taken: readonly number[], parts: readonly MixturePart[]): number[][] {
  const counts = new Map<number, number>();
  for (const sample of taken) counts.set(sample, (counts.get(sample) ?? 0) + 1);
  let first = 0;
  return parts.map(({ samples }) => {
    const start = first;
    first += samples;
    return Array.from({ length: samples }, (_, at) => counts.get(start + at) ?? 0);
  });
}

describe('drawsOf', () => {
  it('takes whole weights exactly, and of others every sample equally often after any number of epochs', () => {
    for (const [samples, draws] of [
      [7, 7],
      [7, 14],
      [7, 3],
      [7, 10],
      [1, 1],
      [5, 1],
      [10, 5],
    ] as const) {
      const counts = new Array<number>(samples).fill(0);
      for (let epoch = 0; epoch < 9; epoch++) {
        const drawn = drawsOf({ samples, draws }, epoch, 3, 0);
        expect(drawn).toHaveLength(draws);
        for (const index of drawn) counts[index]!++;
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(draws % samples === 0 ? 0 : 1);
      }
    }
    expect(drawsOf({ samples: 50, draws: 20 }, 1, 3, 0)).not.toEqual(drawsOf({ samples: 50, draws: 20 }, 1, 4, 0));
    expect(drawsOf({ samples: 50, draws: 20 }, 1, 3, 0)).not.toEqual(drawsOf({ samples: 50, draws: 20 }, 1, 3, 1));
  });
});

describe('the order of a mixture', () => {
  it('loses and doubles nothing in drawn mixtures: parts, weights, groups, lengths, batch sizes, and starts anywhere', () => {
    const rng = new Rng(11, 'mixtures');
    const below = (most: number): number => 1 + rng.int(most);
    for (let trial = 0; trial < 60; trial++) {
      const parts = Array.from({ length: below(4) }, () => ({ samples: below(30), draws: below(70) }));
      const size = parts.reduce((sum, { samples }) => sum + samples, 0);
      const draws = parts.map((part) => part.draws);
      const source = {
        ...{ size, parts, groups: trial % 2 === 0 ? draws : undefined },
        lengths: () => Array.from({ length: size }, (_, at) => (at % 3 === 0 ? -1 : 1) * (1 + ((at * 7) % 13))),
      };
      const settings = { seed: trial, batchSize: below(6), groupByLength: trial % 3 === 0 };
      const length = epochLength(source);
      expect(length).toBe(draws.reduce((sum, count) => sum + count, 0));
      const epochs = 4;
      const order = orderOf(source, settings);
      const taken = order.slice(0, epochs * length);
      for (let until = length; until <= epochs * length; until += length) {
        countsOf(taken.slice(0, until), parts).forEach((counts, part) => {
          const { samples, draws } = parts[part]!;
          const exact = ((until / length) * draws) / samples;
          expect(Math.min(...counts)).toBeGreaterThanOrEqual(Math.floor(exact));
          expect(Math.max(...counts)).toBeLessThanOrEqual(Math.ceil(exact));
        });
      }
      const from = below(epochs * length) - 1;
      expect(orderOf(source, settings).slice(from, epochs * length)).toEqual(taken.slice(from));
    }
  });
});

describe('a run over a mixture', () => {
  beforeAll(() => startBackend({ backend: 'wasm' }));

  it('takes each sample as often as its weight says when it is stopped and goes on, again and again', async () => {
    const parts = [
      { samples: 9, draws: 9 },
      { samples: 6, draws: 3 },
      { samples: 4, draws: 8 },
    ];
    const config = trainConfigSchema.parse({
      epochs: 4,
      batchSize: 3,
      accumulate: 2,
      checkpointEvery: 1,
      learningRate: 0.1,
    });
    const whole = orderOf({ size: 19, parts }, config).slice(0, 80);
    const runDir = mkdtempSync(join(tmpdir(), 'mixture-'));
    const taken: number[] = [];
    for (let attempt = 0; ; attempt++) {
      const stop = new AbortController();
      const value = tf.variable(tf.scalar(1));
      let steps = 0;
      const source: BatchSource<number[]> = {
        size: 19,
        parts,
        batch: (indices) => {
          taken.push(...indices);
          return [...indices];
        },
      };
      const result = await train({
        trainable: {
          parameters: () => [{ name: 'w', group: 'adapter', value }],
          lossSum: (batch: number[]) => ({ loss: tf.mul(tf.square(value), batch.length), tokens: batch.length }),
        },
        ...{ source, config, runDir, identity: 'mixture', signal: stop.signal },
        onProgress: () => (++steps === 1 + (attempt % 4) ? stop.abort() : undefined),
      });
      value.dispose();
      if (!result.interrupted) break;
    }
    expect(taken).toEqual(whole);
    expect(countsOf(taken, parts)).toEqual([new Array(9).fill(4), new Array(6).fill(2), new Array(4).fill(8)]);
  });
});
