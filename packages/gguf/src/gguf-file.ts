import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { fail } from '@moslora/specs';
import { HeaderReader } from './header-reader';
import { readHeader, type GgufHeader } from './read-header';
import type { MetadataValue } from './metadata';
import type { PlacedTensor } from './header';
import { decodeValues } from './values';

/** An open GGUF file. */
export class GgufFile {
  private constructor(
    readonly path: string,
    private readonly file: number,
    private readonly header: GgufHeader,
  ) {}

  /** @throws UserError where there is none, or it is damaged, or of a kind that is not read here */
  static open(path: string): GgufFile {
    let file: number;
    try {
      file = openSync(path, 'r');
    } catch (error) {
      return fail({ what: 'The GGUF file cannot be read', where: path, got: (error as Error).message });
    }
    try {
      const { size } = fstatSync(file);
      const header = readHeader(new HeaderReader(file, path, size));
      const beyond = header.tensors.filter(({ end }) => header.dataBegin + end > size);
      if (beyond.length > 0) {
        fail({
          what: `${beyond.length} tensors lie beyond the end of the file`,
          where: path,
          got: beyond.map(({ name }) => name).join(', '),
          fix: 'it was cut short: get it again',
        });
      }
      return new GgufFile(path, file, header);
    } catch (error) {
      closeSync(file);
      throw error;
    }
  }

  get metadata(): Readonly<Record<string, MetadataValue>> {
    return this.header.metadata;
  }

  get tensors(): readonly PlacedTensor[] {
    return this.header.tensors;
  }

  /** A tensor's values, row-major. */
  float32(name: string): Float32Array {
    const tensor = this.header.tensors.find((one) => one.name === name);
    if (tensor === undefined) throw new Error(`${this.path}: there is no tensor ${name}`);
    const bytes = new Uint8Array(tensor.end - tensor.begin);
    for (let done = 0; done < bytes.length;)
      done += readSync(this.file, bytes, done, bytes.length - done, this.header.dataBegin + tensor.begin + done);
    return decodeValues(tensor.type, bytes);
  }

  close(): void {
    closeSync(this.file);
  }
}
