import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configKinds } from './named-configs';
import { readPipeline } from './read-pipeline';
import { YamlText } from './yaml';

const root = join(import.meta.dirname, '../../..');

/** Every YAML file under a folder of the checkout. */
function yamlFiles(folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  const entries = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return entries.filter((entry) => /\.ya?ml$/.test(entry)).map((entry) => join(folder, entry));
}

describe('every YAML file of the checkout', () => {
  const pipelines = yamlFiles('pipelines');
  const configs = yamlFiles('configs');

  it('is a pipeline or a configuration of a known kind', () => {
    expect(pipelines.filter((file) => !/^pipelines\/[^/]+\/pipeline\.yaml$/.test(file))).toEqual([]);
    const kinds = Object.keys(configKinds).join('|');
    expect(configs.filter((file) => !new RegExp(`^configs/(${kinds})/[^/]+\\.yaml$`).test(file))).toEqual([]);
    expect(pipelines.length).toBeGreaterThan(0);
    expect(configs.length).toBeGreaterThan(0);
  });

  it.each(pipelines)('%s is valid under each of its presets', (file) => {
    const folder = join(root, file, '..');
    const { presets } = readPipeline(folder).pipeline;
    for (const preset of Object.keys(presets)) expect(readPipeline(folder, preset).preset).toBe(preset);
  });

  it.each(configs)('%s is valid', (file) => {
    const kind = file.split('/')[1] as keyof typeof configKinds;
    expect(YamlText.open(join(root, file)).problems(configKinds[kind])).toEqual([]);
  });
});
