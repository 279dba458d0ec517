import { backgroundSvg } from './background';
import { arrowPath, glyphHeight, glyphPath } from './glyphs';
import type { Random } from './random';
import type { Centre, Colour, Item, Place, Scene, Style } from './scene';
import { shapePath } from './shapes';

/** Side of every picture in pixels. */
export const pictureSize = 96;

const paint: Record<Colour, string> = {
  red: '#e01b24',
  green: '#1f9d3a',
  blue: '#1c5fe0',
  yellow: '#f5d800',
  purple: '#8a2be2',
  black: '#151515',
};
const radii = { big: 18.5, small: 12.5 };
const corners: Record<Place, readonly [number, number]> = {
  'top-left': [23, 23],
  'top-right': [73, 23],
  'bottom-left': [23, 73],
  'bottom-right': [73, 73],
};

/** A scene as SVG. `random` moves every item by up to two pixels and changes its size by up to one. */
export function sceneSvg(scene: Scene, random: Random): string {
  const parts = [backgroundSvg(scene.pattern, scene.ground, pictureSize, random.int(12))];
  for (const item of scene.items) parts.push(itemSvg(item, scene.style, random));
  parts.push(centreSvg(scene.centre, random));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${pictureSize}" height="${pictureSize}">${parts.join('')}</svg>`;
}

function itemSvg(item: Item, style: Style, random: Random): string {
  const [x, y] = corners[item.place];
  const radius = radii[item.size] + random.jitter(1);
  const at = `translate(${x + random.jitter(2)} ${y + random.jitter(2)})`;
  return `<path transform="${at}" d="${shapePath(item.shape, radius)}" ${pen(style, paint[item.colour])}/>`;
}

function pen(style: Style, colour: string): string {
  if (style === 'filled') return `fill="${colour}"`;
  return `fill="none" stroke="${colour}" stroke-width="4.5"`;
}

const turns: Record<Place, number> = { 'top-left': 225, 'top-right': 315, 'bottom-left': 135, 'bottom-right': 45 };

function centreSvg(centre: Centre, random: Random): string {
  if (centre.kind === 'nothing') return '';
  const path = centre.kind === 'arrow' ? arrowPath : glyphPath(centre.character);
  const scale = (19 + random.jitter(1)) / glyphHeight;
  const turn = centre.kind === 'arrow' ? ` rotate(${turns[centre.towards]})` : '';
  const at = `translate(${48 + random.jitter(1)} ${48 + random.jitter(1)}) scale(${scale.toFixed(3)})${turn}`;
  return `<path transform="${at}" d="${path}" fill="none" stroke="#3b2a20" stroke-width="1"/>`;
}
