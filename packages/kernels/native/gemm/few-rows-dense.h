// Few rows times a dense weight.
#pragma once
#include "core/scratch.h"
#include "gemm/pack-dense.h"

#if defined(__AVX512BF16__)
namespace moslora {

inline bf16 half_at(const Matrix& x, int64_t row, int64_t column) {
  const int64_t at = row * x.stride + column;
  return x.is_bf16 ? static_cast<const bf16*>(x.data)[at] : to_bf16(static_cast<const float*>(x.data)[at]);
}

// Each row of x in bfloat16, zeros behind it up to a multiple of 32.
inline int64_t dense_width(int64_t columns) { return (columns + 31) / 32 * 32; }
inline Scratch<bf16> laid_for_dense(const Matrix& x, int64_t rows, int64_t columns) {
  const int64_t width = dense_width(columns);
  Scratch<bf16> to(rows * width);
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t k = 0; k < width; ++k) to[r * width + k] = k < columns ? half_at(x, r, k) : 0;
  return to;
}

// R rows of x with the rows of a weight in [first, end), one after another: a single stream of memory is read fastest. `values(row, k, mask)`: 32
// of the weight's, those outside the mask being 0.
template <int R, class Values>
void few_rows_streamed(const bf16* x, int64_t columns, int64_t first, int64_t end, float* sums, int64_t stride, const Values& values) {
  const int64_t width = dense_width(columns);
  for (; first < end; ++first) {
    __m512 totals[R];
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) totals[r] = _mm512_setzero_ps();
    for (int64_t k = 0; k < columns; k += 32) {
      const __m512bh w = values(first, k, columns - k >= 32 ? 0xffffffffu : (1u << (columns - k)) - 1);
#pragma GCC unroll 8
      for (int r = 0; r < R; ++r) totals[r] = _mm512_dpbf16_ps(totals[r], w, (__m512bh)_mm512_load_si512(x + r * width + k));
    }
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) sums[r * stride + first] = _mm512_reduce_add_ps(totals[r]);
  }
}

// A weight in bfloat16. What is fetched ahead is not read, and may not be there.
template <int R>
void few_rows_dense(const bf16* x, const Matrix& w, int64_t columns, int64_t first, int64_t end, float* sums, int64_t stride) {
  constexpr int64_t kAhead = 4096;  // values
  few_rows_streamed<R>(x, columns, first, end, sums, stride, [&](int64_t row, int64_t k, uint32_t mask) {
    const bf16* from = static_cast<const bf16*>(w.data) + row * w.stride + k;
    _mm_prefetch(reinterpret_cast<const char*>(from + kAhead), _MM_HINT_T0);
    return (__m512bh)_mm512_maskz_loadu_epi16(mask, from);
  });
}

// A weight in float32, times `factor` and rounded to bfloat16 as it is read.
template <int R>
void few_rows_floats(const bf16* x, const Matrix& w, int64_t columns, float factor, int64_t first, int64_t end, float* sums, int64_t stride) {
  constexpr int64_t kAhead = 2048;  // values
  const __m512 times = _mm512_set1_ps(factor);
  few_rows_streamed<R>(x, columns, first, end, sums, stride, [&](int64_t row, int64_t k, uint32_t mask) {
    const float* from = static_cast<const float*>(w.data) + row * w.stride + k;
    _mm_prefetch(reinterpret_cast<const char*>(from + kAhead), _MM_HINT_T0);
    _mm_prefetch(reinterpret_cast<const char*>(from + kAhead + 16), _MM_HINT_T0);
    const __m512 low = _mm512_maskz_loadu_ps(static_cast<__mmask16>(mask), from) * times;
    const __m512 high = _mm512_maskz_loadu_ps(static_cast<__mmask16>(mask >> 16), from + 16) * times;
    return _mm512_cvtne2ps_pbh(high, low);
  });
}

}  // namespace moslora
#endif
