import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareRules } from '@moslora/evaluation';
import { describeShared, sharedPath } from '@moslora/testing';
import { expect, it } from 'vitest';
import { root } from '../stages/paths';
import { rulesMarkdown } from './rules-markdown';

describeShared('docs/scoring-rules.md', () => {
  it('shows what the two rule sets make of the golden predictions', () => {
    const page = readFileSync(join(root, 'docs/scoring-rules.md'), 'utf8');
    const shown = /<!-- rules:start -->\s*(.*?)\s*<!-- rules:end -->/s.exec(page)?.[1];
    const comparison = compareRules(sharedPath('golden/mmbench/predictions.tsv')!);
    const plain = (text = ''): string => text.replace(/[ -]+/g, ' ');
    expect(plain(shown)).toBe(plain(rulesMarkdown(comparison)));
  });
});
