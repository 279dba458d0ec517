// What a product on the device reads, and where it goes.
#pragma once
#include "cuda/nf4.h"
#include "cuda/numbers.h"

namespace moslora {

// The type that the factors of a product have: bfloat16 for tensor cores, or float32.
enum class Precision { bfloat16, float32 };

// One factor, rows (of the result, or its columns) by k: element (r, k) at [r * stride + k], or at [k * stride + r] where it does not lie
// along k. Values are multiplied by `factor`, but for those of an NF4 weight.
struct Factor {
  const void* data = nullptr;
  bool is_bf16 = false;
  int64_t stride = 0;
  bool along = true;
  float factor = 1;
  bool quantized = false;
  Nf4Weight nf4 = {};
  bool quick = false;  // runs of 8 bfloat16, or of 16 packed values, are aligned and whole: set by product()

  __device__ __forceinline__ float at(int64_t place) const {
    if (quantized) return nf4.at(place);
    return (is_bf16 ? to_float(static_cast<const bf16*>(data)[place]) : static_cast<const float*>(data)[place]) * factor;
  }
};

// Products whose sums are added up: A (M, K) B (K, N), with B given as N rows.
struct Term {
  Factor left, right;
  int64_t k = 0;
};
constexpr int kMostTerms = 16;
struct Terms {
  Term all[kMostTerms];
  int count = 0;
};

// out[m * stride + n] (or out[n * stride + m] where it is transposed) = factor row_factors[m] sum + bias[n] + residual (m, n); a residual
// has element (m, n) at [m * residual_stride + n].
struct Target {
  void* out = nullptr;
  bool is_bf16 = false;
  int64_t stride = 0;
  bool transposed = false;
  float factor = 1;
  const float* bias = nullptr;
  const float* row_factors = nullptr;
  const void* residual = nullptr;
  bool residual_is_bf16 = false;
  int64_t residual_stride = 0;

  __device__ __forceinline__ void write(int64_t m, int64_t n, float sum) const {
    float v = sum * factor;
    if (row_factors != nullptr) v *= row_factors[m];
    if (bias != nullptr) v += bias[n];
    if (residual != nullptr) {
      const int64_t place = m * residual_stride + n;
      v += residual_is_bf16 ? to_float(static_cast<const bf16*>(residual)[place]) : static_cast<const float*>(residual)[place];
    }
    const int64_t place = transposed ? n * stride + m : m * stride + n;
    if (is_bf16) put(static_cast<bf16*>(out) + place, v);
    else put(static_cast<float*>(out) + place, v);
  }
};

}  // namespace moslora
