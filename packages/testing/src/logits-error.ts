import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SafetensorsFile } from '@moslora/checkpoint';
import { tf } from '@moslora/runtime';
import { readGolden } from './golden';

/** What of a decoder this needs; `Decoder` of @moslora/decoder is one. */
interface Computes {
  embed(ids: tf.Tensor2D): tf.Tensor3D;
  forward(x: tf.Tensor3D, options: { visible: Int32Array }): tf.Tensor3D;
  logits(rows: tf.Tensor2D): tf.Tensor2D;
  dispose(): void;
}

/**
 * Largest |ours - theirs| of the logits that a decoder's folder (config.json, model.safetensors) has in its reference.safetensors, over the
 * positions that are not padding.
 */
export function logitsError(folder: string, load: (source: SafetensorsFile, config: unknown) => Computes): number {
  const reference = readGolden(join(folder, 'reference.safetensors'));
  const [ids, mask, logits] = ['input_ids', 'attention_mask', 'logits'].map((name) => reference.get(name)!);
  const [batch, tokens, width] = logits!.shape as [number, number, number];
  const source = SafetensorsFile.open(join(folder, 'model.safetensors'));
  const decoder = load(source, JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')));
  try {
    const ours = tf.tidy(() => {
      const x = decoder.embed(tf.tensor2d(ids!.data, [batch, tokens], 'int32'));
      const hidden = decoder.forward(x, { visible: mask!.data as Int32Array }); // (B, T, D)
      return decoder.logits(tf.reshape(hidden, [batch * tokens, -1])).dataSync<'float32'>();
    });
    return ours.reduce((largest, value, i) => {
      const counts = mask!.data[Math.floor(i / width)] === 1;
      return counts ? Math.max(largest, Math.abs(value - logits!.data[i]!)) : largest;
    }, 0);
  } finally {
    decoder.dispose();
    source.close();
  }
}
