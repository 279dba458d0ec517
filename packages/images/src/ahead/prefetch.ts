export interface PrefetchOptions<K, T> {
  /** Prepares one item. */
  load(item: K): Promise<T>;
  /** Items that may be begun and not yet taken: what bounds the memory. */
  most: number;
}

/**
 * Prepares items before they are asked for, in the order in which they will be. An item that fails does so when it is taken, not
 * before; one that is never taken fails nobody. Items are told apart as `===` does.
 */
export class Prefetch<K, T> {
  /** In order; not yet begun. */
  private expected: K[] = [];
  /** Begun, not yet taken. */
  private begun: { item: K; result: Promise<T> }[] = [];
  private readonly underWay = new Set<Promise<unknown>>();
  private closed = false;

  constructor(private readonly options: PrefetchOptions<K, T>) {}

  /** Says which items will be taken next, in order, in place of what was expected before; what is begun already stays begun. */
  expect(items: Iterable<K>): void {
    const earlier = this.begun;
    this.begun = [];
    this.expected = [];
    for (const item of items) {
      const at = earlier.findIndex((entry) => entry.item === item);
      if (at < 0) this.expected.push(item);
      else this.begun.push(...earlier.splice(at, 1));
    }
    this.fill();
  }

  /** One item, prepared; its place goes to the next that is expected. */
  take(item: K): Promise<T> {
    if (this.closed) throw new Error('an item was taken from a prefetch that is closed');
    const at = this.begun.findIndex((entry) => entry.item === item);
    const waiting = at < 0 ? this.expected.indexOf(item) : -1;
    if (waiting >= 0) this.expected.splice(waiting, 1);
    const result = at < 0 ? this.begin(item) : this.begun.splice(at, 1)[0]!.result;
    this.fill();
    return result;
  }

  /** All of `items` in order, prepared ahead of whoever reads them. Breaking off begins nothing more. */
  async *inOrder(items: readonly K[]): AsyncGenerator<T, void, undefined> {
    this.expect(items);
    try {
      for (const item of items) yield await this.take(item);
    } finally {
      this.expect([]);
    }
  }

  /** Begins nothing more, and waits until nothing is under way. */
  async close(): Promise<void> {
    this.closed = true;
    this.expect([]);
    await Promise.allSettled(this.underWay);
  }

  private fill(): void {
    while (!this.closed && this.begun.length < this.options.most && this.expected.length > 0) {
      const item = this.expected.shift() as K;
      this.begun.push({ item, result: this.begin(item) });
    }
  }

  private begin(item: K): Promise<T> {
    const result = this.options.load(item);
    this.underWay.add(result);
    const done = (): void => void this.underWay.delete(result);
    result.then(done, done);
    return result;
  }
}
