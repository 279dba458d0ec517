export type { DataFormat, ReadContext } from './format';
export { formats } from './formats';
export { filesName, formatDataset } from './format-dataset';
export { pictureStore, storePicture } from './rows/picture-store';
