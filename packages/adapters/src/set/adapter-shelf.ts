import type { Linear, LinearSlot } from '@moslora/nn';
import { AdapterLinear } from '../linear/adapter-linear';

/**
 * Adapters over the same slots, of which one stands in place at a time: changing them moves no weights. What stood in the slots when the
 * shelf was made, the base, is what is there without any of them.
 */
export class AdapterShelf {
  private readonly base: ReadonlyMap<LinearSlot, Linear>;
  private readonly kept = new Map<string, ReadonlyMap<LinearSlot, Linear>>();
  private inPlace: string | undefined;

  constructor(private readonly slots: readonly LinearSlot[]) {
    this.base = layersOf(slots);
  }

  /** Keeps, under a name, what `load` puts into the slots; the base stands in them before and after. */
  add(name: string, load: () => unknown): void {
    this.use(undefined);
    try {
      load();
      this.kept.set(name, layersOf(this.slots));
    } finally {
      this.place(this.base);
    }
  }

  /** Puts the adapter of this name in place; undefined: the base alone. */
  use(name: string | undefined): void {
    if (name === this.inPlace) return;
    const layers = name === undefined ? this.base : this.kept.get(name);
    if (layers === undefined) throw new Error(`no adapter ${name} on this shelf`);
    this.place(layers);
    this.inPlace = name;
  }

  /** Disposes the adapters, but not what they share with the base, which is left in place. */
  dispose(): void {
    this.use(undefined);
    for (const layers of this.kept.values())
      for (const [slot, layer] of layers)
        if (layer !== this.base.get(slot) && layer instanceof AdapterLinear) layer.factors.dispose();
    this.kept.clear();
  }

  private place(layers: ReadonlyMap<LinearSlot, Linear>): void {
    for (const [slot, layer] of layers) slot.set(layer);
  }
}

function layersOf(slots: readonly LinearSlot[]): Map<LinearSlot, Linear> {
  return new Map(slots.map((slot) => [slot, slot.get()]));
}
