import { didYouMean, fail, listNames, type Turn, UserError } from '@moslora/specs';
import type { ChatTemplate } from '../template';
import type { Tokenizer } from '../tokenizer';
import { renderChat, type Renderable } from './render-chat';

const question: Turn[] = [{ role: 'user', text: '@@question@@' }];
const dialogue: Turn[] = [...question, { role: 'assistant', text: '@@answer@@' }];

/**
 * A tokenizer's own chat template by name (`default` where there is one), ready to cut conversations into segments. Answers end with
 * the special token that follows them in the template, else with the tokenizer's end token.
 * @throws UserError when the tokenizer has none of this name, it is no Jinja, or it has no end for answers
 */
export function ownTemplate(tokenizer: Tokenizer, name?: string): ChatTemplate {
  const [chosen, jinja] = choose(tokenizer, name);
  const tokens = {
    bosToken: tokenizer.bosToken ?? '',
    eosToken: tokenizer.endId === undefined ? '' : (tokenizer.token(tokenizer.endId) ?? ''),
  };
  try {
    // A template for content in parts says nothing of a text, or refuses it.
    const content = says({ jinja, content: 'text', ...tokens, variables: {} }) ? 'text' : 'parts';
    const variables = variablesOf({ jinja, content, ...tokens, variables: {} });
    const rendered = renderChat({ jinja, content, ...tokens, variables }, dialogue, { open: false });
    const after = rendered.slice(rendered.indexOf('@@answer@@') + '@@answer@@'.length);
    const suffix = leadingSpecial(tokenizer, after.trimStart()) ?? (tokens.eosToken || noEnd(tokenizer, after));
    return { name: chosen, jinja, content, ...tokens, variables, suffix, stop: [suffix] };
  } catch (error) {
    if (!(error instanceof Error) || error instanceof UserError) throw error;
    return fail({
      what: `the chat template ${chosen} of this tokenizer cannot be rendered`,
      where: tokenizer.path,
      got: error.message,
      fix: 'name one of the known templates instead',
    });
  }
}

function choose({ path, chatTemplates }: Tokenizer, name: string | undefined): [string, string] {
  const names = [...chatTemplates.keys()];
  const chosen = name ?? names[0];
  const jinja = chosen === undefined ? undefined : chatTemplates.get(chosen);
  if (chosen !== undefined && jinja !== undefined) return [`chat:${chosen}`, jinja];
  return fail({
    what: name === undefined ? 'the tokenizer has no chat template' : `the tokenizer has no chat template ${name}`,
    where: path,
    ...(names.length > 0 ? { expected: `one of ${listNames(names)}` } : {}),
    fix: (name === undefined ? undefined : didYouMean(name, names)) ?? 'name one of the known templates',
  });
}

/** Models that can think are asked not to, where an answer then stands in a conversation as it stands after a prompt. */
function variablesOf(template: Renderable): Record<string, unknown> {
  const variables = { enable_thinking: false };
  const prompt = renderChat({ ...template, variables }, question, { open: true });
  const differs = prompt !== renderChat(template, question, { open: true });
  const goesOn = renderChat({ ...template, variables }, dialogue, { open: false }).startsWith(prompt);
  return differs && goesOn ? variables : {};
}

function says(template: Renderable): boolean {
  try {
    return renderChat(template, dialogue, { open: false }).includes('@@answer@@');
  } catch {
    return false;
  }
}

/** The special token that a text begins with. */
function leadingSpecial(tokenizer: Tokenizer, text: string): string | undefined {
  const [first] = tokenizer.encode(text);
  const token = first === undefined ? undefined : tokenizer.token(first);
  return token !== undefined && tokenizer.isSpecial(first!) && text.startsWith(token) ? token : undefined;
}

function noEnd(tokenizer: Tokenizer, after: string): never {
  return fail({
    what: 'nothing ends an answer: a model tuned so would never stop',
    where: tokenizer.path,
    got: `${JSON.stringify(after)} after an answer, and no eos_token`,
    expected: 'a special token after the answer, or an eos_token in tokenizer_config.json',
  });
}

/** What the tokenizer's own chat template makes of turns, with the opening of an answer after a last user turn. @throws Error of it */
export function renderOwnTemplate(tokenizer: Tokenizer, turns: readonly Turn[]): string {
  return renderChat(ownTemplate(tokenizer), turns, { open: turns.at(-1)?.role === 'user' });
}
