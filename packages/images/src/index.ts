export type { Picture } from './picture';
export { resampleNames, type Resample } from './filters';
export { resize } from './resize';
export { centreCrop, padToSquare, place, type Colour } from './frame';
export { backgroundOf, clipMean, clipProcessor, clipStd, padded, type ImageProcessor } from './processor';
export { loadImage, type LoadOptions } from './load-image';
export { fitToSquare, normalise, preprocess } from './preprocess';
export { readPreprocessorConfig } from './preprocessor-config';
export { writePreprocessorConfig } from './write-preprocessor-config';
