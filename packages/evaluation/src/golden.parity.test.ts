import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeShared, sharedPath } from '@moslora/testing';
import { describe, expect, it } from 'vitest';
import { buildPrompt, inferenceRules, inferOption, pictureOf, readMmbenchTsv, scorePredictions } from './index';

const golden = sharedPath('golden/mmbench');
const data = sharedPath('data/mmbench');
const json = <T>(folder: string, name: string): T => JSON.parse(readFileSync(join(folder, name), 'utf8')) as T;

describeShared('golden mmbench', () =>
  describe.each(inferenceRules)('rules %s', (rules) => {
    const folder = golden ?? '';

    it('infers every letter', () => {
      const cases = json<{ prediction: string; choices: Record<string, string>; inferred: string | false }[]>(
        folder,
        `inference-${rules}.json`,
      );
      expect(cases.length).toBeGreaterThan(300);
      expect(cases.map(({ prediction, choices }) => inferOption(prediction, choices, rules))).toEqual(
        cases.map(({ inferred }) => inferred),
      );
    });

    it('scores every split, ability and category', () => {
      expect(scorePredictions(join(folder, 'predictions.tsv'), rules)).toEqual(json(folder, `scores-${rules}.json`));
    });

    if (!data) return;
    it('scores the answers of LLaVA-1.5-13B', () => {
      const file = join(data, 'dev_20230712_llava-v1.5-13b_predictions.tsv');
      expect(scorePredictions(file, rules)).toEqual(json(folder, `llava-v1.5-13b-scores-${rules}.json`));
    });
  }),
);

describeShared('official samples', () =>
  describe.each(['EN', 'CN'])('%s', (language) => {
    it('reads every rotation with its picture', () => {
      const { rows } = readMmbenchTsv(join(data ?? '', `MMBench_samples_${language}.tsv`));
      expect(rows).toHaveLength(78);
      expect(new Set(rows.map((row) => row.image)).size).toBe(20);
      for (const row of rows) {
        const picture = pictureOf(row);
        expect('bytes' in picture && picture.bytes[0]).toBe(0xff); // JPEG
        expect(buildPrompt(row, 'llava')).toMatch(
          language === 'CN'
            ? /\n请直接回答选项字母。$/
            : /\nAnswer with the option's letter from the given choices directly\.$/,
        );
      }
    });
  }),
);
