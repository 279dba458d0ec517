import { updatesInPlace } from '@moslora/kernels';
import type { Parameter } from '@moslora/nn';
import { isNative, type tf } from '@moslora/runtime';
import type { TrainConfig } from '@moslora/specs';
import { InPlaceGroup } from './in-place-group';
import { PackedGroup } from './packed-group';
import type { Rates } from './group-rates';
import type { Moments, UpdateGroup } from './update-group';

export type { Moments } from './update-group';

type AdamWSettings = Pick<TrainConfig, 'betas' | 'epsilon'>;

/** Parameters of equal rates that have had a gradient in the same steps so far. */
interface Alike {
  rates: Rates;
  parameters: readonly Parameter[];
  group: UpdateGroup;
  /** t */
  updates: number;
}

/**
 * AdamW over named parameters, updated together per learning rate and weight decay; see `adamwStep` in @moslora/kernels for the formula. As in
 * torch.optim.AdamW, a parameter without a gradient in a step is left alone: it does not decay, its moments stay, and its t counts on only
 * with its next gradient.
 */
export class AdamW {
  private alike: Alike[];

  /** @param ratesOf of a parameter, before its `rateFactor`; parameters of equal rates are updated together. */
  constructor(
    parameters: readonly Parameter[],
    private readonly settings: AdamWSettings,
    ratesOf: (parameter: Parameter) => Rates,
  ) {
    const byRates = new Map<string, { rates: Rates; members: Parameter[] }>();
    for (const parameter of parameters) {
      const { learningRate, weightDecay } = ratesOf(parameter);
      const rates = { learningRate: learningRate * (parameter.rateFactor ?? 1), weightDecay };
      const key = JSON.stringify([rates.learningRate, weightDecay]);
      const alike = byRates.get(key) ?? { rates, members: [] };
      alike.members.push(parameter);
      byRates.set(key, alike);
    }
    this.alike = [...byRates.values()].map(({ rates, members }) => ({ ...newGroup(members), rates, updates: 0 }));
  }

  /**
   * One update with the gradients times `gradientScale`.
   * @param gradients float32, by parameter name; the caller disposes them
   * @param rateFactor the schedule's factor on every group's learning rate
   */
  step(gradients: ReadonlyMap<string, tf.Tensor>, rateFactor: number, gradientScale: number): void {
    this.alike = this.alike.flatMap((alike) => divided(alike, ({ name }) => gradients.has(name)));
    for (const alike of this.alike) {
      if (!gradients.has(alike.parameters[0]!.name)) continue;
      const { learningRate, weightDecay } = alike.rates;
      alike.updates++;
      const step = alike.updates;
      const rate = learningRate * rateFactor;
      alike.group.step(gradients, { ...this.settings, weightDecay, learningRate: rate, step, gradientScale });
    }
  }

  moments(): Moments {
    const all = this.alike.map(({ group }) => group.moments());
    return {
      first: new Map(all.flatMap(({ first }) => [...first])),
      second: new Map(all.flatMap(({ second }) => [...second])),
      updates: new Map(
        this.alike.flatMap(({ parameters, updates }) => parameters.map(({ name }) => [name, updates] as const)),
      ),
    };
  }

  /** Takes over moments, and the parameters' present values. */
  restore(moments: Moments): void {
    const updatesOf = ({ name }: Parameter): number => moments.updates.get(name) ?? 0;
    this.alike = this.alike.flatMap((alike) => {
      const counts = [...new Set(alike.parameters.map(updatesOf))];
      const parts = counts.reduce(
        (all, count) => all.flatMap((each) => divided(each, (parameter) => updatesOf(parameter) === count)),
        [alike],
      );
      return parts.map((part) => ({ ...part, updates: updatesOf(part.parameters[0]!) }));
    });
    for (const { group } of this.alike) group.restore(moments);
  }

  dispose(): void {
    for (const { group } of this.alike) group.dispose();
  }
}

function newGroup(parameters: readonly Parameter[]): Pick<Alike, 'parameters' | 'group'> {
  const Group = isNative() && updatesInPlace() ? InPlaceGroup : PackedGroup;
  return { parameters, group: new Group(parameters) };
}

/** A group as two, those for which `chosen` holds and the others, with their moments; the group itself where there are no two kinds. */
function divided(alike: Alike, chosen: (parameter: Parameter) => boolean): Alike[] {
  const [some, others] = [true, false].map((wanted) => alike.parameters.filter((each) => chosen(each) === wanted));
  if (some!.length === 0 || others!.length === 0) return [alike];
  const moments = alike.group.moments();
  alike.group.dispose();
  return [some!, others!].map((parameters) => {
    const made = { ...alike, ...newGroup(parameters) };
    made.group.restore(moments);
    return made;
  });
}
