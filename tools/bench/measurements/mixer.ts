import { measurement } from '../bench';
import { goal, medianOf, number, showSpread, spreadOf, table } from '../figures';

/** Seconds of a step with each adapter, in each turn. */
interface Mixer {
  shapes: { shape: string; turns: { lora: number; moslora: number }[] }[];
}

export const mixer = measurement<Mixer>({
  name: 'mixer',
  title: 'MoSLoRA against LoRA',
  async run(bench) {
    const shapes: Mixer['shapes'] = [];
    for (const shape of bench.pick(['small', 'medium', '7b-slice'], ['64,2,4,176,500,2x32'])) {
      const turns: { lora: number; moslora: number }[] = [];
      for (let turn = 0; turn < bench.pairs; turn++) {
        const time = async (adapter: string): Promise<number> =>
          (await bench.step(['--shape', shape, '--adapter', adapter, '--steps', String(bench.steps)])).median_s;
        const [first, second] = turn % 2 === 0 ? ['lora', 'moslora'] : ['moslora', 'lora'];
        const times = { [first!]: await time(first!), [second!]: await time(second!) } as {
          lora: number;
          moslora: number;
        };
        turns.push(times);
        bench.log(`${shape}, turn ${turn + 1}: LoRA ${number(times.lora)} s, MoSLoRA ${number(times.moslora)} s`);
      }
      shapes.push({ shape, turns });
    }
    return { shapes };
  },
  goals({ shapes }) {
    return shapes.map(({ shape, turns }) => {
      const ratio = medianOf(turns.map(({ lora, moslora }) => moslora / lora));
      return goal(`${shape}: MoSLoRA's time over LoRA's`, ratio, { most: 1.03 });
    });
  },
  render({ shapes }) {
    const rows = shapes.map(({ shape, turns }) => [
      shape,
      `${number(medianOf(turns.map(({ lora }) => lora)))} s`,
      `${number(medianOf(turns.map(({ moslora }) => moslora)))} s`,
      showSpread(spreadOf(turns.map(({ lora, moslora }) => moslora / lora))),
    ]);
    return `A step on the NF4 base, rank 64, in turn.\n\n${table(['shape', 'LoRA', 'MoSLoRA', 'ratio'], rows)}`;
  },
});
