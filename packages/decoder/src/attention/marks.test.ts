import { startBackend } from '@moslora/runtime';
import { beforeAll, expect, it } from 'vitest';
import { attentionMarks } from './marks';
import { CausalMasks, type MaskRequest } from './mask';

beforeAll(() => startBackend());

const visible = [0, 0, 1, 1, 1, 1, 1, 1, 1, 0];
const branches = [0, 0, 0, 1, 2, 0, 1, 1, 2, 2];
const requests: Record<string, MaskRequest> = {
  padding: { batch: 2, tokens: 5, seen: 5, visible },
  branches: { batch: 2, tokens: 5, seen: 5, branches },
  'padding and branches': { batch: 2, tokens: 5, seen: 5, visible, branches },
  'padding before a cache': { batch: 2, tokens: 2, seen: 5, visible },
};

it.each(Object.entries(requests))('says beside causality what the mask says: %s', (_, request) => {
  const { batch, tokens, seen } = request;
  const masks = new CausalMasks();
  const mask = masks.mask(request)!.dataSync();
  const marks = attentionMarks(request)!;
  const keys = marks.keys.dataSync();
  const queries = marks.queries?.dataSync();
  for (let b = 0; b < batch; b += 1)
    for (let t = 0; t < tokens; t += 1)
      for (let s = 0; s < seen; s += 1) {
        const mark = keys[b * seen + s]!;
        const sees = s <= seen - tokens + t && (mark === 0 || (mark > 0 && mark === queries?.[b * tokens + t]));
        expect(sees).toBe(mask[(b * tokens + t) * seen + s] === 0);
      }
  masks.dispose();
});

it('gives nothing where all is seen, and refuses what does not fit the pass', () => {
  expect(attentionMarks({ batch: 2, tokens: 3, seen: 5 })).toBeUndefined();
  expect(() => attentionMarks({ batch: 2, tokens: 3, seen: 5, branches: new Int32Array(6) })).toThrow(/no cache/);
  expect(() => attentionMarks({ batch: 2, tokens: 3, seen: 5, visible })).not.toThrow();
  expect(() => attentionMarks({ batch: 2, tokens: 3, seen: 4, visible })).toThrow(
    /10 visibilities given for 2 rows of 4/,
  );
});
