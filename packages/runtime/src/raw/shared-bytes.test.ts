import { beforeAll, describe, expect, it } from 'vitest';
import {
  bitcast,
  liveRawCount,
  nativePaths,
  rawScope,
  readBytes,
  sharedBytes,
  startBackend,
  uploadBytes,
} from '../index';

const there = nativePaths() !== undefined;
if (!there) process.stderr.write('skipped: shared memory needs the native library (npx nx run runtime:provision)\n');

describe.skipIf(!there)('sharedBytes', () => {
  beforeAll(() => startBackend({ backend: 'native' }));

  it.each([1, 1000, 70_000, 1 << 20, 40 << 20])('gives %i zeros that TensorFlow takes', (length) => {
    const bytes = sharedBytes(length);
    expect(bytes).toHaveLength(length);
    expect(bytes.some((byte) => byte !== 0)).toBe(false);
    for (let i = 0; i < length; i += 997) bytes[i] = i % 251;
    const before = liveRawCount();
    rawScope(() => {
      const up = uploadBytes(bytes, [length]);
      expect(Buffer.from(readBytes(up)).equals(bytes)).toBe(true);
    });
    expect(liveRawCount()).toBe(before);
  });

  it('shares large memory, whatever the allocator gives', () => {
    const held: Uint8Array[] = [];
    for (let i = 0; i < 30; i++) {
      const bytes = sharedBytes(100_000 + 4 * i * i * 1000);
      held.push(bytes);
      rawScope(() => {
        const up = bitcast(uploadBytes(bytes, [bytes.length]), 'int32', [bytes.length / 4]);
        bytes[bytes.length - 4] = 77;
        expect(readBytes(up)[bytes.length - 4]).toBe(77);
      });
    }
  });
});
