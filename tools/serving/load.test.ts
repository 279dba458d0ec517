import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { load, quantile } from './load';

describe('the load of a server', () => {
  it('is counted as it comes', async () => {
    let asked = 0;
    const server = createServer((_, response) => {
      asked += 1;
      if (asked % 4 === 0) return void response.writeHead(429).end('{}');
      response.write('data: {"choices":[{"delta":{"role":"assistant","content":""}}]}\n\n');
      setTimeout(() => response.write('data: {"choices":[{"delta":{"content":"a"}}]}\n\n'), 20);
      setTimeout(() => response.end('data: {"choices":[],"usage":{"completion_tokens":3}}\n\ndata: [DONE]\n\n'), 60);
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const questions = [{ text: 'a', picture: 'data:image/png;base64,AA==' }];
    const figures = await load({ url, model: 'm', questions, maxTokens: 3 }, 3, 0.3);
    expect(figures.requests + figures.refused).toBe(asked);
    expect(figures.refused).toBe(asked >> 2);
    expect(figures.tokensPerSecond).toBeCloseTo((3 * figures.requests) / figures.seconds, 6);
    expect(figures.first.p50).toBeGreaterThan(0.015);
    expect(figures.whole.p50).toBeGreaterThan(figures.first.p50);
    server.close();
  });

  it('has quantiles', () => {
    expect([quantile([3, 1, 2], 0.5), quantile([1, 2, 3, 4], 0.99), quantile([], 0.5)]).toEqual([2, 4, NaN]);
  });
});
