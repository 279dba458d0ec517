import { startBackend, tf } from '@moslora/runtime';
import { parseTowerConfig, VisionTower } from '@moslora/vision-encoder';

/** What is done with a batch of pictures of (3, S, S) each. */
export type Step = (pictures: readonly Float32Array[]) => void;

const sizes = (width: number, layers: number, heads: number, patch: number): object => {
  const rest = { num_hidden_layers: layers, num_attention_heads: heads, patch_size: patch };
  return { hidden_size: width, intermediate_size: 4 * width, ...rest };
};

/** CLIP's published shapes. */
export const towers: Record<string, object> = {
  l14: sizes(1024, 24, 16, 14),
  b16: sizes(768, 12, 12, 16),
  b32: sizes(768, 12, 12, 32),
};

/** Lets a tower with random weights see the pictures, as far as LLaVA reads it. */
export async function towerStep(name: string, side: number): Promise<Step> {
  await startBackend();
  const config = parseTowerConfig({ model_type: 'clip_vision_model', ...towers[name], image_size: side });
  const tower = VisionTower.initialise(config, 1);
  return (pictures) =>
    tf.tidy(() => {
      const each = 3 * side * side;
      const pixels = new Float32Array(pictures.length * each);
      pictures.forEach((picture, index) => pixels.set(picture, index * each));
      tower.features(tf.tensor4d(pixels, [pictures.length, 3, side, side])).dataSync();
    });
}

/** Keeps its thread busy for so long, and no other. */
export function idleStep(milliseconds: number): Step {
  return () => {
    for (const until = performance.now() + milliseconds; performance.now() < until;);
  };
}
