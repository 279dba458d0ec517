import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { FACTS_SHEET, factsPath, readSheet, readTable, tableFacts, type TableFacts } from '@moslora/evaluation';
import type { EvaluationResult, FactsFile } from '@moslora/specs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSmallTable } from '../evaluate/fixtures/small-table';
import { writeTinyLlava } from '../evaluate/fixtures/tiny-llava';
import { runProgram } from '../program';

const root = mkdtempSync(join(tmpdir(), 'moslora-facts-'));
const at = (...parts: string[]): string => join(root, ...parts);
const text = (...parts: string[]): string => readFileSync(at(...parts), 'utf8');
const json = <T>(...parts: string[]): T => JSON.parse(text(...parts)) as T;

async function moslora(...args: string[]): Promise<{ out: string; err: string }> {
  const said = { out: '', err: '' };
  const io = { out: (t: string) => void (said.out += t), err: (t: string) => void (said.err += t), exitCode: 0 };
  expect([await runProgram(args, io), said.err]).toEqual([0, expect.any(String)]);
  return said;
}

/** What a result says that it rests on. */
const wanted = (folder: string): TableFacts =>
  tableFacts(json<EvaluationResult>(folder, 'small.result.json').provenance);

/**
 * Holds every file of a folder to what docs/evaluation.md says of it; a file of a kind that is not named there fails.
 * @returns the files' names
 */
function checkFolder(folder: string, facts: TableFacts): string[] {
  const files = readdirSync(at(folder)).sort();
  for (const file of files) {
    expect(carried(folder, file), `${folder}/${file}`).toEqual(facts);
    if (file.endsWith('.facts.json')) {
      const { table, md5 } = json<FactsFile>(folder, file);
      expect(factsPath(table)).toBe(file);
      expect(
        createHash('md5')
          .update(readFileSync(at(folder, table)))
          .digest('hex'),
        file,
      ).toBe(md5);
    }
  }
  return files;
}

/** The facts that a file carries, wherever its kind has them. */
function carried(folder: string, file: string): unknown {
  const path = at(folder, file);
  if (file.endsWith('.result.json')) return tableFacts(json<EvaluationResult>(folder, file).provenance);
  if (file.endsWith('.json')) return json<{ facts: TableFacts }>(folder, file).facts;
  if (file.endsWith('.xlsx')) {
    expect(readSheet(path)[0]).toContain('prediction');
    return Object.fromEntries(readSheet(path, FACTS_SHEET).slice(1));
  }
  if (file.endsWith('.html')) return inPage(text(folder, file), wanted(folder));
  // Answers do not depend on how they are read; their first line has all that they depend on.
  if (file.endsWith('.answers.jsonl')) {
    const { asked } = JSON.parse(text(folder, file).split('\n')[0]!) as { asked: EvaluationResult['provenance'] };
    const { scoring, rules } = json<EvaluationResult>(folder, 'small.result.json').provenance;
    return tableFacts({ ...asked, scoring, rules });
  }
  if (/\.(predictions|submission)\.tsv$|\.verdicts\.jsonl$/.test(file))
    return json<FactsFile>(folder, basename(factsPath(path))).facts;
  return inColumns(path, Object.keys(wanted(folder)));
}

/** The facts of a table's last columns, which all of its rows have. */
function inColumns(path: string, names: readonly string[]): Record<string, string> | undefined {
  const { columns, records } = readTable(path);
  expect(columns.slice(-names.length), path).toEqual(names);
  const rows = records.map(({ values }) => JSON.stringify(values.slice(-names.length)));
  expect(new Set(rows).size, path).toBe(1);
  return Object.fromEntries((JSON.parse(rows[0]!) as string[]).map((value, i) => [names[i]!, value]));
}

/** A page has every fact among what its figures rest on. */
function inPage(page: string, facts: TableFacts): TableFacts {
  const section = page.slice(page.indexOf('What the figures rest on'));
  expect(deciding(facts).filter((value) => !section.includes(value))).toEqual([]);
  return facts;
}

/** The facts that people name a table by, as terminals and pages show them. */
function deciding(facts: TableFacts): string[] {
  const values = ['prompt style', 'inference rules', 'decoding', 'data (MD5)', 'model (SHA-256)'].map(
    (name) => facts[name]!,
  );
  return [...values, facts['template']!.split(' ')[0]!];
}

const expectFacts = (said: string, facts: TableFacts): void =>
  expect(deciding(facts).filter((value) => !said.includes(value))).toEqual([]);

