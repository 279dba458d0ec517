import { Decoding, type NextToken } from '@moslora/model-llava';
import { tf } from '@moslora/runtime';
import type { Tokenizer } from '@moslora/tokenization';
import type { ServedModel } from '../served';
import { Answering } from './answering';
import type { Job } from './job';

/** Positions that no row uses before the caches are cut. */
const UNUSED = 64;

/** The jobs of one model that are answered together; new ones join between tokens. */
export class Batch {
  private decoding: Decoding | undefined;
  private readonly rows = new Map<number, Answering>();
  private fresh: Job[] = [];
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

  /** The job gets its first token in the next step. */
  add(job: Job): void {
    this.fresh.push(job);
  }

  /** A token for every job. @returns how many tokens were made */
  async step(): Promise<number> {
    this.end(new Set([...this.rows].flatMap(([row, { job }]) => (job.signal.aborted ? [row] : []))));
    const begun = await this.begin(this.fresh.splice(0).filter(({ signal }) => !signal.aborted));
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
    this.decoding?.dispose();
    this.decoding = undefined;
  }

  /** Prompts of new jobs go through the decoder by themselves, then join the others. */
  private async begin(jobs: readonly Job[]): Promise<number> {
    if (jobs.length === 0) return 0;
    const first = this.nextRow;
    this.nextRow += jobs.length;
    jobs.forEach((job, at) => this.rows.set(first + at, new Answering(job, this.tokenizer)));
    const features = this.featuresOf(jobs);
    const options = {
      first,
      sampling: jobs.map(({ sampling }) => sampling),
      logits: jobs.map(({ likeliest }) => likeliest !== undefined),
    };
    let joined = false;
    const decoding = new Decoding(
      this.model.speaker,
      jobs.map(({ ids }) => ids),
      { ...(features && { features }) },
      options,
    );
    try {
      this.model.use();
      decoding.end(this.deliver(await decoding.next()));
      if (this.decoding) this.decoding.absorb(decoding);
      else this.decoding = decoding;
      joined = true;
    } finally {
      features?.dispose();
      if (!joined) decoding.dispose();
    }
    this.decoding.compact(UNUSED);
    return jobs.length;
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
    this.decoding?.end(rows);
    if (this.decoding?.size === 0) this.dispose();
    this.decoding?.compact(UNUSED);
  }

  /** (I, N, D) of all pictures in reading order. */
  private featuresOf(jobs: readonly Job[]): tf.Tensor3D | undefined {
    const pictures = jobs.flatMap((job) => job.pictures);
    if (pictures.length === 0) return undefined;
    const [patches, width] = this.shape;
    const data = new Float32Array(pictures.length * patches * width);
    pictures.forEach((picture, index) => data.set(picture, index * patches * width));
    return tf.tensor3d(data, [pictures.length, patches, width]);
  }
}
