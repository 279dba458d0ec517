// Products of very few rows with an NF4 weight, as in generation: bound by reading the weight, so it is read once, in order, and never
// written anywhere. Codes are looked up by a permutation of the table; a block's absmax multiplies its sum.
#pragma once
#include <vector>

#include "core/parallel.h"
#include "core/scratch.h"
#include "gemm/pack-nf4.h"

namespace moslora {

constexpr int64_t kFewRows = 8;

#if defined(__AVX512BF16__)

inline bool few_rows_fit(const Nf4& w, int64_t rows) {
  return rows <= kFewRows && w.block_bits == 6 && w.columns % 64 == 0;
}

// The rows of x in bfloat16, each block of 64 as its 32 values at even places, then those at odd ones.
inline Scratch<bf16> halves_of(const Matrix& x, int64_t rows, int64_t columns) {
  Scratch<bf16> to(rows * columns);
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t k = 0; k < columns; ++k) {
      const int64_t at = r * x.stride + k;
      const bf16 value = x.is_bf16 ? static_cast<const bf16*>(x.data)[at] : to_bf16(static_cast<const float*>(x.data)[at]);
      to[r * columns + k / 64 * 64 + (k & 1) * 32 + k % 64 / 2] = value;
    }
  return to;
}

// U rows of the weight from `first` on, with R rows of x.
template <int U, int R>
void few_rows_strip(const bf16* x, const Nf4& w, int64_t first, __m512i table, float* sums, int64_t stride) {
  __m512 totals[U][R];
#pragma GCC unroll 8
  for (int u = 0; u < U; ++u)
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) totals[u][r] = _mm512_setzero_ps();
  const int64_t blocks = w.columns / 64;
  for (int64_t b = 0; b < blocks; ++b) {
    const bf16* at = x + b * 64;
#pragma GCC unroll 8
    for (int u = 0; u < U; ++u) {
      const int64_t block = (first + u) * blocks + b;
      const __m512i wide = _mm512_cvtepu8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(w.packed + block * 32)));
      // Only the lower five bits of an index count, and the table repeats itself after 16.
      const __m512bh odd = (__m512bh)_mm512_permutexvar_epi16(wide, table);
      const __m512bh even = (__m512bh)_mm512_permutexvar_epi16(_mm512_srli_epi16(wide, 4), table);
      const __m512 scale = _mm512_set1_ps(w.scale(block));
#pragma GCC unroll 8
      for (int r = 0; r < R; ++r) {
        const bf16* row = at + r * w.columns;
        __m512 part = _mm512_dpbf16_ps(_mm512_setzero_ps(), even, (__m512bh)_mm512_load_si512(row));
        part = _mm512_dpbf16_ps(part, odd, (__m512bh)_mm512_load_si512(row + 32));
        totals[u][r] = _mm512_fmadd_ps(part, scale, totals[u][r]);
      }
    }
  }
#pragma GCC unroll 8
  for (int u = 0; u < U; ++u)
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) sums[r * stride + first + u] = _mm512_reduce_add_ps(totals[u][r]);
}

template <int R>
void few_rows_task(const bf16* x, const Nf4& w, int64_t from, int64_t to, __m512i table, float* sums, int64_t stride) {
  constexpr int kUnits = R <= 4 ? 4 : 2;
  int64_t first = from;
  for (; first + kUnits <= to; first += kUnits) few_rows_strip<kUnits, R>(x, w, first, table, sums, stride);
  for (; first < to; ++first) few_rows_strip<1, R>(x, w, first, table, sums, stride);
}

// sums (rows, outputs) = x (rows, columns) Wᵀ in float32.
inline void few_rows_nf4(const Matrix& x, int64_t rows, const Nf4& w, int64_t outputs, float* sums) {
  const Scratch<bf16> halves = halves_of(x, rows, w.columns);
  alignas(64) bf16 codes[32];
  for (int i = 0; i < 32; ++i) codes[i] = to_bf16(w.table[i % 16]);
  const __m512i table = _mm512_load_si512(codes);
  constexpr int64_t kTask = 64;
  parallel_for((outputs + kTask - 1) / kTask, [&](int64_t task, int) {
    const int64_t from = task * kTask;
    const int64_t to = from + kTask < outputs ? from + kTask : outputs;
    switch (rows) {
#define MOSLORA_ROWS(R) \
  case R:               \
    return few_rows_task<R>(halves.data(), w, from, to, table, sums, outputs);
      MOSLORA_ROWS(1) MOSLORA_ROWS(2) MOSLORA_ROWS(3) MOSLORA_ROWS(4)
      MOSLORA_ROWS(5) MOSLORA_ROWS(6) MOSLORA_ROWS(7) MOSLORA_ROWS(8)
#undef MOSLORA_ROWS
    }
  });
}

#else

inline bool few_rows_fit(const Nf4&, int64_t) { return false; }
inline void few_rows_nf4(const Matrix&, int64_t, const Nf4&, int64_t, float*) {}

#endif

}  // namespace moslora
