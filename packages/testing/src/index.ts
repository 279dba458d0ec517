export { sharedFolder, sharedPath, describeShared } from './shared';
export { readGolden, type GoldenTensor } from './golden';
export { maxAbsDiff, maxRelDiff, type Values } from './difference';
export { expectNoLeak } from './leak';
export { finiteDifferenceCheck, type FiniteDifferenceOptions } from './finite-difference';
export { withRandomWeights } from './random-weights';
export { logitsError } from './logits-error';
export { describeHeadless, screenshot, type Headless, type OpenedPage } from './headless';
