import { copyFileSync, existsSync, lstatSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { writeFileAtomic } from '../atomic-file';

const commitPattern = /^[0-9a-f]{40}$/;

/**
 * A model's folder in Hugging Face's cache: `blobs/<hash>` hold contents, `snapshots/<commit>/<path>` link to them, `refs/<branch>` hold the
 * commit that a branch or tag last stood for. Shared with Hugging Face's own libraries.
 */
export class CachedRepo {
  readonly folder: string;

  /** @param name `owner/name` */
  constructor(
    readonly cacheDir: string,
    name: string,
  ) {
    this.folder = join(cacheDir, ['models', ...name.split('/')].join('--'));
  }

  blob(hash: string): string {
    return join(this.folder, 'blobs', hash);
  }

  snapshot(commit: string): string {
    return join(this.folder, 'snapshots', commit);
  }

  /** The commit that a revision stands for, as far as this folder knows. */
  commitOf(revision: string): string | undefined {
    if (commitPattern.test(revision)) return revision;
    const ref = join(this.folder, 'refs', revision);
    const text = statSync(ref, { throwIfNoEntry: false })?.isFile() ? readFileSync(ref, 'utf8').trim() : '';
    return commitPattern.test(text) ? text : undefined;
  }

  remember(revision: string, commit: string): void {
    if (revision !== commit) writeFileAtomic(join(this.folder, 'refs', revision), commit);
  }

  /** Makes a snapshot's file out of a blob: a link, or a copy where links are not allowed. */
  link(commit: string, path: string, hash: string): void {
    const [blob, pointer] = [this.blob(hash), join(this.snapshot(commit), path)];
    mkdirSync(dirname(pointer), { recursive: true });
    if (lstatSync(pointer, { throwIfNoEntry: false })) rmSync(pointer);
    try {
      symlinkSync(relative(dirname(pointer), blob), pointer);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
      copyFileSync(blob, pointer);
    }
  }

  has(hash: string, size: number): boolean {
    return statSync(this.blob(hash), { throwIfNoEntry: false })?.size === size;
  }

  /** Whether a snapshot holds anything. */
  hasSnapshot(commit: string): boolean {
    return existsSync(this.snapshot(commit));
  }
}
