// Double quantisation: absmax of blocks in 8 bits. Bit for bit as quantized-base/src/code/{nested-absmax,pairwise-mean,absmax}.ts.
#pragma once
#include <cstdint>

#include "gemm/operands.h"

namespace moslora {

// 1 / absmax, finite for a block of zeros.
float reciprocal(float absmax);

// absmax (count) -> their mean, which is given back; what is left of them in blocks as indices of `map` (256, rising), and the largest
// magnitude of each block in `scales`.
float quantize_absmax(const float* absmax, int64_t count, int64_t block, const float* map, uint8_t* codes, float* scales);

// map[code] scale + offset, rounded after each of the two steps.
inline float restored_absmax(uint8_t code, const float* map, float scale, float offset) {
  return rounded_product(map[code], scale) + offset;
}

}  // namespace moslora
