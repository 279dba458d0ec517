import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import protobuf from 'protobufjs/minimal.js';
import { describe, expect, it } from 'vitest';
import { crc32c, maskedCrc32c } from './crc32c';
import { TensorboardWriter } from './tensorboard';

describe('crc32c', () => {
  it('gives the check values of RFC 3720', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  });
});

/** The payloads of an event file, whose checksums are held. */
function written(write: (writer: TensorboardWriter) => void): Buffer[] {
  const folder = mkdtempSync(join(tmpdir(), 'tensorboard-'));
  write(new TensorboardWriter(folder, () => 12.5));
  const bytes = readFileSync(join(folder, readdirSync(folder)[0] as string));
  const payloads: Buffer[] = [];
  for (let offset = 0; offset < bytes.length;) {
    const length = Number(bytes.readBigUInt64LE(offset));
    expect(bytes.readUInt32LE(offset + 8)).toBe(maskedCrc32c(bytes.subarray(offset, offset + 8)));
    const payload = bytes.subarray(offset + 12, offset + 12 + length);
    expect(bytes.readUInt32LE(offset + 12 + length)).toBe(maskedCrc32c(payload));
    payloads.push(payload);
    offset += 16 + length;
  }
  return payloads;
}

describe('TensorboardWriter', () => {
  it('writes records whose checksums hold and whose fields read back', () => {
    const payloads = written((writer) => writer.scalars(7, { 'train/loss': 1.5 }));
    expect(payloads).toHaveLength(2);
    expect(payloads[0]?.toString('latin1')).toContain('brain.Event:2');
    const event = protobuf.Reader.create(payloads[1] as Buffer);
    expect([event.uint32(), event.double(), event.uint32(), Number(event.int64()), event.uint32()]).toEqual([
      9, 12.5, 16, 7, 42,
    ]);
    event.uint32();
    expect(event.uint32()).toBe(10);
    event.uint32();
    expect([event.uint32(), event.string(), event.uint32(), event.float()]).toEqual([10, 'train/loss', 21, 1.5]);
  });
  it('writes texts as strings of the text page', () => {
    const event = protobuf.Reader.create(
      written((writer) => writer.text(3, 'validation/samples', '| a |'))[1] as Buffer,
    );
    expect([event.uint32(), event.double(), event.uint32(), Number(event.int64()), event.uint32()]).toEqual([
      9, 12.5, 16, 3, 42,
    ]);
    event.uint32();
    expect(event.uint32()).toBe(10);
    event.uint32();
    expect([event.uint32(), event.string()]).toEqual([10, 'validation/samples']);
    expect([event.uint32(), event.uint32()]).toEqual([8 * 8 + 2, 2 + 2 + '| a |'.length]);
    expect([event.uint32(), event.int32(), event.uint32(), event.string()]).toEqual([8, 7, 8 * 8 + 2, '| a |']);
    expect([event.uint32(), event.uint32(), event.uint32(), event.uint32()]).toEqual([9 * 8 + 2, 8, 10, 6]);
    expect([event.uint32(), event.string()]).toEqual([10, 'text']);
  });
});
