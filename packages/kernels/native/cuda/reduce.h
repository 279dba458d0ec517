// Sums and maxima over the threads of a warp or block, the same in each of them.
#pragma once
#include "cuda/numbers.h"

namespace moslora {

constexpr unsigned kAllLanes = 0xffffffffu;

template <class T>
__device__ __forceinline__ T warp_sum(T x) {
  for (int lanes = kWarp / 2; lanes > 0; lanes /= 2) x += __shfl_xor_sync(kAllLanes, x, lanes);
  return x;
}
__device__ __forceinline__ float larger(float a, float b) { return a < b ? b : a; }
__device__ __forceinline__ float warp_max(float x) {
  for (int lanes = kWarp / 2; lanes > 0; lanes /= 2) x = larger(x, __shfl_xor_sync(kAllLanes, x, lanes));
  return x;
}

// `room`: shared memory for one value a warp. All threads call it; the room may be used again at once.
template <class T>
__device__ __forceinline__ T block_sum(T x, T* room) {
  x = warp_sum(x);
  if (lane_of() == 0) room[warp_of()] = x;
  __syncthreads();
  T total = 0;
  for (int i = 0; i < static_cast<int>(blockDim.x) / kWarp; ++i) total += room[i];
  __syncthreads();
  return total;
}
__device__ __forceinline__ float block_max(float x, float* room) {
  x = warp_max(x);
  if (lane_of() == 0) room[warp_of()] = x;
  __syncthreads();
  float most = room[0];
  for (int i = 1; i < static_cast<int>(blockDim.x) / kWarp; ++i) most = larger(most, room[i]);
  __syncthreads();
  return most;
}

}  // namespace moslora
