import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runHere } from '../fixtures/run-here';
import { Reporter } from '../progress/reporter';
import { writeTinyPipeline } from './fixtures/tiny-pipeline';
import { openAnswerer } from './open-answerer';
import type { Answerer } from './answerer';
import type { FolderGiven } from './folder-answerer';

const root = mkdtempSync(join(tmpdir(), 'moslora-answerer-'));
const lines: string[] = [];
let folder = '';

function open(model: string, given: FolderGiven = {}): Answerer {
  const reporter = new Reporter({ write: (line) => void lines.push(line) });
  return openAnswerer(model, given, { reporter, signal: new AbortController().signal });
}

async function moslora(...args: string[]): Promise<void> {
  expect(await runHere(...args)).toMatchObject({ code: 0, err: '' });
}

/** Answers by row. */
function answersIn(path: string): [string, string][] {
  const [, ...rows] = readFileSync(path, 'utf8').trimEnd().split('\n');
  return rows
    .map((line) => JSON.parse(line) as { key: string; answer: string })
    .map(({ key, answer }): [string, string] => [key, answer])
    .sort();
}

beforeAll(() => void (folder = writeTinyPipeline(root)));
afterAll(() => rmSync(root, { recursive: true }));

describe('openAnswerer', () => {
  it('takes a folder as it is, with the template that is given', () => {
    const answerer = open(join(root, 'tiny'), { template: 'vicuna_v1' });
    expect(answerer).toMatchObject({ name: join(root, 'tiny'), seesPictures: true });
    expect(answerer.voice()).toMatchObject({ stored: false, from: 'given', template: { name: 'vicuna_v1' } });
    expect(open(join(root, 'tiny')).voice()).toMatchObject({ stored: true, template: { name: 'minimind' } });
  });

  it('takes a finished stage with its template and system text, by its folder, its name or its outputs', () => {
    const answerer = open(`${folder}:align`);
    expect(answerer).toMatchObject({ name: 'p:align', system: 'Be brief.', seesPictures: true });
    expect(answerer.voice()).toMatchObject({ stored: true, template: { name: 'minimind' } });
    expect(open(join(root, 'runs/p/align'))).toMatchObject({ name: 'p:align', system: 'Be brief.' });
    const here = process.cwd();
    process.chdir(root);
    try {
      expect(open('p:align').name).toBe('p:align');
    } finally {
      process.chdir(here);
    }
  });

  it('asks a stage as it was made, and says so where pipeline.yaml says otherwise now', () => {
    const path = join(folder, 'pipeline.yaml');
    const before = readFileSync(path, 'utf8');
    writeFileSync(path, before.replace('Be brief.', 'Be long.'));
    lines.length = 0;
    expect(open(`${folder}:align`).system).toBe('Be brief.');
    expect(lines.join('')).toContain(`warning: p:align is taken as it was made; ${path} says otherwise now`);
    writeFileSync(path, before);
  });

  it('names what is no model, stages that are not finished or leave none, and parts that cannot be given', () => {
    expect(() => open(join(root, 'nothing'))).toThrow(/no model here[^]*got .*nothing[^]*quickstart:instruct/);
    expect(() => open('quickstrat:instruct')).toThrow('no model here');
    expect(() => open(`${folder}:algin`)).toThrow(/no stage `algin`[^]*did you mean align\?/);
    expect(() => open(`${folder}:score`)).toThrow(
      /stage `score` leaves no model[^]*a stage of kind score[^]*one of quantize, align, instruct[^]*the model that it asks is p:align/,
    );
    expect(() => open(`${folder}:instruct`)).toThrow(
      /stage `instruct` of pipeline `p` is not finished[^]*no .*instruct\/run\.json[^]*npx moslora stage .*p instruct/,
    );
    expect(() => open('quickstart:nothing')).toThrow(/pipeline `quickstart` has no stage `nothing`/);
    expect(() => open(`${folder}:align`, { template: 'plain', tower: 'there' })).toThrow(
      /--template and --tower cannot be given for a stage's model[^]*got {6}plain, there[^]*that it was tuned with/,
    );
  });

  it("answers every question as the pipeline's own score stage does", async () => {
    await moslora('stage', folder, 'score');
    const out = join(root, 'out');
    const table = `own=${join(root, 'small.tsv')}`;
    const asking = ['--max-new-tokens', '4', '--batch-size', '5', '--no-page', '--out', out];
    await moslora('evaluate', `${folder}:align`, '--benchmark', table, ...asking);
    const staged = answersIn(join(root, 'runs/p/score/small.answers.jsonl'));
    expect(staged).toHaveLength(12);
    expect(answersIn(join(out, 'own.answers.jsonl'))).toEqual(staged);
  });
});
