import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

/** The header of a safetensors file: an entry per tensor, and perhaps `__metadata__`. */
type Header = Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>;

function split(file: Buffer): { header: Header; values: Buffer } {
  const length = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.subarray(8, 8 + length).toString()) as Header;
  delete header['__metadata__'];
  return { header, values: file.subarray(8 + length) };
}

/** Names of the tensors of a (small) safetensors file. */
export function tensorNames(path: string): string[] {
  return Object.keys(split(readFileSync(path)).header);
}

/** Copies a (small) safetensors file, its tensors called otherwise; those that `rename` has no name for are left out. */
export function renameTensors(from: string, to: string, rename: (name: string) => string | undefined): void {
  const { header, values } = split(readFileSync(from));
  const [kept, parts]: [Header, Buffer[]] = [{}, []];
  let position = 0;
  for (const [
    name,
    {
      data_offsets: [begin, end],
      ...rest
    },
  ] of Object.entries(header)) {
    const renamed = rename(name);
    if (renamed === undefined) continue;
    kept[renamed] = { ...rest, data_offsets: [position, position + end - begin] };
    parts.push(values.subarray(begin, end));
    position += end - begin;
  }
  const json = Buffer.from(JSON.stringify(kept));
  const padded = Buffer.concat([json, Buffer.alloc((8 - (json.length % 8)) % 8, ' ')]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  const file = openSync(to, 'w');
  for (const part of [length, padded, ...parts]) writeSync(file, part);
  closeSync(file);
}
