// Rows of one head, on their way into panels and back: rotated, rounded, and filled up with zeros.
#pragma once
#include <type_traits>

#include "core/scratch.h"
#include "gemm/product.h"
#include "shared/geometry.h"

namespace moslora {

// What rows hold between an array and a panel: bfloat16 where panels hold pairs of it, else float (rounded for bfloat16 without pairs).
template <class P>
using Value = std::conditional_t<P::kPairs, bf16, float>;
template <class P>
constexpr bool kRounds = std::is_same_v<P, Bfloat16>;

inline int64_t round_up(int64_t n, int64_t to) { return ceil_div(n, to) * to; }
// Between rows: room for whole panels of columns and whole vectors of steps.
inline int64_t row_stride(int64_t width) { return round_up(width, kColumns); }

// The first `count` values, or all of a vector's; zeros in place of the others.
template <class T>
inline vf load_some(const T* from, int64_t count) {
  if (count >= kLanes) return load(from);
#if defined(__AVX512F__)
  const __mmask16 there = static_cast<__mmask16>((1u << count) - 1);
  if constexpr (sizeof(T) == 4) return (vf)_mm512_maskz_loadu_ps(there, from);
  else return (vf)_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(there, from)), 16);
#else
  T some[kLanes] = {};
  std::memcpy(some, from, count * sizeof(T));
  return load(some);
#endif
}
template <class T>
inline void store_some(T* to, vf v, int64_t count) {
  if (count >= kLanes) return store(to, v);
  T some[kLanes];
  store(some, v);
#if defined(__AVX512F__)
  const __mmask16 there = static_cast<__mmask16>((1u << count) - 1);
  if constexpr (sizeof(T) == 4) _mm512_mask_storeu_ps(to, there, (__m512)v);
  else _mm256_mask_storeu_epi16(to, there, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(some)));
#else
  std::memcpy(to, some, count * sizeof(T));
#endif
}

// Rows of one head lie far apart, each on a page of its own: the processor does not see the next one coming.
constexpr int64_t kAhead = 8;
template <int kWrite>
inline void announce(const Operand& x, int64_t place, int64_t width) {
  const int64_t size = x.is_bf16 ? 2 : 4;
  for (int64_t byte = 0; byte < width * size; byte += 64) __builtin_prefetch(x.data + place * size + byte, kWrite);
}
inline vf round_to_bf16(vf v) {
  bf16 low[kLanes];
  store(low, v);
  return load(static_cast<const bf16*>(low));
}
template <bool kRound, class V>
inline void keep(V* to, vf v, int64_t count) {
  if constexpr (kRound && std::is_same_v<V, float>) v = round_to_bf16(v);
  store_some(to, v, count);
}

// to = x, rotated where there are tables: y = x cos + [-x2, x1] sin with x2, x1 the halves of x.
template <bool kRound, class T, class V>
inline void load_row(const T* x, int64_t width, const float* cos, const float* sin, V* to) {
  if (cos == nullptr) {
    for (int64_t d = 0; d < width; d += kLanes) keep<kRound>(to + d, load_some(x + d, width - d), width - d);
    return;
  }
  const int64_t half = width / 2;
  for (int64_t d = 0; d < half; d += kLanes) {
    const int64_t n = half - d, e = half + d;
    const vf one = load_some(x + d, n), two = load_some(x + e, n);
    keep<kRound>(to + d, one * load_some(cos + d, n) - two * load_some(sin + d, n), n);
    keep<kRound>(to + e, two * load_some(cos + e, n) + one * load_some(sin + e, n), n);
  }
}

// The gradient of x from that of y above (float, may be overwritten); without tables the same.
template <class T>
inline void store_row(const float* dy, int64_t width, const float* cos, const float* sin, T* dx) {
  if (cos == nullptr) {
    for (int64_t d = 0; d < width; d += kLanes) store_some(dx + d, load_some(dy + d, width - d), width - d);
    return;
  }
  const int64_t half = width / 2;
  for (int64_t d = 0; d < half; d += kLanes) {
    const int64_t n = half - d, e = half + d;
    const vf one = load_some(dy + d, n), two = load_some(dy + e, n);
    store_some(dx + d, one * load_some(cos + d, n) + two * load_some(sin + e, n), n);
    store_some(dx + e, two * load_some(cos + e, n) - one * load_some(sin + d, n), n);
  }
}

// Rows t0 ... t0 + count - 1 of a head as to[r * stride + d]; zeros beyond `width`, and in the rows from `count` up to `room`.
template <class P>
void load_rows(const Operand& x, const Tables& tables, int64_t b, int64_t g, int64_t i, int64_t t0, int64_t count, int64_t room,
               int64_t width, Value<P>* to) {
  const int64_t stride = row_stride(width);
  for (int64_t r = 0; r < count; ++r, to += stride) {
    const int64_t place = x.place(b, t0 + r, g, i);
    if (r + kAhead < count) announce<0>(x, place + kAhead * x.row, width);
    const int64_t row = tables.batch * b + (t0 + r) * width;
    const float* cos = tables.cos == nullptr ? nullptr : tables.cos + row;
    const float* sin = tables.sin == nullptr ? nullptr : tables.sin + row;
    if (x.is_bf16) load_row<kRounds<P>>(reinterpret_cast<const bf16*>(x.data) + place, width, cos, sin, to);
    else load_row<kRounds<P>>(reinterpret_cast<const float*>(x.data) + place, width, cos, sin, to);
    std::memset(static_cast<void*>(to + width), 0, (stride - width) * sizeof(*to));
  }
  if (room > count) std::memset(static_cast<void*>(to), 0, (room - count) * stride * sizeof(*to));
}

// The other way, for gradients: a row of float.
inline void save_row(const float* from, const Operand& x, const Tables& tables, int64_t b, int64_t t, int64_t g, int64_t i, int64_t width) {
  const int64_t place = x.place(b, t, g, i);
  announce<1>(x, place + kAhead * x.row, width);
  const int64_t row = tables.batch * b + t * width;
  const float* cos = tables.cos == nullptr ? nullptr : tables.cos + row;
  const float* sin = tables.sin == nullptr ? nullptr : tables.sin + row;
  if (x.is_bf16) store_row(from, width, cos, sin, reinterpret_cast<bf16*>(x.data) + place);
  else store_row(from, width, cos, sin, reinterpret_cast<float*>(x.data) + place);
}

}  // namespace moslora
