import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { casesIn, relaid, type Case } from './cases';
import { renderTable, replaceBlock, type Row } from './render-table';

/**
 * Runs `moslora verify-model` over the golden folders (../shared/golden, or MOSLORA_SHARED), the families' own fixtures, and copies of a
 * golden LLaVA in the other published layouts, on both backends, and writes what came out into README.md. Fails where a
 * check disagrees.
 */
const root = join(import.meta.dirname, '../..');
const backends = ['native', 'wasm'] as const;

interface Verification {
  agrees: boolean;
  checks: { name: string; maxAbs: number }[];
}

function verify({ folder, options = [] }: Case, backend: string): Verification {
  const command = [join(root, 'packages/cli/bin/moslora.mjs'), 'verify-model', folder, ...options, '--json'];
  const env = { ...process.env, MOSLORA_BACKEND: backend };
  const { stdout, stderr } = spawnSync(process.execPath, command, { cwd: root, env, encoding: 'utf8' });
  try {
    return JSON.parse(stdout) as Verification;
  } catch {
    throw new Error(`verify-model ${folder} gave no result on ${backend}:\n${stdout}${stderr}`);
  }
}

function measure(of: Case): Row {
  const figures: Row['figures'] = {};
  backends.forEach((backend, index) => {
    const { agrees, checks } = verify(of, backend);
    console.log(`${agrees ? 'agrees   ' : 'DISAGREES'} ${relative(root, of.folder)} on ${backend}`);
    if (!agrees) process.exitCode = 1;
    for (const { name, maxAbs } of checks) (figures[name] ??= backends.map(() => undefined))[index] = maxAbs;
  });
  return { of, figures };
}

const golden = join(process.env['MOSLORA_SHARED'] ?? join(root, '../shared'), 'golden');
const made = mkdtempSync(join(tmpdir(), 'parity-'));
try {
  const cases = casesIn(golden);
  if (cases.length === 0)
    throw new Error(`there are no golden folders in ${golden} (set MOSLORA_SHARED to where they are)`);
  const layouts = relaid(join(golden, 'tiny-llava-llama'), made);
  const families = readdirSync(join(root, 'packages')).filter((name) => name.startsWith('model-'));
  const own = families.flatMap((family) => casesIn(join(root, 'packages', family, 'fixtures')));
  const table = renderTable([...cases, ...layouts, ...own].map(measure));
  const readme = join(root, 'README.md');
  writeFileSync(readme, replaceBlock(readFileSync(readme, 'utf8'), 'parity', table));
} finally {
  rmSync(made, { recursive: true });
}
