import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { UserError } from '@moslora/specs';
import type { Sample } from '@moslora/specs';
import dataset, { optionsSchema } from './index';

const folders: string[] = [];
const options = optionsSchema.parse({ scenes: 12, instructScenes: 5, questionsPerAbility: 2 });

async function prepared(seed = options.seed): Promise<string> {
  const into = mkdtempSync(join(tmpdir(), 'shapes-world-'));
  folders.push(into);
  await dataset.prepare?.({ into, data: undefined, options: { ...options, seed }, log: () => undefined });
  return into;
}

function digest(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const hash = createHash('sha256');
  for (const path of files.map((file) => join(file.parentPath, file.name)).sort()) {
    hash.update(path.slice(folder.length)).update(readFileSync(path));
  }
  return hash.digest('hex');
}

async function collect(root: string, split: string): Promise<Sample[]> {
  const samples: Sample[] = [];
  for await (const sample of dataset.samples({ root, split, options })) samples.push(sample);
  return samples;
}

afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

describe('prepare', () => {
  it('writes the same bytes for the same seed, others for another', async () => {
    const [one, again, other] = [await prepared(), await prepared(), await prepared(7)];
    expect(digest(one)).toBe(digest(again));
    expect(digest(one)).not.toBe(digest(other));
    expect(readdirSync(one).sort()).toEqual([
      'captions.json',
      'descriptions.json',
      'heldout.cn.tsv',
      'heldout.en.tsv',
      'images',
      'instruct.json',
    ]);
    expect(readdirSync(join(one, 'images'))).toHaveLength(12);
  });

  it('stops soon when told to', async () => {
    const into = mkdtempSync(join(tmpdir(), 'shapes-world-'));
    folders.push(into);
    const stop = AbortSignal.abort(new Error('enough'));
    const stopped = dataset.prepare?.({ into, data: undefined, options, log: () => undefined, signal: stop });
    await expect(stopped).rejects.toThrow('enough');
    expect(readdirSync(join(into, 'images')).length).toBe(0);
  });

  it('gives conversations whose first question carries the picture', async () => {
    const samples = await collect(await prepared(), 'instruct');
    expect(samples).toHaveLength(10);
    for (const { images, turns } of samples) {
      expect(images).toHaveLength(1);
      expect(turns.map(({ text }) => text.split('<image>').length - 1).reduce((sum, n) => sum + n)).toBe(1);
      expect(turns[0]?.text.startsWith('<image>\n')).toBe(true);
      expect(turns.map(({ role }) => role)).toEqual(turns.map((_, at) => (at % 2 === 0 ? 'user' : 'assistant')));
    }
  });

  it('names the splits it has', async () => {
    const wrong = collect('/nowhere', 'test');
    await expect(wrong).rejects.toThrow(UserError);
    await expect(wrong).rejects.toThrow(/no such split[^]*test[^]*captions or descriptions or instruct/);
  });

  it('says which file is missing', async () => {
    await expect(collect('/nowhere', 'captions')).rejects.toThrow(/\/nowhere\/captions\.json[^]*prepare/);
  });
});
