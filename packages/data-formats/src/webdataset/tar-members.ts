import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { fail, UserError } from '@moslora/specs';
import { extract, type Header } from 'tar-stream';

/** A file inside a tar. */
export interface TarMember {
  name: string;
  /** Where its bytes lie in the tar; undefined in a compressed one. */
  start: number | undefined;
  length: number;
  /** Its bytes; to be called before the next member is asked for. */
  bytes(): Promise<Buffer>;
}

/** The files of a tar shard (.tar, .tar.gz, .tgz), streamed: no more than one member is ever in memory. */
export async function* tarMembers(file: string): AsyncGenerator<TarMember, void, undefined> {
  const source = createReadStream(file, { highWaterMark: 1 << 20 });
  const packed = /gz$/.test(file);
  const tar = extract();
  const inner = packed ? source.pipe(createGunzip()) : source;
  for (const stream of new Set([source, inner])) stream.on('error', (error: Error) => tar.destroy(error));
  inner.pipe(tar);
  try {
    for await (const entry of tar) {
      const { name, size = 0, type, byteOffset } = entry.header as Header & { byteOffset: number };
      if (type === 'file')
        yield {
          name,
          length: size,
          start: packed ? undefined : byteOffset,
          bytes: () => collected(entry).catch((error: unknown) => noTar(file, error)),
        };
      entry.resume();
    }
  } catch (error) {
    noTar(file, error);
  } finally {
    source.destroy();
  }
}

async function collected(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function noTar(file: string, error: unknown): never {
  if (error instanceof UserError) throw error;
  return fail({
    what: 'the shard cannot be read as a tar',
    where: file,
    got: error instanceof Error ? error.message : String(error),
    fix: 'get the file again',
  });
}
