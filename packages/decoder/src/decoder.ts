import {
  argMax,
  chained,
  checkpointed,
  chunkedHeadLoss,
  hasKernel,
  headLoss,
  rmsNorm,
  withoutGradient,
} from '@moslora/kernels';
import type { Linear, LinearSlot, Parameter } from '@moslora/nn';
import { tf } from '@moslora/runtime';
import type { Pass, Visibility } from './attention/attend';
import { KvCache } from './attention/kv-cache';
import { attentionMarks } from './attention/marks';
import { CausalMasks, type MaskRequest } from './attention/mask';
import type { DecoderConfig } from './config/decoder-config';
import type { Decoder, ForwardOptions, StepOptions } from './contract';
import type { DecoderBlock } from './layer/block';
import { CachedPasses, type Ending } from './layer/cached-passes';
import { RopeTables } from './rope/rope-tables';
import type { TokenTable } from './token-table/token-table';

/** The tensors and layers of a decoder. */
export interface CausalParts {
  table: TokenTable;
  blocks: DecoderBlock[];
  /** (D) */
  norm: tf.Tensor1D;
  /** Its weight is (V, D); the table when tied. */
  head: LinearSlot;
  /** What learns of table and norm, under published names. */
  learning: readonly Parameter[];
}

/** The body of all families: pre-norm layers of rotary grouped-query attention and a gated MLP, an RMS norm, a linear head. */
export class CausalDecoder implements Decoder {
  private readonly rope: RopeTables;
  private readonly masks = new CausalMasks();
  private readonly cachedPasses: CachedPasses;
  private readonly endings: Record<'logits' | 'greedy', Ending>;

  constructor(
    readonly config: DecoderConfig,
    private readonly parts: CausalParts,
  ) {
    this.rope = new RopeTables(config.rope, config.headDim);
    this.cachedPasses = new CachedPasses(config, parts.blocks);
    const logits = (rows: tf.Tensor2D): tf.Tensor2D => this.logits(this.normed(rows));
    const linears = (): Linear[] => [parts.head.get()];
    this.endings = {
      logits: { name: 'logits', linears, of: logits },
      greedy: { name: 'greedy', linears, of: (rows) => argMax(logits(rows)) },
    };
  }

  get table(): TokenTable {
    return this.parts.table;
  }

  embed(ids: tf.Tensor2D): tf.Tensor3D {
    const rows = this.parts.table.rows(ids.dataSync<'int32'>());
    return tf.reshape(rows, [...ids.shape, this.config.hiddenSize]) as tf.Tensor3D;
  }

  forward(x: tf.Tensor3D, options: ForwardOptions = {}): tf.Tensor3D {
    return tf.reshape(this.hidden(x, options), x.shape) as tf.Tensor3D;
  }

  forwardRows(x: tf.Tensor3D, rows: Int32Array, options: ForwardOptions = {}): tf.Tensor2D {
    return this.hidden(x, options, rows);
  }

  logits(rows: tf.Tensor2D): tf.Tensor2D {
    return this.parts.head.get().apply(rows) as tf.Tensor2D;
  }

  step(ids: Int32Array, options: StepOptions): tf.Tensor2D {
    return this.stepTo(this.endings.logits, ids, options) as tf.Tensor2D;
  }

  greedyStep(ids: Int32Array, options: StepOptions): tf.Tensor1D {
    return this.stepTo(this.endings.greedy, ids, options) as tf.Tensor1D;
  }

  loss(rows: tf.Tensor2D, targets: tf.Tensor1D): tf.Scalar {
    const head = this.parts.head.get();
    const alone = head.projection?.();
    if (alone && !alone.factors && !alone.bias) return headLoss(rows, alone.weight, targets);
    return chunkedHeadLoss(rows, targets, (some) => this.logits(some), variablesOf(head));
  }

  slots(): LinearSlot[] {
    const { blocks, head } = this.parts;
    const inLayers = blocks.flatMap((block) => block.slots());
    return this.config.tieWordEmbeddings ? inLayers : [...inLayers, head];
  }

