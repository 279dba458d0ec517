import type { Random } from './random';
import { drawScene, drawSibling, sceneKey } from './scene';
import type { Scene } from './scene';

/**
 * `count` different scenes, none with a key of `without`. `siblings` scenes in a row form a family ({@link drawSibling}),
 * as far as a scene has that many siblings.
 */
export function drawTrainingScenes(
  count: number,
  siblings: number,
  without: ReadonlySet<string>,
  random: Random,
): Scene[] {
  const seen = new Set(without);
  const scenes: Scene[] = [];
  const take = (scene: Scene): boolean => {
    const key = sceneKey(scene);
    if (seen.has(key) || scenes.length === count) return false;
    seen.add(key);
    return scenes.push(scene) > 0;
  };
  while (scenes.length < count) {
    const first = drawScene(random);
    if (!take(first)) continue;
    let tries = 4 * siblings;
    for (let more = siblings - 1; more > 0 && tries > 0; tries--) if (take(drawSibling(first, random))) more--;
  }
  return scenes;
}
