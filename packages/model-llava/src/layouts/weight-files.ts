import { statSync } from 'node:fs';
import { SafetensorsFile, WeightFolder, type WeightSource } from '@moslora/checkpoint';

/** Weight folders and safetensors files, each opened once. */
export class WeightFiles {
  private readonly opened = new Map<string, WeightSource>();

  open(path: string): WeightSource {
    const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() === true;
    const open = this.opened.get(path) ?? (isFile ? SafetensorsFile : WeightFolder).open(path);
    this.opened.set(path, open);
    return open;
  }

  close(): void {
    for (const source of this.opened.values()) source.close();
    this.opened.clear();
  }
}
