import { describe, expect, it } from 'vitest';
import { FeatureCache } from './feature-cache';

describe('FeatureCache', () => {
  it('keeps what was used last within its bytes', () => {
    const cache = new FeatureCache(100);
    const features = (): Float32Array => new Float32Array(10); // 40 bytes
    cache.set('a', features());
    cache.set('b', features());
    cache.get('a');
    cache.set('c', features());
    expect([cache.get('b'), cache.get('a')?.length, cache.get('c')?.length, cache.bytes]).toEqual([
      undefined,
      10,
      10,
      80,
    ]);
    cache.set('c', features());
    expect(cache.bytes).toBe(80);
    cache.set('huge', new Float32Array(1000));
    expect([cache.get('huge'), cache.bytes]).toEqual([undefined, 0]);
    expect([cache.hits, cache.misses]).toEqual([3, 2]);
  });
});
