export * as tf from '@tensorflow/tfjs-core';
export { startBackend, backendInfo, type BackendChoice, type StartBackendOptions } from './backend/start-backend';
export { isNative } from './backend/native';
export type { BackendInfo, BackendName } from './backend/backend-info';
export { raw, rawOne, rawTensor, uploadBytes, cast, toBf16, type RawInput } from './raw/raw-op';
export { sharedBytes } from './raw/shared-bytes';
export { Raw, liveRawCount, onRawDisposed } from './raw/raw';
export { rawScope } from './raw/raw-scope';
export { reshape as rawReshape, bitcast, readFloats, readBytes } from './raw/bits';
export { attr, type RawAttr } from './raw/attr';
export type { RawDtype } from './raw/dtype';
export { hostValues } from './host-values';
export { readScalars } from './read-scalars';
export { Rng } from './rng';
export { collectGarbage, memoryReport, type MemoryReport } from './memory';
export { nativeCache, nativePaths, type NativeFlavour, type NativePaths } from './provision/native-paths';
export {
  provisionNative,
  type ProvisionOptions,
  type ProvisionResult,
  type ProvisionStep,
} from './provision/provision-native';
export { nodeGypScript, nodeHeadersFolder } from './provision/build-binding';
export { lastLine, runCommand, type CommandResult, type CommandRunner } from './provision/command';
export { detectFacts, type Facts } from './provision/facts';
export { forgetProvisionFailure, lastProvisionFailure, noteProvisionFailure } from './provision/failure-note';
export { runBesideTensorflow } from './provision/beside-tensorflow';
export { withLock } from './provision/lock';
export { cpuFeatures, cpuModel } from './backend/hardware';
export { threadCount } from './backend/threads';
