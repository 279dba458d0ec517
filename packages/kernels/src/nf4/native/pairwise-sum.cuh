// A sum in the order in which NumPy and bitsandbytes' CPU path add, by one block of threads: halves of halves, down to runs of 128 (see
// nested-absmax.cc). The halves of the first kDepth levels are dealt to the threads.
#pragma once
#include "cuda/numbers.h"

namespace moslora {

constexpr int kDepth = 8;
constexpr int kHalves = 1 << kDepth;  // threads of the block
constexpr int64_t kRun = 128;

__device__ inline float sum_of_run(const float* values, int64_t count) {
  float total = 0;
  if (count < 8) {
    for (int64_t i = 0; i < count; ++i) total = __fadd_rn(total, values[i]);
    return total;
  }
  float sums[8];
  for (int i = 0; i < 8; ++i) sums[i] = values[i];
  const int64_t whole = count - count % 8;
  for (int64_t i = 8; i < whole; i += 8)
    for (int j = 0; j < 8; ++j) sums[j] = __fadd_rn(sums[j], values[i + j]);
  for (int step = 1; step < 8; step *= 2)
    for (int j = 0; j < 8; j += 2 * step) sums[j] = __fadd_rn(sums[j], sums[j + step]);
  total = sums[0];
  for (int64_t i = whole; i < count; ++i) total = __fadd_rn(total, values[i]);
  return total;
}

// The size of the first of the two parts of `count` values.
__device__ __forceinline__ int64_t first_half(int64_t count) {
  const int64_t half = count / 2;
  return half - half % 8;
}

// By one thread: the parts that are still to be added wait on a stack.
__device__ inline float sum_of_part(const float* values, int64_t count) {
  constexpr int kMost = 48;
  int64_t sizes[kMost];    // of parts not yet begun; 0: a sum that waits for its second half
  float waiting[kMost];
  int depth = 0;
  const float* at = values;
  int64_t size = count;
  for (;;) {
    while (size > kRun) {  // begin with the first half, come back for the second
      const int64_t first = first_half(size);
      sizes[depth++] = size - first;
      size = first;
    }
    float sum = sum_of_run(at, size);
    at += size;
    while (depth > 0 && sizes[depth - 1] == 0) sum = __fadd_rn(waiting[--depth], sum);
    if (depth == 0) return sum;
    waiting[depth - 1] = sum;
    size = sizes[depth - 1];
    sizes[depth - 1] = 0;
  }
}

// The sum, in thread 0. `sums` and `there`: shared memory for a value of each thread.
__device__ inline float pairwise_sum(const float* values, int64_t count, float* sums, int* there) {
  const int thread = static_cast<int>(threadIdx.x);
  int64_t at = 0, size = count;
  bool own = true;  // a part that is small enough early belongs to the first of the threads below it
  for (int level = kDepth - 1; level >= 0; --level) {
    const bool second = (thread >> level & 1) != 0;
    if (size <= kRun) {
      own = own && !second;
      continue;
    }
    const int64_t first = first_half(size);
    if (second) at += first;
    size = second ? size - first : first;
  }
  sums[thread] = own ? sum_of_part(values + at, size) : 0.0f;
  there[thread] = own ? 1 : 0;
  __syncthreads();
  for (int step = 1; step < kHalves; step *= 2) {
    if (thread % (2 * step) == 0 && there[thread + step]) sums[thread] = __fadd_rn(sums[thread], sums[thread + step]);
    __syncthreads();
  }
  return sums[0];
}

}  // namespace moslora
