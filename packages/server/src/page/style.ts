import { baseStyle, questionsStyle } from '@moslora/page';

/** The page's style sheet: no outside asset, light and dark by the reader's preference. */
export const style = `${baseStyle}${questionsStyle}
:root { --accent: var(--s0); --on: #fff; --asked: #e6edff; }
@media (prefers-color-scheme: dark) { :root { --on: #0d1220; --asked: #223056; } }
body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; font-size: 16px; }
[hidden] { display: none !important; }
header, main, .composer, .questions { width: 100%; max-width: 1080px; margin: 0 auto; padding: 12px 16px; }
h1 { font-size: 20px; margin: 0; } .row { display: flex; gap: 10px; align-items: center; justify-content: space-between; }
button, input, textarea { font: inherit; color: inherit; } button { border: 1px solid var(--line); border-radius: 8px; background: var(--card); padding: 6px 14px; cursor: pointer; }
button:hover { border-color: var(--accent); } button.main { background: var(--accent); color: var(--on); border-color: var(--accent); min-width: 84px; font-weight: 600; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.models { border: 0; margin: 10px 0 6px; padding: 0; display: flex; flex-wrap: wrap; gap: 8px; align-items: center; } .models legend { padding: 0; margin-bottom: 4px; color: var(--soft); font-size: 13px; }
.chip { display: inline-flex; gap: 6px; align-items: center; border: 1px solid var(--line); border-radius: 999px; background: var(--card); padding: 4px 12px; cursor: pointer; }
.chip:has(:checked) { border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); } .chip input { accent-color: var(--accent); margin: 0; } .chip:has(:disabled:not(:checked)) { opacity: 0.5; }
.settings summary { cursor: pointer; color: var(--soft); font-size: 14px; } .fields { display: grid; grid-template-columns: repeat(auto-fill, minmax(210px, 1fr)); gap: 10px; padding: 10px 0; }
.fields label { display: grid; gap: 3px; font-size: 13px; color: var(--soft); } .fields input, textarea { border: 1px solid var(--line); border-radius: 8px; background: var(--card); color: var(--ink); padding: 7px 10px; width: 100%; }
input:invalid { border-color: var(--bad); } main { flex: 1; } .greeting { color: var(--soft); text-align: center; margin: 12vh auto; max-width: 42ch; }
.turn { margin: 0 0 26px; } .turn .question { margin: 0 0 10px auto; width: fit-content; max-width: min(85%, 620px); background: var(--asked); border-radius: 14px 14px 4px 14px; padding: 10px 14px; }
.turn .question p { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; } .turn .question .pictures { margin-bottom: 8px; } .pictures { display: flex; flex-wrap: wrap; gap: 8px; }
.pictures img { display: block; height: 132px; min-width: 60px; max-width: 100%; object-fit: contain; border-radius: 8px; border: 1px solid var(--line); background: var(--card); }
.answers { display: grid; gap: 12px; align-items: start; grid-template-columns: repeat(auto-fit, minmax(min(240px, 100%), 1fr)); } .answers[data-count="1"] { max-width: 720px; }
article.answer { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 10px 14px; } article.answer h3 { margin: 0 0 4px; font-size: 13px; color: var(--accent); overflow-wrap: anywhere; }
.said { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; min-height: 1.5em; } .foot { margin: 6px 0 0; font-size: 12px; color: var(--soft); font-variant-numeric: tabular-nums; }
article.answer[data-status="failed"] .foot { color: var(--bad); font-size: 14px; white-space: pre-wrap; } article.answer[data-status="coming"] .said::after { content: "▍"; color: var(--accent); }
.composer { position: sticky; bottom: 0; background: var(--page); border-top: 1px solid var(--line); display: grid; gap: 8px; padding-bottom: max(12px, env(safe-area-inset-bottom)); } textarea { resize: vertical; min-height: 56px; max-height: 40vh; }
.composer .pictures img { height: 72px; min-width: 40px; } .picture { position: relative; } .picture button { position: absolute; top: 2px; right: 2px; padding: 0; width: 24px; height: 24px; line-height: 1; border-radius: 50%; }
.note { flex: 1; margin: 0; color: var(--bad); font-size: 13px; } .dropping::after { content: "Drop the picture"; position: fixed; inset: 10px; display: grid; place-items: center; border: 3px dashed var(--accent); border-radius: 14px; background: color-mix(in srgb, var(--page) 82%, transparent); font-size: 22px; }
nav { display: flex; gap: 4px; flex: 1; } nav a { color: var(--soft); text-decoration: none; padding: 4px 12px; border-radius: 8px; } nav a[aria-current="true"] { color: var(--accent); font-weight: 600; background: color-mix(in srgb, var(--accent) 12%, transparent); }
.conversations { display: flex; gap: 8px; flex-wrap: wrap; justify-content: flex-end; } .browsing .conversations { display: none; } .browsing header, .questions { max-width: 1280px; } .questions { flex: 1; font-size: 15px; }
.browsing .list, .browsing .detail { height: max(420px, calc(100vh - 190px)); } .detail > div:first-child .lead { color: var(--soft); font-size: 13px; margin: 0 0 8px; }
.detail h4 { display: flex; flex-wrap: wrap; gap: 6px 10px; align-items: center; } .detail h4 button { margin-left: auto; font-size: 13px; font-weight: 400; padding: 4px 12px; } .detail table { border-collapse: collapse; width: 100%; } .detail .scroll { overflow-x: auto; }
.detail th, .detail td { border-bottom: 1px solid var(--line); } .detail th { color: var(--soft); font-weight: 600; } .detail .actions { border-top: 1px solid var(--line); padding-top: 10px; margin: 14px 0 0; }
@media (max-width: 820px) { .browsing .list { height: 34vh; } .browsing .detail { height: auto; } }
@media (max-width: 560px) { h1 { font-size: 17px; } nav a { padding: 9px 8px; } .filters select { flex: 1 1 40%; min-width: 0; max-width: none; padding: 8px; } .filters input { padding: 8px; } .conversations button { padding: 7px 10px; font-size: 14px; }
  [hidden] { display: none !important; }
header, main, .composer, .questions { padding-inline: 12px; } .turn .question { max-width: 94%; } button { padding: 9px 14px; } .chip { padding: 7px 12px; } }
`;
