import type { Region } from '@moslora/specs';
import { places } from './scene';
import type { Centre, Item, Place, Scene } from './scene';
import {
  centreWords,
  colourWords,
  groundWords,
  patternWords,
  placeWords,
  shapeWords,
  sizeWords,
  styleWords,
} from './wording';
import type { Bilingual } from './wording';

/** Everything that a scene's pictures show, item by item in reading order. */
export function caption(scene: Scene): Bilingual {
  const items = scene.items.map(itemPhrase);
  const style = styleWords[scene.style];
  const pattern = patternWords[scene.pattern];
  const ground = groundWords[scene.ground];
  const middle = centrePhrase(scene.centre);
  return {
    en: `${items.map((item) => item.en).join(', ')}; ${middle.en} in the middle; ${style.en}; ${pattern.en} ${ground.en} background.`,
    cn: `${items.map((item) => item.cn).join('，')}；中间${middle.cn}；${style.cn}；${ground.cn}${pattern.cn}背景。`,
  };
}

function itemPhrase(item: Item): Bilingual {
  const [size, colour] = [sizeWords[item.size], colourWords[item.colour]];
  const [shape, place] = [shapeWords[item.shape], placeWords[item.place]];
  return { en: `${place.en} ${size.en} ${colour.en} ${shape.en}`, cn: `${place.cn}${size.cn}${colour.cn}${shape.cn}` };
}

function centrePhrase(centre: Centre): Bilingual {
  const kind = centreWords[centre.kind];
  if (centre.kind === 'nothing') return kind;
  if (centre.kind === 'arrow') {
    const place = placeWords[centre.towards];
    return { en: `${kind.en} to the ${place.en}`, cn: `${kind.cn}指向${place.cn}` };
  }
  return { en: `${kind.en} ${centre.character}`, cn: `${kind.cn}${centre.character}` };
}

/** The ninths of the picture where something stands; fractions of its side. */
const boxes: Record<Place | 'middle', Region['box']> = {
  'top-left': [0, 0, 1 / 3, 1 / 3],
  'top-right': [2 / 3, 0, 1, 1 / 3],
  middle: [1 / 3, 1 / 3, 2 / 3, 2 / 3],
  'bottom-left': [0, 2 / 3, 1 / 3, 1],
  'bottom-right': [2 / 3, 2 / 3, 1, 1],
};

/**
 * What the corners and the middle show, each by itself and with its place, so that a patch learns where it is as well as what it shows; in
 * English, since a picture does not say which language it is told in.
 */
export function regions(scene: Scene): Region[] {
  const corners = places.map((place): Region => {
    const item = scene.items.find((each) => each.place === place);
    return { box: boxes[place], text: item ? itemPhrase(item).en : `${placeWords[place].en} nothing` };
  });
  return [...corners, { box: boxes.middle, text: `${centrePhrase(scene.centre).en} in the middle` }];
}
