/** What the live page adds to the report's style sheet. */
export const watchStyle = `
body { max-width: 1360px; padding-top: 18px; } h1 { font-size: 20px; } h2 { margin: 26px 0 8px; }
header { display: flex; flex-wrap: wrap; gap: 8px 18px; align-items: baseline; justify-content: space-between; }
.runs { display: grid; grid-template-columns: repeat(auto-fit, minmax(280px, 1fr)); gap: 10px; margin: 10px 0; }
.run { font: inherit; color: inherit; text-align: left; background: var(--card); border: 1px solid var(--line); border-left: 5px solid var(--c); border-radius: 8px; padding: 8px 12px; cursor: pointer; }
.run[aria-pressed="false"] { opacity: 0.45; } .run:focus-visible, .tools :focus-visible { outline: 2px solid var(--s0); outline-offset: 1px; }
.run .name { font-weight: 600; overflow-wrap: anywhere; } .run .state { float: right; font-size: 12px; color: var(--soft); border: 1px solid var(--line); border-radius: 10px; padding: 0 8px; }
.run .state.running { color: var(--good); border-color: currentColor; } .run .state.quiet { color: var(--bad); border-color: currentColor; }
.run .facts { color: var(--soft); font-size: 13px; font-variant-numeric: tabular-nums; } .run progress { width: 100%; height: 6px; accent-color: var(--c); display: block; margin: 6px 0 4px; }
.tools { display: flex; flex-wrap: wrap; gap: 8px 14px; align-items: center; color: var(--soft); font-size: 13px; margin: 8px 0; }
.tools select, .tools button { font: inherit; color: var(--ink); background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 3px 9px; cursor: pointer; }
.tools button[aria-pressed="true"] { border-color: var(--s0); color: var(--s0); } .lost { color: var(--bad); }
kbd { font: 12px ui-monospace, monospace; border: 1px solid var(--line); border-radius: 4px; padding: 0 4px; background: var(--card); }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 400px), 1fr)); gap: 14px; }
.charts figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 10px; }
figcaption .unit { color: var(--soft); font-weight: 400; font-size: 13px; } .plot { cursor: crosshair; touch-action: pan-y; }
.readout { display: flex; flex-wrap: wrap; gap: 2px 14px; min-height: 20px; font-size: 13px; font-variant-numeric: tabular-nums; color: var(--c, var(--soft)); }
.readout span { color: var(--c); } .cursor { stroke: var(--soft); stroke-dasharray: 2 3; }
.legend span::before { height: 10px; width: 10px; border-radius: 5px; }
.samples { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 420px), 1fr)); gap: 14px; }
.samples .card { grid-template-columns: 150px 1fr; } .samples .card img { width: 150px; height: auto; } .samples .card .question { font-weight: 600; white-space: pre-wrap; }
.samples .card.text { grid-template-columns: 1fr; } .reply b { color: var(--c); } .reply .ok, .reply .no { font-weight: 600; } .empty { color: var(--soft); }
`;
