// Numbers as TensorFlow rounds them. The same code runs on the device and, emulated, on the host.
#pragma once
#include <cstdint>

#include "cuda/device.h"

namespace moslora {

using bf16 = uint16_t;  // the upper half of a float32's bits

union Bits {
  float value;
  uint32_t bits;
};
__device__ __forceinline__ uint32_t bits_of(float x) {
  Bits b;
  b.value = x;
  return b.bits;
}
__device__ __forceinline__ float float_of(uint32_t bits) {
  Bits b;
  b.bits = bits;
  return b.value;
}

__device__ __forceinline__ float to_float(float x) { return x; }
__device__ __forceinline__ float to_float(bf16 x) { return float_of(static_cast<uint32_t>(x) << 16); }

// To the nearest, ties to even; NaN becomes 0x7fc0.
__device__ __forceinline__ bf16 to_bf16(float x) {
  const uint32_t bits = bits_of(x);
  if (x != x) return 0x7fc0;
  return static_cast<bf16>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

// Two values in one word, the first in its lower half: one instruction on the device.
__device__ __forceinline__ uint32_t pair_of(float first, float second) {
#if defined(__CUDA_ARCH__)
  uint32_t both;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(both) : "f"(second), "f"(first));
  return both;
#else
  return static_cast<uint32_t>(to_bf16(second)) << 16 | to_bf16(first);
#endif
}

__device__ __forceinline__ void put(float* to, float x) { *to = x; }
__device__ __forceinline__ void put(bf16* to, float x) { *to = to_bf16(x); }

// x rounded to float16, to the nearest, ties to even.
__device__ __forceinline__ float rounded_to_half(float x) {
  const float magnitude = fabsf(x);
  const uint32_t sign = bits_of(x) & 0x80000000u;
  if (!(magnitude < 65520.0f)) return x != x ? x : float_of(sign | 0x7f800000u);
  if (magnitude < 6.103515625e-05f) {  // multiples of 2^-24, which is the last place of numbers from 0.5 to 1
    const float moved = __fadd_rn(magnitude, 0.5f);
    return float_of(sign | bits_of(__fadd_rn(moved, -0.5f)));
  }
  const uint32_t bits = bits_of(magnitude);
  return float_of(sign | ((bits + 0xfff + ((bits >> 13) & 1)) & ~0x1fffu));
}

// A weight's value rounded to the type that its file had: 0 as it is, 1 bfloat16, 2 float16.
__device__ __forceinline__ float rounded_as(float x, int round) {
  if (round == 1) return to_float(to_bf16(x));
  return round == 2 ? rounded_to_half(x) : x;
}

constexpr float kLog2e = 1.44269504088896340736f;
constexpr float kLn2 = 0.693147180559945309417f;

__host__ __device__ constexpr int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

}  // namespace moslora
