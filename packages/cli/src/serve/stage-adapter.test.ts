import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEngine } from '@moslora/kernels';
import type OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answerer } from '../evaluate/answerer';
import { finishTinyStage, writeTinyPipeline } from '../evaluate/fixtures/tiny-pipeline';
import { openAnswerer } from '../evaluate/open-answerer';
import { runHere } from '../fixtures/run-here';
import { Reporter } from '../progress/reporter';
import { variantOf } from './adapter-option';
import { seen, png, uri } from './fixtures/bodies';
import { serveModels, writeAdapter } from './fixtures/running-server';

const root = mkdtempSync(join(tmpdir(), 'moslora-stage-adapter-'));
const other = join(root, 'other');
let folder = '';

const open = (model: string): Answerer =>
  openAnswerer(model, {}, { reporter: new Reporter({ write: () => undefined }), signal: new AbortController().signal });

const serve = (...args: string[]) => runHere('serve', ...args);

beforeAll(async () => {
  await startEngine();
  folder = writeTinyPipeline(root);
  const instruct = finishTinyStage(folder, 'instruct');
  await writeAdapter(join(root, 'tiny'), join(instruct, 'adapter'));
});
afterAll(() => rmSync(root, { recursive: true }));

describe('--adapter NAME=PIPELINE:STAGE', () => {
  it('answers as the stage does that is served by itself, beside the model over the same base', async () => {
    const ask = (client: OpenAI, model: string): Promise<string> =>
      client.chat.completions
        .create({ ...seen(uri(png)), model, max_tokens: 12 } as never)
        .then((answer) => (answer as OpenAI.ChatCompletion).choices[0]!.message.content!);
    const align = open(`${folder}:align`);
    const tuned = variantOf({ name: 'tuned', place: `${folder}:instruct` }, align, open);
    expect(tuned.adapter).toBe(join(root, 'runs/p/instruct/adapter'));
    const both = await serveModels(align, 'untuned', [tuned]);
    const [untuned, answer] = [await ask(both.client, 'untuned'), await ask(both.client, 'tuned')];
    expect(await ask(both.client, 'untuned')).toBe(untuned);
    await both.stop();
    const alone = await serveModels(open(`${folder}:instruct`), 'instruct', []);
    expect(await ask(alone.client, 'instruct')).toBe(answer);
    await alone.stop();
    expect(answer).not.toBe(untuned);
  });

  it('exits with 2 for stages that are not there, leave no adapter, or stand on another base', async () => {
    const model = `${folder}:align`;
    const second = writeTinyPipeline(other);
    const unfinished = `${second}:instruct`;
    for (const [args, message] of [
      [[model, '--adapter', `a=${folder}:algin`], /no stage `algin`[^]*did you mean align\?/],
      [[model, '--adapter', `a=${folder}:score`], /stage `score` leaves no model/],
      [[model, '--adapter', `a=${unfinished}`], /stage `instruct` of pipeline `p` is not finished/],
      [[model, '--adapter', `a=${second}:align`], /adapter a stands on another base and tower[^]*serve it by itself/],
      [[model, '--adapter', `a=nothing:instruct`], /no model here[^]*got {2,}nothing:instruct/],
      [[model, '--adapter', `=${folder}:instruct`], /NAME=FOLDER or NAME=PIPELINE:STAGE/],
      [[model, '--adapter', `a=`], /NAME=FOLDER or NAME=PIPELINE:STAGE/],
      [
        [join(root, 'tiny'), '--adapter', `a=${folder}:instruct`],
        /adapter a is a stage's, and the model is a folder's/,
      ],
      [[model, '--adapter', `a=${folder}:instruct`, '--adapter', `a=${folder}:instruct`], /two adapters a/],
      [[model, '--adapter', `p:align=${folder}:instruct`], /an adapter has the name of the model/],
    ] as const)
      expect({ args, ...(await serve(...args)) }).toMatchObject({ args, code: 2, err: expect.stringMatching(message) });
  });

  it('exits with 2 for a stage that tunes nothing', async () => {
    const opened = (): Answerer => open(join(root, 'tiny')); // as a quantize stage is
    expect(() => variantOf({ name: 'a', place: 'p:quantize' }, open(`${folder}:align`), opened)).toThrow(
      /adapter a is a stage's that tunes nothing[^]*got {2,}p:quantize[^]*an align or instruct stage/,
    );
  });
});
