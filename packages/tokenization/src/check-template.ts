import type { Problem } from '@moslora/specs';
import { isChatTemplate, type Template } from './template';
import type { Tokenizer } from './tokenizer';

const MARKER = /<\|[^<>|]+\|>|<\/?[A-Za-z_]+>/g;

/**
 * What does not fit between a template and a tokenizer, worth a warning before training: a marker that is no single token costs
 * many positions a turn and lets answers end badly; a stop text that is no token is looked for in the answer's text instead.
 */
export function checkTemplate(tokenizer: Tokenizer, template: Template): Problem[] {
  const problems: Problem[] = [];
  if (
    !isChatTemplate(template) &&
    template.bos !== undefined &&
    template.bos !== 'auto' &&
    tokenizer.id(template.bos) === undefined
  ) {
    problems.push({
      what: `the tokenizer has no token ${template.bos}, with which the template ${template.name} starts`,
      where: tokenizer.path,
      expected: `${template.bos} in its vocabulary`,
      fix: 'choose the template that goes with this tokenizer',
    });
  }
  for (const marker of markers(template)) {
    const ids = tokenizer.encode(marker);
    if (ids.length === 1) continue;
    problems.push({
      what: `the template ${template.name} uses ${marker}, which is not one token of this tokenizer`,
      where: tokenizer.path,
      got: `${ids.length} tokens: ${ids.map((id) => JSON.stringify(tokenizer.token(id) ?? '')).join(' ')}`,
      expected: 'a special token of its own',
      fix: 'take the tokenizer of the chat model (base models often lack the markers), or another template',
    });
  }
  return problems;
}

function markers(template: Template): string[] {
  const own = isChatTemplate(template) ? [] : [template.system ?? '', template.user, template.separator];
  const texts = [...own, template.suffix, ...template.stop];
  return [...new Set(texts.flatMap((text) => text.match(MARKER) ?? []))];
}
