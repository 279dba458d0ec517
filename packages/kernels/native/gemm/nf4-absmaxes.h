// The absmaxes of an NF4 weight's blocks. Where they are kept in 8 bits, some of them in turn share a scale: what their codes can stand for is
// worked out once for such a run of blocks, and then only looked up.
#pragma once
#include <algorithm>

#include "gemm/operands.h"

namespace moslora {

class Absmaxes {
 public:
  explicit Absmaxes(const Nf4& w) : w_(w) {}

  // Blocks from `at` on whose absmaxes are values[codes[0]], values[codes[1]], ..., before `end`. Holds until the next but one run is asked for.
  struct Run {
    const float* values;
    const uint8_t* codes;
    int64_t end;
  };
  Run run_at(int64_t at) {
    const int64_t number = at >> w_.nested_bits;
    return {values_of(number), w_.codes + at, (number + 1) << w_.nested_bits};
  }

  float operator[](int64_t block) {
    if (w_.absmax != nullptr) return w_.absmax[block];
    return values_of(block >> w_.nested_bits)[w_.codes[block]];
  }

  // Those of `count` blocks from `first` on.
  void copy(int64_t first, int64_t count, float* to) {
    const int64_t last = first + count;
    if (w_.absmax != nullptr) {
      std::copy(w_.absmax + first, w_.absmax + last, to);
      return;
    }
    while (first < last) {
      const Run run = run_at(first);
      const int64_t some = std::min(last, run.end) - first;
      for (int64_t i = 0; i < some; ++i) *to++ = run.values[run.codes[i]];
      first += some;
    }
  }

 private:
  static constexpr int kCodes = 256;

  const float* values_of(int64_t number) {
    float* values = values_[number & 1];
    if (numbers_[number & 1] == number) return values;
    numbers_[number & 1] = number;
    for (int i = 0; i < kCodes; i += kLanes) store(values + i, load(w_.map + i) * w_.scales[number] + w_.offset);
    return values;
  }

  const Nf4& w_;
  int64_t numbers_[2] = {-1, -1};
  float values_[2][kCodes];
};

}  // namespace moslora
