import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SafetensorsFile } from '@moslora/checkpoint';
import { GgufFile, writeDecoder } from '@moslora/gguf';
import { familyFor } from '@moslora/model-llava';
import { parseLlamaConfig } from '@moslora/model-llama';
import { writeRandomWeights } from '../../../packages/cli/src/bench/random-weights';
import { llamaJson, parseShape } from '../../../packages/cli/src/bench/shape';

// Writes the random LLaMA that `moslora bench decode` makes of a shape as a GGUF file in Q4_0, and prints its matrices' bytes:
// npx tsx tools/bench/ours/gguf.ts 1024,8,16,2816,32000,1x128 FILE
export interface GgufFigures {
  /** Bytes that every token reads: the layers' matrices as they are stored, and the head's. */
  weight_bytes: { layers: number; head: number };
}

const [text = 'small', path = 'model.gguf'] = process.argv.slice(2);
const shape = parseShape(text, 'the shape');
const json = llamaJson(shape);
const folder = mkdtempSync(join(tmpdir(), 'moslora-gguf-'));
try {
  const file = join(folder, 'model.safetensors');
  writeRandomWeights(file, (await familyFor(json['model_type'], 'the benchmark')).tensors(json), 'bfloat16', 1);
  const weights = SafetensorsFile.open(file);
  writeDecoder(path, { weights, family: 'llama', shape: parseLlamaConfig(json), type: 'Q4_0', name: text });
  weights.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const written = GgufFile.open(path);
const bytes = (pattern: RegExp): number =>
  written.tensors.filter(({ name }) => pattern.test(name)).reduce((sum, { begin, end }) => sum + end - begin, 0);
const figures: GgufFigures = {
  weight_bytes: { layers: bytes(/^blk\.\d+\.(attn|ffn)_\w+\.weight$/), head: bytes(/^output\.weight$/) },
};
written.close();
console.log(JSON.stringify(figures));
