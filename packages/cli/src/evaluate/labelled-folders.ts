import { existsSync } from 'node:fs';

/** `LABEL=FOLDER`, or a folder alone, which is then called by its last part. */
export function labelledFolder(text: string): { folder: string; label?: string } {
  const [, label, folder] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  return label === undefined || folder === undefined || existsSync(text) ? { folder: text } : { folder, label };
}
