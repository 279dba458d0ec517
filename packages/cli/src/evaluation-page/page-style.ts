/** What the evaluation page adds to the report's style sheet. */
export const pageStyle = `
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
.filters { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; margin-bottom: 8px; }
.filters select, .filters input { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 4px 8px; max-width: 260px; }
.filters input { flex: 1 1 180px; } .count { color: var(--soft); margin: 0 0 8px; font-variant-numeric: tabular-nums; }
.browser { display: grid; grid-template-columns: minmax(0, 5fr) minmax(0, 6fr); gap: 14px; }
@media (max-width: 820px) { .browser { grid-template-columns: minmax(0, 1fr); } }
.list { position: relative; height: 640px; overflow-y: auto; border: 1px solid var(--line); border-radius: 8px; background: var(--card); }
.list:focus-visible { outline: 2px solid var(--s0); } .item { position: absolute; left: 0; right: 0; height: 32px; display: flex; gap: 8px; align-items: center; padding: 0 10px; cursor: pointer; border-bottom: 1px solid var(--line); white-space: nowrap; }
.item .key { color: var(--soft); font-variant-numeric: tabular-nums; min-width: 48px; } .item .text { flex: 1; overflow: hidden; text-overflow: ellipsis; } .item .tag { color: var(--soft); font-size: 12px; }
.item[aria-selected="true"] { background: color-mix(in srgb, var(--s0) 16%, transparent); } .mark { min-width: 18px; text-align: center; }
.detail { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 12px; height: 640px; overflow-y: auto; }
.detail img { max-width: 100%; max-height: 320px; border-radius: 4px; border: 1px solid var(--line); } .detail .question { font-weight: 600; white-space: pre-wrap; margin: 8px 0; }
.detail ul { list-style: none; padding: 0; margin: 0 0 8px; } .detail table { font-size: 13px; } .detail td, .detail th { text-align: left; vertical-align: top; padding: 4px 8px; }
.detail td.answer { white-space: pre-wrap; overflow-wrap: anywhere; max-height: 240px; } .detail h4 { margin: 12px 0 4px; }
`;
