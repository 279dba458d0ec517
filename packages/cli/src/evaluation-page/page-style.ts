import { questionsStyle } from '@moslora/page';

/** What the evaluation page adds to the report's style sheet. */
export const pageStyle = `${questionsStyle}
body { max-width: 1240px; } h3 { font-size: 15px; margin: 18px 0 6px; }
.warning { border-left-color: var(--bad); } .differs td { background: color-mix(in srgb, var(--s1) 14%, transparent); }
.facts td { text-align: left; overflow-wrap: anywhere; font-size: 13px; } .facts td:first-child { white-space: nowrap; }
.measures .ability td:first-child { padding-left: 24px; } .measures .other td { color: var(--soft); }
.says { color: var(--soft); white-space: nowrap; } .says.shown { color: var(--ink); font-weight: 600; }
.bars { margin: 0 0 14px; background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 10px; }
.bar rect { fill: var(--c); fill-opacity: 0.75; } .whisker { fill: none; stroke: var(--ink); stroke-width: 1.2; } .leaf { font-size: 12px; fill: var(--ink); }
.confusion th, .confusion td { text-align: center; padding: 4px 8px; } .confusion td { background: color-mix(in srgb, var(--s0) calc(60% * var(--share, 0)), transparent); }
.confusion td.right { outline: 2px solid var(--line); outline-offset: -2px; } .confusion td.sum { white-space: nowrap; font-size: 12px; color: var(--soft); background: none; }
.row > figure.confusion { flex: 0 1 380px; }
`;
