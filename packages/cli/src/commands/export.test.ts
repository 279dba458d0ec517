import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { SafetensorsFile } from '@moslora/checkpoint';
import { GgufFile } from '@moslora/gguf';
import { startEngine } from '@moslora/kernels';
import { loadLlavaFolder, openLayout, Projector } from '@moslora/model-llava';
import { jinjaTemplate, loadTokenizer, templateFromFolder, templates, writeTemplate } from '@moslora/tokenization';
import { saveTower } from '@moslora/vision-encoder';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeTinyLlava } from '../evaluate/fixtures/tiny-llava';
import type { ExportReport } from '../exporting/export-model';
import { writeRandomAdapter } from '../merging/fixtures/random-adapter';
import { runHere } from '../fixtures/run-here';
import { openPipeline } from '../stages/open-pipeline';

const dir = mkdtempSync(join(tmpdir(), 'moslora-export-'));
const at = (name: string): string => join(dir, name);
const json = (path: string): Record<string, unknown> =>
  JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;

const run = (...args: string[]) => runHere('export', ...args);

async function exported(...args: string[]): Promise<ExportReport & { err: string }> {
  const { code, out, err } = await run(...args, '--json');
  expect([code, code === 0 ? '' : err]).toEqual([0, '']);
  return { ...(JSON.parse(out) as ExportReport), err };
}

/** What a folder says of generation, and the name of its template. */
function greedySettings(folder: string): [settings: object, template: string] {
  return [json(join(folder, 'generation_config.json')), templateFromFolder(folder).name];
}

function write(path: string, text: string | object): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof text === 'string' ? text : JSON.stringify(text));
}

/** A pipeline that was run: a tower and a base as folders, an instruct stage with pooled features, and its score. */
async function writePipeline(): Promise<void> {
  const llava = await loadLlavaFolder(at('llava'));
  await saveTower(llava.tower!, at('tower'), openLayout(at('llava')).processor());
  const instruct = at('runs/tiny/instruct');
  await Projector.initialise({ visionSize: 8, hiddenSize: 16, bias: true }, 1).save(
    join(instruct, 'projector.safetensors'),
  );
  writeRandomAdapter(join(instruct, 'adapter'), llava.decoder.slots(), 'moslora');
  llava.dispose();
  write(join(instruct, 'template.json'), {
    name: 'minimind',
    user: '{q}\n',
    suffix: '!',
    defaultSystem: 'gone',
    system: '{s}',
  });
  write(
    at('pipelines/tiny/pipeline.yaml'),
    `title: A tiny run
stages:
  instruct:
    kind: instruct
    tower: { folder: ../../tower }
    base: { folder: ../../llava }
    projector: { folder: ../../llava }
    data: [{ dataset: shapes-world, split: train }]
    features: { pool: 2 }
    system: Be brief.
    adapter: { method: moslora, rank: 4, alpha: 8 }
    train: { steps: 7, batchSize: 1, learningRate: 0.001 }
  score:
    kind: score
    model: { stage: instruct }
    benchmarks:
      en: { kind: mmbench, tsv: { path: ../../llava/config.json } }
`,
  );
  const ran = {
    ...{ fingerprint: 'x', device: { backend: 'native', summary: '' }, versions: { moslora: '0.1.0' } },
    ...{ startedAt: '2026-11-25T00:00:00.000Z', seconds: 1, peakMemoryBytes: 1 },
  };
  const { stages } = openPipeline(at('pipelines/tiny')).pipeline;
  const trained = { config: stages['instruct'], metrics: { steps: 7 } };
  write(join(instruct, 'run.json'), { ...ran, ...trained, stage: 'tiny:instruct', kind: 'instruct' });
  const metrics = { en: { questions: 4, overall: 0.75 } };
  write(at('runs/tiny/score/run.json'), {
    ...ran,
    config: stages['score'],
    stage: 'tiny:score',
    kind: 'score',
    metrics,
  });
}

beforeAll(async () => {
  await startEngine();
  const llava = await loadLlavaFolder(writeTinyLlava(at('llava')));
  writeRandomAdapter(at('adapter'), llava.slots(), 'moslora');
  llava.dispose();
  await writePipeline();
}, 60_000);
afterAll(() => rmSync(dir, { recursive: true }));

