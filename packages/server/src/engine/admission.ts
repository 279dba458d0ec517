import { ApiError } from '../api/api-error';

/** Counts requests from when they come until they are answered, and refuses those beyond the bound. */
export class Admission {
  private inside = 0;
  /** Mean seconds that a request takes, later ones counting more. */
  private seconds = 1;

  constructor(
    private readonly running: number,
    private readonly waiting: number,
  ) {}

  get count(): number {
    return this.inside;
  }

  /** A place, to be given back once. @throws ApiError 429 with the seconds after which one may be free */
  enter(): () => void {
    if (this.inside >= this.running + this.waiting) {
      const wait = Math.max(1, Math.ceil((this.seconds * (this.waiting + 1)) / this.running));
      throw new ApiError(429, `${this.inside} requests are being answered or wait; try again in ${wait} s`, {
        code: 'queue_full',
        headers: { 'retry-after': String(wait) },
      });
    }
    this.inside += 1;
    const began = performance.now();
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.inside -= 1;
      this.seconds += 0.1 * ((performance.now() - began) / 1000 - this.seconds);
    };
  }
}
