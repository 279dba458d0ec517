import { matMulPrecision, remember, type GivenArray, type RememberedChain } from '@moslora/kernels';
import type { Linear } from '@moslora/nn';
import { tf } from '@moslora/runtime';
import type { Pass } from '../attention/attend';
import type { DecoderConfig } from '../config/decoder-config';
import type { DecoderBlock } from './block';

/** A pass as it was run once: it holds for others of the same kind through the same layers. */
interface KeptPass {
  kind: string;
  linears: readonly Linear[];
  chain: RememberedChain;
}

const most = 8;

/**
 * A layer's passes over a cache, where texts are written token by token: what JavaScript does for a layer costs more than the layer of a small
 * model. A pass is one chain of our ops that is remembered, and later ones of the same kind (rows, precision, marks, what stands in the
 * layer's slots) go through that.
 */
export class CachedPasses {
  private kept: KeptPass[] = [];

  constructor(
    private readonly config: Pick<DecoderConfig, 'kvHeads' | 'headDim'>,
    private readonly block: DecoderBlock,
    private readonly layer: number,
  ) {}

  /** {@link DecoderBlock.forward} of all rows, without a gradient: x (B*T, D) → (B*T, D). */
  forward(x: tf.Tensor2D, pass: Pass): tf.Tensor2D {
    const body = (): tf.Tensor2D => tf.tidy(() => this.block.forward(x, pass));
    const { batch, tokens, cos, sin, visibility, cache } = pass;
    if (visibility.kind !== 'marks' || cache === undefined) return body();
    const { kvHeads, headDim } = this.config;
    const held = cache.fused(this.layer);
    const marks = [visibility.marks?.keys, visibility.marks?.queries].filter((array) => array !== undefined);
    const given: GivenArray[] = [x, cos, sin, ...marks, ...held.room(batch, kvHeads, headDim, tokens)];
    const linears = this.block.slots().map((slot) => slot.get());
    const kind = `${batch} ${matMulPrecision()} ${marks.length} ${held.type}`;
    const found = this.find(kind, linears);
    if (found) {
      const result = found.run(given) as tf.Tensor2D;
      held.advance(tokens);
      return result;
    }
    const { result, remembered } = remember(body, given);
    if (remembered) this.keep({ kind, linears, chain: remembered });
    return result as tf.Tensor2D;
  }

  dispose(): void {
    for (const { chain } of this.kept) chain.forget();
    this.kept = [];
  }

  private find(kind: string, linears: readonly Linear[]): RememberedChain | undefined {
    this.kept = this.kept.filter(({ chain }) => chain.isAlive);
    return this.kept.find((pass) => pass.kind === kind && pass.linears.every((linear, i) => linear === linears[i]))
      ?.chain;
  }

  private keep(pass: KeptPass): void {
    this.kept.push(pass);
    if (this.kept.length > most) this.kept.shift()?.chain.forget();
  }
}
