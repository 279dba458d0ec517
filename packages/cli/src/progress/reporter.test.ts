import { describe, expect, it } from 'vitest';
import { bytes, duration, rate } from './format';
import { Reporter } from './reporter';

function fake(isTTY: boolean, columns = 100) {
  const written: string[] = [];
  const clock = { now: 0 };
  const screen = { isTTY, columns, write: (text: string) => void written.push(text) };
  return { written, clock, reporter: new Reporter(screen, () => clock.now) };
}

describe('Reporter', () => {
  it('writes plain lines at most every five seconds, and one at the end', () => {
    const { written, clock, reporter } = fake(false);
    const bar = reporter.bar({ label: 'instruct', total: 40 });
    for (let step = 1; step <= 40; step++) {
      clock.now = step * 0.5;
      bar.update(step, { loss: 3 / step });
    }
    bar.end();
    expect(written).toEqual([
      'instruct  25% 10/40 2.00 step/s, ETA 15s, loss 0.3000\n',
      'instruct  50% 20/40 2.00 step/s, ETA 10s, loss 0.1500\n',
      'instruct  75% 30/40 2.00 step/s, ETA 5s, loss 0.1000\n',
      'instruct 100% 40/40 2.00 step/s, ETA 0s, loss 0.07500\n',
      'instruct 100% 40/40 2.00 step/s, took 20s, loss 0.07500\n',
    ]);
  });

  it('keeps one live line on a terminal, below what is logged', () => {
    const { written, clock, reporter } = fake(true, 60);
    const bar = reporter.bar({ label: 'see', total: 4, unit: 'picture' });
    clock.now = 4;
    bar.update(1);
    clock.now = 4.05;
    bar.update(2);
    reporter.log('hello');
    bar.end();
    const live = 'see  25% [=====              ] 1/4 4.00 s/picture, ETA 12s';
    expect(written).toEqual([
      `\r\u001b[K${live}`,
      `\r\u001b[Khello\n${live}`,
      '\r\u001b[K',
      'see  50% 2/4 2.02 s/picture, took 4s\n',
    ]);
  });

  it('counts the pace of a resumed run from where it resumed', () => {
    const { written, clock, reporter } = fake(false);
    const bar = reporter.bar({ label: 'align', total: 100, start: 90 });
    clock.now = 10;
    bar.update(95);
    expect(written).toEqual(['align  95% 95/100 2.00 s/step, ETA 10s\n']);
  });

  it('never draws wider than the terminal', () => {
    const { written, clock, reporter } = fake(true, 30);
    clock.now = 1;
    reporter.bar({ label: 'a very long name of a stage', total: 2 }).update(1);
    expect(written[0]!.length).toBeLessThanOrEqual(30 + '\r\u001b[K'.length);
  });
});

describe('formats', () => {
  it('are short', () => {
    expect([duration(42), duration(185), duration(3720), duration(Infinity)]).toEqual(['42s', '3m05s', '1h02m', '?']);
    expect([bytes(512), bytes(3_400_000), bytes(1_250_000_000)]).toEqual(['512 B', '3.40 MB', '1.25 GB']);
    expect([rate(12.34, 'step'), rate(0.25, 'step'), rate(NaN, 'step')]).toEqual([
      '12.3 step/s',
      '4.00 s/step',
      '- step/s',
    ]);
  });
});
