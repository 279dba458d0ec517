import { startBackend, tf } from '@moslora/runtime';
import { beforeAll, describe, expect, it } from 'vitest';
import { chosenLayers, selectedCount, selectRows, type FeatureChoice } from './feature-choice';

describe('chosenLayers', () => {
  it('counts from either end, in the order asked', () => {
    expect(chosenLayers({ layer: -2 }, 24)).toEqual([23]);
    expect(chosenLayers({ layer: [-1, 0, 12, -13] }, 24)).toEqual([24, 0, 12, 12]);
  });

  it('names a layer that is not there', () => {
    expect(() => chosenLayers({ layer: [-2, 25] }, 24)).toThrow(
      'The vision tower has no such layer\n  where    vision_feature_layer\n  got      25\n  expected from -25 to 24',
    );
    expect(() => chosenLayers({ layer: -26 }, 24)).toThrow('-26');
  });
});

describe('selectRows', () => {
  beforeAll(() => startBackend());

  it.each<[FeatureChoice['select'], boolean, number[]]>([
    ['default', true, [1, 2, 3, 4]],
    ['default', false, [0, 1, 2, 3]],
    ['full', true, [0, 1, 2, 3, 4]],
    ['full', false, [0, 1, 2, 3]],
    ['tail', true, [1, 2, 3, 4]],
    ['tail', false, [1, 2, 3]],
  ])('%s, with a class token: %s', (select, classToken, expected) => {
    const rows = tf.tensor3d([Array.from({ length: classToken ? 5 : 4 }, (_, index) => [index])]);
    expect([...selectRows(rows, { select }, classToken).dataSync()]).toEqual(expected);
    expect(selectedCount(4, { select }, classToken)).toBe(expected.length);
  });
});
