import { nativePaths } from '@moslora/runtime';
import { campaign, type CampaignOptions } from './campaign';

/** `main.ts [KILLS] [FULL_DISKS]`: the long form of reliability.test.ts, on every backend there is; prints the figures of docs/reliability.md. */
const [kills = 60, full = 30] = process.argv.slice(2).map(Number);
const backends = nativePaths() ? (['native', 'wasm'] as const) : (['wasm'] as const);
for (const backend of backends) {
  for (const by of ['kill', 'full disk'] as const) {
    const options: CampaignOptions = { backend, by, disturbances: by === 'kill' ? kills : full, seed: 1, log: say };
    const began = performance.now();
    const figures = await campaign(options);
    const seconds = Math.round((performance.now() - began) / 1000);
    say(
      `${backend}, ${by}: ${figures ? JSON.stringify({ ...figures, seconds }) : 'a small disk cannot be mounted here'}`,
    );
    if (figures && figures.failures.length > 0) process.exitCode = 1;
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
