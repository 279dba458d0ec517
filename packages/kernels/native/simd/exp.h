// e^x for vectors: x = n ln 2 + r with |r| <= ln 2 / 2, e^x = 2^n p(r) with p the Taylor polynomial of degree 7 (relative error under
// 2e-7). Below -87.3 it is 0, above 88.73 infinity, and NaN stays NaN.
#pragma once
#include "simd/vector.h"

namespace moslora {

inline vf select(vi mask, vf yes, vf no) { return (vf)(((vi)yes & mask) | ((vi)no & ~mask)); }
// b where one of them is NaN.
#if defined(__AVX512F__)
inline vf maximum(vf a, vf b) { return (vf)_mm512_max_ps((__m512)a, (__m512)b); }
inline vf minimum(vf a, vf b) { return (vf)_mm512_min_ps((__m512)a, (__m512)b); }
#else
inline vf maximum(vf a, vf b) { return select(a > b, a, b); }
inline vf minimum(vf a, vf b) { return select(a < b, a, b); }
#endif

// p 2^n, n = shifted - shift.
inline vf scaled(vf p, vf shifted, vf shift) {
#if defined(__AVX512F__)
  return (vf)_mm512_scalef_ps((__m512)p, (__m512)(shifted - shift));
#else
  // 2^n in two factors, so that neither leaves the range of exponents.
  const vi whole = (vi)shifted - (vi)shift;
  const vi half = whole >> 1;
  return p * (vf)((half + 127) << 23) * (vf)((whole - half + 127) << 23);
#endif
}

inline vf exp(vf x) {
  const vf bounded = minimum(splat(88.8f), maximum(splat(-88.0f), x));
  // Adding and taking away 1.5 * 2^23 rounds to the nearest whole number, whose lower bits the sum then holds.
  const vf shift = splat(12582912.0f);
  const vf shifted = bounded * 1.44269504f + shift;
  const vf n = shifted - shift;
  const vf r = bounded - n * 0.693145752f - n * 1.42860677e-6f;
  vf p = splat(1.0f / 5040);
  p = p * r + 1.0f / 720;
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  return select(x < splat(-87.3f), vf{}, scaled(p, shifted, shift));
}

}  // namespace moslora
