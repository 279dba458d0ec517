import type { Ground, Pattern } from './scene';

/** Paper and ink of each background; both pale, so that every shape stands out. */
const tints: Record<Ground, { paper: string; ink: string }> = {
  white: { paper: '#ffffff', ink: '#d6dde0' },
  grey: { paper: '#b4b8bb', ink: '#969b9f' },
  pink: { paper: '#ffc4d6', ink: '#f39ab8' },
  orange: { paper: '#ff9d5c', ink: '#f58438' },
};

const tiles: Record<Exclude<Pattern, 'plain'>, (ink: string) => string> = {
  striped: (ink) => `<rect width="12" height="5" fill="${ink}"/>`,
  dotted: (ink) => `<circle cx="6" cy="6" r="2.6" fill="${ink}"/>`,
  checked: (ink) => `<path d="M0 0H6V6H0ZM6 6H12V12H6Z" fill="${ink}"/>`,
};

/** SVG of the whole background; `shift` in [0, 12) moves the pattern. */
export function backgroundSvg(pattern: Pattern, ground: Ground, size: number, shift: number): string {
  const { paper, ink } = tints[ground];
  const sheet = `<rect width="${size}" height="${size}" fill="${paper}"/>`;
  if (pattern === 'plain') return sheet;
  const tile = `<pattern id="p" x="${shift}" y="${shift}" width="12" height="12" patternUnits="userSpaceOnUse">${tiles[pattern](ink)}</pattern>`;
  return `<defs>${tile}</defs>${sheet}<rect width="${size}" height="${size}" fill="url(#p)"/>`;
}
