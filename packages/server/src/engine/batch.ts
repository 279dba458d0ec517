import { Decoding, promptPositions, type NextToken } from '@moslora/model-llava';
import { tf } from '@moslora/runtime';
import type { Tokenizer } from '@moslora/tokenization';
import type { ServedModel } from '../served';
import { Answering } from './answering';
import type { Job, SeenPicture } from './job';
import { picturesOf } from './shown-pictures';

/** Positions that no row uses before the caches are cut. */
const UNUSED = 64;

/** Positions of prompts that go through the decoder in one turn: the others' tokens, and all that the process does, wait for it. */
const PIECE = 256;

/** Positions of prompts that begin together, where that is more than one: they have their first tokens together, and others wait. */
const TOGETHER = 2048;

/** Jobs whose prompts are going through. */
interface Joining {
  first: number;
  count: number;
  decoding: Decoding;
  features: tf.Tensor3D | undefined;
}

/** The jobs of one model that are answered together; new ones join between tokens. */
export class Batch {
  private decoding: Decoding | undefined;
  private readonly rows = new Map<number, Answering>();
  private fresh: Job[] = [];
  private joining: Joining | undefined;
  private nextRow = 0;

  constructor(
    private readonly model: ServedModel,
    private readonly tokenizer: Tokenizer,
    private readonly shape: readonly [number, number],
  ) {}

  /** Jobs being answered, and those about to be. */
  get size(): number {
    return this.rows.size + this.fresh.length;
  }

  /** The job's prompt begins to go through when those before it are through. */
  add(job: Job): void {
    this.fresh.push(job);
  }

  /** A token for every job whose prompt went through, and a piece of the prompts that have not. @returns how many tokens were made */
  async step(): Promise<number> {
    this.end(new Set([...this.rows].flatMap(([row, { job }]) => (job.signal.aborted ? [row] : []))));
    this.fresh = this.fresh.filter(({ signal }) => !signal.aborted);
    if (!this.joining) this.begin(this.fresh.splice(0, this.together()));
    const begun = this.joining ? await this.join(this.joining) : 0;
    if (!this.decoding?.size) return begun;
    this.model.use();
    const tokens = await this.decoding.next();
    this.end(this.deliver(tokens));
    return begun + tokens.length;
  }

  /** Ends all jobs with an error. */
  fail(error: unknown): void {
    for (const { job } of this.rows.values()) job.emit({ kind: 'failed', error });
    for (const job of this.fresh) job.emit({ kind: 'failed', error });
    this.rows.clear();
    this.fresh = [];
    this.dispose();
  }

  dispose(): void {
    this.leave();
    this.decoding?.dispose();
    this.decoding = undefined;
  }

  /** How many of the jobs that came first begin together. */
  private together(): number {
    const positions = (jobs: readonly Job[]): number =>
      promptPositions(
        this.model.speaker,
        jobs.map(({ ids }) => ids),
        { shown: picturesOf(jobs).shown, patches: this.shape[0] },
      );
    let count = this.fresh.length;
    while (count > 1 && positions(this.fresh.slice(0, count)) > TOGETHER) count >>= 1;
    return count;
  }

  /** Prompts of new jobs go through the decoder by themselves, then join the others. */
  private begin(jobs: readonly Job[]): void {
    if (jobs.length === 0) return;
    const first = this.nextRow;
    this.nextRow += jobs.length;
    jobs.forEach((job, at) => this.rows.set(first + at, new Answering(job, this.tokenizer)));
    const { distinct, shown } = picturesOf(jobs);
    const features = this.featuresOf(distinct);
    const options = {
      first,
      sampling: jobs.map(({ sampling }) => sampling),
      logits: jobs.map(({ likeliest }) => likeliest !== undefined),
    };
    const prompts = jobs.map(({ ids }) => ids);
    const decoding = new Decoding(this.model.speaker, prompts, features ? { features, shown } : {}, options);
    this.joining = { first, count: jobs.length, decoding, features };
  }

  /** One more piece of the prompts; with the last one their first tokens. @returns how many tokens were made */
  private async join({ decoding, first, count }: Joining): Promise<number> {
    this.model.use();
    if (decoding.prefill(PIECE)) return 0;
    const tokens = await decoding.next();
    const gone = this.gone(first, count);
    const ended = this.deliver(tokens.filter(({ row }) => !gone.has(row)));
    decoding.end(new Set([...gone, ...ended]));
    if (this.decoding) this.decoding.absorb(decoding);
    else this.decoding = decoding;
    this.joining!.features?.dispose();
    this.joining = undefined;
    this.decoding.compact(UNUSED);
    return tokens.length;
  }

  /** Rows of joining jobs that nobody waits for any more. */
  private gone(first: number, count: number): Set<number> {
    return new Set(Array.from({ length: count }, (_, at) => first + at).filter((row) => !this.rows.has(row)));
  }

  /** Forgets the prompts that are going through. */
  private leave(): void {
    this.joining?.features?.dispose();
    this.joining?.decoding.dispose();
    this.joining = undefined;
  }

  /** Tells each job its token. @returns the rows that end */
  private deliver(tokens: readonly NextToken[]): Set<number> {
    const ended = new Set(tokens.filter((token) => this.rows.get(token.row)!.push(token)).map(({ row }) => row));
    for (const row of ended) this.rows.delete(row);
    return ended;
  }

  private end(rows: ReadonlySet<number>): void {
    if (rows.size === 0) return;
    for (const row of rows) this.rows.delete(row);
    if (this.joining && this.gone(this.joining.first, this.joining.count).size === this.joining.count) this.leave();
    this.decoding?.end(rows);
    if (this.decoding?.size === 0) {
      this.decoding.dispose();
      this.decoding = undefined;
    }
    this.decoding?.compact(UNUSED);
  }

  /** (I, N, D) */
  private featuresOf(pictures: readonly SeenPicture[]): tf.Tensor3D | undefined {
    if (pictures.length === 0) return undefined;
    const [patches, width] = this.shape;
    const data = new Float32Array(pictures.length * patches * width);
    pictures.forEach(({ features }, index) => data.set(features, index * patches * width));
    return tf.tensor3d(data, [pictures.length, patches, width]);
  }
}
