import { matMulPrecision, remember, type GivenArray, type RememberedChain } from '@moslora/kernels';
import type { Linear } from '@moslora/nn';
import { tf } from '@moslora/runtime';
import type { Pass } from '../attention/attend';
import type { DecoderConfig } from '../config/decoder-config';
import type { DecoderBlock } from './block';

/** What comes of the rows that went through the layers. */
export interface Ending {
  name: string;
  /** What it applies. */
  linears(): Linear[];
  of(rows: tf.Tensor2D): tf.Tensor;
}

export interface PassOptions {
  /** Layers that the rows go through; all. */
  count?: number;
  ending?: Ending;
}

/** A pass as it was run once: it holds for others of the same kind through the same layers. */
interface KeptPass {
  kind: string;
  linears: readonly Linear[];
  chain: RememberedChain;
}

/** Kinds kept: in a server the number of rows changes from token to token. */
const most = 64;

/**
 * Passes over a cache, where texts are written token by token: what JavaScript does for a layer costs more than the layer of a small model. A
 * pass is one chain of our ops that is remembered, and later ones of the same kind (layers, rows, precision, marks, what stands in the
 * slots) go through that.
 */
export class CachedPasses {
  private kept: KeptPass[] = [];

  constructor(
    private readonly config: Pick<DecoderConfig, 'kvHeads' | 'headDim'>,
    private readonly blocks: readonly DecoderBlock[],
  ) {}

  /** All rows through the layers, without a gradient: x (B*T, D) → (B*T, D), or what the ending makes of those. */
  forward(x: tf.Tensor2D, pass: Pass, { count = this.blocks.length, ending }: PassOptions = {}): tf.Tensor {
    const blocks = this.blocks.slice(0, count);
    const through = (rows: tf.Tensor2D, block: DecoderBlock): tf.Tensor2D => {
      const next = tf.tidy(() => block.forward(rows, pass));
      if (rows !== x) rows.dispose();
      return next;
    };
    const body = (): tf.Tensor => {
      const rows = blocks.reduce(through, x);
      if (!ending) return rows;
      const result = tf.tidy(() => ending.of(rows));
      if (rows !== x) rows.dispose();
      return result;
    };
    const { batch, tokens, cos, sin, visibility, cache } = pass;
    if (visibility.kind !== 'marks' || cache === undefined || count === 0) return body();
    const { kvHeads, headDim } = this.config;
    const caches = blocks.map((_, layer) => cache.fused(layer));
    const rooms = caches.map((held) => held.room(batch, kvHeads, headDim, tokens));
    const stores = rooms.flatMap(([, keys, values]) => [keys, values]);
    const marks = [visibility.marks?.keys, visibility.marks?.queries].filter((array) => array !== undefined);
    const given: GivenArray[] = [x, cos, sin, ...marks, rooms[0]![0], ...stores]; // all layers have seen as much
    const inLayers = blocks.flatMap((block) => block.slots().map((slot) => slot.get()));
    const linears = [...inLayers, ...(ending?.linears() ?? [])];
    const kind = [ending?.name, count, batch, matMulPrecision(), marks.length, caches[0]!.type].join(' ');
    const found = this.find(kind, linears);
    if (found) {
      const result = found.run(given);
      for (const held of caches) held.advance(tokens);
      return result;
    }
    const { result, remembered } = remember(body, given);
    if (remembered) this.keep({ kind, linears, chain: remembered });
    return result;
  }

  dispose(): void {
    for (const { chain } of this.kept) chain.forget();
    this.kept = [];
  }

  private find(kind: string, linears: readonly Linear[]): RememberedChain | undefined {
    const isOf = (pass: KeptPass): boolean =>
      pass.kind === kind && pass.linears.every((linear, i) => linear === linears[i]);
    const at = this.kept.findIndex(isOf);
    if (at < 0) return undefined;
    const { chain } = this.kept[at]!;
    if (chain.isAlive) return chain;
    this.kept.splice(at, 1);
    return undefined;
  }

  private keep(pass: KeptPass): void {
    this.kept.push(pass);
    if (this.kept.length > most) this.kept.shift()?.chain.forget();
  }
}
