import { describe, expect, it } from 'vitest';
import { campaign } from './campaign';

// Starting a process costs seconds on a busy machine; `nx run training:reliability` makes many more kills.
describe('a run that is killed', { timeout: 600_000 }, () => {
  it('goes on from a whole checkpoint whenever it is killed, and ends as if it had not been', async () => {
    const figures = await campaign({ backend: 'wasm', by: 'kill', disturbances: 4, seed: 1 });
    expect(figures).toMatchObject({ kills: 4, failures: [] });
    expect(figures!.runs).toBeGreaterThan(0);
  });

  it('does so too when the disk is full', async ({ skip }) => {
    const figures = await campaign({ backend: 'wasm', by: 'full disk', disturbances: 2, seed: 1 });
    if (!figures) return skip('a disk of limited size cannot be mounted here');
    expect(figures.failures).toEqual([]);
    expect(figures.kills + figures.fullDisks).toBe(2);
  });
});
