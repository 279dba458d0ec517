// Panels of dense arrays. `Strip` is a panel of `width` rows of A (or columns of B) and `count` steps of k from k0, laid out as micro.h
// says; what lies outside the array is 0.
#pragma once
#include "gemm/micro.h"
#include "gemm/operands.h"

namespace moslora {

inline uint32_t pair(bf16 first, bf16 second) { return static_cast<uint32_t>(second) << 16 | first; }

inline float rounded(float x, bool round) { return round ? to_float(to_bf16(x)) : x; }

// W rows of 32-bit elements, of which each is a row of the strip: transposes a kLanes x kLanes square.
inline void transpose(vu (&rows)[kLanes]) {
#if defined(__AVX512F__)
  __m512i* r = reinterpret_cast<__m512i*>(rows);
  __m512i t[16];
  for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
    t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
  }
  for (int i = 0; i < 16; i += 4) {
    r[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
    r[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
    r[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
    r[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
  }
  for (int i = 0; i < 4; ++i) {
    t[i] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0x88);
    t[i + 4] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0xdd);
    t[i + 8] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0x88);
    t[i + 12] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0xdd);
  }
  for (int i = 0; i < 4; ++i) {
    r[i] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0x88);
    r[i + 8] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0xdd);
    r[i + 4] = _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0x88);
    r[i + 12] = _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0xdd);
  }
#else
  for (int i = 0; i < kLanes; ++i)
    for (int j = i + 1; j < kLanes; ++j) {
      const uint32_t kept = rows[i][j];
      rows[i][j] = rows[j][i];
      rows[j][i] = kept;
    }
#endif
}

// The first `count` of a vector's lanes, at most all.
template <class Element>
inline void store_some(Element* to, vu v, int64_t count) {
#if defined(__AVX512F__)
  _mm512_mask_storeu_epi32(to, count >= kLanes ? 0xffff : static_cast<__mmask16>((1u << count) - 1), (__m512i)v);
#else
  if (count >= kLanes) std::memcpy(to, &v, sizeof(vu));
  else std::memcpy(to, &v, count * sizeof(uint32_t));
#endif
}

// kLanes k's of pairs (or single values) from one row, in 32 bits each.
template <class P, class T>
inline vu steps_of(const T* from, float factor, bool round) {
#if defined(__AVX512BF16__)
  if constexpr (P::kPairs) {
    if constexpr (sizeof(T) == 2) {
      if (factor == 1) return load_as<vu>(from);
    }
    const vf low = load(from) * factor;
    const vf high = load(from + kLanes) * factor;
    return (vu)_mm512_cvtne2ps_pbh((__m512)high, (__m512)low);
  }
#endif
  const vf v = load(from) * factor;
  if (!round) return (vu)v;
  bf16 low[kLanes];
  store(low, v);
  return (vu)load(static_cast<const bf16*>(low));
}

// The rows of the strip are rows of the array: element (r, k) = data[(r0 + r) * stride + k].
template <class P, class T>
void pack_rows(const T* data, int64_t stride, int64_t r0, int rows, int64_t k0, int64_t count, int width, float factor, bool round,
               typename P::Element* to) {
  const int64_t steps = (count + P::kStep - 1) / P::kStep;
  const T* base = data + r0 * stride + k0;
  int64_t s = 0;
  for (; (s + kLanes) * P::kStep <= count; s += kLanes) {
    for (int first = 0; first < rows; first += kLanes) {
      const int some = rows - first < kLanes ? rows - first : kLanes;
      vu square[kLanes] = {};
      for (int i = 0; i < some; ++i) square[i] = steps_of<P>(base + (first + i) * stride + s * P::kStep, factor, round);
      transpose(square);
      for (int i = 0; i < kLanes; ++i) store_some(to + (s + i) * width + first, square[i], width - first);
    }
    for (int first = (rows + kLanes - 1) / kLanes * kLanes; first < width; ++first)
      for (int i = 0; i < kLanes; ++i) to[(s + i) * width + first] = 0;
  }
  for (; s < steps; ++s)
    for (int i = 0; i < width; ++i) {
      float v[P::kStep];
      for (int p = 0; p < P::kStep; ++p) {
        const int64_t k = s * P::kStep + p;
        v[p] = i < rows && k < count ? to_float(base[i * stride + k]) * factor : 0.0f;
      }
      if constexpr (P::kPairs) to[s * width + i] = pair(to_bf16(v[0]), to_bf16(v[P::kStep - 1]));
      else to[s * width + i] = rounded(v[0], round);
    }
}

