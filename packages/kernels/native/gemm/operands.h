// What a product reads: A as rows or columns of an array, B through a source that writes panels of it.
#pragma once
#include <cstdint>

namespace moslora {

// An array of float32 or bfloat16 with element (i, j) at data[i * stride + j].
struct Matrix {
  const void* data;
  bool is_bf16;
  int64_t stride;
};

// a b, rounded before it is used: never part of a fused multiply-add, so that unpacked values have the very bits of the reference.
inline float rounded_product(float a, float b) {
  float product = a * b;
#if defined(__x86_64__)
  __asm__("" : "+x"(product));
#else
  volatile float kept = product;
  product = kept;
#endif
  return product;
}

// A weight (rows, columns) in NF4, as bitsandbytes packs it: element e = row * columns + column in the higher half of byte e / 2 where e
// is even; block e / 64 has its own absmax, given plainly or as map[codes[b]] * scales[b / 256] + offset. Sizes of blocks are powers of two.
struct Nf4 {
  const uint8_t* packed;
  int64_t columns;
  int block_bits;       // a block is 2^block_bits elements, one of blocks 2^nested_bits blocks
  const float* absmax;  // plain, or null
  const uint8_t* codes;
  const float* map;
  const float* scales;
  float offset;
  int nested_bits;
  const float* table;  // the 16 values of the code
  enum class Round { none, bf16, f16 } round;

  int64_t block_of(int64_t element) const { return element >> block_bits; }

  float scale(int64_t b) const {
    if (absmax != nullptr) return absmax[b];
    return rounded_product(map[codes[b]], scales[b >> nested_bits]) + offset;
  }
};

// Where a product goes: out[m * stride + n] (or out[n * stride + m] when transposed), as
// out = factor * row_factors[m] * sum + bias[n] + residual (m, n).
struct Target {
  void* out;
  bool is_bf16;
  int64_t stride;
  bool transposed = false;
  float factor = 1;
  const float* bias = nullptr;
  Matrix residual = {nullptr, false, 0};
  const float* row_factors = nullptr;
};

}  // namespace moslora
