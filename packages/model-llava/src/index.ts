export { parseLlavaConfig, type LlavaConfig } from './config';
export { Projector, type ProjectorShape } from './projector';
export { LlavaModel, type LlavaBatch, type LlavaParts, type Pictures } from './llava-model';
export type { GenerateOptions } from './generate';
export { familyFor, knownFamilies } from './families';
export { isLlavaFolder, loadDecoderFolder, loadLlavaFolder, type LoadOptions } from './load-folder';
export { verifyModelFolder, type Verification, type VerifyOptions } from './verify/verify-folder';
export type { Check } from './verify/checks';
