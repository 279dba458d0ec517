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
template <class T>
__device__ __forceinline__ T larger(T a, T b) {
  return a < b ? b : a;
}
template <class T>
__device__ __forceinline__ T warp_max(T x) {
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
template <class T>
__device__ __forceinline__ T block_max(T x, T* room) {
  x = warp_max(x);
  if (lane_of() == 0) room[warp_of()] = x;
  __syncthreads();
  T most = room[0];
  for (int i = 1; i < static_cast<int>(blockDim.x) / kWarp; ++i) most = larger(most, room[i]);
  __syncthreads();
  return most;
}

}  // namespace moslora
