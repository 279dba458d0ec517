/** What a list of questions, its filters and one question beside it add to a page's style sheet. */
export const questionsStyle = `
.filters { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; margin-bottom: 8px; }
.filters select, .filters input { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 4px 8px; max-width: 260px; }
.filters input { flex: 1 1 220px; max-width: none; } .count { color: var(--soft); margin: 0 0 8px; font-variant-numeric: tabular-nums; }
.browser { display: grid; grid-template-columns: minmax(0, 5fr) minmax(0, 6fr); gap: 14px; }
@media (max-width: 820px) { .browser { grid-template-columns: minmax(0, 1fr); } }
.list { position: relative; height: 640px; overflow-y: auto; border: 1px solid var(--line); border-radius: 8px; background: var(--card); }
.list:focus-visible { outline: 2px solid var(--s0); } .item { position: absolute; left: 0; right: 0; height: 32px; display: flex; gap: 8px; align-items: center; padding: 0 10px; cursor: pointer; border-bottom: 1px solid var(--line); white-space: nowrap; }
.item .key { color: var(--soft); font-variant-numeric: tabular-nums; min-width: 48px; } .item .text { flex: 1; overflow: hidden; text-overflow: ellipsis; } .item .tag { color: var(--soft); font-size: 12px; }
.item[aria-selected="true"] { background: color-mix(in srgb, var(--s0) 16%, transparent); } .mark { min-width: 18px; text-align: center; }
.detail { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 12px; height: 640px; overflow-y: auto; }
.detail img { max-width: 100%; min-height: 96px; object-fit: contain; max-height: 320px; border-radius: 4px; border: 1px solid var(--line); } .detail .question { font-weight: 600; white-space: pre-wrap; margin: 8px 0; }
.detail ul { list-style: none; padding: 0; margin: 0 0 8px; } .detail table { font-size: 13px; } .detail td, .detail th { text-align: left; vertical-align: top; padding: 4px 8px; }
.detail td.answer { white-space: pre-wrap; overflow-wrap: anywhere; max-height: 240px; } .detail h4 { margin: 12px 0 4px; }
`;
