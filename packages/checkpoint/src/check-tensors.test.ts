import { UserError } from '@moslora/specs';
import { describe, expect, it } from 'vitest';
import { checkTensors } from './check-tensors';
import { nearestNames } from './nearest-names';
import type { WeightSource } from './weight-source';

/** A source of tensors that have shapes and nothing else. */
function holding(shapes: Record<string, number[]>): WeightSource {
  const nothing = (): never => {
    throw new Error('no values are read');
  };
  return {
    where: 'm/model.safetensors',
    metadata: {},
    names: () => Object.keys(shapes),
    has: (name) => name in shapes,
    info: (name) => ({ dtype: 'F32', shape: shapes[name]!, byteLength: 0 }),
    bytes: nothing,
    float32: nothing,
    int32: nothing,
    close: () => {},
  };
}

const expected = new Map([
  ['layers.0.norm.weight', [4]],
  ['layers.1.norm.weight', [4]],
  ['layers.1.up.weight', [8, 4]],
  ['head.weight', [9, 4]],
]);
const owns = (name: string): boolean => !name.startsWith('other.');

describe('checkTensors', () => {
  it('accepts what fits, whatever else the file holds for others', () => {
    const shapes = Object.fromEntries([...expected].map(([name, shape]) => [name, shape]));
    expect(() =>
      checkTensors(holding({ ...shapes, 'other.x': [1] }), { expected, owns, model: 'this model' }),
    ).not.toThrow();
  });

  it('lists everything at once, with the name that was likely meant', () => {
    const source = holding({
      'layers.0.normal.weight': [4],
      'layers.1.norm.weight': [4],
      'layers.1.up.weight': [4, 8],
      bias_of_something: [3],
      'other.x': [1],
    });
    const check = (): void => checkTensors(source, { expected, owns, model: 'a Tiny decoder' });
    expect(check).toThrow(UserError);
    expect(check).toThrow(
      [
        'Tensor `layers.1.up.weight` has another shape than config.json says',
        '  where    m/model.safetensors',
        '  got      (4, 8)',
        '  expected (8, 4)',
        '2 tensors are missing',
        '  where    m/model.safetensors',
        '  expected layers.0.norm.weight (near: layers.0.normal.weight), head.weight',
        '2 tensors have no place in a Tiny decoder',
        '  where    m/model.safetensors',
        '  got      layers.0.normal.weight (near: layers.0.norm.weight), bias_of_something',
        '  do       check that config.json and the weights belong together, and that its model_type names the right family',
      ].join('\n'),
    );
  });

  it('takes the shape of what is packed from who knows it', () => {
    const source = holding({ 'layers.1.up.weight': [16, 1] });
    const only = new Map([['layers.1.up.weight', [8, 4]]]);
    const check = (shapeOf?: () => number[]): void =>
      checkTensors(source, { expected: only, owns, model: 'this model', ...(shapeOf && { shapeOf }) });
    expect(() => check()).toThrow('got      (16, 1)');
    expect(() => check(() => [8, 4])).not.toThrow();
  });
});

describe('nearestNames', () => {
  it('never pairs names of different layers', () => {
    const near = nearestNames(['layers.1.norm.weight'], ['layers.2.norm.weight', 'layers.1.attn_norm.weight']);
    expect(near.get('layers.1.norm.weight')).toBe('layers.1.attn_norm.weight');
  });

  it('pairs a thousand names in little time', () => {
    const names = Array.from({ length: 1000 }, (_, i) => `model.layers.${i}.attention.wo.weight`);
    const others = Array.from({ length: 1000 }, (_, i) => `model.layers.${i}.attn.wo.weight`);
    const near = nearestNames(names, [...others, ...others.map((name) => name.replace('wo', 'bo'))]);
    expect(near.get(names[999]!)).toBe(others[999]);
    expect(near.size).toBe(1000);
  });
});
