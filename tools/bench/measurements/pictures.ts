import { measurement } from '../bench';
import { goal, medianOf, number, showSpread, spreadOf, table } from '../figures';
import type { PictureFigures } from '../ours/pictures';

export const pictures = measurement<{ turns: PictureFigures[] }>({
  name: 'pictures',
  title: 'Pictures prepared ahead',
  async run(bench) {
    const turns: PictureFigures[] = [];
    for (let turn = 0; turn < bench.pairs; turn++) {
      turns.push(await bench.ours<PictureFigures>('pictures', bench.pick(['320', '250'], ['16', '40'])));
      bench.log(`turn ${turn + 1}: ${number(turns.at(-1)!.picturesPerSecond)} pictures/s`);
    }
    return { turns };
  },
  goals({ turns }) {
    const waited = medianOf(turns.map(({ waitedMsPerStep, stepMs }) => (100 * waitedMsPerStep) / stepMs));
    return [goal('a step waits for its pictures', waited, { most: 1 }, ' % of its time')];
  },
  render({ turns }) {
    const { size, batch, workers, stepMs } = turns[0]!;
    const each = (of: (figures: PictureFigures) => number, unit: string): string =>
      showSpread(spreadOf(turns.map(of)), unit);
    const rows = [
      [
        `prepared by ${workers} worker thread(s) while nothing else runs`,
        each((one) => one.picturesPerSecond, ' pictures/s'),
      ],
      ['a step waits for its pictures', each((one) => one.waitedMsPerStep, ' ms')],
      ['the longest wait of a step', each((one) => one.longestWaitMs, ' ms')],
    ];
    return `JPEGs of 640 x 480, decoded, padded to squares, resized to ${size} px and normalised; steps of ${batch} pictures that take ${number(stepMs)} ms.\n\n${table(['', ''], rows)}`;
  },
});
