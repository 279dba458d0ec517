import { baseStyle } from '@moslora/page';

/** The report's style sheet: no outside asset, light and dark by the reader's preference, readable in print. */
export const style = `${baseStyle}
body { margin: 0 auto; max-width: 1080px; padding: 28px 20px 64px; }
h1 { font-size: 26px; margin: 0 0 4px; } h2 { font-size: 18px; margin: 36px 0 10px; }
p.lead { color: var(--soft); margin: 0 0 16px; }
.notice { border-left: 4px solid var(--s1); background: var(--card); padding: 8px 12px; margin: 12px 0; }
table { border-collapse: collapse; width: 100%; background: var(--card); }
th, td { border-bottom: 1px solid var(--line); padding: 6px 10px; text-align: right; font-variant-numeric: tabular-nums; }
th:first-child, td:first-child { text-align: left; } td:first-child { font-weight: 600; } thead th { color: var(--soft); font-weight: 600; }
.range { color: var(--soft); white-space: nowrap; } .scroll { overflow-x: auto; }
.row { display: flex; flex-wrap: wrap; gap: 18px; } .row > figure { flex: 1 1 320px; margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 10px; }
figcaption { font-weight: 600; margin-bottom: 4px; } svg { width: 100%; height: auto; display: block; }
.ring, .axis { fill: none; stroke: var(--line); } .tick { font-size: 10px; fill: var(--soft); } .axis-name { font-size: 13px; font-weight: 600; fill: var(--ink); }
.series polygon { fill: var(--c); fill-opacity: 0.10; stroke: var(--c); stroke-width: 2; } .series circle { fill: var(--c); }
.series.beside polygon { fill-opacity: 0.04; } .series.control polygon { fill: none; stroke-dasharray: 5 4; stroke-width: 1.5; } .series.control circle { r: 2; }
.s0 { --c: var(--s0); } .s1 { --c: var(--s1); } .s2 { --c: var(--s2); } .s3 { --c: var(--s3); } .s4 { --c: var(--s4); } .s5 { --c: var(--s5); }
.raw { fill: none; stroke: var(--c); stroke-opacity: 0.25; } .mean { fill: none; stroke: var(--c); stroke-width: 2; }
.band { fill: var(--c); fill-opacity: 0.12; stroke: none; } .dashes { fill: none; stroke: var(--c); stroke-dasharray: 5 4; stroke-width: 1.5; } .dot { fill: var(--card); stroke: var(--c); stroke-width: 1.5; }
.legend { display: flex; flex-wrap: wrap; gap: 6px 18px; margin: 10px 0; } .legend span::before { content: ""; display: inline-block; width: 18px; height: 4px; margin-right: 6px; vertical-align: middle; background: var(--c); }
.legend .control::before { background: repeating-linear-gradient(90deg, var(--c) 0 5px, transparent 5px 9px); }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)); gap: 14px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 10px; display: grid; grid-template-columns: 104px 1fr; gap: 10px; }
.card img { width: 104px; height: 104px; image-rendering: auto; border-radius: 4px; border: 1px solid var(--line); }
.card p { margin: 0 0 4px; } .card .where { color: var(--soft); font-size: 12px; } .card ul { margin: 0; padding: 0; list-style: none; font-size: 13px; }
.card .reply { font-size: 13px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 16px; margin: 0; } dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.blocks { display: grid; gap: 8px; } .block { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 8px 14px; }
.block summary { cursor: pointer; font-weight: 600; } .block dl { margin-top: 8px; }
`;
