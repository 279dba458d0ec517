// Panels (see gemm/micro.h) of rows that lie in scratch memory, padded as rows.h says, and of sums that stand in registers' layout.
// Whole vectors are written, also where a panel is narrower: what follows a panel must be written after it, or be room to spare.
#pragma once
#include "rows.h"

namespace moslora {

constexpr int kSpare = 2 * kLanes;  // elements of room behind the last panel

template <class P>
inline int64_t steps_of_depth(int64_t depth) {
  return ceil_div(depth, P::kStep);
}

// panel[s * width + r] = step s of row r, for `width` rows of which `count` are there and the others zero.
template <class P>
void pack_across(const Value<P>* rows, int64_t stride, int count, int width, int64_t steps, typename P::Element* to) {
  for (int first = 0; first < width; first += kLanes)
    for (int64_t s0 = 0; s0 < steps; s0 += kLanes) {
      vu square[kLanes] = {};
      const int some = count - first < kLanes ? count - first : kLanes;
      for (int i = 0; i < some; ++i) square[i] = load_as<vu>(rows + (first + i) * stride + s0 * P::kStep);
      transpose(square);
      const int64_t n = steps - s0 < kLanes ? steps - s0 : kLanes;
      for (int64_t s = 0; s < n; ++s) std::memcpy(to + (s0 + s) * width + first, &square[s], sizeof(vu));
    }
}

// The bfloat16 values of two vectors as pairs.
#if defined(__AVX512BF16__)
inline vu interleaved(vf first, vf second) {
  const __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5, 20, 4, 19, 3,
                                         18, 2, 17, 1, 16, 0);
  return (vu)_mm512_permutexvar_epi16(order, (__m512i)_mm512_cvtne2ps_pbh((__m512)second, (__m512)first));
}
#endif

// panel[s * width + c] = column c0 + c of the rows of step s; `depth` rows, filled up to whole steps.
template <class P>
void pack_along(const Value<P>* rows, int64_t stride, int64_t depth, int64_t c0, int width, typename P::Element* to) {
  const int64_t steps = steps_of_depth<P>(depth);
  for (int64_t s = 0; s < steps; ++s, to += width)
    for (int first = 0; first < width; first += kLanes) {
      const Value<P>* from = rows + s * P::kStep * stride + c0 + first;
      if constexpr (P::kPairs) {
        const vu low = __builtin_convertvector(load_as<vh>(from), vu);
        const vu both = low | __builtin_convertvector(load_as<vh>(from + stride), vu) << 16;
        std::memcpy(to + first, &both, sizeof(both));
      } else {
        std::memcpy(to + first, from, sizeof(vf));
      }
    }
}

// A tile of sums (kRows keys, kColumns queries) as rows of A whose steps run over the queries: to[s * kRows + key].
template <class P>
inline void turn_tile(const vf (&tile)[kRows][kVectors], typename P::Element* to) {
#if defined(__AVX512BF16__)
  if constexpr (P::kPairs) {
    static_assert(kVectors == 2, "a pair of vectors makes a row of pairs");
    vu square[kLanes] = {};
    for (int r = 0; r < kRows; ++r) square[r] = (vu)_mm512_cvtne2ps_pbh((__m512)tile[r][1], (__m512)tile[r][0]);
    transpose(square);
    for (int s = 0; s < kLanes; ++s, to += kRows) std::memcpy(to, &square[s], sizeof(vu));
    return;
  }
#endif
  if constexpr (!P::kPairs)
    for (int j = 0; j < kVectors; ++j) {
      vu square[kLanes] = {};
      for (int r = 0; r < kRows; ++r) square[r] = (vu)tile[r][j];
      transpose(square);
      for (int s = 0; s < kLanes; ++s, to += kRows) std::memcpy(to, &square[s], sizeof(vu));
    }
}

// Two rows of sums (the same queries, keys next to one another) as a step of B, or one each; rounded.
template <class P>
inline void put_steps(vf (*rows)[kVectors], typename P::Element* to) {
#if defined(__AVX512BF16__)
  if constexpr (P::kPairs) {
    for (int j = 0; j < kVectors; ++j) {
      const vu both = interleaved(rows[0][j], rows[1][j]);
      std::memcpy(to + j * kLanes, &both, sizeof(both));
    }
    return;
  }
#endif
  if constexpr (!P::kPairs)
    for (int r = 0; r < 2; ++r)
      for (int j = 0; j < kVectors; ++j)
        store(reinterpret_cast<float*>(to) + (r * kVectors + j) * kLanes, kRounds<P> ? round_to_bf16(rows[r][j]) : rows[r][j]);
}

// sums (depth, kColumns) with element (d, c) at sums[d * kColumns + c] -> rows[c * stride + d].
inline void turn_sums(const float* sums, int64_t depth, float* rows, int64_t stride) {
  for (int j = 0; j < kVectors; ++j)
    for (int64_t d0 = 0; d0 < depth; d0 += kLanes) {
      vu square[kLanes] = {};
      const int64_t some = depth - d0 < kLanes ? depth - d0 : kLanes;
      for (int64_t i = 0; i < some; ++i) square[i] = (vu)load(sums + (d0 + i) * kColumns + j * kLanes);
      transpose(square);
      for (int c = 0; c < kLanes; ++c) store(rows + (j * kLanes + c) * stride + d0, (vf)square[c]);
    }
}

}  // namespace moslora
