import { describe, expect, it } from 'vitest';
import { Prefetch } from './prefetch';

/** Items that are prepared only when the test says so. */
function slowly() {
  const open = new Map<number, { resolve(): void; reject(error: Error): void }>();
  const begun: number[] = [];
  const load = (item: number): Promise<string> => {
    begun.push(item);
    return new Promise((resolve, reject) => {
      open.set(item, { resolve: () => resolve(`picture ${item}`), reject });
    });
  };
  return { open, begun, load };
}

describe('Prefetch', () => {
  it('begins the expected items in order, no more than may wait', async () => {
    const { begun, load, open } = slowly();
    const prefetch = new Prefetch({ load, most: 2 });
    prefetch.expect([1, 2, 3, 4]);
    expect(begun).toEqual([1, 2]);
    const first = prefetch.take(1);
    expect(begun).toEqual([1, 2, 3]);
    open.get(2)!.resolve();
    open.get(1)!.resolve();
    expect(await first).toBe('picture 1');
    expect(await prefetch.take(2)).toBe('picture 2');
    expect(begun).toEqual([1, 2, 3, 4]);
  });

  it('keeps what is begun when other items are expected, drops what no longer is, and loads what was never expected', async () => {
    const { begun, load, open } = slowly();
    const prefetch = new Prefetch({ load, most: 3 });
    prefetch.expect([1, 2, 3]);
    prefetch.expect([2, 5, 6, 7]);
    expect(begun).toEqual([1, 2, 3, 5, 6]);
    const unexpected = prefetch.take(9);
    const second = prefetch.take(2);
    expect(begun).toEqual([1, 2, 3, 5, 6, 9, 7]);
    for (const { resolve } of open.values()) resolve();
    expect(await Promise.all([unexpected, second])).toEqual(['picture 9', 'picture 2']);
  });

  it('prepares an item again for every time it is expected', async () => {
    const { begun, load, open } = slowly();
    const prefetch = new Prefetch({ load, most: 4 });
    prefetch.expect([1, 1, 2]);
    expect(begun).toEqual([1, 1, 2]);
    const taken = [prefetch.take(1), prefetch.take(1)];
    expect(begun).toHaveLength(3);
    open.get(1)!.resolve();
    await taken[1];
  });

  it('fails where the item that failed is taken, and nowhere else', async () => {
    const load = (item: number): Promise<string> =>
      item === 2 ? Promise.reject(new Error('sample s2')) : Promise.resolve(`picture ${item}`);
    const prefetch = new Prefetch({ load, most: 8 });
    prefetch.expect([1, 2, 3]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(await prefetch.take(1)).toBe('picture 1');
    await expect(prefetch.take(2)).rejects.toThrow('sample s2');
    expect(await prefetch.take(3)).toBe('picture 3');
    prefetch.expect([2]);
    await prefetch.close();
  });

  it('gives a whole list in order, and begins nothing more when the reader breaks off', async () => {
    const begun: number[] = [];
    const load = async (item: number): Promise<number> => {
      begun.push(item);
      await new Promise((resolve) => setTimeout(resolve, 5 * (4 - (item % 4))));
      return item;
    };
    const prefetch = new Prefetch({ load, most: 3 });
    const items = Array.from({ length: 40 }, (_, index) => index);
    const read: number[] = [];
    for await (const item of prefetch.inOrder(items)) {
      read.push(item);
      if (item === 9) break;
    }
    await prefetch.close();
    expect(read).toEqual(items.slice(0, 10));
    expect(begun.length).toBeLessThanOrEqual(10 + 3 + 1);
    expect(() => prefetch.take(1)).toThrow('closed');
  });

  it('waits on closing for what is under way', async () => {
    const { load, open } = slowly();
    const prefetch = new Prefetch({ load, most: 2 });
    prefetch.expect([1, 2]);
    let closed = false;
    const closing = prefetch.close().then(() => (closed = true));
    open.get(1)!.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    expect(closed).toBe(false);
    open.get(2)!.reject(new Error('nobody asked'));
    await closing;
    expect(closed).toBe(true);
  });
});
