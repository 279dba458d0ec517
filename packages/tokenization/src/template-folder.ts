import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeFileAtomic } from '@moslora/checkpoint';
import { fail } from '@moslora/specs';
import type { Turn } from '@moslora/specs';
import { ownTemplate, renderOwnTemplate } from './chat/own-template';
import { segments } from './segments';
import { templateSchema } from './template';
import type { MarkerTemplate, Template } from './template';
import { templateByName, templates } from './templates';
import { loadTokenizer } from './tokenizer';
import type { Tokenizer } from './tokenizer';

const FILE = 'template.json';

/** Stores the template a model was tuned with beside its weights: answers are only as good as the template is the same. */
export function writeTemplate(folder: string, template: Template): void {
  writeFileAtomic(join(folder, FILE), `${JSON.stringify(templateSchema.parse(template), null, 2)}\n`);
}

/** Whether a model's folder says which template it was tuned with. */
export function hasStoredTemplate(folder: string): boolean {
  return existsSync(join(folder, FILE));
}

/**
 * The template of a model folder: the one stored at tuning (template.json); else the named one that renders as the tokenizer's own
 * chat template does; else that chat template itself; else the named one whose markers the tokenizer has as single tokens.
 * @throws UserError when none fits, listing the known names.
 */
export function templateFromFolder(folder: string, given?: Tokenizer): Template {
  const stored = join(folder, FILE);
  if (existsSync(stored)) return readJson(stored, templateSchema);
  const tokenizer = given ?? loadTokenizer(folder);
  if (tokenizer.chatTemplates.size > 0) return byChatTemplate(tokenizer) ?? ownTemplate(tokenizer);
  return byMarkers(tokenizer) ?? noTemplate(tokenizer);
}

/**
 * The template that a configuration names for a model folder: `auto` ({@link templateFromFolder}), `chat` or `chat:NAME` for the
 * folder's own as it is, or one of the known names.
 * @throws UserError listing what there is
 */
export function templateFor(name: string, folder: string, tokenizer: Tokenizer): Template {
  if (name === 'auto') return templateFromFolder(folder, tokenizer);
  if (name === 'chat') return ownTemplate(tokenizer);
  return name.startsWith('chat:') ? ownTemplate(tokenizer, name.slice('chat:'.length)) : templateByName(name);
}

const dialogue: Turn[] = [
  { role: 'user', text: 'first question' },
  { role: 'assistant', text: 'first answer' },
  { role: 'user', text: 'second question' },
];
const withSystem: Turn[] = [{ role: 'system', text: 'be brief' }, ...dialogue];

function byChatTemplate(tokenizer: Tokenizer): Template | undefined {
  try {
    const wanted = renderOwnTemplate(tokenizer, withSystem);
    const plain = renderOwnTemplate(tokenizer, dialogue);
    const fitting = Object.values<MarkerTemplate>(templates).filter((t) => t.system && text(t, withSystem) === wanted);
    const exact = fitting.find((template) => text(template, dialogue) === plain);
    return exact ?? fitting.map((template) => withDefaultSystem(template, plain)).find((t) => t !== undefined);
  } catch {
    return undefined; // Some chat templates refuse a system turn, or take content in parts only: they are no named ones.
  }
}

/** The same template with the system text that the model's own one puts in when there is none. */
function withDefaultSystem(template: MarkerTemplate, rendered: string): MarkerTemplate | undefined {
  const { defaultSystem: _, ...bare } = template;
  if (text(bare, dialogue) === rendered) return bare;
  const [before = '', after = ''] = (template.system ?? '').split('{s}');
  const start = (template.bos ?? '').length + before.length;
  const end = rendered.length - after.length - (text(bare, dialogue).length - (template.bos ?? '').length);
  const found: MarkerTemplate = { ...template, defaultSystem: rendered.slice(start, Math.max(start, end)) };
  return text(found, dialogue) === rendered ? found : undefined;
}

function text(template: MarkerTemplate, turns: readonly Turn[]): string {
  return (
    (template.bos ?? '') +
    segments(template, turns)
      .map((segment) => segment.text)
      .join('')
  );
}

function byMarkers(tokenizer: Tokenizer): Template | undefined {
  const single = (marker: string): boolean => {
    const id = tokenizer.id(marker);
    const ids = tokenizer.encode(marker);
    // One token alone is not enough: a tokenizer may make its unknown token of any text.
    return id !== undefined && ids.length === 1 && ids[0] === id;
  };
  if (single('<|start_header_id|>') && single('<|eot_id|>')) return templates.llama3_chat;
  if (single('<|im_start|>') && single('<|im_end|>')) return single('<s>') ? templates.internlm2_chat : templates.qwen;
  if (single('<s>') && single('</s>')) return templates.vicuna_v1;
  return undefined;
}

function noTemplate(tokenizer: Tokenizer): never {
  return fail({
    what: 'no template is known for this tokenizer',
    where: tokenizer.path,
    got: 'no chat template, and no pair of known markers: <|start_header_id|> and <|eot_id|>, <|im_start|> and <|im_end|>, or <s> and </s>',
    expected: `one of ${Object.keys(templates).join(', ')}, named`,
    fix: `name the template (\`template: plain\` goes with any tokenizer), or put a ${FILE} into the folder`,
  });
}
