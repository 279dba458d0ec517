import type { Centre, Item, Scene } from './scene';
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
