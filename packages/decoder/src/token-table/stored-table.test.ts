import { mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SafetensorsFile, writeSafetensors, type Dtype } from '@moslora/checkpoint';
import { frozenTensor } from '@moslora/quantized-base';
import { Rng, startBackend, tf } from '@moslora/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ResidentTable } from './resident-table';
import { StoredTable } from './stored-table';

const folder = mkdtempSync(join(tmpdir(), 'table-'));
const [vocabulary, width] = [50, 300];
afterAll(() => rmSync(folder, { recursive: true }));

/** A file whose table starts at no round place. */
function tableFile(dtype: Dtype): string {
  const path = join(folder, `${dtype}.safetensors`);
  const size = dtype === 'F32' ? 4 : 2;
  const values = new Rng(1, dtype).normalArray(vocabulary * width, 0, 1);
  const bytes = new Uint8Array(vocabulary * width * size);
  const whole = new Uint8Array(values.buffer);
  // The upper halves of float32 values are values in 16 bits, whatever they are.
  if (dtype === 'F32') bytes.set(whole);
  else for (let i = 0; i < values.length; i++) bytes.set(whole.subarray(4 * i + 2, 4 * i + 4), 2 * i);
  writeSafetensors(path, [
    { name: 'before', dtype: 'U8', shape: [3], data: Uint8Array.of(1, 2, 3) },
    { name: 'table', dtype, shape: [vocabulary, width], data: bytes },
  ]);
  return path;
}

function opened(path: string): { stored: StoredTable; resident: ResidentTable } {
  const file = SafetensorsFile.open(path);
  const stored = new StoredTable(file.place('table'), file.info('table'));
  const resident = new ResidentTable(frozenTensor(file, 'table') as tf.Tensor2D);
  file.close();
  return { stored, resident };
}

describe.each(['native', 'wasm'] as const)('a table in a file, on %s', (backend) => {
  beforeAll(() => startBackend({ backend }).catch(() => startBackend()));

  it.each(['F32', 'BF16', 'F16'] as const)('gives the rows that one in memory gives, in %s', (dtype) => {
    const { stored, resident } = opened(tableFile(dtype));
    for (const ids of [[7], [0, 49, 7, 7, 0], Array.from({ length: 200 }, (_, i) => (i * 31) % vocabulary)]) {
      const [ours, theirs] = [stored, resident].map((table) => table.rows(Int32Array.from(ids)));
      expect(ours!.shape).toEqual([ids.length, width]);
      expect([...ours!.dataSync()]).toEqual([...theirs!.dataSync()]);
      tf.dispose([ours!, theirs!]);
    }
    stored.dispose();
    resident.dispose();
  });

  it('leaves no tensor behind, and says so when it is used too late or wrongly', () => {
    const path = tableFile('BF16');
    const { stored, resident } = opened(path);
    const before = tf.memory().numTensors;
    stored.rows(Int32Array.of(1, 2)).dispose();
    expect(tf.memory().numTensors).toBe(before);
    expect(() => stored.rows(Int32Array.of(50))).toThrow('no row 50 among the 50');
    truncateSync(path, 200);
    expect(() => stored.rows(Int32Array.of(49))).toThrow(/became shorter/);
    stored.dispose();
    stored.dispose();
    expect(() => stored.rows(Int32Array.of(1))).toThrow(/was disposed/);
    resident.dispose();
  });
});
