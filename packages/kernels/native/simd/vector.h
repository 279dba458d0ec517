// Vectors of the instruction set that the addon is compiled for: each has an addon of its own, so that no code of one can end up in
// another.
#pragma once
#include <cstdint>
#include <cstring>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace moslora {

#if defined(__AVX512F__)
constexpr int kLanes = 16;
#elif defined(__AVX2__)
constexpr int kLanes = 8;
#else
constexpr int kLanes = 4;
#endif
#if defined(__AVX512BF16__)
constexpr bool kBf16Dot = true;
#else
constexpr bool kBf16Dot = false;
#endif

typedef float vf __attribute__((vector_size(kLanes * 4)));
typedef int32_t vi __attribute__((vector_size(kLanes * 4)));
typedef uint32_t vu __attribute__((vector_size(kLanes * 4)));
typedef uint16_t vh __attribute__((vector_size(kLanes * 2)));

using bf16 = uint16_t;  // the upper half of a float32's bits

template <class V, class S>
inline V load_as(const S* from) {
  V v;
  std::memcpy(&v, from, sizeof(V));
  return v;
}
inline vf load(const float* from) { return load_as<vf>(from); }
inline void store(float* to, vf v) { std::memcpy(to, &v, sizeof(v)); }
inline vf splat(float x) { return x - vf{}; }

inline float to_float(float x) { return x; }
inline float to_float(bf16 x) {
  const uint32_t bits = static_cast<uint32_t>(x) << 16;
  float f;
  std::memcpy(&f, &bits, 4);
  return f;
}
// To the nearest, ties to even, as PyTorch and TensorFlow round.
inline bf16 to_bf16(float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, 4);
  if (x != x) return 0x7fc0;
  return static_cast<bf16>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}
inline vf load(const bf16* from) {
#if defined(__AVX512F__)
  return (vf)_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from))), 16);
#else
  const vu wide = __builtin_convertvector(load_as<vh>(from), vu) << 16;
  return (vf)wide;
#endif
}
inline void store(bf16* to, vf v) {
#if defined(__AVX512BF16__)
  const __m256bh low = _mm512_cvtneps_pbh((__m512)v);
  std::memcpy(to, &low, sizeof(low));
#else
  const vu bits = (vu)v;
  const vu rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  const vu nan = (vu)(v != v);
  const vh low = __builtin_convertvector((rounded & ~nan) | (nan & 0x7fc0), vh);
  std::memcpy(to, &low, sizeof(low));
#endif
}
inline void put(float* to, float x) { *to = x; }
inline void put(bf16* to, float x) { *to = to_bf16(x); }

inline float sum(vf v) {
#if defined(__AVX512F__)
  return _mm512_reduce_add_ps((__m512)v);
#else
  float total = 0;
  for (int i = 0; i < kLanes; ++i) total += v[i];
  return total;
#endif
}

}  // namespace moslora
