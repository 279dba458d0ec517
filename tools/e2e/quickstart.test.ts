import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const root = join(__dirname, '../..');
const runs = join(root, 'runs/quickstart-smoke');
const minutes = 60_000;

/** Runs a command as a person would, at the smallest size. */
async function npx(...args: string[]): Promise<string> {
  const env: NodeJS.ProcessEnv = { ...process.env, MOSLORA_PRESET: 'smoke', NX_DAEMON: 'false' };
  // Vitest's own variables would make the stages think that they are under test.
  delete env['VITEST'];
  delete env['NODE_ENV'];
  const { stdout } = await promisify(execFile)('npx', args, { cwd: root, env, maxBuffer: 1e8 });
  return stdout;
}

/** Runs a pipeline's target. */
const nx = (target: string): Promise<string> => npx('nx', 'run', target, '--skip-nx-cache');

const json = (...path: string[]): Record<string, unknown> =>
  JSON.parse(readFileSync(join(runs, ...path), 'utf8')) as Record<string, unknown>;

describe('the quickstart at its smallest', () => {
  it(
    'goes from nothing to a table and a page that needs nothing else',
    async () => {
      rmSync(runs, { recursive: true, force: true });
      const output = await nx('quickstart:report');
      expect(output).toMatch(/CircularEval, %\s+Overall\s+95 %\s+AR\s+CP\s+FP-C\s+FP-S\s+LR\s+RR/);
      expect(output).toContain('report.html');

      const page = readFileSync(join(runs, 'report/report.html'), 'utf8');
      const table = readFileSync(join(runs, 'report/table.txt'), 'utf8');
      const { model, data } = json('score', 'en.result.json')['provenance'] as Record<string, Record<string, string>>;
      for (const fact of [model!['sha256']!, data!['md5']!, 'prompt style', 'inference rules', 'greedy']) {
        expect(table).toContain(fact);
      }
      expect(page).toContain('<svg class="radar"');
      expect(page).toContain('preset smoke');
      expect(page).not.toMatch(/(?:src|href)="(?!data:)/);

      for (const stage of [
        'prepare',
        'pretrain-vision',
        'quantize',
        'align',
        'instruct',
        'score',
        'score-untuned',
        'score-blind',
      ]) {
        expect(json(stage, 'run.json')).toMatchObject({ stage: `quickstart:${stage}` });
      }
      const losses = readFileSync(join(runs, 'instruct/metrics.jsonl'), 'utf8').trim().split('\n');
      const [first, last] = [losses[0], losses.at(-1)].map(
        (line) => (JSON.parse(line ?? '{}') as { loss: number }).loss,
      );
      expect(last).toBeLessThan(first as number);
      expect(existsSync(join(runs, 'instruct/adapter/adapter_model.safetensors'))).toBe(true);
      const predictions = readFileSync(join(runs, 'score/en.predictions.tsv'), 'utf8').trim().split('\n');
      expect(predictions[0]?.split('\t').at(-1)).toBe('prediction');
      // Six abilities, one question each, every rotation of three or four options.
      expect(predictions.length).toBeGreaterThan(18);
    },
    20 * minutes,
  );

  it(
    'leaves a model that `moslora evaluate` asks with the same answers as its score stage',
    async () => {
      const table = join(runs, 'prepare/heldout.en.tsv');
      const out = join(runs, 'evaluate');
      const how = ['--max-new-tokens', '24', '--batch-size', '32', '--out', out, '--fresh', '--no-page', '--json'];
      const { benchmarks } = JSON.parse(
        await npx('moslora', 'evaluate', 'quickstart:instruct', '--benchmark', `en=${table}`, ...how),
      ) as { benchmarks: { asked: number }[] };
      const answers = (folder: string): string[] =>
        readFileSync(join(runs, folder, 'en.answers.jsonl'), 'utf8')
          .trim()
          .split('\n')
          .slice(1)
          .sort();
      expect(benchmarks[0]?.asked).toBe(answers('score').length);
      expect(answers('evaluate')).toEqual(answers('score'));
      expect(answers('score-untuned')).not.toEqual(answers('score'));
    },
    5 * minutes,
  );

  it(
    'does nothing a second time',
    async () => {
      const before = readFileSync(join(runs, 'instruct/run.json'), 'utf8');
      expect(await nx('quickstart:report')).toContain('up to date');
      expect(readFileSync(join(runs, 'instruct/run.json'), 'utf8')).toBe(before);
    },
    5 * minutes,
  );
});
