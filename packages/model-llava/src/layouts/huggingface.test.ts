import { Rng, tf } from '@moslora/runtime';
import { maxAbsDiff } from '@moslora/testing';
import { describe, expect, it } from 'vitest';
import { comparedLayouts, logitsOf } from '../fixtures/compared-layouts';
import { randomParts, writeHuggingface } from '../fixtures/layout-folders';
import { loadLlavaFolder } from '../load-folder';
import { isLlavaFolder } from './open-layout';

const given = comparedLayouts();

describe("Hugging Face's layout", () => {
  const towers = [
    'vision_tower.vision_model.',
    'vision_tower.',
    'model.vision_tower.vision_model.',
    'model.vision_tower.',
  ];
  const bodies = [
    'language_model.model.',
    'model.language_model.',
    'model.language_model.model.',
    'language_model.',
    'model.',
  ];
  const heads = [
    'language_model.lm_head.weight',
    'lm_head.weight',
    'model.language_model.lm_head.weight',
    'model.lm_head.weight',
  ];

  it.each(towers.flatMap((tower) => bodies.map((body) => [tower, body])))(
    'tower at %s, decoder at %s',
    async (tower, body) => {
      const projector = tower.startsWith('model.') ? 'model.multi_modal_projector.' : 'multi_modal_projector.';
      for (const head of heads) {
        const dir = writeHuggingface(given.folder(), given.parts, { tower, projector, body, head });
        expect(isLlavaFolder(dir)).toBe(true);
        expect(maxAbsDiff(logitsOf(await loadLlavaFolder(dir)), given.expected)).toBe(0);
      }
    },
  );

  it('takes several feature layers, and the patches that transformers leaves over without a class token', async () => {
    const vision = { ...given.parts.vision, model_type: 'siglip_vision_model' };
    const others = await randomParts({ vision });
    const dir = writeHuggingface(
      given.folder(),
      {
        ...others,
        projector: others.projector.map((tensor) =>
          tensor.name === '0.weight'
            ? { ...tensor, shape: [24, 32], data: new Rng('wide').normalArray(24 * 32) }
            : tensor,
        ),
      },
      {
        tower: 'vision_tower.',
        projector: 'multi_modal_projector.',
        body: 'language_model.model.',
        head: 'lm_head.weight',
      },
      { vision_feature_layer: [0, -1], vision_feature_select_strategy: 'default' },
    );
    const model = await loadLlavaFolder(dir);
    const features = model.features(tf.zeros([1, 3, 16, 16]));
    expect(features.shape).toEqual([1, 3, 32]);
    model.dispose();
  });
});
