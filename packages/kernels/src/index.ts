export * from './precision/precision';
export * from './frozen-matrix/frozen-matrix';
export { narrowTensor } from './frozen-matrix/narrow-tensor';
export type { PackedOperand } from './frozen-matrix/packed-weight';
export { handleOf, rawHandleOf } from './execution/kernel-op';
export { chained } from './chain/chain';
export { remember, type GivenArray, type RememberedChain } from './chain/remembered';
export * from './projections/projections';
export { areAlike, type Projection } from './projections/members';
export * from './head-loss/head-loss';
export { giveBackMemory, hasKernel, kernelOps, kernelsInfo, type KernelsInfo } from './native/kernels-addon';
export { ableLevels, cpuLevel, cpuLevels, type CpuLevel } from './native/cpu-level';
export { provisionKernels, type KernelsProvision, type ProvisionKernelsOptions } from './native/provision-kernels';
export { sourcesHash as kernelSourcesHash } from './native/sources';
export { describeKernels, startEngine, type EngineInfo } from './native/start-engine';
export { customOp, isTrainable, withoutGradient, type CustomOp } from './custom-op';
export { constantCount } from './execution/constant';
export { currentCompute, type Compute } from './execution/compute';
export * from './mat-mul/mat-mul';
export { frozenLinear, trainableLinear } from './linear/linear';
export * from './dropout/dropout';
export * from './lora-linear/lora-linear';
export * from './rms-norm/rms-norm';
export * from './layer-norm/layer-norm';
export * from './rope/rope';
export * from './swiglu/swiglu';
export * from './gelu/gelu';
export * from './arg-max/arg-max';
export * from './attention/attention';
export * from './attention/attention-mask';
export { AttentionCache } from './attention/attention-cache';
export {
  fusedAttention,
  type AttentionMarks,
  type FusedAttentionOptions,
  type HeadColumns,
} from './attention/fused-attention';
export * from './embedding/embedding';
export * from './cross-entropy/cross-entropy';
export * from './checkpointed/checkpointed';
export { quantizedBlocks, type QuantizedBlocks, type QuantizeSettings } from './nf4/quantize';
export { dequantized, type DequantizeOptions } from './nf4/dequantize';
export * from './adamw/adamw';
export * from './adamw/in-place';
