import { mkdtempSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { GgufFile } from './gguf-file';
import { string, uint32, type Metadata, type MetadataValue } from './metadata';
import { writeGguf } from './write-gguf';

const folder = mkdtempSync(join(tmpdir(), 'gguf-'));
const path = join(folder, 'a.gguf');
const values = Float32Array.of(1, -2, 0.5, 4, 0, 8);

function write(name: string, metadata: Metadata = {}): string {
  const to = join(folder, name);
  writeGguf(to, metadata, [
    { name: 'w', type: 'F16', shape: [2, 3], values: () => values },
    { name: 'b', type: 'F32', shape: [6], values: () => values },
  ]);
  return to;
}

it('metadata of every type, and tensors, come back as they were', () => {
  const scalars: MetadataValue[] = [
    ...[{ type: 'uint8', value: 255 } as const, { type: 'int8', value: -128 } as const],
    ...[{ type: 'uint16', value: 65535 } as const, { type: 'int16', value: -32768 } as const],
    ...[{ type: 'uint32', value: 2 ** 32 - 1 } as const, { type: 'int32', value: -(2 ** 31) } as const],
    ...[{ type: 'float32', value: 0.5 } as const, { type: 'float64', value: 0.1 } as const],
    ...[{ type: 'bool', value: true } as const, { type: 'string', value: 'größer 猫' } as const],
    ...[{ type: 'uint64', value: 2n ** 64n - 1n } as const, { type: 'int64', value: -(2n ** 63n) } as const],
    { type: 'list', of: 'string', values: ['a', '', 'ß'] },
    { type: 'list', of: 'int32', values: [] },
  ];
  const metadata = Object.fromEntries(scalars.map((value, i) => [`some.value_${i}`, value]));
  write('a.gguf', metadata);
  const file = GgufFile.open(path);
  expect(file.metadata).toEqual(metadata);
  expect(file.tensors.map(({ name, type, shape }) => [name, type, shape])).toEqual([
    ['w', 'F16', [2, 3]],
    ['b', 'F32', [6]],
  ]);
  expect([...file.float32('w')]).toEqual([...values]);
  expect([...file.float32('b')]).toEqual([...values]);
  file.close();
});

it('the bytes are those of the specification', () => {
  const bytes = readFileSync(write('b.gguf', { 'a.b': uint32(7) }));
  expect(bytes.subarray(0, 4).toString()).toBe('GGUF');
  expect([bytes.readUInt32LE(4), bytes.readBigUInt64LE(8), bytes.readBigUInt64LE(16)]).toEqual([3, 2n, 1n]);
  // Key, type 4, value; then `w` with its axes the other way round, type 1, at 0.
  expect([bytes.readBigUInt64LE(24), bytes.subarray(32, 35).toString()]).toEqual([3n, 'a.b']);
  expect([bytes.readUInt32LE(35), bytes.readUInt32LE(39)]).toEqual([4, 7]);
  expect([bytes.readBigUInt64LE(43), bytes.subarray(51, 52).toString(), bytes.readUInt32LE(52)]).toEqual([1n, 'w', 2]);
  expect([bytes.readBigUInt64LE(56), bytes.readBigUInt64LE(64), bytes.readUInt32LE(72)]).toEqual([3n, 2n, 1]);
  expect(bytes.length % 32).toBe(0);
});

it('what cannot be written throws', () => {
  const tensor = { name: 'w', type: 'F32', shape: [2], values: () => values } as const;
  expect(() => writeGguf(path, {}, [tensor, tensor])).toThrow('tensor w is given twice');
  expect(() => writeGguf(path, {}, [tensor])).toThrow('w: 24 bytes given, 8 needed');
  expect(() => writeGguf(path, {}, [{ ...tensor, type: 'Q4_0', shape: [2, 48] }])).toThrow(
    "w: a row of 48 values is no whole number of Q4_0's blocks of 32",
  );
  expect(() => writeGguf(path, { 'No key': string('') }, [])).toThrow('no keys of GGUF: No key');
});

it('damaged files are refused by name', () => {
  const cut = write('cut.gguf', { 'a.b': string('text') });
  truncateSync(cut, statSync(cut).size - 20);
  expect(() => GgufFile.open(cut)).toThrow(
    /tensors lie beyond the end of the file\n {2}where {4}.*cut.gguf\n {2}got {6}/,
  );
  truncateSync(cut, 50);
  expect(() => GgufFile.open(cut)).toThrow(/The file ends before|The file cannot hold that many/);
  const other = join(folder, 'other.gguf');
  writeFileSync(other, 'not one of them, whatever its name says');
  expect(() => GgufFile.open(other)).toThrow('This is no GGUF file');
  expect(() => GgufFile.open(join(folder, 'none.gguf'))).toThrow('The GGUF file cannot be read');
  const bytes = readFileSync(write('type.gguf', { 'a.b': uint32(7) }));
  bytes.writeUInt32LE(31, 72);
  writeFileSync(other, bytes);
  expect(() => GgufFile.open(other)).toThrow(
    'A tensor of a type that is not read here\n' +
      `  where    ${other}, tensor w\n` +
      '  got      type 31\n' +
      '  expected F32 (0), F16 (1), Q4_0 (2), Q8_0 (8), BF16 (30)',
  );
  bytes.writeBigUInt64LE(2n ** 60n, 8);
  writeFileSync(other, bytes);
  expect(() => GgufFile.open(other)).toThrow('The file cannot hold that many: the tensors');
});
