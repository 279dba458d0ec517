import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** The terminal table of finished outputs, and where the page lies. */
export function tableAndPage(outDir: string): string {
  const table = readFileSync(join(outDir, 'table.txt'), 'utf8');
  return `\n${table}\nReport: ${relative(process.cwd(), join(outDir, 'report.html'))}`;
}
