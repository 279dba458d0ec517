import { closeSync, fsyncSync, openSync } from 'node:fs';

/**
 * Has the disk keep the names in a folder: without it a file that was synced and renamed may be back under its old name after the power
 * failed. Windows opens no folders and keeps their names by itself; some network file systems cannot be asked.
 */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    closeSync(fd);
  }
}
