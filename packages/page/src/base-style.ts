/**
 * What all pages' style sheets begin with: colours by name, light and dark by the reader's preference, and letters.
 * --ink and --soft write, --page and --card lie under it, --line parts, --s0 to --s5 are series, --good and --bad judge.
 */
export const baseStyle = `
:root { color-scheme: light dark; --ink: #1d2433; --soft: #5b6478; --line: #d9dee8; --page: #fbfbfd; --card: #fff;
  --s0: #2458d6; --s1: #c2570c; --s2: #6b7280; --s3: #0f8a5f; --s4: #8b3fc7; --s5: #b3134f; --good: #12794f; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7eaf2; --soft: #a3acc0; --line: #333b4d; --page: #12151d; --card: #1a1f2b;
  --s0: #7ea6ff; --s1: #f4a261; --s2: #9aa3b5; --s3: #4fd1a1; --s4: #c79bf2; --s5: #f58bb0; --good: #5fd3a2; --bad: #ff9a91; } }
* { box-sizing: border-box; }
body { background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", "Noto Sans CJK SC", sans-serif; }
.ok { color: var(--good); } .no { color: var(--bad); }
`;
