import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEngine } from '@moslora/kernels';
import { verifyModelFolder } from '@moslora/model-llava';
import { UserError } from '@moslora/specs';
import { casesIn, relaid, type Case } from './cases';

/**
 * Holds every case under the folders given (those make_decoder_cases.py and make_llava_cases.py wrote) against its reference, in one
 * process, on the backend of MOSLORA_BACKEND; with --layouts, copies of every LLaVA in the other layouts instead. Prints what disagrees
 * and the largest differences. Exit code 1 where a case disagrees.
 */
const roots = process.argv.slice(2).filter((each) => each !== '--layouts');
if (roots.length === 0) throw new Error('usage: npx tsx tools/parity/verify-cases.ts FOLDER_OF_CASES... [--layouts]');
const { backend } = await startEngine({ log: (line: string) => console.error(line) });
const worst = new Map<string, { maxAbs: number; folder: string }>();
const count = { agreeing: 0, all: 0 };

async function hold({ folder, decoder, tower, layout, options }: Case): Promise<void> {
  const title = `${folder} (${decoder}; ${tower ?? 'no tower'}; ${layout})`;
  const imageTokenId = options && Number(options[options.indexOf('--image-token') + 1]);
  count.all += 1;
  try {
    const { agrees, checks } = await verifyModelFolder(folder, { imageTokenId });
    if (agrees) count.agreeing += 1;
    else console.log(`DISAGREES ${title}: ${JSON.stringify(checks)}`);
    for (const { name, maxAbs } of checks)
      if (!(maxAbs <= (worst.get(name)?.maxAbs ?? -1))) worst.set(name, { maxAbs, folder });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    console.log(`REFUSED   ${title}: ${error.message}`);
  }
}

for (const each of roots.flatMap((root) => casesIn(root))) {
  if (!process.argv.includes('--layouts')) {
    await hold(each);
    continue;
  }
  const made = mkdtempSync(join(tmpdir(), 'layouts-'));
  if (each.tower !== undefined) for (const copy of relaid(each.folder, made)) await hold(copy);
  rmSync(made, { recursive: true });
}
for (const [name, { maxAbs, folder }] of worst) console.log(`largest ${name} ${maxAbs.toPrecision(2)} in ${folder}`);
console.log(`${count.agreeing} of ${count.all} cases agree on ${backend}`);
if (count.agreeing < count.all) process.exitCode = 1;
