// What device code is written in: CUDA where nvcc compiles, else an emulation of a block of threads on the host (emulation/).
#pragma once
#if defined(__CUDACC__)
#include <cuda_runtime.h>

namespace moslora {

constexpr bool kEmulated = false;

// The dynamic shared memory of a block: all that device code here uses.
template <class T>
__device__ __forceinline__ T* shared_memory() {
  extern __shared__ __align__(128) unsigned char memory[];
  return reinterpret_cast<T*>(memory);
}

}  // namespace moslora
#else
#include "cuda/emulation/device.h"
#endif

namespace moslora {

constexpr int kWarp = 32;

__device__ __forceinline__ int warp_of() { return static_cast<int>(threadIdx.x) / kWarp; }
__device__ __forceinline__ int lane_of() { return static_cast<int>(threadIdx.x) % kWarp; }

}  // namespace moslora
