import type { LeakFigures } from '../../../packages/cli/src/bench/bench-leaks';
import { measurement } from '../bench';
import { number, table } from '../figures';

type Part = LeakFigures['training'];

interface Leaks {
  shape: string;
  steps: number;
  runs: { checkpointing: boolean; training: Part; decoding: Part; leaks: string[] }[];
}

export const leaks = measurement<Leaks>({
  name: 'leaks',
  title: 'What stays behind in many steps',
  async run(bench) {
    const steps = bench.pick(1000, 40);
    const shape = '64,2,4,176,500,2x64';
    const result: Leaks = { shape, steps, runs: [] };
    for (const checkpointing of [false, true]) {
      const more = checkpointing ? ['--checkpointing'] : [];
      const figures = await bench.leaks(['--shape', shape, '--steps', String(steps), ...more]);
      const { training, decoding, leaks: found } = figures;
      result.runs.push({ checkpointing, training, decoding, leaks: found });
      bench.log(`${more.join('')} ${found.length === 0 ? 'nothing grew' : found.join('; ')}`);
    }
    return result;
  },
  goals({ steps, runs }) {
    const found = runs.flatMap(({ leaks: each }) => each);
    const got = found.length === 0 ? 'none' : found.join('; ');
    return [{ what: `what grows in ${steps} steps`, wanted: 'none', got, met: found.length === 0 }];
  },
  render({ shape, steps, runs }) {
    const rows = runs.flatMap(({ checkpointing, training, decoding }) =>
      Object.entries({ [checkpointing ? 'steps, checkpointing' : 'steps']: training, tokens: decoding }).map(
        ([name, { tensors, handles, rss_mb }]) => [
          `${steps} ${name}`,
          `${tensors.middle}, ${tensors.last}`,
          `${handles.middle}, ${handles.last}`,
          rss_mb.map((mb) => number(mb, 4)).join(', '),
        ],
      ),
    );
    const header = ['', 'tensors: middle, end', "TensorFlow's arrays: middle, end", 'resident MB, by quarters'];
    return `Shape ${shape}, batches and prompts of changing length; a checkpoint is written four times on the way.

${table(header, rows)}`;
  },
});
