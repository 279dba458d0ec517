export { parseLlavaConfig, type LlavaConfig } from './config';
export { Projector, type ProjectorOptions, type ProjectorShape } from './projector/projector';
export { LlavaModel, type LlavaBatch, type LlavaParts, type Pictures } from './llava-model';
export { generate, generateTokens, type GenerateOptions, type Token } from './generate/generate';
export { samplingSchema, type Sampling, type SamplingOptions } from './generate/settings';
export { readGenerationDefaults, type GenerationDefaults } from './generate/generation-config';
export { generateTexts, streamText, streamTexts, type TextOptions, type TextPiece } from './generate/stream-texts';
export { AnswerText, stopIds, type Answer } from './generate/answer-text';
export { Decoding, type DecodingOptions, type NextToken } from './generate/decoding';
export { promptPositions } from './generate/prompt-positions';
export { settleSampling } from './generate/settings';
export { tokenLikelihood, type TokenLikelihood } from './generate/token-likelihood';
export { positionsTogether } from './generate/share-prefixes';
export { textSpeaker, type Speaker } from './generate/speaker';
export { familyFor, familyPackage, knownFamilies } from './families';
export {
  composeLlava,
  decoderPlace,
  loadDecoder,
  loadDecoderFolder,
  loadLayout,
  loadLlavaFolder,
  loadVisionFolder,
  towerPlace,
} from './load-folder';
export type { LoadOptions } from './part-loader';
export { knownTowers } from './layouts/known-towers';
export { isLlavaFolder, openLayout } from './layouts/open-layout';
export type { LlavaLayout, PartPlace, PartsGiven, ProjectorPlace } from './layouts/layout';
export { saveDecoderFolder, type DecoderFiles } from './save/save-decoder';
export { saveLlavaFolder } from './save/save-folder';
export {
  aboutParts,
  mergedLanguage,
  mergedLlava,
  mergedParts,
  type MergedModel,
  type MergedTensor,
  type MergedWeights,
} from './save/merged-model';
export { savedProjector } from './layouts/saved-projector';
export { denseView } from './dense-view';
export { savedParts, type SavedParts } from './layouts/saved-parts';
export { towerSlots } from './tower-slots';
export { partsLayout, type LlavaPartFolders } from './layouts/parts';
export { verifyModelFolder, type Verification, type VerifyOptions } from './verify/verify-folder';
export type { Check } from './verify/checks';
export { logLikelihoods } from './likelihood/log-likelihoods';
export type { ScoredIds } from './likelihood/branches';
