export { parseLlavaConfig, type LlavaConfig } from './config';
export { Projector, type ProjectorShape } from './projector';
export { LlavaModel, type LlavaBatch, type LlavaParts, type Pictures } from './llava-model';
export { generate, generateTokens, type GenerateOptions, type Token } from './generate/generate';
export { samplingSchema, type Sampling, type SamplingOptions } from './generate/settings';
export { readGenerationDefaults, type GenerationDefaults } from './generate/generation-config';
export {
  generateTexts,
  streamText,
  streamTexts,
  type Answer,
  type TextOptions,
  type TextPiece,
} from './generate/stream-texts';
export { textSpeaker, type Speaker } from './generate/speaker';
export { familyFor, knownFamilies } from './families';
export { isLlavaFolder, loadDecoderFolder, loadLlavaFolder, type LoadOptions } from './load-folder';
export { verifyModelFolder, type Verification, type VerifyOptions } from './verify/verify-folder';
export type { Check } from './verify/checks';
