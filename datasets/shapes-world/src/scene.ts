import type { Random } from './random';

export const shapes = ['circle', 'square', 'triangle', 'star', 'moon', 'cross'] as const;
export const colours = ['red', 'green', 'blue', 'yellow', 'purple', 'black'] as const;
export const sizes = ['big', 'small'] as const;
/** The four corners of the picture, row by row. */
export const places = ['top-left', 'top-right', 'bottom-left', 'bottom-right'] as const;
export const styles = ['filled', 'outlined'] as const;
export const patterns = ['plain', 'striped', 'dotted', 'checked'] as const;
export const grounds = ['white', 'grey', 'pink', 'orange'] as const;
export const digits = ['1', '2', '3', '4', '5', '6'] as const;
export const letters = ['E', 'H', 'K', 'T', 'X', 'Z'] as const;

export type Shape = (typeof shapes)[number];
export type Colour = (typeof colours)[number];
export type Size = (typeof sizes)[number];
export type Place = (typeof places)[number];
export type Style = (typeof styles)[number];
export type Pattern = (typeof patterns)[number];
export type Ground = (typeof grounds)[number];
export type Digit = (typeof digits)[number];
export type Letter = (typeof letters)[number];

export interface Item {
  shape: Shape;
  colour: Colour;
  size: Size;
  place: Place;
}

/** What stands in the middle of the picture. */
export type Centre =
  | { kind: 'digit'; character: Digit }
  | { kind: 'letter'; character: Letter }
  | { kind: 'arrow'; towards: Place }
  | { kind: 'nothing' };

/** A picture before it is drawn. Every shape occurs at most once and every place holds at most one item. */
export interface Scene {
  /** One to four, in the order of {@link places}. */
  items: Item[];
  /** How all shapes of the picture are drawn. */
  style: Style;
  pattern: Pattern;
  ground: Ground;
  centre: Centre;
}

/** Equal for two scenes that differ at most by where exactly (jitter) things are drawn. */
export function sceneKey(scene: Scene): string {
  const items = scene.items.map((item) => `${item.place}:${item.size} ${item.colour} ${item.shape}`);
  const { centre } = scene;
  const middle = centre.kind === 'arrow' ? centre.towards : 'character' in centre ? centre.character : '';
  return [...items.sort(), scene.style, scene.pattern, scene.ground, `${centre.kind} ${middle}`].join('|');
}

const howMany = { 1: 0.15, 2: 0.2, 3: 0.3, 4: 0.35 };
const middles = { digit: 0.35, letter: 0.2, arrow: 0.3, nothing: 0.15 };

/** A random scene. Two of its items share their colour in about half of all scenes. */
export function drawScene(random: Random): Scene {
  const count = Number(random.weighted(howMany));
  const taken = random.shuffle(shapes).slice(0, count);
  const paint = random.shuffle(colours).slice(0, count) as Colour[];
  if (count > 1 && random.next() < 0.5) paint[1] = paint[0] as Colour;
  const where = random.shuffle(places).slice(0, count);
  const items = taken.map((shape, at): Item => {
    return { shape, colour: paint[at] as Colour, size: random.pick(sizes), place: where[at] as Place };
  });
  return {
    items: inPlaceOrder(items),
    style: random.pick(styles),
    pattern: random.pick(patterns),
    ground: random.pick(grounds),
    centre: drawCentre(random),
  };
}

function drawCentre(random: Random): Centre {
  const kind = random.weighted(middles);
  if (kind === 'digit') return { kind, character: random.pick(digits) };
  if (kind === 'letter') return { kind, character: random.pick(letters) };
  return kind === 'arrow' ? { kind, towards: random.pick(places) } : { kind };
}

/**
 * A sibling of a scene: same background, style and middle. Either other shapes stand at the same places in the same colours and sizes,
 * or the same shapes have each other's colours, places and sizes. In a contrastive batch siblings can only be told apart by their
 * forms, or by what belongs to what; a tower that knows colours and places alone can tell all other scenes apart.
 */
export function drawSibling(scene: Scene, random: Random): Scene {
  return random.next() < otherShapes ? withOtherShapes(scene, random) : withSwappedTraits(scene, random);
}

/** Share of the siblings that have other shapes: forms are the slowest to be learnt. */
const otherShapes = 0.7;

function withOtherShapes(scene: Scene, random: Random): Scene {
  const drawn = random.shuffle(shapes);
  return { ...scene, items: scene.items.map((item, at) => ({ ...item, shape: drawn[at] as Shape })) };
}

function withSwappedTraits(scene: Scene, random: Random): Scene {
  const { items } = scene;
  const paint = random.shuffle(items.map((item) => item.colour));
  const where = random.shuffle(items.map((item) => item.place));
  const moved = items.map((item, at): Item => {
    return { shape: item.shape, colour: paint[at] as Colour, place: where[at] as Place, size: random.pick(sizes) };
  });
  return { ...scene, items: inPlaceOrder(moved) };
}

function inPlaceOrder(items: readonly Item[]): Item[] {
  return [...items].sort((one, other) => places.indexOf(one.place) - places.indexOf(other.place));
}
