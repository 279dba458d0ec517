// float16 rounding, and denormal numbers as IEEE 754 has them.
#pragma once
#include <cmath>

#include "simd/vector.h"

namespace moslora {

// x rounded to float16, to the nearest, ties to even.
inline float rounded_to_half(float x) {
#if defined(__F16C__)
  return _cvtsh_ss(_cvtss_sh(x, 0));
#else
  const float magnitude = std::fabs(x);
  if (!(magnitude < 65520.0f)) return x != x ? x : std::copysign(__builtin_inff(), x);
  if (magnitude < 6.103515625e-05f) {  // multiples of 2^-24, which is the last place of numbers from 0.5 to 1
    volatile float moved = magnitude + 0.5f;
    return std::copysign(moved - 0.5f, x);
  }
  uint32_t bits;
  std::memcpy(&bits, &x, 4);
  bits = (bits + 0xfff + ((bits >> 13) & 1)) & ~0x1fffu;
  std::memcpy(&x, &bits, 4);
  return x;
#endif
}

// While it lives, this thread computes with denormal numbers instead of taking them for zeros, which TensorFlow may have asked for.
class ExactDenormals {
 public:
#if defined(__x86_64__)
  ExactDenormals() : before_(_mm_getcsr()) { _mm_setcsr(before_ & ~0x8040u); }
  ~ExactDenormals() { _mm_setcsr(before_); }

 private:
  unsigned before_;
#endif
};

}  // namespace moslora