describe('what every table rests on', () => {
  beforeAll(() => {
    writeTinyLlava(at('tiny'));
    writeSmallTable(at('small.tsv'), 4);
  });
  afterAll(() => rmSync(root, { recursive: true }));
  const evaluate = (out: string, ...args: string[]) =>
    moslora('evaluate', at('tiny'), '--benchmark', at('small.tsv'), '--out', at(out), ...args);

  it('is in or beside every file that a run writes, and on the terminal', async () => {
    const { out } = await evaluate('run', '--prompt', 'llava', '--template', 'vicuna_v1', '--rules', '2024-06');
    const facts = wanted('run');
    expect(facts).toMatchObject({
      ...{ 'prompt style': 'llava', 'inference rules': '2024-06', decoding: 'greedy, at most 16 new tokens' },
      template: expect.stringMatching(/^vicuna_v1 \([0-9a-f]{12}\), NOT stored with the model$/) as string,
      'model (SHA-256)': expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      'data (MD5)': createHash('md5')
        .update(readFileSync(at('small.tsv')))
        .digest('hex'),
    });
    expect(checkFolder('run', facts)).toEqual([
      'report.html',
      ...['answers.jsonl', 'measures.csv', 'predictions.tsv', 'predictions.tsv.facts.json', 'predictions.xlsx'].map(
        (name) => `small.${name}`,
      ),
      ...['questions.tsv', 'result.json', 'scores.csv', 'scores.json', 'submission.tsv'].map((name) => `small.${name}`),
      ...['submission.tsv.facts.json', 'submission.xlsx', 'verdicts.jsonl', 'verdicts.jsonl.facts.json'].map(
        (name) => `small.${name}`,
      ),
    ]);
    expectFacts(out, facts);
  });

  it('is kept where shards are put together', async () => {
    for (const shard of ['1/2', '2/2']) await evaluate('parts', '--shard', shard, '--no-page');
    const { out } = await moslora('merge-shards', at('parts'), '--out', at('merged'));
    checkFolder('merged', wanted('merged'));
    expectFacts(out, wanted('merged'));
  });

  it('goes on with predictions that are scored anew, unless they were changed', async () => {
    await evaluate('own', '--limit', '3', '--no-page');
    const own = wanted('own');
    expect(own['questions asked']).toBe('the first 3');
    const predictions = at('own', 'small.predictions.tsv');
    const { out } = await moslora('score', predictions, '--out', at('scored'));
    expect(checkFolder('scored', own)).toContain('small.scores.csv');
    expectFacts(out, own);
    expect(out).not.toContain('only the answers were given');
    const plain = await moslora('score', predictions, '--json');
    expect(Object.keys(JSON.parse(plain.out) as object)).toEqual(['questions', 'rows', 'overall', 'vanilla', 'table']);
    expect(plain.err.split('\n').slice(0, -1)).toEqual(Object.entries(own).map(([name, value]) => `${name}: ${value}`));
    const both = await moslora('compare-rules', predictions);
    expectFacts(both.out, { ...own, 'inference rules': '2024-06 and current' });
    const changed = readFileSync(predictions, 'utf8').replace(/\tdev\t/, '\ttest\t');
    writeFileSync(predictions, changed);
    const strange = await moslora('score', predictions);
    expect(strange.out).toContain('warning: only the answers were given');
    expect(strange.out).toMatch(/ template +not known\n[^]*prompt style +not known\n[^]*model +not known\n/);
  });

  it('is with comparisons, what is common once and what differs as a warning', async () => {
    await evaluate('one', '--no-page');
    await evaluate('two', '--no-page', '--prompt', 'xtuner', '--rules', '2024-06');
    const [one, two] = [wanted('one'), wanted('two')];
    for (const args of [[], ['--json']]) {
      const { out } = await moslora('compare', at('one'), at('two'), ...args);
      expectFacts(out, one);
      expectFacts(out, two);
    }
    const odd = await moslora('compare', `a=${at('run')}`, `b=${at('run')}`);
    for (const label of ['a', 'b'])
      expect(odd.out).toContain(`warning: ${label}: the chat template vicuna_v1 was not stored with the model`);
    expect(odd.out).toContain('warning: a: letters were read by the rules `2024-06`');
    await moslora('report', at('one'), at('two'), '--out', at('both.html'));
    for (const facts of [one, two]) inPage(text('both.html'), facts);
  });
});
