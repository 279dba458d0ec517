import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Reporter, type Bar, type BarOptions } from '../progress/reporter';
import { openPipeline } from '../stages/open-pipeline';
import { runStage } from '../stages/run-stage';
import { writeTinyPipeline } from './fixtures/tiny-pipeline';

const root = mkdtempSync(join(tmpdir(), 'stopped-score-'));
const answers = join(root, 'runs/p/score.unfinished/small.answers.jsonl');
let folder: string;

beforeAll(() => {
  folder = writeTinyPipeline(root);
});
afterAll(() => rmSync(root, { recursive: true }));

/** Stops the stage after its first batch. */
class Stopping extends Reporter {
  constructor(private readonly abort: AbortController) {
    super({ write: () => undefined });
  }

  override bar(options: BarOptions): Bar {
    const update = (done: number): void => {
      if (options.label === 'small' && done > 0) this.abort.abort();
    };
    return { ...super.bar(options), update };
  }
}

async function stop(): Promise<void> {
  const abort = new AbortController();
  const stopped = runStage(openPipeline(folder), 'score', { reporter: new Stopping(abort), signal: abort.signal });
  await expect(stopped).rejects.toThrow('interrupted');
}

async function again(resume?: 'never'): Promise<{ said: string; rows: unknown }> {
  let said = '';
  const reporter = new Reporter({ write: (text) => void (said += text) });
  const { run } = await runStage(openPipeline(folder), 'score', {
    reporter,
    signal: new AbortController().signal,
    resume,
  });
  return { said, rows: (run.metrics['small'] as Record<string, unknown>)['rows'] };
}

it('keeps answers of another engine, and says what in a stage can be done about them', async () => {
  await stop();
  const before = readFileSync(answers, 'utf8');
  writeFileSync(answers, before.replace('"library":"', '"library":"another '));
  expect(readFileSync(answers, 'utf8')).not.toBe(before);
  const refused = await again().catch((error: Error) => error.message);
  expect(refused).toMatch(
    /made otherwise: engine differs\n {2}where {4}.*score\.unfinished[^]*do {7}run where it was run; MOSLORA_CPU_LEVEL[^]*; or start over, which drops these answers: npx moslora stage \S+ score --resume never\n?$/,
  );
  expect(refused).not.toMatch(/--out|--fresh/);
  writeFileSync(answers, before);
  expect((await again()).said).toMatch(/going on where[^]*small: 5 of \d+ rows were asked before/);
});

it('starts over where the configuration is another one, and names what changed', async () => {
  const file = join(folder, 'pipeline.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('maxNewTokens: 4', 'maxNewTokens: 5'));
  await stop();
  writeFileSync(file, readFileSync(file, 'utf8').replace('maxNewTokens: 5', 'maxNewTokens: 3'));
  const { said } = await again();
  expect(said).toContain(
    'starting anew: configuration or inputs are others than those of an earlier attempt (maxNewTokens: 5 then, 3 now)',
  );
  expect(said).not.toContain('asked before');
});