  parameters(): Parameter[] {
    const { blocks, head, learning } = this.parts;
    const inHead = this.config.tieWordEmbeddings ? [] : head.get().parameters();
    return [...learning, ...blocks.flatMap((block) => block.parameters()), ...inHead];
  }

  newCache(): KvCache {
    return new KvCache(this.config.layers);
  }

  /** (B, T, D) → (B*T, D), or (n, D) for the chosen rows; the last layer's MLP and the norm run on no others. */
  private hidden(x: tf.Tensor3D, options: ForwardOptions, some?: Int32Array): tf.Tensor2D {
    const [batch, tokens, width] = x.shape;
    const chosen = some?.length === batch * tokens ? undefined : some; // rows ascend: then they are all
    const pass = this.pass(batch, tokens, options);
    const flat = () => tf.reshape(x, [batch * tokens, width]) as tf.Tensor2D; // (B*T, D)
    const first = options.inputGradient === false ? withoutGradient(flat) : flat();
    const rows = options.cache ? this.cached(first, pass, chosen) : this.through(first, pass, options, chosen);
    return this.normed(rows);
  }

  private normed(rows: tf.Tensor2D): tf.Tensor2D {
    return rmsNorm(rows, this.parts.norm, this.config.rmsNormEps) as tf.Tensor2D;
  }

  private stepTo(ending: Ending, ids: Int32Array, options: StepOptions): tf.Tensor {
    return tf.tidy(() => {
      const pass = this.pass(ids.length, 1, options);
      return this.cachedPasses.forward(this.parts.table.rows(ids), pass, { ending });
    });
  }

  private cached(x: tf.Tensor2D, pass: Pass, chosen?: Int32Array): tf.Tensor2D {
    if (!chosen) return this.cachedPasses.forward(x, pass) as tf.Tensor2D;
    const last = this.parts.blocks.length - 1;
    const rows = this.cachedPasses.forward(x, pass, { count: last }) as tf.Tensor2D;
    return chained(() => tf.tidy(() => this.parts.blocks[last]!.forward(rows, pass, { chosen })));
  }

  private through(x: tf.Tensor2D, pass: Pass, options: ForwardOptions, chosen?: Int32Array): tf.Tensor2D {
    const { blocks } = this.parts;
    return blocks.reduce((rows, block, index) => {
      const last = index === blocks.length - 1 ? chosen : undefined;
      const inputGradient = index > 0 || (options.inputGradient ?? true);
      // What no gradient needs of a layer is free as soon as it has run.
      const forward = (input: tf.Tensor, shared: Pass): tf.Tensor2D =>
        tf.tidy(() => block.forward(input as tf.Tensor2D, shared, { chosen: last, inputGradient }));
      if (!options.checkpointing) return forward(rows, pass);
      // Tensors made in the forward pass are gone in the backward pass: what is not kept anyway is made again.
      const again = (input: tf.Tensor): tf.Tensor2D => forward(input, this.pass(pass.batch, pass.tokens, options));
      return checkpointed(again, [rows], variablesOf(block)) as tf.Tensor2D;
    }, x);
  }

  private pass(batch: number, tokens: number, { cache, visible, positions, branches }: ForwardOptions): Pass {
    const past = cache?.length ?? 0;
    const { cos, sin } = positions ? this.rope.at(positions, batch) : this.rope.range(past, tokens);
    const visibility = this.visibility({ batch, tokens, seen: past + tokens, visible, branches });
    return { batch, tokens, cos, sin, visibility, cache };
  }

  private visibility(request: MaskRequest): Visibility {
    if (hasKernel('MosloraAttention')) return { kind: 'marks', marks: attentionMarks(request) };
    return { kind: 'mask', mask: this.masks.mask(request) };
  }

  dispose(): void {
    const { table, head, norm, blocks } = this.parts;
    this.cachedPasses.dispose();
    for (const block of blocks) block.dispose();
    head.get().dispose();
    table.dispose();
    norm.dispose();
    this.rope.dispose();
    this.masks.dispose();
  }
}

function variablesOf(learning: Pick<Linear, 'parameters'>): tf.Variable[] {
  return learning.parameters().map(({ value }) => value);
}
