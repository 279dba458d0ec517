import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { readJson, writeFileAtomic } from '@moslora/checkpoint';
import { factsFileSchema, type Asked, type FactsFile, type ScorerName, type TableProvenance } from '@moslora/specs';
import type { InferenceRules } from '../inference/infer-option';
import type { Judge } from '../judge/judge';
import { scorers } from '../scorers/scorers';
import { askedFacts, modelFact, scoringFacts } from './asked-facts';

/** What a table rests on, named and in words: every table that is written says it, in one of the ways that docs/evaluation.md names. */
export type TableFacts = Readonly<Record<string, string>>;

/** What is known of a table before its answers are scored. */
export function scoredBy(scorer: ScorerName, rules: InferenceRules, judge?: Judge): Omit<TableProvenance, keyof Asked> {
  const { says, usesRules, judge: judged } = scorers[scorer];
  return {
    scoring: says,
    ...(usesRules ? { rules } : {}),
    ...(judge && judged !== 'unused' ? { judge: judge.name } : {}),
  };
}

/** What a table rests on. */
export function tableFacts(provenance: TableProvenance): TableFacts {
  const { template, data, version } = provenance;
  const asked = askedFacts(provenance);
  return {
    'model (SHA-256)': modelFact(provenance),
    ...scoringFacts(provenance),
    ...asked,
    ...(template && !template.stored && { template: `${asked['template']}, NOT stored with the model` }),
    'questions asked': data.limit === undefined ? 'all' : `the first ${data.limit}`,
    moslora: version,
  };
}

/** The file that holds the facts of a table whose own shape has no place for them. */
export const factsPath = (table: string): string => `${table}.facts.json`;

/**
 * Writes FILE.facts.json beside a file whose shape has no place for facts; it names the MD5 of what it speaks of, so that it is not taken
 * for another's.
 */
export function writeFactsBeside(table: string, provenance: TableProvenance): void {
  const file: FactsFile = {
    ...{ format: 1, table: basename(table), md5: md5Of(table), facts: { ...tableFacts(provenance) }, provenance },
  };
  writeFileAtomic(factsPath(table), `${JSON.stringify(factsFileSchema.parse(file), null, 2)}\n`);
}

/** The facts beside a file; undefined where there are none, or they are of a file that has changed since. @throws UserError for other JSON */
export function factsBeside(table: string): FactsFile | undefined {
  const path = factsPath(table);
  if (!existsSync(path)) return undefined;
  const file = readJson(path, factsFileSchema);
  return file.md5 === md5Of(table) ? file : undefined;
}

const md5Of = (path: string): string => createHash('md5').update(readFileSync(path)).digest('hex');
