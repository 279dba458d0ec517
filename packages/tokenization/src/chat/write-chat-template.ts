import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeFileAtomic } from '@moslora/checkpoint';
import { z } from 'zod';
import type { Template } from '../template';
import { loadTokenizer } from '../tokenizer';
import { jinjaTemplate } from './jinja-template';

/**
 * Makes a template the chat template of a folder with a tokenizer, for transformers' tokenizers and processors: `chat_template.jinja`, and
 * tokenizer_config.json, which is all that older versions read. What the tokenizer had before is gone.
 */
export function writeChatTemplate(folder: string, template: Template): void {
  const jinja = jinjaTemplate(template, loadTokenizer(folder));
  writeFileAtomic(join(folder, 'chat_template.jinja'), jinja);
  rmSync(join(folder, 'chat_template.json'), { force: true });
  const path = join(folder, 'tokenizer_config.json');
  if (!existsSync(path)) return;
  const config = { ...readJson(path, z.looseObject({})), chat_template: jinja };
  writeFileAtomic(path, `${JSON.stringify(config, null, 2)}\n`);
}
