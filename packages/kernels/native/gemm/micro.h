// The innermost products: a tile of kRows x kColumns sums kept in registers.
//   float32:  a panel of A holds, for each k, kRows values; one of B, for each k, kColumns values.
//   bfloat16: the same for each pair of k, the two values of a row (or column) side by side in 32 bits.
#pragma once
#include "simd/vector.h"

namespace moslora {

#if defined(__AVX512F__)
constexpr int kRows = 12;  // 12 x 2 sums, 2 of B and 1 of A in 32 registers
#elif defined(__AVX2__)
constexpr int kRows = 6;  // 6 x 2, 2 and 1 in 16
#else
constexpr int kRows = 4;
#endif
constexpr int kVectors = 2;
constexpr int kColumns = kVectors * kLanes;

struct Float32 {
  using Element = float;
  static constexpr int kStep = 1;
  static constexpr bool kPairs = false;

  template <int R, int V = kVectors>
  static void tile(const float* a, const float* b, int64_t steps, float* c, bool first) {
    vf sums[R][V];
    for (int i = 0; i < R; ++i)
      for (int j = 0; j < V; ++j) sums[i][j] = first ? vf{} : load(c + i * kColumns + j * kLanes);
    for (int64_t s = 0; s < steps; ++s, a += R, b += kColumns) {
      vf right[V];
#pragma GCC unroll 8
      for (int j = 0; j < V; ++j) right[j] = load(b + j * kLanes);
#pragma GCC unroll 16
      for (int i = 0; i < R; ++i) {
        const vf left = splat(a[i]);
#pragma GCC unroll 8
        for (int j = 0; j < V; ++j) sums[i][j] += left * right[j];
      }
    }
    for (int i = 0; i < R; ++i)
      for (int j = 0; j < V; ++j) store(c + i * kColumns + j * kLanes, sums[i][j]);
  }
};

#if defined(__AVX512BF16__)
struct Bfloat16 {
  using Element = uint32_t;
  static constexpr int kStep = 2;
  static constexpr bool kPairs = true;

  template <int R, int V = kVectors>
  static void tile(const uint32_t* a, const uint32_t* b, int64_t steps, float* c, bool first) {
    __m512 sums[R][V];
#pragma GCC unroll 16
    for (int i = 0; i < R; ++i)
#pragma GCC unroll 8
      for (int j = 0; j < V; ++j)
        sums[i][j] = first ? _mm512_setzero_ps() : _mm512_loadu_ps(c + i * kColumns + j * kLanes);
    for (int64_t s = 0; s < steps; ++s, a += R, b += kColumns) {
      __m512bh right[V];
#pragma GCC unroll 8
      for (int j = 0; j < V; ++j) right[j] = (__m512bh)_mm512_loadu_si512(b + j * kLanes);
#pragma GCC unroll 16
      for (int i = 0; i < R; ++i) {
        const __m512bh left = (__m512bh)_mm512_set1_epi32(static_cast<int>(a[i]));
#pragma GCC unroll 8
        for (int j = 0; j < V; ++j) sums[i][j] = _mm512_dpbf16_ps(sums[i][j], left, right[j]);
      }
    }
#pragma GCC unroll 16
    for (int i = 0; i < R; ++i)
#pragma GCC unroll 8
      for (int j = 0; j < V; ++j) _mm512_storeu_ps(c + i * kColumns + j * kLanes, sums[i][j]);
  }
};
#else
// Without such an instruction: values rounded to bfloat16 (when packed), products in float32.
struct Bfloat16 : Float32 {};
#endif

// V: how many vectors of the columns are wanted; the panel of B and the sums are as wide as ever.
template <class P, int V = kVectors>
void run_tile(int rows, const typename P::Element* a, const typename P::Element* b, int64_t steps, float* c, bool first) {
  switch (rows) {
#define MOSLORA_TILE(R) \
  case R:               \
    return P::template tile<R, V>(a, b, steps, c, first);
    MOSLORA_TILE(1) MOSLORA_TILE(2) MOSLORA_TILE(3) MOSLORA_TILE(4)
#if defined(__AVX2__)
    MOSLORA_TILE(5) MOSLORA_TILE(6)
#endif
#if defined(__AVX512F__)
    MOSLORA_TILE(7) MOSLORA_TILE(8) MOSLORA_TILE(9) MOSLORA_TILE(10) MOSLORA_TILE(11) MOSLORA_TILE(12)
#endif
#undef MOSLORA_TILE
  }
}

}  // namespace moslora
