import { join } from 'node:path';
import { SafetensorsFile, withTemporaryFolder } from '@moslora/checkpoint';
import { byteLength, GgufFile, writeDecoder, type GgufDecoderShape, type TensorType } from '@moslora/gguf';
import { familyFor } from '@moslora/model-llava';
import { writeRandomWeights } from '../../../packages/cli/src/bench/random-weights';
import { llamaJson, type BenchShape } from '../../../packages/cli/src/bench/shape';

/** A LLaMA of a shape with random weights, as `moslora bench decode` has it before it is quantised, written for llama.cpp. Ids go in and out, no text. */
export async function writeRandomGguf(path: string, shape: BenchShape, type: TensorType): Promise<void> {
  await withTemporaryFolder('moslora-gguf', async (folder) => {
    const json = llamaJson(shape);
    const family = await familyFor('llama', 'the benchmark');
    const weightFile = join(folder, 'model.safetensors');
    await writeRandomWeights(weightFile, family.tensors(json), 'bfloat16', 1);
    const weights = SafetensorsFile.open(weightFile);
    try {
      const checked: GgufDecoderShape = family.check(weights, json, { where: 'the benchmark' });
      writeDecoder(path, { weights, family: 'llama', shape: checked, type, name: 'random' });
    } finally {
      weights.close();
    }
  });
}

/** Bytes of weights that every token reads, as the file keeps them: all but the embeddings, of which it reads a row. */
export function weightBytesOf(path: string): Record<'layers' | 'head', number> {
  const file = GgufFile.open(path);
  try {
    const sum = (chosen: (name: string) => boolean): number =>
      file.tensors.reduce((bytes, tensor) => bytes + (chosen(tensor.name) ? byteLength(tensor) : 0), 0);
    return { layers: sum((name) => name.startsWith('blk.')), head: sum((name) => name === 'output.weight') };
  } finally {
    file.close();
  }
}
