import type { LinearSlot, Parameter } from '@moslora/nn';
import type { tf } from '@moslora/runtime';
import type { AdapterConfig } from '@moslora/specs';
import { AdapterLinear } from '../linear/adapter-linear';
import type { Dropout, StepContext } from '../linear/dropout';
import { fuse } from '../linear/fuse';
import { saveAdapter } from '../peft/save';
import type { MergeReport } from './merge-report';

/** What the adapters of a set have in common. */
export interface AdapterSettings {
  method: AdapterConfig['method'];
  rank: number;
  alpha: number;
  /** rsLoRA: s = alpha / √R in place of alpha / R. */
  rankStabilized: boolean;
  /** LoRA+: the learning rate of B over that of A. */
  loraPlusRatio: number;
  aInit: AdapterConfig['aInit'];
  /** `target_modules` of the file: last names of modules, or ends of their paths. */
  targets: readonly string[];
}

/** An adapter in its place. */
export interface PlacedAdapter {
  slot: LinearSlot;
  layer: AdapterLinear;
}

/** The adapters of a model, in the order of its slots. */
export class AdapterSet {
  constructor(
    private placed: readonly PlacedAdapter[],
    private readonly dropout: Dropout,
    readonly settings: AdapterSettings,
  ) {}

  /**
   * What learns, named as in the adapter's file: `base_model.model.<module path>.lora_A.weight`, `lora_AB`, `lora_B`,
   * `lora_magnitude_vector`.
   */
  parameters(): Parameter[] {
    return this.here().flatMap(({ layer }) => layer.factors.parameters());
  }

  /** Everything the file holds: also mixers that do not learn. */
  tensors(): Parameter[] {
    return this.here().flatMap(({ layer }) => layer.factors.all());
  }

  /** The mixers that learn, in the order of their modules. */
  learningMixers(): tf.Tensor2D[] {
    return this.here().flatMap(({ layer: { factors } }) => (factors.mixer?.trainable ? [factors.mixer] : []));
  }

  /** Number of learning values. */
  get count(): number {
    return this.parameters().reduce((sum, { value }) => sum + value.size, 0);
  }

  /** Module paths with an adapter. */
  modules(): string[] {
    return this.here().map(({ layer }) => layer.factors.path);
  }

  /** Says which step the next forward passes belong to; dropout is derived from it, and nothing is dropped without p > 0. */
  beginStep(context: StepContext): void {
    this.dropout.begin(context);
  }

  /**
   * Writes adapter_model.safetensors and adapter_config.json (last: its presence says that the adapter is whole) in PEFT's layout.
   */
  save(dir: string, { baseModel }: { baseModel?: string } = {}): void {
    const factors = this.here().map(({ layer }) => layer.factors);
    saveAdapter(dir, factors, { ...this.settings, dropout: this.dropout.probability, baseModel });
  }

  /**
   * Puts W + ΔW in place of each layer and its adapter, and says how far each is from that. `dense` turns 4-bit layers into float ones; `nf4`
   * quantises the sum again, which can bury a small ΔW. This set is used up.
   */
  merge({ into = 'dense' }: { into?: 'dense' | 'nf4' } = {}): MergeReport {
    const modules = this.takeAll().map(({ slot, layer }) => {
      const { linear, error } = fuse(layer, into);
      slot.set(linear);
      return { name: slot.name, ...error };
    });
    return { into, modules, maxError: Math.max(0, ...modules.map(({ maxError }) => maxError)) };
  }

  /**
   * Puts plain LoRA adapters with the same ΔW in place of these: A' = M A, B' = B. Any reader of LoRA files can load what they
   * save. DoRA has no mixer, and stays what it is. This set is used up.
   */
  fold(): AdapterSet {
    const placed = this.takeAll().map(({ slot, layer }) => {
      const folded = AdapterLinear.fromBase(layer.base, layer.factors.folded(), this.dropout);
      layer.factors.dispose();
      slot.set(folded);
      return { slot, layer: folded };
    });
    const method = this.settings.method === 'dora' ? 'dora' : 'lora';
    return new AdapterSet(placed, this.dropout, { ...this.settings, method });
  }

  /** Puts the layers back as they were without adapters, which are disposed. This set is used up. */
  detach(): void {
    for (const { slot, layer } of this.takeAll()) {
      slot.set(layer.base);
      layer.factors.dispose();
    }
  }

  private here(): readonly PlacedAdapter[] {
    if (this.placed.length === 0) throw new Error('these adapters were merged, folded or detached');
    return this.placed;
  }

  private takeAll(): readonly PlacedAdapter[] {
    const all = this.here();
    this.placed = [];
    return all;
  }
}
