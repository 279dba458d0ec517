import { describe, expect, it } from 'vitest';
import { smooth } from '../charts/smooth';
import { ticks } from '../charts/ticks';
import { escape } from './markup';
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
      interval: [overall - 0.1, overall + 0.1],
      vanilla: 0.75,
      abilities: { AR: 0.5, CP: 1, 'FP-C': 0, 'FP-S': 0.25, LR: 0.125, RR: 0.6 },
    },
  },
  open: {},
  facts: {},
  warnings: {},
});
const openRun = (label: string, right: number, role: ReportRun['role'] = 'main'): ReportRun => ({
  ...{ label, role, scores: {}, facts: {}, warnings: {} },
  open: { 'easy-vqa': { questions: 80, right, accuracy: right / 80, interval: [0.1, 0.9] } },
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
    for (const text of ['50.0', '12.5', 'reduced', 'loss 3.00 → 2.000', '1m15s', '3.15 MB'])
      expect(page).toContain(text);
  });

  it('draws one polygon per run in the radar', () => {
    expect(page.match(/<g class="series/g)).toHaveLength(2);
  });
});

describe('reportPage of open questions', () => {
  const examples: ReportData['examples'] = [
    {
      ...{
        benchmark: 'easy-vqa',
        ability: '',
        image: 'data:image/png;base64,AA==',
        question: 'what shape?',
        options: [],
      },
      answer: 'circle',
      replies: [
        { label: 'tuned', text: 'Circle.', correct: true },
        { label: 'blind', text: '<yes>', correct: false },
      ],
    },
  ];

  it('shows accuracies with the control beside, and neither radar nor CircularEval', () => {
    const page = reportPage({ ...data, runs: [openRun('tuned', 66), openRun('blind', 53, 'control')], examples });
    expect(page).toContain('<td>tuned · easy-vqa</td><td>80</td><td>66</td><td>82.5</td><td>10.0–90.0</td>');
    expect(page).toContain('<td>blind · easy-vqa</td><td>80</td><td>53</td><td>66.3</td><td>10.0–90.0</td>');
    expect(page).not.toMatch(/class="radar"|CircularEval/);
  });

  it('shows what was answered beside what is accepted', () => {
    const page = reportPage({ ...data, runs: [openRun('tuned', 66)], examples });
    expect(page).toContain('<p class="where">easy-vqa</p><p>what shape?</p><p class="ok">circle</p>');
    expect(page).toContain('“Circle.” → <span class="ok">✓</span></p>');
    expect(page).toContain('“&#60;yes&#62;” → <span class="no">✗</span></p>');
  });

  it('heads both kinds where there are both', () => {
    const both = { ...run('tuned', 0.5), open: openRun('', 66).open };
    const page = reportPage({ ...data, runs: [both] });
    expect(page).toMatch(/<h2>Open questions<\/h2>[^]*82\.5[^]*<h2>Questions with options[^]*class="radar"/);
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
  it('escapes quotes', () => expect(escape(`"'&`)).toBe('&#34;&#39;&#38;'));
});

describe('terminalTable', () => {
  it('aligns columns, also beside full-width characters', () => {
    const lines = terminalTable([run('微调', 0.5), run('untuned', 1)]).split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[2]).toMatch(/^微调\s+EN\s+50\.0\s+40\.0–60\.0\s+50\.0\s+100\.0\s+0\.0\s+25\.0\s+12\.5\s+60\.0$/);
    expect(new Set(lines.slice(1).map((line) => displayWidth(line))).size).toBe(1);
  });

  it('puts open questions in a table of their own, by benchmark, then by run', () => {
    const table = terminalTable([openRun('tuned', 66), openRun('blind', 8, 'control')]);
    const lines = table.split('\n');
    expect(lines[0]).toMatch(/^Open questions, % +Accuracy +95 % +Right +Of$/);
    expect(lines[2]).toMatch(/^tuned +easy-vqa +82\.5 +10\.0–90\.0 +66 +80$/);
    expect(lines[3]).toMatch(/^blind +easy-vqa +10\.0 +10\.0–90\.0 +8 +80$/);
    expect(new Set(lines.map((line) => displayWidth(line))).size).toBe(1);
    expect(terminalTable([{ ...run('tuned', 0.5), open: openRun('', 66).open }])).toMatch(
      /CircularEval[^]*tuned +EN +50\.0[^]*\n\nOpen questions[^]*tuned +easy-vqa +82\.5 +10\.0–90\.0 +66 +80$/,
    );
  });

  it('warns, as the page does, of what runs were warned of and differ in, controls left out', () => {
    const own = { en: ['the chat template <x> was not stored'] };
    const runs: ReportRun[] = [
      { ...run('a', 0.5), facts: { en: { 'model (SHA-256)': '1', 'inference rules': 'current' } }, warnings: own },
      { ...run('b', 0.5), facts: { en: { 'model (SHA-256)': '2', 'inference rules': '2024-06' } } },
      { ...run('c', 0.5), role: 'control', facts: { en: { pictures: 'blank' } }, warnings: { en: ['blank'] } },
    ];
    expect(terminalTable(runs).split('\n').slice(-2)).toEqual([
      'warning: a, en: the chat template <x> was not stored',
      'warning: en: inference rules differs: current (a), 2024-06 (b)',
    ]);
    expect(reportPage({ ...data, runs })).toContain(
      '<p class="notice">Warning: a, en: the chat template &#60;x&#62; was not stored</p>\n' +
        '<p class="notice">Warning: en: inference rules differs: current (a), 2024-06 (b)</p>',
    );
  });

  it('ends with what the figures rest on', () => {
    const of = (label: string, model: string): ReportRun => ({
      ...run(label, 0.5),
      facts: {
        en: { 'model (SHA-256)': model, data: 'e0', rules: 'current' },
        cn: { 'model (SHA-256)': model, data: 'c0', rules: 'current' },
      },
    });
    expect(
      terminalTable([of('微调', 'm1'), of('untuned', 'm2')])
        .split('\n')
        .slice(-6),
    ).toEqual([
      '',
      'model (SHA-256), 微调     m1',
      'model (SHA-256), untuned  m2',
      'data, en                  e0',
      'data, cn                  c0',
      'rules                     current',
    ]);
    const odd = { ...of('c', 'm1'), facts: { en: { rules: 'current' }, cn: { rules: '2024-06' } } };
    expect(terminalTable([of('a', 'm1'), odd])).toMatch(
      /rules, a en, a cn, c en +current\nrules, c cn +2024-06\n\nwarning: en: data differs/,
    );
  });
});
