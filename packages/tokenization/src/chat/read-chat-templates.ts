import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJson } from '@moslora/checkpoint';
import { z } from 'zod';

const named = z.array(z.object({ name: z.string(), template: z.string() }));
const processorSchema = z.looseObject({ chat_template: z.unknown().optional() });

/**
 * The chat templates of a folder by name, `default` first: `chat_template.jinja` (others in `additional_chat_templates/`), else
 * `chat_template.json`, else the `chat_template` of tokenizer_config.json, a text or several by name.
 * @param config tokenizer_config.json, parsed
 */
export function readChatTemplates(folder: string, config: Record<string, unknown>): Map<string, string> {
  const jinja = join(folder, 'chat_template.jinja');
  const json = join(folder, 'chat_template.json');
  const found = new Map<string, string>(
    existsSync(jinja)
      ? [['default', readFileSync(jinja, 'utf8')]]
      : existsSync(json)
        ? fromValue(readJson(json, processorSchema).chat_template)
        : fromValue(config['chat_template']),
  );
  const more = join(folder, 'additional_chat_templates');
  for (const file of existsSync(more) ? readdirSync(more).sort() : []) {
    if (file.endsWith('.jinja')) found.set(file.slice(0, -'.jinja'.length), readFileSync(join(more, file), 'utf8'));
  }
  return found;
}

function fromValue(value: unknown): [string, string][] {
  if (typeof value === 'string') return [['default', value]];
  const list = named.safeParse(value);
  if (!list.success) return [];
  const entries = list.data.map(({ name, template }): [string, string] => [name, template]);
  return entries.sort(([a], [b]) => Number(b === 'default') - Number(a === 'default'));
}
