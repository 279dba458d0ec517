export { escape } from './escape';
export { htmlPage, jsonInScript, type PageParts } from './html-page';
export { baseStyle } from './base-style';
