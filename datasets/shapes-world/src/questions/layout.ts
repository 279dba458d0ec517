import type { Item, Place, Scene } from '../scene';
import { placeWords } from '../wording';
import type { Bilingual } from '../wording';

export type Direction = 'left' | 'right' | 'above' | 'below';

const position: Record<Place, readonly [column: number, row: number]> = {
  'top-left': [0, 0],
  'top-right': [1, 0],
  'bottom-left': [0, 1],
  'bottom-right': [1, 1],
};

/** Where `to` lies as seen from `from`; undefined for corners that share neither row nor column. */
export function directionFrom(from: Place, to: Place): Direction | undefined {
  const right = position[to][0] - position[from][0];
  const down = position[to][1] - position[from][1];
  if ((right === 0) === (down === 0)) return undefined;
  if (right !== 0) return right > 0 ? 'right' : 'left';
  return down > 0 ? 'below' : 'above';
}

/** Whether two places share neither row nor column. */
export function areOpposite(one: Place, other: Place): boolean {
  return position[one][0] !== position[other][0] && position[one][1] !== position[other][1];
}

/** The items that nothing else in the picture shares its colour with. */
export function withOwnColour(scene: Scene): Item[] {
  return scene.items.filter((item) => scene.items.every((other) => other === item || other.colour !== item.colour));
}

/** Puts a word into a sentence about the shape at a place; a short one, since MMBench's rules pass over answers twice as long as all options. */
export function sayOfPlace(place: Place): (word: Bilingual) => Bilingual {
  const name = placeWords[place];
  return (word) => ({ en: `${name.en} is ${word.en}`, cn: `${name.cn}的图形是${word.cn}` });
}
