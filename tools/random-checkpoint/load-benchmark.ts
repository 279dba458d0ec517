import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setMatMulPrecision } from '@moslora/kernels';
import { loadDecoderFolder } from '@moslora/model-llava';
import { memoryReport, startBackend, tf } from '@moslora/runtime';

// Loads a quantised folder for training and says how much memory that took at most, beside what an empty process takes:
// npx tsx tools/random-checkpoint/load-benchmark.ts DIR [--forward TOKENS] [--precision bfloat16]
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { forward: { type: 'string' }, precision: { type: 'string', default: 'float32' } },
});
const [dir] = positionals;
if (dir === undefined) {
  console.error('usage: load-benchmark.ts DIR [--forward TOKENS] [--precision float32|bfloat16]');
  process.exit(2);
}
const info = await startBackend();
setMatMulPrecision(values.precision as 'float32' | 'bfloat16');
tf.tidy(() => void tf.matMul(tf.ones([64, 64]), tf.ones([64, 64])).dataSync());
const baseline = memoryReport().rssBytes;
const began = performance.now();
const decoder = await loadDecoderFolder(dir, { residency: 'packed' });
const seconds = (performance.now() - began) / 1000;
const loaded = memoryReport();
const onDisk = readdirSync(dir)
  .filter((file) => file.endsWith('.safetensors'))
  .reduce((sum, file) => sum + statSync(join(dir, file)).size, 0);
const gigabytes = (bytes: number): number => Number((bytes / 1e9).toFixed(3));
const figures: Record<string, unknown> = {
  backend: info.summary,
  model: (JSON.parse(readFileSync(join(dir, 'config.json'), 'utf8')) as { model_type: string }).model_type,
  onDiskGigabytes: gigabytes(onDisk),
  baselineGigabytes: gigabytes(baseline),
  loadedGigabytes: gigabytes(loaded.rssBytes - baseline),
  peakGigabytes: gigabytes(loaded.peakRssBytes - baseline),
  peakOverDisk: Number(((loaded.peakRssBytes - baseline) / onDisk).toFixed(3)),
  seconds: Number(seconds.toFixed(1)),
};
if (values.forward !== undefined) {
  const tokens = Number(values.forward);
  const start = performance.now();
  const sum = tf.tidy(() => {
    const ids = tf.tensor2d(
      Array.from({ length: tokens }, (_, i) => i % 400),
      [1, tokens],
      'int32',
    );
    const hidden = decoder.forward(decoder.embed(ids));
    return tf.sum(tf.abs(decoder.logits(tf.reshape(hidden, [tokens, -1])))).dataSync()[0];
  });
  figures.forward = {
    ...{ tokens, sum, seconds: Number(((performance.now() - start) / 1000).toFixed(2)) },
    peakGigabytes: gigabytes(memoryReport().peakRssBytes - baseline),
  };
}
console.log(JSON.stringify(figures, null, 2));
