import type { WeightSource } from '@moslora/checkpoint';
import { fail, type Problem } from '@moslora/specs';
import type { GgufFile } from '../gguf-file';
import { bool, float32, float32s, int32s, string, uint32, type Metadata } from '../metadata';
import { writeGguf, type TensorToWrite } from '../write-gguf';
import { leftOut, visionName } from './vision-names';
import { unwritable, writtenLayers, type GgufVisionShape } from './vision-shape';

export interface VisionToWrite {
  /** Tower and projector under Hugging Face's names (`encoder.…`, `multi_modal_projector.linear_1.…`), dense. */
  weights: WeightSource;
  shape: GgufVisionShape;
  /** `general.name`. */
  name: string;
}

/**
 * Writes a vision tower with a projector of two layers as llama.cpp's mmproj file: architecture `clip`, projector `mlp` (LLaVA-1.5's),
 * matrices and the patch filter in F16, all else in float32. Layers after the one that features are taken from stay away.
 * @throws UserError listing what llama.cpp would not compute as the model does
 */
export function writeVision(path: string, { weights, shape, name }: VisionToWrite): void {
  const layers = writtenLayers(shape);
  check(weights, shape, layers);
  const tensors = weights.names().flatMap((stored): TensorToWrite[] => {
    const to = visionName(stored, layers);
    return to === undefined || to === leftOut ? [] : [tensorToWrite(weights, stored, to)];
  });
  // llama.cpp adds the projector's biases without asking whether there are any.
  for (const bias of ['mm.0.bias', 'mm.2.bias'])
    if (!tensors.some((tensor) => tensor.name === bias))
      tensors.push({
        ...{ name: bias, type: 'F32', shape: [shape.projectionSize] },
        values: () => new Float32Array(shape.projectionSize),
      });
  const general: Metadata = {
    'general.architecture': string('clip'),
    'general.type': string('mmproj'),
    'general.name': string(name),
    'general.file_type': uint32(1),
  };
  writeGguf(path, { ...general, ...maths(shape, layers) }, tensors);
}

function maths(shape: GgufVisionShape, layers: number): Metadata {
  const gelu = shape.activation !== 'quick_gelu';
  return {
    'clip.has_vision_encoder': bool(true),
    'clip.projector_type': string('mlp'),
    // Neither of the two means quick_gelu.
    'clip.use_gelu': bool(gelu),
    'clip.use_silu': bool(false),
    'clip.vision.image_size': uint32(shape.imageSize),
    'clip.vision.patch_size': uint32(shape.patchSize),
    'clip.vision.embedding_length': uint32(shape.hiddenSize),
    'clip.vision.feed_forward_length': uint32(shape.intermediateSize),
    'clip.vision.block_count': uint32(layers),
    'clip.vision.projection_dim': uint32(shape.projectionSize),
    'clip.vision.attention.head_count': uint32(shape.heads),
    'clip.vision.attention.layer_norm_epsilon': float32(shape.layerNormEps),
    'clip.vision.image_mean': float32s(shape.mean),
    'clip.vision.image_std': float32s(shape.std),
    'clip.vision.feature_layer': int32s(shape.featureLayers),
    'clip.vision.mm_patch_merge_type': string('flat'),
  };
}

/** The class token is a vector, and the positions a table, whatever axes of length 1 a file has around them. */
const small = /^v\.(class_embd|position_embd\.weight)$/;

function tensorToWrite(weights: WeightSource, stored: string, name: string): TensorToWrite {
  const { shape: sides } = weights.info(stored);
  const shape = small.test(name) ? sides.filter((side, at) => side > 1 || at === sides.length - 1) : sides;
  const type = shape.length === 1 || small.test(name) ? 'F32' : 'F16';
  return { name, type, shape, values: () => weights.float32(stored) };
}

function check(weights: WeightSource, shape: GgufVisionShape, layers: number): void {
  const { where } = weights;
  const problems: Problem[] = unwritable(shape).map((what) => ({
    what: `llama.cpp cannot have this tower: ${what}`,
    where,
  }));
  const homeless = weights.names().filter((stored) => visionName(stored, layers) === undefined);
  if (homeless.length > 0) {
    const got = homeless.slice(0, 8).join(', ');
    problems.push({ what: `${homeless.length} tensors have no place in a vision tower of llama.cpp`, where, got });
  }
  if (problems.length > 0) fail(problems);
}

/**
 * The values of a tower's or projector's tensor in a file that {@link writeVision} wrote, by its Hugging Face name; undefined where it was
 * left out.
 */
export function visionValues(file: GgufFile, stored: string, shape: GgufVisionShape): Float32Array | undefined {
  const name = visionName(stored, writtenLayers(shape));
  return name === undefined || name === leftOut ? undefined : file.float32(name);
}
