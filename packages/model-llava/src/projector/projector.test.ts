import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SafetensorsFile, writeSafetensors } from '@moslora/checkpoint';
import { startBackend, tf } from '@moslora/runtime';
import { maxAbsDiff } from '@moslora/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Projector } from './projector';

const shape = { visionSize: 6, hiddenSize: 10, bias: true };

describe('Projector', () => {
  let dir: string;
  beforeAll(async () => {
    await startBackend();
    dir = mkdtempSync(join(tmpdir(), 'moslora-projector-'));
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  it('starts as torch.nn.Linear does, the same for the same seed', () => {
    const [one, two, three] = [1, 1, 2].map((seed) => Projector.initialise(shape, seed)) as [
      Projector,
      Projector,
      Projector,
    ];
    const values = (projector: Projector): number[] =>
      projector.parameters().flatMap(({ value }) => [...value.dataSync()]);
    expect(values(one)).toEqual(values(two));
    expect(values(one)).not.toEqual(values(three));
    const [weight1, bias1, weight2] = one.parameters().map(({ value }) => tf.max(tf.abs(value)).dataSync()[0]!);
    expect(weight1).toBeLessThanOrEqual(6 ** -0.5);
    expect(weight1).toBeGreaterThan(0.8 * 6 ** -0.5);
    expect(bias1).toBeLessThanOrEqual(6 ** -0.5);
    expect(weight2).toBeLessThanOrEqual(10 ** -0.5);
    for (const projector of [one, two, three]) projector.dispose();
  });

  it('computes linear_2(gelu(linear_1(x)))', () => {
    const projector = Projector.initialise(shape, 3);
    const [w1, b1, w2, b2] = projector.parameters().map(({ value }) => value) as tf.Tensor[];
    const x = tf.randomNormal([2, 3, 6]) as tf.Tensor3D;
    const z = tf.add(tf.matMul(tf.reshape(x, [6, 6]), w1!, false, true), b1!);
    const active = tf.mul(tf.mul(z, 0.5), tf.add(tf.erf(tf.div(z, Math.SQRT2)), 1));
    expect(maxAbsDiff(projector.apply(x), tf.add(tf.matMul(active, w2!, false, true), b2!))).toBeLessThan(1e-5);
    projector.dispose();
  });

  it('is the same after it was saved and loaded, under its Hugging Face names', async () => {
    const path = join(dir, 'projector.safetensors');
    const projector = Projector.initialise(shape, 4);
    await projector.save(path);
    const file = SafetensorsFile.open(path);
    expect(file.names().sort()).toEqual(
      ['linear_1.bias', 'linear_1.weight', 'linear_2.bias', 'linear_2.weight'].map(
        (name) => `multi_modal_projector.${name}`,
      ),
    );
    file.close();
    const loaded = Projector.open(path);
    const x = tf.randomNormal([1, 2, 6]) as tf.Tensor3D;
    expect(maxAbsDiff(loaded.apply(x), projector.apply(x))).toBe(0);
    expect(loaded.parameters().map(({ name, group }) => [name, group])).toEqual(
      projector.parameters().map(({ name }) => [name, 'projector']),
    );
    projector.dispose();
    loaded.dispose();
  });

  it('lists the tensors that do not fit', () => {
    const path = join(dir, 'bad.safetensors');
    const tensor = (name: string, size: number[]) => ({
      name: `multi_modal_projector.${name}`,
      dtype: 'F32' as const,
      shape: size,
      data: new Float32Array(size.reduce((a, b) => a * b)),
    });
    writeSafetensors(path, [
      tensor('linear_1.weight', [10, 6]),
      tensor('linear_1.bias', [10]),
      tensor('linear_2.weight', [10, 9]),
    ]);
    expect(() => Projector.open(path)).toThrow(
      /linear_2\.weight` has another shape[\s\S]*got {6}\(10, 9\)\n {2}expected \(10, 10\)[\s\S]*1 tensors are missing[\s\S]*linear_2\.bias/,
    );
    writeSafetensors(path, [tensor('linear_3.weight', [10, 6])]);
    expect(() => Projector.open(path)).toThrow('The file holds no projector');
  });
});
