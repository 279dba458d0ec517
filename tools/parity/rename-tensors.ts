import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

/** The header of a safetensors file: an entry per tensor, and perhaps `__metadata__`. */
type Header = Record<string, unknown>;

function split(file: Buffer): { header: Header; values: Buffer } {
  const length = Number(file.readBigUInt64LE(0));
  return {
    header: JSON.parse(file.subarray(8, 8 + length).toString()) as Header,
    values: file.subarray(8 + length),
  };
}

/** Names of the tensors of a (small) safetensors file. */
export function tensorNames(path: string): string[] {
  return Object.keys(split(readFileSync(path)).header).filter((name) => name !== '__metadata__');
}

/** Copies a (small) safetensors file, its tensors called otherwise. */
export function renameTensors(from: string, to: string, rename: (name: string) => string): void {
  const { header, values } = split(readFileSync(from));
  const entries = Object.entries(header).map(([name, entry]) => [name === '__metadata__' ? name : rename(name), entry]);
  const json = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const file = openSync(to, 'w');
  for (const part of [length, json, values]) writeSync(file, part);
  closeSync(file);
}
