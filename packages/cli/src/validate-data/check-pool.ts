import { availableParallelism } from 'node:os';
import { ThreadPool, type NamedPicture } from '@moslora/images';
import type { Sample } from '@moslora/specs';
import { pictureKey } from '../tuning/feature-store';
import type { CheckAnswer, CheckedPicture, CheckedSample, CheckRequest, CheckSetup } from './check-request';

/** Samples, and pictures, that one request holds. */
const [samplesAtOnce, picturesAtOnce] = [64, 4];

export interface CheckPoolOptions {
  /** Undefined where only pictures are checked. */
  setup: CheckSetup | undefined;
  /** Default: one per processor. */
  threads?: number | undefined;
  /** Told after every request how many samples or pictures it had. */
  onDone?(count: number): void;
}

/** Checks samples and pictures in worker threads. Close it when done. */
export class CheckPool {
  private readonly pool: ThreadPool<CheckRequest, CheckAnswer>;
  private readonly threads: number;

  constructor(private readonly options: CheckPoolOptions) {
    this.threads = options.threads ?? availableParallelism();
    const entry = new URL('./worker-start.mjs', import.meta.url);
    this.pool = new ThreadPool({ entry, workers: this.threads, workerData: options.setup });
  }

  /** In the order of the samples. */
  async samples(samples: readonly Sample[]): Promise<CheckedSample[]> {
    // Pictures may be large and only their number matters.
    const light = samples.map((sample) => ({ ...sample, images: sample.images.map(() => ({ path: '' })) }));
    const answers = await this.all(groups(light, samplesAtOnce), (group) => ({ samples: group }));
    return answers.flatMap((answer) => ('samples' in answer ? answer.samples : []));
  }

  /** Every distinct picture once, by its key. */
  async pictures(pictures: readonly NamedPicture[]): Promise<Map<string, CheckedPicture>> {
    const distinct = [...new Map(pictures.map((picture) => [pictureKey(picture.image), picture]))];
    const answers = await this.all(groups(distinct, picturesAtOnce), (group) => ({
      pictures: group.map(([, { image, sample }]) => ({ image, sample: sample ?? '' })),
    }));
    const found = answers.flatMap((answer) => ('pictures' in answer ? answer.pictures : []));
    return new Map(distinct.map(([key], index) => [key, found[index]!]));
  }

  close(): Promise<void> {
    return this.pool.close();
  }

  /** All answers in order, with as many requests under way as keep the threads busy. */
  private async all<T>(parts: readonly T[][], request: (part: T[]) => CheckRequest): Promise<CheckAnswer[]> {
    const answers = new Array<CheckAnswer>(parts.length);
    let next = 0;
    const drain = async (): Promise<void> => {
      while (next < parts.length) {
        const at = next++;
        answers[at] = await this.pool.ask(request(parts[at]!));
        this.options.onDone?.(parts[at]!.length);
      }
    };
    await Promise.all(Array.from({ length: 2 * this.threads }, drain));
    return answers;
  }
}

function groups<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, at) => all.slice(at * size, (at + 1) * size));
}
