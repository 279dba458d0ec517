import { mkdtempSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '@moslora/specs';
import { beforeEach, describe, expect, it } from 'vitest';
import { SafetensorsFile, writeSafetensors } from './index';

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'safetensors-'));
  path = join(dir, 'model.safetensors');
});

function problem(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as Error).message;
  }
  throw new Error('expected a UserError');
}

function writeRaw(header: unknown, data: Uint8Array): void {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  writeFileSync(path, Buffer.concat([length, json, data]));
}

describe('writeSafetensors and SafetensorsFile', () => {
  const values = Float32Array.from([0, 1.5, -2, 0.333251953125, 65504, -0.0009765625]);

  it('round-trips every element type', () => {
    writeSafetensors(
      path,
      [
        { name: 'mask', dtype: 'BOOL', shape: [3], data: Uint8Array.of(1, 0, 1) },
        { name: 'half', dtype: 'F16', shape: [2, 3], data: values },
        { name: 'ids', dtype: 'I64', shape: [2], data: Int32Array.of(-100, 2147483647) },
        { name: 'full', dtype: 'F32', shape: [6], data: () => values },
        { name: 'double', dtype: 'F64', shape: [6], data: values },
        { name: 'scalar', dtype: 'I32', shape: [], data: Int32Array.of(7) },
      ],
      { origin: 'test' },
    );
    const file = SafetensorsFile.open(path);
    expect(file.metadata).toEqual({ format: 'pt', origin: 'test' });
    expect(file.info('half')).toEqual({ dtype: 'F16', shape: [2, 3], byteLength: 12 });
    for (const name of ['half', 'full', 'double']) expect(file.float32(name)).toEqual(values);
    expect(file.int32('ids')).toEqual(Int32Array.of(-100, 2147483647));
    expect(file.int32('mask')).toEqual(Int32Array.of(1, 0, 1));
    expect(file.int32('scalar')).toEqual(Int32Array.of(7));
    file.close();
    expect(readdirSync(dir)).toEqual(['model.safetensors']);
  });

  it('aligns the header and every tensor', () => {
    const tensors = [
      { name: 'a', dtype: 'U8' as const, shape: [3], data: Uint8Array.of(1, 2, 3) },
      { name: 'b', dtype: 'F32' as const, shape: [2], data: Float32Array.of(1, 2) },
    ];
    writeSafetensors(path, tensors);
    const bytes = readFileSync(path);
    const headerLength = Number(bytes.readBigUInt64LE(0));
    expect(headerLength % 8).toBe(0);
    const header = JSON.parse(bytes.subarray(8, 8 + headerLength).toString()) as Record<
      string,
      { data_offsets: number[] }
    >;
    expect(header.b!.data_offsets).toEqual([0, 8]);
    expect(header.a!.data_offsets).toEqual([8, 11]);
  });

  it('leaves the old file and nothing else when a tensor fails', () => {
    writeFileSync(path, 'old');
    const tensors = [{ name: 'a', dtype: 'F32' as const, shape: [3], data: Float32Array.of(1) }];
    expect(() => writeSafetensors(path, tensors)).toThrow('a: 4 bytes given, 12 needed for F32 (3)');
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(dir)).toEqual(['model.safetensors']);
  });

  it('refuses I64 beyond 32 bits and integers read as weights', () => {
    writeSafetensors(path, [
      { name: 'n', dtype: 'I64', shape: [1], data: new Uint8Array(BigInt64Array.of(1n << 40n).buffer) },
    ]);
    const file = SafetensorsFile.open(path);
    expect(problem(() => file.int32('n'))).toContain('1099511627776');
    expect(problem(() => file.float32('n'))).toContain('integers stands where floating-point weights were looked for');
    expect(problem(() => file.bytes('m.weight'))).toContain('There is no tensor `m.weight`');
  });
});

describe('a damaged file', () => {
  const ok = { w: { dtype: 'F32', shape: [2], data_offsets: [0, 8] } };
  const open = () => SafetensorsFile.open(path);

  it('cut short names the tensor and both sizes', () => {
    writeSafetensors(path, [{ name: 'w', dtype: 'F32', shape: [4], data: new Float32Array(4) }]);
    truncateSync(path, readFileSync(path).length - 5);
    expect(problem(open)).toBe(
      [
        'The safetensors file is cut short',
        `  where    ${path}, tensor w`,
        "  got      11 bytes of tensor data, 11 of this tensor's 16",
        '  expected 16 bytes of tensor data',
        '  do       the file is damaged or was cut short: get it again (or run the stage that wrote it again)',
      ].join('\n'),
    );
  });

  it.each([
    ['an empty file', '', 'too short for safetensors'],
    ['a Git LFS pointer', 'version https://git-lfs.github.com/spec/v1\n', 'git lfs pull'],
    ['another format', '<!DOCTYPE html><html></html>', 'not in safetensors format'],
    ['a cut header', Buffer.from([200, 0, 0, 0, 0, 0, 0, 0, 0x7b]).toString('latin1'), 'cut short inside its header'],
  ])('%s', (_, content, message) => {
    writeFileSync(path, content, 'latin1');
    expect(problem(open)).toContain(message);
  });

  it.each([
    ['no JSON', '{"w":', 'header is not JSON'],
    ['an unknown dtype', { w: { ...ok.w, dtype: 'F8' } }, 'got      "F8"'],
    ['a wrong shape', { w: { ...ok.w, shape: [3] } }, 'expected 12 bytes for F32 (3)'],
    ['negative offsets', { w: { ...ok.w, data_offsets: [-8, 0] } }, 'no usable shape and data_offsets'],
    ['an overlap', { ...ok, v: { ...ok.w, data_offsets: [0, 8] } }, 'Two tensors overlap'],
    ['a hole', { w: { ...ok.w, dtype: 'I8', data_offsets: [2, 4] } }, 'hole before a tensor'],
    ['bytes too many', { w: { ...ok.w, dtype: 'I8', data_offsets: [0, 2] } }, 'longer than its header says'],
  ])('%s', (_, header, message) => {
    writeRaw(header, new Uint8Array(8));
    expect(problem(open)).toContain(message);
  });

  it('lists all bad entries at once', () => {
    writeRaw({ w: { ...ok.w, dtype: 'F8' }, v: { ...ok.w, shape: [3] } }, new Uint8Array(8));
    expect(problem(open)).toMatch(/Unknown element type[\s\S]*Shape and byte length disagree/);
  });

  it('missing or a folder', () => {
    expect(problem(open)).toContain('no such file');
    expect(problem(() => SafetensorsFile.open(dir))).toContain('a folder');
  });
});
