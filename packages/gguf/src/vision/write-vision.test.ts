import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gguf } from '@huggingface/gguf';
import { tensorSource, type TensorToWrite } from '@moslora/checkpoint';
import { expect, it } from 'vitest';
import { GgufFile } from '../gguf-file';
import type { GgufVisionShape } from './vision-shape';
import { visionValues, writeVision } from './write-vision';

const path = join(mkdtempSync(join(tmpdir(), 'gguf-')), 'mmproj.gguf');
const shape: GgufVisionShape = {
  ...{ hiddenSize: 8, intermediateSize: 12, layers: 3, heads: 2, imageSize: 12, patchSize: 4, layerNormEps: 1e-5 },
  ...{
    activation: 'quick_gelu',
    mean: [0.5, 0.25, 0.75],
    std: [0.5, 0.5, 0.25],
    featureLayers: [1],
    projectionSize: 6,
  },
};

const linear = (name: string, out: number, inner: number): [string, number[]][] => [
  [`${name}.weight`, [out, inner]],
  [`${name}.bias`, [out]],
];
const norm = (name: string): [string, number[]][] => linear(name, 8, 0).map(([each]) => [each, [8]]);
const both = [...linear('multi_modal_projector.linear_1', 6, 8), ...linear('multi_modal_projector.linear_2', 6, 6)];

/** A CLIP tower's tensors, as published. */
function clip(layers = 3): [string, number[]][] {
  const layer = (at: string): [string, number[]][] => [
    ...['q', 'k', 'v', 'out'].flatMap((part) => linear(`${at}.self_attn.${part}_proj`, 8, 8)),
    ...[...norm(`${at}.layer_norm1`), ...norm(`${at}.layer_norm2`)],
    ...[...linear(`${at}.mlp.fc1`, 12, 8), ...linear(`${at}.mlp.fc2`, 8, 12)],
  ];
  return [
    ['embeddings.class_embedding', [8]],
    ['embeddings.patch_embedding.weight', [8, 3, 4, 4]],
    ['embeddings.position_embedding.weight', [10, 8]],
    ...[...norm('pre_layrnorm'), ...norm('post_layernorm')],
    ...Array.from({ length: layers }, (_, index) => layer(`encoder.layers.${index}`)).flat(),
  ];
}

function tensors(named: readonly [string, number[]][], prefix = 'vision_model.'): TensorToWrite[] {
  return named.map(([name, sides], at) => {
    const data = Float32Array.from({ length: sides.reduce((a, b) => a * b, 1) }, (_, i) => (at + (i % 7)) / 16);
    return { name: (name.startsWith('multi') ? '' : prefix) + name, dtype: 'F32' as const, shape: sides, data };
  });
}

function written(all: TensorToWrite[], more: Partial<GgufVisionShape> = {}): GgufFile {
  writeVision(path, { weights: tensorSource('here', all), shape: { ...shape, ...more }, name: 'tiny' });
  return GgufFile.open(path);
}

