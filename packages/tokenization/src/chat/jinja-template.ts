import { IMAGE_MARKER } from '@moslora/specs';
import { isChatTemplate, type ChatTemplate, type MarkerTemplate, type Template } from '../template';
import { jinjaLiteral } from './jinja-literal';
import type { Tokenizer } from '../tokenizer';
import { renderChat } from './render-chat';

/**
 * A template as a chat template in Jinja, for programs that know no other kind (transformers, llama.cpp). It makes of `messages` the first
 * token's text and, joined, the segments that tuning makes of them; the opening of an answer follows a last question where
 * `add_generation_prompt`. A message's content is a text, or a list of parts that stand under each other, a picture's as `<image>`.
 * @param tokenizer whose ids of the whole are to be those that tuning gave: it may put a token first by itself, and a space before each text
 */
export function jinjaTemplate(
  template: Template,
  tokenizer?: Pick<Tokenizer, 'encode' | 'token' | 'leadingId'>,
): string {
  const leading = tokenizer?.leadingId === undefined ? '' : (tokenizer.token(tokenizer.leadingId) ?? '');
  if (isChatTemplate(template)) return ofChat(template, leading);
  const gap = tokenizer === undefined ? '' : gapBeforeAnswer(template, (text) => tokenizer.encode(text).join());
  return ofMarkers(template, leading, gap);
}

/** SentencePiece puts a space before each text: tuned on answers cut by themselves, a model knows earlier ones only with one before them. */
function gapBeforeAnswer({ user, suffix }: MarkerTemplate, ids: (text: string) => string): string {
  const [asked, said] = [answerOpening(user), `A cat.${suffix}`];
  const apart = [asked, said]
    .filter((text) => text !== '')
    .map(ids)
    .join();
  return ids(asked + said) !== apart && ids(`${asked} ${said}`) === apart ? ' ' : '';
}

/** Sets `ns.text` to what a message says; a question's only picture is put before it, on a line of its own. */
const readText = `
{%- set ns.text = message.content if message.content is string else '' -%}
{%- if message.content is not string and message.content is iterable -%}
{%- for part in message.content -%}
{%- if part.text is defined -%}{%- set said = part.text -%}
{%- elif part.type == 'image' or part.type == 'image_url' -%}{%- set said = '${IMAGE_MARKER}' -%}
{%- else -%}{{- raise_exception('a part of a message is neither text nor image') -}}
{%- endif -%}
{%- set ns.text = said if loop.first else ns.text + '\\n' + said -%}
{%- endfor -%}
{%- endif -%}
{%- set slots = ns.text.split('${IMAGE_MARKER}') | length - 1 -%}
{%- if message.role == 'user' and slots == 1 -%}
{%- set said = ns.text | replace('${IMAGE_MARKER}', '') | trim -%}
{%- set ns.text = ('${IMAGE_MARKER}\\n' + said) | trim -%}
{%- endif -%}`.trimStart();

const SAY = '{{- ns.text -}}';
const SLOTS = `{%- for slot in range(slots) -%}{{- '${IMAGE_MARKER}' -}}{%- endfor -%}`;

function ofMarkers(template: MarkerTemplate, leading: string, gap: string): string {
  const { bos, system, defaultSystem, user, suffix, separator } = template;
  const opening = answerOpening(user);
  const asked = user.slice(0, user.length - opening.length);
  const systemPiece =
    system === undefined
      ? "{{- raise_exception('there is no place for a system message') -}}"
      : filled(system, { '{s}': SAY });
  const ownSystem = system && defaultSystem ? put(system.replace('{s}', () => defaultSystem)) : '';
  return `{%- set ns = namespace(text='', next='user') -%}
${put(bos === 'auto' ? leading : (bos ?? ''))}
{%- for message in messages -%}
{%- if loop.first and message.role != 'system' -%}${ownSystem}{%- endif -%}
${readText}
{%- if loop.first and message.role == 'system' -%}
{%- if ns.text != '' -%}${systemPiece}{%- endif -%}
{%- elif message.role != ns.next -%}
{{- raise_exception('the turns are out of order: expected a system message or none, then user and assistant in turn') -}}
{%- elif message.role == 'user' -%}
${filled(asked, { '{i}': SLOTS, '{q}': SAY })}
{%- set ns.next = 'assistant' -%}
{%- else -%}
${put(opening)}${gap === '' ? '' : `{%- if ns.text != '' -%}${put(gap)}{%- endif -%}`}${SAY}${put(suffix + separator)}
{%- set ns.next = 'user' -%}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt and ns.next == 'assistant' -%}${put(opening)}{%- endif -%}`;
}

/**
 * What of the text around a question belongs to the answer: from the last place where a message starts as the question's does
 * (`<|im_start|>assistant\n`), or all that follows the question.
 */
function answerOpening(user: string): string {
  const tail = user.slice(
    Math.max(...['{q}', '{i}'].map((hole) => user.indexOf(hole) + (user.includes(hole) ? 3 : 0))),
  );
  const start = /^<[^<>]+>/.exec(user)?.[0];
  const at = start === undefined ? -1 : tail.lastIndexOf(start);
  return at < 0 ? tail : tail.slice(at);
}

/** A model's own: messages become what tuning gave it to render, and are otherwise left to it. */
function ofChat(template: ChatTemplate, leading: string): string {
  const { jinja, content, variables } = template;
  const text = content === 'text' ? 'ns.text' : "[{'type': 'text', 'text': ns.text}]";
  const asIs = content === 'text' ? 'message.content is string and slots == 0' : 'message.content is none';
  const saysLeading = renderChat(template, [{ role: 'user', text: 'x' }], { open: true }).startsWith(leading);
  return `{%- set ns = namespace(messages=[], text='') -%}
{%- for message in messages -%}
${readText}
{%- if message.role == 'system' and ns.text == '' -%}
{%- elif ${asIs} -%}
{%- set ns.messages = ns.messages + [message] -%}
{%- else -%}
{%- set ns.messages = ns.messages + [{'role': message.role, 'content': ${text}}] -%}
{%- endif -%}
{%- endfor -%}
{%- set messages = ns.messages -%}
${Object.entries(variables)
  .map(([name, value]) => `{%- set ${name} = ${jinjaLiteral(value)} -%}`)
  .join('\n')}
{{- ${jinjaLiteral(saysLeading ? '' : leading)} }}${jinja}`;
}

/** Says a pattern's text with statements in place of its holes, of each the first. */
function filled(pattern: string, holes: Readonly<Record<string, string>>): string {
  const places = Object.entries(holes)
    .map(([hole, statement]) => ({ at: pattern.indexOf(hole), hole, statement }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at);
  let from = 0;
  const pieces = places.map(({ at, hole, statement }) => {
    const piece = put(pattern.slice(from, at)) + statement;
    from = at + hole.length;
    return piece;
  });
  return pieces.join('') + put(pattern.slice(from));
}

function put(text: string): string {
  return text === '' ? '' : `{{- ${jinjaLiteral(text)} -}}`;
}
