import { join } from 'node:path';
import { readJson, SafetensorsFile, WeightFolder } from '@moslora/checkpoint';
import { startBackend, tf } from '@moslora/runtime';
import { describeShared, expectNoLeak, maxAbsDiff, sharedFolder } from '@moslora/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseTowerConfig } from './config';
import { VisionTower } from './tower';

const anyJson = z.record(z.string(), z.unknown());

function open(dir: string): { tower: VisionTower; source: WeightFolder; json: Record<string, unknown> } {
  const path = join(sharedFolder(), dir);
  const json = readJson(join(path, 'config.json'), anyJson);
  const source = WeightFolder.open(path);
  return { tower: VisionTower.load(source, parseTowerConfig(json)), source, json };
}

describeShared('VisionTower against transformers', () => {
  beforeAll(() => startBackend());

  it.each(['llama', 'llama3', 'qwen2', 'qwen3'])('gives the features of tiny-llava-%s', async (name) => {
    const dir = `golden/tiny-llava-${name}`;
    const { tower, json } = open(dir);
    const reference = SafetensorsFile.open(join(sharedFolder(), dir, 'reference.safetensors'));
    const pixels = tf.tensor4d(reference.float32('pixel_values'), [2, 3, 56, 56]);
    const select = json['vision_feature_select_strategy'] as 'default' | 'full';
    const features = await expectNoLeak(() => {
      const made = tower.features(pixels, { layer: json['vision_feature_layer'] as number, select });
      const values = made.dataSync();
      made.dispose();
      return values;
    });
    expect(maxAbsDiff(features, reference.float32('vision_features'))).toBeLessThan(1e-4);
    tower.dispose();
  });

  // Recorded with transformers 5.18 on vit-tiny-patch16-224 for the picture of `waves`.
  describe('vit-tiny-patch16-224', () => {
    const recorded = {
      firstPatch: [10.16481, 3.20278, 4.04293, 0.10094, -3.06772, 4.12549],
      lastPatch: [10.91931, 3.35384, 4.0004, -0.11183, -2.10259, 5.03431],
      classes: [688, 141, 98, 128, 446],
      logits: [5.3644, 5.2754, 4.9641, 4.917, 4.7032],
    };
    const waves = (): tf.Tensor4D => {
      const value = (i: number): number => Math.sin(i * 0.001) * Math.cos(i * 0.0137);
      return tf.tensor4d(
        Float32Array.from({ length: 3 * 224 * 224 }, (_, i) => value(i)),
        [1, 3, 224, 224],
      );
    };

    it('gives the hidden states before the last layer', () => {
      const { tower } = open('models/vit-tiny-patch16-224');
      const features = tower.features(waves()).dataSync(); // (1, 196, 192)
      expect(maxAbsDiff(features.slice(0, 6), recorded.firstPatch)).toBeLessThan(1e-3);
      expect(maxAbsDiff(features.slice(195 * 192, 195 * 192 + 6), recorded.lastPatch)).toBeLessThan(1e-3);
      tower.dispose();
    });

    it('gives the classifier what it needs to name the five likeliest classes', () => {
      const { tower, source } = open('models/vit-tiny-patch16-224');
      const weight = tf.tensor2d(source.float32('classifier.weight'), [1000, 192]);
      const logits = tf.add(tf.matMul(tower.pooled(waves()), weight, false, true), source.float32('classifier.bias'));
      const { values, indices } = tf.topk(logits, 5);
      expect([...indices.dataSync()]).toEqual(recorded.classes);
      expect(maxAbsDiff(values, recorded.logits)).toBeLessThan(1e-3);
      tower.dispose();
    });
  });
});
