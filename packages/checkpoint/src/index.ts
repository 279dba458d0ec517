export { bytesPerElement, dtypes, elementCount, isDtype, type Dtype } from './dtype';
export { asFloat32, toBytes } from './convert';
export { bfloat16ToFloat32, float32ToBfloat16, float32ToHalf, halfToFloat32 } from './half';
export {
  readTensorInto,
  renamed,
  withoutPrefix,
  type TensorInfo,
  type TensorPlace,
  type WeightSource,
} from './weight-source';
export { narrowed, tensorSource, withMade, type MadeTensor } from './views';
export { checkTensors, type TensorCheck } from './check-tensors';
export { SafetensorsFile } from './safetensors-file';
export { WeightFolder } from './weight-folder';
export {
  writeSafetensors,
  writeShardedSafetensors,
  type ShardOptions,
  type TensorData,
  type TensorToWrite,
} from './safetensors-writer';
export { byteLength, headerBytes, placeTensors, type PlacedTensor, type TensorSpec } from './safetensors-layout';
export { SafetensorsDraft, writeAllAt, type LateTensor } from './safetensors-draft';
export { indexFile, shardIndex, splitIntoShards, type Shard } from './shards';
export { writeAll, replaceFile, writeFileAtomic } from './atomic-file';
export { syncFolder } from './sync-folder';
export { takeLock, whileLocked, type LockOptions } from './lock/lock-file';
export { clearLeftovers, withNewFolder } from './new-folder';
export { withTemporaryFolder } from './temporary-folder';
export { issueProblems, parseJson, readJson } from './read-json';
export { sha256File } from './sha256';
export { OnnxInitializers, type OnnxOptions } from './onnx/initializers';
export { cachedFolder } from './hub/cached-folder';
export { downloadRepo, type DownloadedRepo, type DownloadOptions } from './hub/download-repo';
export { ZipFile } from './zip/zip-file';
export { zipArchive } from './zip/zip-archive';
export { downloadFile, type DownloadFileOptions } from './download-file';
export { fileDigest, hashNames, type ContentHash } from './hub/content-hash';
