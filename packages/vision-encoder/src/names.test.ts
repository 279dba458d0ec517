import { describe, expect, it } from 'vitest';
import { findTower } from './names';

const clip = (prefix: string): string[] => [
  'lm_head.weight',
  `${prefix}embeddings.patch_embedding.weight`,
  `${prefix}pre_layrnorm.weight`,
];

describe('findTower', () => {
  it.each([
    'vision_model.',
    'vision_tower.vision_model.',
    'vision_tower.',
    'model.vision_tower.',
    'model.vision_tower.vision_model.',
    '',
  ])('finds a CLIP tower under `%s`', (prefix) =>
    expect(findTower(clip(prefix), 'clip_vision_model', 'file')).toBe(prefix),
  );

  it('finds a ViT under its classifier', () => {
    expect(findTower(['vit.embeddings.patch_embeddings.projection.weight', 'classifier.weight'], 'vit', 'file')).toBe(
      'vit.',
    );
  });

  it('says what it looked for where there is no tower', () => {
    expect(() => findTower(['a', 'b'], 'vit', 'm.safetensors')).toThrow(
      [
        'The file holds no vision tower of type vit',
        '  where    m.safetensors',
        '  got      2 tensors: a, b …',
        '  expected one tensor whose name ends in embeddings.patch_embeddings.projection.weight',
      ].join('\n'),
    );
  });
});