it('a CLIP tower with its projector, as llama.cpp’s loader asks for them', async () => {
  const all = tensors([...clip(), ...both]);
  const file = written(all);
  const layer = ['attn_q', 'attn_k', 'attn_v', 'attn_out', 'ln1', 'ln2', 'ffn_up', 'ffn_down'];
  const named = [0, 1].flatMap((index) =>
    layer.flatMap((part) => ['weight', 'bias'].map((leaf) => `v.blk.${index}.${part}.${leaf}`)),
  );
  expect(file.tensors.map(({ name }) => name).sort()).toEqual(
    [
      ...['v.class_embd', 'v.patch_embd.weight', 'v.position_embd.weight', 'v.pre_ln.weight', 'v.pre_ln.bias'],
      // Two of three layers: the features are the input of the second. No v.post_ln, which llama.cpp would apply.
      ...[...named, 'mm.0.weight', 'mm.0.bias', 'mm.2.weight', 'mm.2.bias'],
    ].sort(),
  );
  const about = Object.fromEntries(file.tensors.map(({ name, type, shape: sides }) => [name, [type, ...sides]]));
  expect(about).toMatchObject({
    'v.patch_embd.weight': ['F16', 8, 3, 4, 4],
    'v.position_embd.weight': ['F32', 10, 8],
    'v.class_embd': ['F32', 8],
    'v.blk.1.ffn_up.weight': ['F16', 12, 8],
    'v.blk.1.ffn_down.bias': ['F32', 8],
    'mm.0.weight': ['F16', 6, 8],
  });
  const source = tensorSource('here', all);
  for (const name of source.names()) {
    const values = visionValues(file, name, shape);
    if (/post_layernorm|layers\.2/.test(name)) expect(values).toBeUndefined();
    else expect(values).toEqual(source.float32(name));
  }
  file.close();

  const { metadata, tensorInfos } = await gguf(path, { allowLocalFile: true });
  expect(metadata).toMatchObject({
    ...{ 'general.architecture': 'clip', 'general.type': 'mmproj', 'clip.has_vision_encoder': true },
    ...{ 'clip.projector_type': 'mlp', 'clip.use_gelu': false, 'clip.use_silu': false },
    ...{ 'clip.vision.image_size': 12, 'clip.vision.patch_size': 4, 'clip.vision.embedding_length': 8 },
    ...{ 'clip.vision.feed_forward_length': 12, 'clip.vision.block_count': 2, 'clip.vision.projection_dim': 6 },
    ...{ 'clip.vision.attention.head_count': 2, 'clip.vision.feature_layer': [1] },
    ...{ 'clip.vision.image_mean': [0.5, 0.25, 0.75], 'clip.vision.image_std': [0.5, 0.5, 0.25] },
  });
  const read: Readonly<Record<string, unknown>> = { ...metadata };
  expect(read['clip.vision.attention.layer_norm_epsilon']).toBeCloseTo(1e-5, 10);
  // GGUF names axes the other way round.
  expect(tensorInfos.find(({ name }) => name === 'v.patch_embd.weight')?.shape.map(Number)).toEqual([4, 4, 3, 8]);
});

it('the layers that are written: one after the features, where the tower has it', () => {
  const blocks = (featureLayers: number[]): unknown => {
    const file = written(tensors([...clip(), ...both]), { featureLayers });
    const count = file.metadata['clip.vision.block_count'];
    file.close();
    return (count as { value: number }).value;
  };
  expect([[0], [1], [2], [3], [1, 3]].map(blocks)).toEqual([1, 2, 3, 3, 3]);
});

it('a ViT, its axes of length 1 taken away; gelu; a projector without biases gets zeros', () => {
  const vit: [string, number[]][] = [
    ['embeddings.cls_token', [1, 1, 8]],
    ['embeddings.patch_embeddings.projection.weight', [8, 3, 4, 4]],
    ['embeddings.patch_embeddings.projection.bias', [8]],
    ['embeddings.position_embeddings', [1, 10, 8]],
    ...linear('encoder.layer.0.attention.attention.query', 8, 8),
    ...linear('encoder.layer.0.attention.output.dense', 8, 8),
    ...norm('encoder.layer.0.layernorm_before'),
    ...linear('encoder.layer.0.intermediate.dense', 12, 8),
    ...linear('encoder.layer.0.output.dense', 8, 12),
    ...norm('layernorm'),
  ];
  const file = written(tensors([...vit, both[0]!, both[2]!], ''), { activation: 'gelu', layers: 1 });
  const about = Object.fromEntries(file.tensors.map(({ name, shape: sides }) => [name, sides]));
  expect(about).toMatchObject({
    ...{ 'v.class_embd': [8], 'v.position_embd.weight': [10, 8], 'v.patch_embd.bias': [8] },
    ...{ 'v.blk.0.attn_out.weight': [8, 8], 'v.blk.0.ffn_down.weight': [8, 12], 'v.blk.0.ln1.weight': [8] },
  });
  expect([...file.float32('mm.2.bias')]).toEqual([0, 0, 0, 0, 0, 0]);
  expect(file.metadata['clip.use_gelu']).toMatchObject({ value: true });
  file.close();
});

it('what llama.cpp would compute otherwise is refused, all of it at once', () => {
  const strange = tensors([...clip(), ...both, ['head.probe', [1, 8]]]);
  expect(() => written(strange, { featureLayers: [2, 1], intermediateSize: 8 })).toThrow(
    /layers 2, 1, and are joined in rising order[^]*both halves of its MLPs are 8 x 8[^]*1 tensors have no place in a vision tower of llama.cpp[^]*vision_model.head.probe/,
  );
});
