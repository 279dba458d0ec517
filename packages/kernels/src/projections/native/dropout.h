// Dropout of the adapters' input without a mask in memory: whether element (row, column) is kept is a hash of (seed, row, column), so the
// backward pass finds the same elements again. ../../dropout/mask.ts computes the same in JavaScript.
#pragma once
#include <cmath>

#include "core/parallel.h"
#include "gemm/product.h"

namespace moslora {

// Wellons' "lowbias32" with the constants of TheIronBorn.
template <class V>
inline V mixed_bits(V x) {
  x ^= x >> 16;
  x *= 0x21f0aaadu;
  x ^= x >> 15;
  x *= 0x735a2d97u;
  x ^= x >> 15;
  return x;
}

class Dropout {
 public:
  Dropout(float probability, uint32_t seed)
      : threshold_(static_cast<uint32_t>(std::llround(static_cast<double>(probability) * 4294967296.0))), factor_(1 / (1 - probability)), seed_(seed) {}

  // to[j] <- from[j] / (1 - p) where (row, first + j) is kept, else 0; `count` values, which may stay where they are.
  template <class T>
  void apply(const T* from, int64_t row, int64_t first, int64_t count, T* to) const {
    const uint32_t start = mixed_bits(seed_ + static_cast<uint32_t>(row) * kGolden) + static_cast<uint32_t>(first) * kGolden;
    int64_t j = 0;
    vu steps;
    for (int i = 0; i < kLanes; ++i) steps[i] = start + static_cast<uint32_t>(i) * kGolden;
    for (; j + kLanes <= count; j += kLanes, steps += kLanes * kGolden) {
      const vu kept = (vu)(mixed_bits(steps) >= threshold_);
      store(to + j, (vf)((vu)(load(from + j) * factor_) & kept));
    }
    for (; j < count; ++j) put(to + j, mixed_bits(start + static_cast<uint32_t>(j) * kGolden) >= threshold_ ? to_float(from[j]) * factor_ : 0);
  }

  // What is left of x (rows, columns), in its own type.
  Scratch<char> of(const Matrix& x, int64_t rows, int64_t columns) const {
    Scratch<char> to(rows * columns * (x.is_bf16 ? 2 : 4));
    parallel_for(rows, [&](int64_t row, int) {
      if (x.is_bf16) apply(static_cast<const bf16*>(x.data) + row * x.stride, row, 0, columns, reinterpret_cast<bf16*>(to.data()) + row * columns);
      else apply(static_cast<const float*>(x.data) + row * x.stride, row, 0, columns, reinterpret_cast<float*>(to.data()) + row * columns);
    });
    return to;
  }

 private:
  static constexpr uint32_t kGolden = 0x9e3779b9u;

  uint32_t threshold_;
  float factor_;
  uint32_t seed_;
};

}  // namespace moslora
