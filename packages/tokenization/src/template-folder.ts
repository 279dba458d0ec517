import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeFileAtomic } from '@moslora/checkpoint';
import { fail } from '@moslora/specs';
import type { Turn } from '@moslora/specs';
import { renderChatTemplate } from './chat-template';
import { segments } from './segments';
import { templateSchema } from './template';
import type { Template } from './template';
import { templates } from './templates';
import { loadTokenizer } from './tokenizer';
import type { Tokenizer } from './tokenizer';

const FILE = 'template.json';

/** Stores the template a model was tuned with beside its weights: answers are only as good as the template is the same. */
export function writeTemplate(folder: string, template: Template): void {
  writeFileAtomic(join(folder, FILE), `${JSON.stringify(templateSchema.parse(template), null, 2)}\n`);
}

/**
 * The template of a model folder: the one stored at tuning (template.json); else the named one that renders as the tokenizer's own
 * chat template does; else the named one whose markers the tokenizer has as single tokens.
 * @throws UserError when none fits, listing the known names.
 */
export function templateFromFolder(folder: string): Template {
  const stored = join(folder, FILE);
  if (existsSync(stored)) return readJson(stored, templateSchema);
  const tokenizer = loadTokenizer(folder);
  return byChatTemplate(tokenizer) ?? byMarkers(tokenizer) ?? noTemplate(tokenizer);
}

const dialogue: Turn[] = [
  { role: 'user', text: 'first question' },
  { role: 'assistant', text: 'first answer' },
  { role: 'user', text: 'second question' },
];
const withSystem: Turn[] = [{ role: 'system', text: 'be brief' }, ...dialogue];

function byChatTemplate(tokenizer: Tokenizer): Template | undefined {
  if (tokenizer.chatTemplate === undefined) return undefined;
  try {
    const wanted = renderChatTemplate(tokenizer, withSystem);
    const plain = renderChatTemplate(tokenizer, dialogue);
    const fitting = Object.values<Template>(templates).filter((t) => t.system && text(t, withSystem) === wanted);
    const exact = fitting.find((template) => text(template, dialogue) === plain);
    return exact ?? fitting.map((template) => withDefaultSystem(template, plain)).find((t) => t !== undefined);
  } catch {
    return undefined; // Some chat templates refuse a system turn, or take content in parts only: the markers decide.
  }
}

/** The same template with the system text that the model's own one puts in when there is none. */
function withDefaultSystem(template: Template, rendered: string): Template | undefined {
  const { defaultSystem: _, ...bare } = template;
  if (text(bare, dialogue) === rendered) return bare;
  const [before = '', after = ''] = (template.system ?? '').split('{s}');
  const start = (template.bos ?? '').length + before.length;
  const end = rendered.length - after.length - (text(bare, dialogue).length - (template.bos ?? '').length);
  const found: Template = { ...template, defaultSystem: rendered.slice(start, Math.max(start, end)) };
  return text(found, dialogue) === rendered ? found : undefined;
}

function text(template: Template, turns: readonly Turn[]): string {
  return (
    (template.bos ?? '') +
    segments(template, turns)
      .map((segment) => segment.text)
      .join('')
  );
}

function byMarkers(tokenizer: Tokenizer): Template | undefined {
  const single = (marker: string): boolean => tokenizer.encode(marker).length === 1;
  if (single('<|start_header_id|>') && single('<|eot_id|>')) return templates.llama3_chat;
  if (single('<|im_start|>') && single('<|im_end|>')) return single('<s>') ? templates.internlm2_chat : templates.qwen;
  if (single('<s>') && single('</s>')) return templates.vicuna_v1;
  return undefined;
}

function noTemplate(tokenizer: Tokenizer): never {
  return fail({
    what: 'no template is known for this tokenizer',
    where: tokenizer.path,
    got:
      tokenizer.chatTemplate === undefined
        ? 'no chat template, and none of the known markers'
        : 'a chat template unlike the known ones',
    expected: `one of ${Object.keys(templates).join(', ')}`,
    fix: `name the template, or put a ${FILE} into the folder`,
  });
}
