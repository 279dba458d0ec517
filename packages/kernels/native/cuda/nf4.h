// Values of NF4 weights on the device. An absmax in 8 bits is map[code] scale + offset, rounded after each of the two steps.
#pragma once
#include "cuda/numbers.h"

namespace moslora {

struct Nf4Scales {
  const float* absmax;  // plain, or null
  const uint8_t* codes;
  const float* map;
  const float* scales;
  const float* offset;
  int64_t nested_block;

  __device__ __forceinline__ float of(int64_t block) const {
    if (absmax != nullptr) return absmax[block];
    return __fadd_rn(__fmul_rn(map[codes[block]], scales[block / nested_block]), *offset);
  }
};

}  // namespace moslora
