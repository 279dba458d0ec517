// Panels of an NF4 weight (out, in), unpacked straight into the layout of micro.h: no float copy of the weight is ever made.
#pragma once
#include "gemm/pack-dense.h"
#include "simd/half.h"

namespace moslora {

// One weight, rounded as its file's type and the product's say.
inline float weight_at(const Nf4& w, int64_t element, bool round) {
  const uint8_t byte = w.packed[element >> 1];
  const float code = w.table[element & 1 ? byte & 15 : byte >> 4];
  float x = code * w.scale(w.block_of(element));
  if (w.round == Nf4::Round::bf16) x = to_float(to_bf16(x));
  if (w.round == Nf4::Round::f16) x = rounded_to_half(x);
  return rounded(x, round);
}

#if defined(__AVX512BF16__)

// 32 weights from an even element on, all of one block: those at even places in `even`, at odd ones in `odd`.
struct Unpacked {
  __m512 even, odd;
};
inline Unpacked unpack32(const Nf4& w, __m512 table, int64_t element, float scale) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(w.packed + (element >> 1)));
  const __m512i wide = _mm512_cvtepu8_epi32(bytes);
  const __m512 s = _mm512_set1_ps(scale);
  Unpacked u{_mm512_mul_ps(_mm512_permutexvar_ps(_mm512_srli_epi32(wide, 4), table), s),
             _mm512_mul_ps(_mm512_permutexvar_ps(wide, table), s)};
  if (w.round == Nf4::Round::f16) {
    u.even = _mm512_cvtph_ps(_mm512_cvtps_ph(u.even, 0));
    u.odd = _mm512_cvtph_ps(_mm512_cvtps_ph(u.odd, 0));
  }
  return u;
}

// Two rows of 16 values, rounded, as 16 pairs.
inline __m512i pairs_of(__m512 first, __m512 second) {
  const __m512i low = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(first));
  const __m512i high = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(second));
  return _mm512_or_si512(low, _mm512_slli_epi32(high, 16));
}

inline bool blocks_fit(const Nf4& w) { return w.columns % 32 == 0 && w.block_bits >= 5; }

#endif

// Columns of the panel are rows of the weight: B[k][n] = W[n0 + n][k0 + k].
template <class P>
void pack_nf4_rows(const Nf4& w, int64_t n0, int columns, int64_t k0, int64_t count, bool round, typename P::Element* to) {
  const int64_t steps = (count + P::kStep - 1) / P::kStep;
#if defined(__AVX512BF16__)
  if constexpr (P::kPairs) {
    if (blocks_fit(w) && k0 % 32 == 0 && count % 32 == 0) {
      const __m512 table = _mm512_loadu_ps(w.table);
      for (int first = 0; first < kColumns; first += kLanes) {
        const int some = columns - first < kLanes ? (columns - first < 0 ? 0 : columns - first) : kLanes;
        for (int64_t s = 0; s < steps; s += kLanes) {
          vu square[kLanes] = {};
          for (int i = 0; i < some; ++i) {
            const int64_t element = (n0 + first + i) * w.columns + k0 + s * 2;
            const Unpacked u = unpack32(w, table, element, w.scale(w.block_of(element)));
            square[i] = (vu)pairs_of(u.even, u.odd);
          }
          transpose(square);
          for (int i = 0; i < kLanes; ++i) std::memcpy(to + (s + i) * kColumns + first, &square[i], sizeof(vu));
        }
      }
      return;
    }
  }
#endif
  for (int64_t s = 0; s < steps; ++s)
    for (int i = 0; i < kColumns; ++i) {
      float v[P::kStep];
      for (int p = 0; p < P::kStep; ++p) {
        const int64_t k = s * P::kStep + p;
        v[p] = i < columns && k < count ? weight_at(w, (n0 + i) * w.columns + k0 + k, round) : 0.0f;
      }
      if constexpr (P::kPairs) to[s * kColumns + i] = pair(to_bf16(v[0]), to_bf16(v[P::kStep - 1]));
      else to[s * kColumns + i] = v[0];
    }
}

// Columns of the panel are columns of the weight: B[k][n] = W[k0 + k][n0 + n].
template <class P>
void pack_nf4_columns(const Nf4& w, int64_t n0, int columns, int64_t k0, int64_t count, bool round, typename P::Element* to) {
  const int64_t steps = (count + P::kStep - 1) / P::kStep;
#if defined(__AVX512BF16__)
  if constexpr (P::kPairs) {
    if (blocks_fit(w) && n0 % 32 == 0 && columns == kColumns) {
      const __m512 table = _mm512_loadu_ps(w.table);
      const __m512i lower = _mm512_set_epi32(23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
      const __m512i upper = _mm512_set_epi32(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8);
      for (int64_t s = 0; s < steps; ++s) {
        const int64_t one = (k0 + 2 * s) * w.columns + n0;
        const int64_t two = one + w.columns;
        const Unpacked a = unpack32(w, table, one, w.scale(w.block_of(one)));
        const bool both = 2 * s + 1 < count;
        const Unpacked b = both ? unpack32(w, table, two, w.scale(w.block_of(two))) : Unpacked{_mm512_setzero_ps(), _mm512_setzero_ps()};
        const __m512i even = pairs_of(a.even, b.even);
        const __m512i odd = pairs_of(a.odd, b.odd);
        _mm512_storeu_si512(to + s * kColumns, _mm512_permutex2var_epi32(even, lower, odd));
        _mm512_storeu_si512(to + s * kColumns + kLanes, _mm512_permutex2var_epi32(even, upper, odd));
      }
      return;
    }
  }
#endif
  for (int64_t s = 0; s < steps; ++s)
    for (int i = 0; i < kColumns; ++i) {
      float v[P::kStep];
      for (int p = 0; p < P::kStep; ++p) {
        const int64_t k = s * P::kStep + p;
        v[p] = i < columns && k < count ? weight_at(w, (k0 + k) * w.columns + n0 + i, round) : 0.0f;
      }
      if constexpr (P::kPairs) to[s * kColumns + i] = pair(to_bf16(v[0]), to_bf16(v[P::kStep - 1]));
      else to[s * kColumns + i] = v[0];
    }
}

}  // namespace moslora
