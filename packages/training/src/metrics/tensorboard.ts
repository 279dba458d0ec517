import { appendFileSync, mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import protobuf from 'protobufjs/minimal.js';
import { maskedCrc32c } from './crc32c';

/** Frames a payload as a TFRecord: length (u64), its masked CRC, payload, its masked CRC, all little-endian. */
export function tfRecord(payload: Uint8Array): Uint8Array {
  const record = Buffer.alloc(12 + payload.length + 4);
  record.writeBigUInt64LE(BigInt(payload.length), 0);
  record.writeUInt32LE(maskedCrc32c(record.subarray(0, 8)), 8);
  record.set(payload, 12);
  record.writeUInt32LE(maskedCrc32c(payload), 12 + payload.length);
  return record;
}

// Field numbers of tensorflow.Event: wall_time 1 (double), step 2 (int64), file_version 3 (string), summary 5 (message);
// of Summary: value 1; of Summary.Value: tag 1 (string), simple_value 2 (float), tensor 8, metadata 9; of TensorProto: dtype 1 (7: string),
// string_val 8; of SummaryMetadata: plugin_data 1; of that: plugin_name 1. Tags below are (number << 3) | wire type.
function versionEvent(wallTime: number): Uint8Array {
  return protobuf.Writer.create().uint32(9).double(wallTime).uint32(26).string('brain.Event:2').finish();
}

function scalarEvent(wallTime: number, step: number, scalars: Readonly<Record<string, number>>): Uint8Array {
  const writer = protobuf.Writer.create().uint32(9).double(wallTime).uint32(16).int64(step).uint32(42).fork();
  for (const [tag, value] of Object.entries(scalars)) {
    writer.uint32(10).fork().uint32(10).string(tag).uint32(21).float(value).ldelim();
  }
  return writer.ldelim().finish();
}

function textEvent(wallTime: number, step: number, tag: string, text: string): Uint8Array {
  const writer = protobuf.Writer.create().uint32(9).double(wallTime).uint32(16).int64(step).uint32(42).fork();
  writer.uint32(10).fork().uint32(10).string(tag);
  writer.uint32(66).fork().uint32(8).int32(7).uint32(66).string(text).ldelim();
  writer.uint32(74).fork().uint32(10).fork().uint32(10).string('text').ldelim().ldelim();
  return writer.ldelim().ldelim().finish();
}

/** Writes scalars and texts as a TensorBoard event file; each attempt of a run opens a file of its own in the same folder. */
export class TensorboardWriter {
  private readonly path: string;

  constructor(folder: string, now: () => number = () => Date.now() / 1000) {
    mkdirSync(folder, { recursive: true });
    this.now = now;
    this.path = join(folder, `events.out.tfevents.${Math.floor(now())}.${hostname()}.${process.pid}`);
    appendFileSync(this.path, tfRecord(versionEvent(now())));
  }

  private readonly now: () => number;

  scalars(step: number, values: Readonly<Record<string, number>>): void {
    appendFileSync(this.path, tfRecord(scalarEvent(this.now(), step, values)));
  }

  /** A text in Markdown, for TensorBoard's text page. */
  text(step: number, tag: string, text: string): void {
    appendFileSync(this.path, tfRecord(textEvent(this.now(), step, tag, text)));
  }
}