#if defined(__AVX512BF16__)
// The first kLanes of two rows of an array side by side, a missing second row being 0, as is whatever lies past `count` values.
inline __mmask16 first_lanes(int64_t count) { return count >= kLanes ? 0xffff : count <= 0 ? 0 : static_cast<__mmask16>((1u << count) - 1); }

inline __m512i halves(const float* from, __mmask16 mask, float factor) {
  const __m512 v = _mm512_mul_ps(_mm512_maskz_loadu_ps(mask, from), _mm512_set1_ps(factor));
  return _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(v));
}
inline __m512i halves(const bf16* from, __mmask16 mask, float factor) {
  const __m512i bits = _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(mask, from));
  if (factor == 1) return bits;
  const __m512 v = _mm512_mul_ps((__m512)_mm512_slli_epi32(bits, 16), _mm512_set1_ps(factor));
  return _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(v));
}

template <class T>
inline vu pairs_of_rows(const T* one, const T* two, int64_t count, float factor) {
  const __mmask16 mask = first_lanes(count);
  const __m512i low = halves(one, mask, factor);
  return (vu)(two == nullptr ? low : _mm512_or_si512(low, _mm512_slli_epi32(halves(two, mask, factor), 16)));
}
#endif

// The rows of the strip are columns of the array: element (r, k) = data[k * stride + r0 + r].
template <class P, class T>
void pack_columns(const T* data, int64_t stride, int64_t r0, int rows, int64_t k0, int64_t count, int width, float factor, bool round,
                  typename P::Element* to) {
  const int64_t steps = (count + P::kStep - 1) / P::kStep;
  for (int64_t s = 0; s < steps; ++s) {
    const T* one = data + (k0 + s * P::kStep) * stride + r0;
    const bool both = P::kStep == 1 || s * P::kStep + 1 < count;
    int i = 0;
#if defined(__AVX512BF16__)
    if constexpr (P::kPairs) {
      for (; i < width; i += kLanes) {
        const vu v = pairs_of_rows(one + i, both ? one + stride + i : nullptr, rows - i, factor);
        store_some(to + s * width + i, v, width - i);
      }
    }
#endif
    for (; i < width; ++i) {
      const float first = i < rows ? to_float(one[i]) * factor : 0.0f;
      if constexpr (P::kPairs) {
        const float second = i < rows && both ? to_float(one[stride + i]) * factor : 0.0f;
        to[s * width + i] = pair(to_bf16(first), to_bf16(second));
      } else {
        to[s * width + i] = rounded(first, round);
      }
    }
  }
}

// `round`: whether float32 values are rounded to bfloat16 on the way (they are where P holds pairs).
template <class P>
void pack_strip(const Matrix& m, bool by_rows, int64_t r0, int rows, int64_t k0, int64_t count, int width, float factor, bool round,
                typename P::Element* to) {
  const auto pack = [&](auto* data) {
    if (by_rows) pack_rows<P>(data, m.stride, r0, rows, k0, count, width, factor, round, to);
    else pack_columns<P>(data, m.stride, r0, rows, k0, count, width, factor, round, to);
  };
  if (m.is_bf16) pack(static_cast<const bf16*>(m.data));
  else pack(static_cast<const float*>(m.data));
}

}  // namespace moslora
