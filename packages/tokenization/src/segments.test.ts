import { UserError } from '@moslora/specs';
import type { Turn } from '@moslora/specs';
import { describe, expect, it } from 'vitest';
import { segments, templateByName } from './index';

const user = (text: string): Turn => ({ role: 'user', text });
const assistant = (text: string): Turn => ({ role: 'assistant', text });
const system = (text: string): Turn => ({ role: 'system', text });
const texts = (name: string, turns: Turn[]): string[] =>
  segments(templateByName(name), turns).map((segment) => segment.text);

describe('segments', () => {
  it('follows LLaVA v1: system text, then USER and ASSISTANT', () => {
    expect(texts('vicuna_v1', [user('hi'), assistant('a'), user('bye'), assistant('b')]).join('')).toBe(
      'A chat between a curious user and an artificial intelligence assistant. The assistant gives helpful, detailed, and ' +
        "polite answers to the user's questions. USER: hi ASSISTANT:a</s>USER: bye ASSISTANT:b</s>",
    );
  });

  it('keeps only the picture slot of the user text in the plain template', () => {
    expect(segments(templateByName('plain'), [user('Describe it.\n<image>'), assistant('a cat')])).toEqual([
      { text: '<image>', trained: false },
      { text: 'a cat\n', trained: true },
    ]);
  });

  it("puts a template's default system text in, a system turn in its place, and nothing for an empty one", () => {
    const opening = (turns: Turn[]): string => texts('minimind', turns)[0] ?? '';
    expect(opening([user('q')])).toMatch(
      /^<\|im_start\|>system\nYou are a helpful assistant<\|im_end\|>\n<\|im_start\|>user/,
    );
    expect(opening([system('be brief'), user('q')])).toMatch(
      /^<\|im_start\|>system\nbe brief<\|im_end\|>\n<\|im_start\|>user/,
    );
    expect(opening([system(''), user('q')])).toMatch(/^<\|im_start\|>user/);
  });

  it('moves a single picture slot to the front, and leaves several in their places', () => {
    const question = (text: string): string =>
      texts('qwen', [user(text)])[0]
        ?.split('<|im_end|>')[0]
        ?.slice('<|im_start|>user\n'.length) ?? '';
    expect(question('What is this? <image>')).toBe('<image>\nWhat is this?');
    expect(question('<image>\nWhat is this?\n')).toBe('<image>\nWhat is this?');
    expect(question('<image>')).toBe('<image>');
    expect(question('From <image> to <image> what changed? ')).toBe('From <image> to <image> what changed? ');
  });

  it('copies texts as they are, also those that look like patterns', () => {
    expect(texts('qwen', [user('$& {q} {s} $1')])[0]).toBe(
      '<|im_start|>user\n$& {q} {s} $1<|im_end|>\n<|im_start|>assistant\n',
    );
  });
});

describe('turns that do not fit', () => {
  const message = (turns: Turn[], images?: number, template = 'plain'): string => {
    try {
      segments(templateByName(template), turns, { sampleId: 's7', ...(images === undefined ? {} : { images }) });
    } catch (error) {
      expect(error).toBeInstanceOf(UserError);
      return (error as Error).message;
    }
    return 'no error';
  };

  it('names the sample when pictures and markers differ in number', () => {
    expect(message([user('<image> <image> what?'), assistant('a')], 1)).toBe(
      'pictures and picture slots differ in number\n  where    sample s7\n' +
        '  got      1 picture(s), 2 <image> marker(s)\n  expected one <image> per picture, in order',
    );
  });

  it('reports several problems at once', () => {
    const text = message([system('be brief'), assistant('see <image>'), user('q')], 0);
    expect(text).toContain('the turns are out of order');
    expect(text).toContain('got      system, assistant, user');
    expect(text).toContain('the template plain has no place for a system turn');
    expect(text).toContain('<image> in a turn of role assistant');
  });

  it('refuses no turns', () => {
    expect(message([])).toContain('got      no turns');
  });
});
