// Square roots of vectors, correctly rounded.
#pragma once
#include <cmath>

#include "simd/vector.h"

namespace moslora {

inline vf square_root(vf v) {
#if defined(__AVX512F__)
  return (vf)_mm512_sqrt_ps((__m512)v);
#elif defined(__AVX2__)
  return (vf)_mm256_sqrt_ps((__m256)v);
#else
  for (int i = 0; i < kLanes; ++i) v[i] = std::sqrt(v[i]);
  return v;
#endif
}

}  // namespace moslora
