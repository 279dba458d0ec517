// CUDA's words for code that runs on the host: a kernel is called once by each thread of a block, threads being contexts of one thread of
// the system (block.h).
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>

#include "cuda/emulation/block.h"

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __launch_bounds__(...)

using cudaStream_t = void*;

using moslora::emulation::blockDim;
using moslora::emulation::blockIdx;
using moslora::emulation::dim3;
using moslora::emulation::gridDim;
using moslora::emulation::threadIdx;

inline void __syncthreads() { moslora::emulation::wait_for_block(); }
inline void __syncwarp() { moslora::emulation::wait_for_warp(); }

template <class T>
inline T __shfl_sync(unsigned, T value, int lane) {
  return moslora::emulation::exchanged(value, lane);
}
template <class T>
inline T __shfl_xor_sync(unsigned, T value, int lanes) {
  return moslora::emulation::exchanged(value, static_cast<int>(threadIdx.x % 32) ^ lanes);
}

inline float __fmul_rn(float a, float b) {
  volatile float product = a * b;
  return product;
}
inline float __fadd_rn(float a, float b) { return a + b; }

namespace moslora {

constexpr bool kEmulated = true;

template <class T>
inline T* shared_memory() {
  return static_cast<T*>(emulation::shared());
}

}  // namespace moslora