describe('moslora export', () => {
  it('writes a LLaVA for transformers, whole, with a card', async () => {
    const out = at('hf');
    const report = await exported(at('llava'), out, '--as', 'hf', '--adapter', at('adapter'), '--dtype', 'float16');
    expect(report).toMatchObject({ as: 'hf', layout: 'huggingface', logits: { positions: 48 } });
    expect(report.logits.relative).toBeLessThan(0.01);
    expect(readdirSync(out).sort()).toEqual(
      [
        ...['README.md', 'chat_template.jinja', 'config.json', 'generation_config.json', 'model.safetensors'],
        ...['preprocessor_config.json', 'template.json', 'tokenizer.json'],
      ].sort(),
    );
    expect(json(join(out, 'config.json'))).toMatchObject({
      architectures: ['LlavaForConditionalGeneration'],
      torch_dtype: 'float16',
      image_token_index: 77,
    });
    expect(json(join(out, 'generation_config.json'))).toMatchObject({ do_sample: false, eos_token_id: [2] });
    expect(readFileSync(join(out, 'README.md'), 'utf8')).toMatch(
      /LlavaForConditionalGeneration.from_pretrained[^]*template `minimind`/,
    );
  });

  it.each([false, true])('writes adapter and base apart, which are read together; folded: %s', async (fold) => {
    const out = at(`peft-${fold}`);
    const report = await exported(
      at('llava'),
      out,
      '--as',
      'peft',
      '--adapter',
      at('adapter'),
      ...(fold ? ['--fold'] : []),
    );
    expect(report.logits.relative).toBeLessThan(0.05);
    expect(report.logits.largest).toBeGreaterThan(0);
    expect(greedySettings(out)).toEqual([{ do_sample: false, eos_token_id: [2] }, 'minimind']);
    const file = SafetensorsFile.open(join(out, 'adapter/adapter_model.safetensors'));
    expect(file.names().some((name) => name.includes('lora_AB'))).toBe(!fold);
    file.close();
    const config = json(join(out, 'adapter/adapter_config.json'));
    expect([config['base_model_name_or_path'], 'lora_use_mixer' in config]).toEqual([null, !fold]);
    expect(openLayout(out)).toMatchObject({
      decoder: { adapter: join(out, 'adapter') },
      tower: { adapter: join(out, 'adapter') },
    });
  });

  it('writes what a stage left, named as PIPELINE:STAGE or by its run, and says why it is not in one piece', async () => {
    const out = at('stage');
    const report = await exported(`${at('pipelines/tiny')}:instruct`, out, '--as', 'hf');
    expect(report).toMatchObject({ layout: 'parts', because: [expect.stringContaining('pooled 2 x 2')] });
    expect(report.err).toContain('no field for');
    expect(json(join(out, 'moslora.json'))).toEqual({ format: 1, features: { layer: -2, select: 'default', pool: 2 } });
    expect(readdirSync(out)).toEqual(expect.arrayContaining(['tower', 'projector.safetensors', 'README.md']));
    expect(templateFromFolder(out)).toMatchObject({ defaultSystem: 'Be brief.' });
    const card = readFileSync(join(out, 'README.md'), 'utf8');
    for (const line of [
      '- shapes-world, train',
      '| adapter | moslora, rank 4',
      '| steps | 7 |',
      '| en (score) | 4 | 75.0 |',
    ])
      expect(card).toContain(line);
    expect(card).not.toContain(dir);
    const again = await exported(at('runs/tiny/instruct'), out, '--as', 'hf', '--force');
    expect(again.logits).toEqual(report.logits);
  });

  it.each([
    ['F16', 2e-3],
    ['Q8_0', 0.1],
  ] as const)('writes the decoder for llama.cpp as %s', async (type, most) => {
    const out = at(`gguf-${type}`);
    const report = await exported(at('llava'), out, '--as', 'gguf', '--adapter', at('adapter'), '--type', type);
    expect(report).toMatchObject({ files: [`model-${type}.gguf`, 'mmproj-F16.gguf'] });
    expect(report.pictures!.relative).toBeLessThan(2e-3);
    expect(report.pictures!.largest).toBeGreaterThan(0);
    expect(report.logits.relative).toBeLessThan(most);
    const file = GgufFile.open(join(out, `model-${type}.gguf`));
    expect(file.metadata['general.architecture']).toMatchObject({ value: 'llama' });
    expect(file.metadata['tokenizer.ggml.tokens']).toBeDefined();
    const jinja = jinjaTemplate(templates.minimind, loadTokenizer(out));
    expect(file.metadata['tokenizer.chat_template']).toEqual({ type: 'string', value: jinja });
    expect(file.tensors.map(({ name }) => name)).toContain('blk.0.ffn_up.weight');
    file.close();
    const eyes = GgufFile.open(join(out, 'mmproj-F16.gguf'));
    expect(eyes.metadata).toMatchObject({
      'clip.vision.feature_layer': { values: [1] },
      'clip.vision.block_count': { value: 2 },
    });
    eyes.close();
    expect(greedySettings(out)).toEqual([{ do_sample: false, eos_token_id: [2] }, 'minimind']);
    expect(readFileSync(join(out, 'README.md'), 'utf8')).toContain(`-m model-${type}.gguf --mmproj mmproj-F16.gguf`);
  });

  it("says the template of tuning where the tokenizer's own is another, and ends where either ends", async () => {
    const [base, own] = [at('other'), '{{ messages[0].content }}</s>'];
    writeTinyLlava(base);
    writeTemplate(base, { ...templates.vicuna_v1, bos: 'auto', suffix: '<|endoftext|>', stop: ['<|endoftext|>'] });
    write(join(base, 'tokenizer_config.json'), { eos_token: '<|im_end|>', chat_template: own });
    write(join(base, 'chat_template.json'), { chat_template: own });
    write(join(base, 'generation_config.json'), { temperature: 0.5, eos_token_id: 2 });
    const tuned = jinjaTemplate(templateFromFolder(base), loadTokenizer(base));
    for (const as of ['hf', 'gguf']) {
      const out = at(`other-${as}`);
      await exported(base, out, '--as', as);
      expect(readFileSync(join(out, 'chat_template.jinja'), 'utf8')).toBe(tuned);
      expect(json(join(out, 'tokenizer_config.json'))).toEqual({ eos_token: '<|im_end|>', chat_template: tuned });
      expect(existsSync(join(out, 'chat_template.json'))).toBe(false);
      expect(json(join(out, 'generation_config.json'))).toEqual({ temperature: 0.5, eos_token_id: [2, 0] });
    }
    const said = (folder: string): unknown[] => {
      const file = GgufFile.open(join(folder, 'model-F16.gguf'));
      file.close();
      return ['tokenizer.chat_template', 'tokenizer.ggml.eot_token_id'].map((key) => file.metadata[key]);
    };
    expect(said(at('other-gguf'))).toEqual([
      { type: 'string', value: tuned },
      { type: 'uint32', value: 0 },
    ]);
    // Without a template of tuning, the tokenizer's own stays, wherever it lies.
    rmSync(join(base, 'template.json'));
    rmSync(join(base, 'tokenizer_config.json'));
    await exported(base, at('other-gguf'), '--as', 'gguf', '--force');
    expect(said(at('other-gguf'))).toEqual([{ type: 'string', value: own }, undefined]);
  });

  it('writes the decoder alone where llama.cpp has no layout for the tower, and says why', async () => {
    const out = at('gguf-stage');
    const report = await exported(`${at('pipelines/tiny')}:instruct`, out, '--as', 'gguf');
    expect(report).toMatchObject({ files: ['model-F16.gguf'], noMmproj: ['its features are pooled 2 x 2'] });
    expect(report.err).toContain('no mmproj file is written');
    expect(readFileSync(join(out, 'README.md'), 'utf8')).toContain(
      'it sees no pictures: its features are pooled 2 x 2',
    );
  });

  it('refuses what does not fit, and leaves nothing', async () => {
    const out = at('never');
    expect(await run(at('llava'), out)).toMatchObject({ code: 2, err: expect.stringContaining('--as <format>') });
    expect(await run(at('llava'), out, '--as', 'onnx')).toMatchObject({
      code: 2,
      err: expect.stringContaining('hf, peft, gguf'),
    });
    for (const as of ['hf', 'peft', 'gguf']) {
      const taken = at(`taken-${as}`);
      write(join(taken, 'mine.txt'), 'kept');
      expect(await run(at('llava'), taken, '--as', as, '--adapter', at('adapter'))).toMatchObject({
        code: 2,
        err: expect.stringMatching(/not empty[^]*--force/),
      });
      expect(readdirSync(taken)).toEqual(['mine.txt']);
    }
    for (const [args, text] of [
      [[at('llava'), out, '--as', 'peft'], 'The model has no adapter'],
      [[`${at('pipelines/tiny')}:score`, out, '--as', 'hf'], 'leaves no model'],
      [[at('none'), out, '--as', 'hf'], 'no model here'],
      [[at('llava'), join(at('llava'), 'inside'), '--as', 'hf'], 'would overlap'],
      [[`${at('pipelines/tiny')}:instruct`, out, '--as', 'hf', '--adapter', at('adapter')], 'an adapter of its own'],
    ] as const)
      expect(await run(...args)).toMatchObject({ code: 2, err: expect.stringContaining(text) });
    expect([existsSync(out), readdirSync(dir).filter((name) => name.startsWith('.'))]).toEqual([false, []]);
  });
});
