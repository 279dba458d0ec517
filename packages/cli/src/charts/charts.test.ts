import { describe, expect, it } from 'vitest';
import { lineChart } from './line-chart';
import { scaleOf, size } from './scale';
import { smoothed } from './smooth';
import { thin } from './thin';
import { logTicks } from './ticks';

describe('scaleOf', () => {
  it('starts at 0 where it is linear, and finds the step at a place', () => {
    const scale = scaleOf(100, [2, 4], false);
    expect([scale.y(0), scale.y(4)]).toEqual([size.height - size.bottom, size.top]);
    expect(scale.xAt(scale.x(37))).toBeCloseTo(37);
    expect(scale.ticks).toEqual([0, 1, 2, 3, 4]);
  });

  it('spans the values above 0 where it is logarithmic', () => {
    const scale = scaleOf(10, [0, 0.01, 1], true);
    expect(scale.y(0.1)).toBeCloseTo((scale.y(0.01) + scale.y(1)) / 2);
    expect(scale.y(0)).toBe(scale.y(0.01));
    expect(scale.ticks).toEqual([0.01, 0.1, 1]);
    expect(logTicks(1.5, 30)).toEqual([2, 5, 10, 20]);
  });

  it('holds values below 0, and no values at all', () => {
    expect(scaleOf(1, [-1, 1], false).y(-1)).toBe(size.height - size.bottom);
    expect(scaleOf(1, [], true).ticks).toEqual([0, 0.25, 0.5, 0.75, 1]);
  });
});

describe('thin', () => {
  it('keeps ends and extremes of a long curve', () => {
    const points = Array.from({ length: 50_000 }, (_, x) => ({ x, y: x === 31_234 ? 9 : Math.sin(x) }));
    const kept = thin(points);
    expect(kept.length).toBeLessThanOrEqual(810);
    expect([kept[0], kept.at(-1)]).toEqual([points[0], points.at(-1)]);
    expect(kept).toContain(points[31_234]);
    expect(kept.map(({ x }) => x)).toEqual([...kept.map(({ x }) => x)].sort((a, b) => a - b));
  });
});

describe('lineChart', () => {
  const line = [0, 1, 2].map((x) => ({ x, y: x }));
  it('draws lines, dots, bands and a mark, and leaves gaps out', () => {
    const band = [
      { x: 0, low: 0, high: 1 },
      { x: 2, low: 1, high: 2 },
    ];
    const svg = lineChart({ title: '<t>', series: [{ style: 's1', line, dots: [{ x: 1, y: NaN }], band }], cursor: 1 });
    expect(svg).toContain('aria-label="&#60;t&#62;"');
    expect(svg).toContain(
      '<g class="s1"><polygon class="band" points="52.0,101.0 408.0,12.0 408.0,101.0 52.0,190.0"/>',
    );
    expect(svg).toContain('<polyline class="mean" points="52.0,190.0 230.0,101.0 408.0,12.0"/>');
    expect(svg).toContain('<line class="cursor" x1="230.0"');
    expect(svg).not.toContain('dashes');
  });

  it('smooths values and keeps where they are', () => {
    expect(smoothed(line, 2)).toEqual([0, 0.5, 1.5].map((y, x) => ({ x, y })));
  });
});
