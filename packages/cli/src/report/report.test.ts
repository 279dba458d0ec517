import { describe, expect, it } from 'vitest';
import { smooth, ticks } from './loss-chart';
import { byteSize, duration, escape } from './markup';
import { reportPage } from './page';
import { radarPoint } from './radar-chart';
import type { ReportData, ReportRun } from './report-data';
import { displayWidth, terminalTable } from './terminal-table';

const run = (label: string, overall: number): ReportRun => ({
  label,
  role: 'main',
  scores: {
    en: {
      questions: 8,
      overall,
      vanilla: 0.75,
      abilities: { AR: 0.5, CP: 1, 'FP-C': 0, 'FP-S': 0.25, LR: 0.125, RR: 0.6 },
    },
  },
});

const data: ReportData = {
  title: 'A <b>title',
  notice: 'reduced',
  runs: [run('tuned', 0.5), run('untuned', 0.1)],
  curves: [{ label: 'instruct', points: [1, 2, 3].map((step) => ({ step, loss: 4 - step })) }],
  examples: [],
  stages: [{ stage: 'score', seconds: 75, peakMemoryBytes: 3 * 1024 ** 2, device: 'native' }],
  blocks: [{ title: 'Versions', facts: [['node', 'v20']] }],
  method: [['rules', 'current']],
};

describe('reportPage', () => {
  const page = reportPage(data);

  it('needs nothing from outside', () => {
    expect(page).not.toMatch(/(?:src|href)="(?!data:)/);
    expect(page).not.toMatch(/https?:|<script|@import|url\(/);
  });

  it('escapes what people write', () => {
    expect(page).toContain('A &#60;b&#62;title');
    expect(page).not.toContain('<b>title');
  });

  it('shows every score, the notice, the curve and the times', () => {
    for (const text of ['50.0', '12.5', 'reduced', 'loss 3.00 → 2.000', '1 min 15 s', '3.0 MiB'])
      expect(page).toContain(text);
  });

  it('draws one polygon per run in the radar', () => {
    expect(page.match(/<g class="series/g)).toHaveLength(2);
  });
});

describe('radarPoint', () => {
  it('puts the first axis straight up and the fourth straight down', () => {
    const [up, down, middle] = [radarPoint(0, 6, 1), radarPoint(3, 6, 1), radarPoint(2, 6, 0)];
    expect(up.x).toBeCloseTo(middle.x);
    expect(up.y).toBeLessThan(middle.y);
    expect(down.y - middle.y).toBeCloseTo(middle.y - up.y);
  });
});

describe('numbers', () => {
  it('smooths by a running mean', () => expect(smooth([4, 2, 0, 0], 2)).toEqual([4, 3, 1, 0]));
  it('chooses round ticks', () => expect(ticks(8.3)).toEqual([0, 2.5, 5, 7.5]));
  it('writes sizes and times', () => {
    expect([byteSize(900), byteSize(1536), duration(8.26), duration(3725)]).toEqual([
      '900 B',
      '1.5 KiB',
      '8.3 s',
      '1 h 02 min',
    ]);
  });
  it('escapes quotes', () => expect(escape(`"'&`)).toBe('&#34;&#39;&#38;'));
});

describe('terminalTable', () => {
  it('aligns columns, also beside full-width characters', () => {
    const lines = terminalTable([run('微调', 0.5), run('untuned', 1)]).split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[2]).toMatch(/^微调\s+EN\s+50\.0\s+50\.0\s+100\.0\s+0\.0\s+25\.0\s+12\.5\s+60\.0$/);
    expect(new Set(lines.slice(1).map((line) => displayWidth(line))).size).toBe(1);
  });
});
