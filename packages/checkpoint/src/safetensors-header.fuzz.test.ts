import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '@moslora/specs';
import { describe, expect, it } from 'vitest';
import { SafetensorsFile, writeSafetensors } from './index';

const dir = mkdtempSync(join(tmpdir(), 'hostile-'));
const path = join(dir, 'hostile.safetensors');

/** Small, seeded, and good enough to pick places: xorshift32. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** Opens and reads everything. Whatever is accepted must lie inside the file; whatever is not must be refused in words. */
function survives(): 'accepted' | 'refused' {
  let file: SafetensorsFile;
  try {
    file = SafetensorsFile.open(path);
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message.length).toBeLessThan(8000);
    return 'refused';
  }
  const size = statSync(path).size;
  for (const name of file.names()) {
    const { byteLength } = file.info(name);
    const { position } = file.place(name);
    expect(position).toBeGreaterThanOrEqual(8);
    expect(position + byteLength).toBeLessThanOrEqual(size);
    expect(file.bytes(name)).toHaveLength(byteLength);
  }
  file.close();
  return 'accepted';
}

function withHeader(header: string, data = 8): void {
  const json = Buffer.from(header, 'utf8');
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  writeFileSync(path, Buffer.concat([length, json, Buffer.alloc(data)]));
}

describe('a hostile header', () => {
  it('neither crashes nor reads outside the file, whatever bytes are changed', () => {
    writeSafetensors(path, [
      { name: 'a.weight', dtype: 'F32', shape: [2, 3], data: new Float32Array(6) },
      { name: 'a.weight.absmax', dtype: 'U8', shape: [5], data: new Uint8Array(5) },
      { name: 'b', dtype: 'BF16', shape: [3], data: new Float32Array(3) },
    ]);
    const whole = readFileSync(path);
    const pick = random(20240607);
    const interesting = Buffer.from('{}[]",:0123456789-.eE\\u_ \x00\xff', 'latin1');
    const seen = { accepted: 0, refused: 0 };
    for (let round = 0; round < 3000; round++) {
      const bytes = Buffer.from(whole);
      for (let changes = 1 + pick(4); changes > 0; changes--) {
        const at = pick(3) === 0 ? pick(9) : pick(bytes.length);
        bytes[at] = pick(2) === 0 ? interesting[pick(interesting.length)]! : pick(256);
      }
      writeFileSync(path, pick(8) === 0 ? bytes.subarray(0, pick(bytes.length)) : bytes);
      seen[survives()] += 1;
    }
    expect(seen.refused).toBeGreaterThan(1000);
    expect(seen.accepted).toBeGreaterThan(100);
  });

  it('neither crashes nor reads outside the file, whatever numbers it holds', () => {
    const pick = random(7);
    const numbers = [0, 1, 2, 4, 8, -1, 1.5, 2 ** 31, 2 ** 32, 2 ** 53 - 1, 2 ** 53, 2 ** 62, 1e308].map(String);
    const literals = [...numbers, '1e400', '8.0', '8e0', '-0', '01', 'null', '"8"', '[]', '{}', 'NaN'];
    const some = (): string => literals[pick(pick(3) === 0 ? literals.length : 5)]!;
    const list = (): string => `[${Array.from({ length: pick(5) }, some).join()}]`;
    const types = ['F32', 'BF16', 'U8', 'I64', 'F8_E4M3', 'F4', 'x'];
    const entry = (name: string): string =>
      `"${name}":{"dtype":"${types[pick(types.length)]}","shape":${list()},"data_offsets":[${some()},${some()}]}`;
    for (let round = 0; round < 3000; round++) {
      withHeader(`{${Array.from({ length: 1 + pick(3) }, (_, i) => entry(`t${i}`)).join()}}`);
      survives();
    }
  });

  const ok = '"dtype":"F32","shape":[2],"data_offsets":[0,8]';
  it.each([
    ['brackets without end', `{"w":${'['.repeat(200_000)}`, 'nested more than 3 deep'],
    ['objects without end', '{"a":'.repeat(200_000), 'nested more than 3 deep'],
    ['a tensor twice', `{"w":{${ok}},"w":{${ok}}}`, 'the name "w" stands twice'],
    ['a field twice', `{"w":{${ok},"shape":[2]}}`, 'the name "shape" stands twice'],
    ['a field too many', `{"w":{${ok},"more":1}}`, 'no usable shape and data_offsets'],
    ['a size that is no whole number', `{"w":{${ok.replace('[2]', '[2.0]')}}}`, 'no usable shape and data_offsets'],
    ['a size beyond 2^53', `{"w":{${ok.replace('[2]', '[9007199254740993]')}}}`, 'no usable shape and data_offsets'],
    [
      'sizes whose product overflows',
      `{"w":{${ok.replace('[2]', '[4294967296,4294967296]')}}}`,
      'byte length disagree',
    ],
    [
      'sizes whose product is NaN',
      `{"w":{${ok.replace(
        '[2]',
        `[${Array(30)
          .fill(2 ** 52)
          .join()},0]`,
      )}}}`,
      'disagree',
    ],
    ['offsets in the wrong order', `{"w":{${ok.replace('[0,8]', '[8,0]')}}}`, 'no usable shape and data_offsets'],
    ['an end beyond the file', `{"w":{${ok.replace('[0,8]', '[4503599627370488,4503599627370496]')}}}`, 'is cut short'],
    ['numbers as metadata', '{"__metadata__":{"format":1}}', 'metadata of the safetensors header are not texts'],
    ['a text without end', `{"w${'x'.repeat(100_000)}`, 'a text without end'],
    ['a type of the format that is not read', `{"w":{${ok.replace('F32', 'F8_E4M3')}}}`, 'F8_E4M3 are not read here'],
    ['text behind it', `{"w":{${ok}}}}`, 'text after the header'],
  ])('%s', (_, header, message) => {
    withHeader(header);
    expect(() => SafetensorsFile.open(path)).toThrow(UserError);
    expect(() => SafetensorsFile.open(path)).toThrow(message);
  });

  it('may promise any length without memory being taken for it', () => {
    for (const length of [100_000_001n, 1n << 31n, 1n << 53n, (1n << 64n) - 1n]) {
      const bytes = Buffer.alloc(64, '{');
      bytes.writeBigUInt64LE(length);
      writeFileSync(path, bytes);
      expect(() => SafetensorsFile.open(path)).toThrow('not in safetensors format');
    }
    const bytes = Buffer.alloc(64, '{');
    bytes.writeBigUInt64LE(99_999_999n);
    writeFileSync(path, bytes);
    const before = process.memoryUsage().arrayBuffers;
    expect(() => SafetensorsFile.open(path)).toThrow('cut short inside its header');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e6);
  });

  it('that is not UTF-8', () => {
    withHeader('{"w":{}}');
    const bytes = readFileSync(path);
    bytes[10] = 0xff;
    writeFileSync(path, bytes);
    expect(() => SafetensorsFile.open(path)).toThrow('not UTF-8');
  });

  it('may use any name, and spaces behind it', () => {
    const names = ['__proto__', 'constructor', 'toString', 'ü"\\\n'];
    writeSafetensors(
      path,
      names.map((name, i) => ({ name, dtype: 'U8' as const, shape: [1], data: Uint8Array.of(i) })),
    );
    const file = SafetensorsFile.open(path);
    expect(file.names()).toEqual(names);
    expect(names.map((name) => file.bytes(name)[0])).toEqual([0, 1, 2, 3]);
  });
});
