import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readGenerationDefaults } from './generation-config';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'moslora-generation-'));
});
afterEach(() => rmSync(dir, { recursive: true }));
const write = (file: string, json: unknown): void => writeFileSync(join(dir, file), JSON.stringify(json));

describe('readGenerationDefaults', () => {
  it('reads what authors publish', () => {
    write('generation_config.json', {
      do_sample: true,
      temperature: 0.7,
      top_k: 20,
      top_p: 0.8,
      repetition_penalty: 1.05,
      eos_token_id: [151645, 151643],
      pad_token_id: 151643,
      max_length: 4096,
      num_beams: 1,
    });
    write('config.json', { eos_token_id: 7 });
    expect(readGenerationDefaults(dir)).toEqual({
      sampling: { doSample: true, temperature: 0.7, topK: 20, topP: 0.8, minP: undefined, repetitionPenalty: 1.05 },
      stop: [151645, 151643],
      stopStrings: [],
      maxNewTokens: undefined,
      maxLength: 4096,
    });
  });

  it('takes the end from config.json where nothing else says it, and no temperature that is not used', () => {
    write('config.json', { eos_token_id: 2 });
    expect(readGenerationDefaults(dir).stop).toEqual([2]);
    write('config.json', { text_config: { eos_token_id: [3, 4] } });
    write('generation_config.json', { temperature: 0, max_new_tokens: 12, stop_strings: '\n' });
    expect(readGenerationDefaults(dir)).toMatchObject({
      stop: [3, 4],
      stopStrings: ['\n'],
      maxNewTokens: 12,
      sampling: { temperature: undefined },
    });
  });

  it('has nothing to say of an empty folder', () => {
    expect(readGenerationDefaults(dir)).toMatchObject({ stop: [], stopStrings: [] });
  });

  it('lists every setting that would be left unheeded', () => {
    write('generation_config.json', {
      num_beams: 4,
      no_repeat_ngram_size: 3,
      penalty_alpha: null,
      suppress_tokens: [],
    });
    expect(() => readGenerationDefaults(dir)).toThrow(
      /unsupported num_beams\n {2}where .*generation_config\.json: num_beams\n {2}got {6}4\n {2}expected 1[\s\S]*unsupported no_repeat_ngram_size[\s\S]*got {6}3\n {2}expected 0/,
    );
    write('generation_config.json', { top_p: 'high' });
    expect(() => readGenerationDefaults(dir)).toThrow(/generation_config\.json, top_p/);
  });
});
