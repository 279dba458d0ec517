import type { Centre, Colour, Ground, Pattern, Place, Shape, Size, Style } from './scene';

/** The same words in both languages. */
export interface Bilingual {
  en: string;
  cn: string;
}
export type Language = keyof Bilingual;
export const languages: readonly Language[] = ['en', 'cn'];

const say = (en: string, cn: string): Bilingual => ({ en, cn });

export const shapeWords: Record<Shape, Bilingual> = {
  circle: say('circle', '圆形'),
  square: say('square', '方形'),
  triangle: say('triangle', '三角形'),
  star: say('star', '星形'),
  moon: say('moon', '月亮'),
  cross: say('cross', '十字'),
};
export const colourWords: Record<Colour, Bilingual> = {
  red: say('red', '红色'),
  green: say('green', '绿色'),
  blue: say('blue', '蓝色'),
  yellow: say('yellow', '黄色'),
  purple: say('purple', '紫色'),
  black: say('black', '黑色'),
};
export const sizeWords: Record<Size, Bilingual> = { big: say('big', '大'), small: say('small', '小') };
export const placeWords: Record<Place, Bilingual> = {
  'top-left': say('top left', '左上'),
  'top-right': say('top right', '右上'),
  'bottom-left': say('bottom left', '左下'),
  'bottom-right': say('bottom right', '右下'),
};
export const styleWords: Record<Style, Bilingual> = {
  filled: say('filled', '填充'),
  outlined: say('outlined', '描边'),
};
export const patternWords: Record<Pattern, Bilingual> = {
  plain: say('plain', '纯色'),
  striped: say('striped', '条纹'),
  dotted: say('dotted', '圆点'),
  checked: say('checked', '方格'),
};
export const groundWords: Record<Ground, Bilingual> = {
  white: say('white', '白色'),
  grey: say('grey', '灰色'),
  pink: say('pink', '粉色'),
  orange: say('orange', '橙色'),
};
export const centreWords: Record<Centre['kind'], Bilingual> = {
  digit: say('digit', '数字'),
  letter: say('letter', '字母'),
  arrow: say('arrow', '箭头'),
  nothing: say('nothing', '没有'),
};
/** Digits and letters read the same in both languages. */
export const character = (text: string): Bilingual => say(text, text);
