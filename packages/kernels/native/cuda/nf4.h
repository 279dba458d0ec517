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

// A weight (rows, columns), element e = row * columns + column in the higher half of byte e / 2 where e is even; a block is 2^block_bits
// elements.
struct Nf4Weight {
  const uint8_t* packed;
  const float* code;
  Nf4Scales scales;
  int64_t columns;
  int block_bits;
  int round;  // see rounded_as

  __device__ __forceinline__ float at(int64_t element) const {
    const int byte = packed[element >> 1];
    return rounded_as(__fmul_rn(code[element & 1 ? byte & 15 : byte >> 4], scales.of(element >> block_bits)), round);
  }
};

}  // namespace moslora
