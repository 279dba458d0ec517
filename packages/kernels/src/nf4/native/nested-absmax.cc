#include "nested-absmax.h"

#include <algorithm>
#include <cmath>

#include "core/elements.h"
#include "core/scratch.h"

namespace moslora {
namespace {

// The sum in the order in which NumPy and bitsandbytes' CPU path add: it decides the last bit.
float pairwise_sum(const float* values, int64_t count) {
  float total = 0;
  if (count < 8) {
    for (int64_t i = 0; i < count; ++i) total += values[i];
    return total;
  }
  if (count <= 128) {
    float sums[8];
    std::copy(values, values + 8, sums);
    const int64_t whole = count - count % 8;
    for (int64_t i = 8; i < whole; ++i) sums[i & 7] += values[i];
    total = ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
    for (int64_t i = whole; i < count; ++i) total += values[i];
    return total;
  }
  const int64_t half = count / 2, first = half - half % 8;
  return pairwise_sum(values, first) + pairwise_sum(values + first, count - first);
}

}  // namespace

float reciprocal(float absmax) { return static_cast<float>(1.0 / std::max(absmax, 1e-38f)); }

float quantize_absmax(const float* absmax, int64_t count, int64_t block, const float* map, uint8_t* codes, float* scales) {
  const float offset = count == 0 ? 0 : static_cast<float>(static_cast<double>(pairwise_sum(absmax, count)) / count);
  float boundaries[255];
  for (int i = 0; i < 255; ++i) boundaries[i] = (map[i] + map[i + 1]) / 2;
  parallel_for((count + block - 1) / block, [&](int64_t task, int) {
    const int64_t first = task * block, end = std::min(count, first + block);
    float most = 0;
    for (int64_t i = first; i < end; ++i) most = std::max(most, std::fabs(absmax[i] - offset));
    scales[task] = most;
    const float factor = reciprocal(most);
    for (int64_t i = first; i < end; ++i) {
      const float value = (absmax[i] - offset) * factor;
      codes[i] = static_cast<uint8_t>(std::lower_bound(boundaries, boundaries + 255, value) - boundaries);
    }
  });
  return offset;
}

}  // namespace moslora
