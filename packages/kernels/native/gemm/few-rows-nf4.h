// Few rows times an NF4 weight. 64 bytes of codes, two blocks, are 32 words of four codes each: shifted to its lowest bits, each code is
// looked up by a permutation of the table, and a block's absmax multiplies the sum of its half of the lanes.
#pragma once
#include <algorithm>

#include "gemm/few-rows-dense.h"
#include "gemm/nf4-absmaxes.h"
#include "gemm/pack-nf4.h"

#if defined(__AVX512BF16__)
namespace moslora {

constexpr int64_t kPair = 128;  // columns of two blocks

inline bool few_rows_fit(const Nf4& w) { return w.block_bits == 6 && w.columns % 64 == 0; }

// The 16 values in bfloat16, twice: only the lower five bits of an index count, of which the fifth is another code's.
struct Nf4Codes {
  alignas(64) bf16 values[32];
  explicit Nf4Codes(const float* table) {
    for (int i = 0; i < 32; ++i) values[i] = table == nullptr ? 0 : to_bf16(table[i % 16]);
  }
};

inline int64_t nf4_width(int64_t columns) { return (columns + kPair - 1) / kPair * kPair; }

// Each row of x in bfloat16, each 128 as the 32 that meet the lowest four bits of words, those that meet the next, and so on.
inline Scratch<bf16> laid_for_nf4(const Matrix& x, int64_t rows, int64_t columns) {
  constexpr int kPlaces[] = {1, 0, 3, 2};  // of a word's four codes, by their bits: the earlier in a byte is the higher
  const int64_t width = nf4_width(columns);
  Scratch<bf16> to(rows * width);
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t k = 0; k < width; k += kPair)
      for (int p = 0; p < 4; ++p)
        for (int64_t i = 0; i < 32; ++i) {
          const int64_t column = k + 4 * i + kPlaces[p];
          to[r * width + k + p * 32 + i] = column < columns ? half_at(x, r, column) : 0;
        }
  return to;
}

// 128 weights, two blocks, or one where `mask` says so.
struct Nf4Pair {
  __m512bh one, two, three, four;

  Nf4Pair(const uint8_t* packed, __mmask8 mask, const Nf4Codes& codes) {
    const __m512i table = _mm512_load_si512(codes.values);
    const __m512i words = _mm512_maskz_loadu_epi64(mask, packed);
    one = (__m512bh)_mm512_permutexvar_epi16(words, table);
    two = (__m512bh)_mm512_permutexvar_epi16(_mm512_srli_epi16(words, 4), table);
    three = (__m512bh)_mm512_permutexvar_epi16(_mm512_srli_epi16(words, 8), table);
    four = (__m512bh)_mm512_permutexvar_epi16(_mm512_srli_epi16(words, 12), table);
  }

  // The products with 128 values of a row, each half of the lanes those of a block.
  __m512 times(const bf16* row) const {
    __m512 part = _mm512_dpbf16_ps(_mm512_setzero_ps(), one, (__m512bh)_mm512_load_si512(row));
    part = _mm512_dpbf16_ps(part, two, (__m512bh)_mm512_load_si512(row + 32));
    part = _mm512_dpbf16_ps(part, three, (__m512bh)_mm512_load_si512(row + 64));
    return _mm512_dpbf16_ps(part, four, (__m512bh)_mm512_load_si512(row + 96));
  }
};

constexpr __mmask8 kBoth = 0xff, kFirst = 0x0f;

// R rows of x with a row of the weight.
template <int R>
class Nf4Row {
 public:
  Nf4Row(const bf16* x, const Nf4& w, const Nf4Codes& codes, Absmaxes& absmaxes, int64_t row)
      : x_(x), width_(nf4_width(w.columns)), blocks_(w.columns / 64), first_(row * blocks_), packed_(w.packed + first_ * 32), codes_(codes) {
    for (int r = 0; r < R; ++r) totals_[r] = _mm512_setzero_ps();
    if (w.absmax != nullptr) add_all(w.absmax + first_);
    else add_runs(absmaxes);
  }

  void put(float* sums, int64_t stride) const {
    for (int r = 0; r < R; ++r) sums[r * stride] = _mm512_reduce_add_ps(totals_[r]);
  }

 private:
  void add_all(const float* absmax) {
    const int64_t whole = blocks_ & ~int64_t{1};
    for (int64_t b = 0; b < whole; b += 2) add(b, kBoth, absmax[b], absmax[b + 1]);
    if (whole < blocks_) add(whole, kFirst, absmax[whole], 0);
  }

  void add_runs(Absmaxes& absmaxes) {
    for (int64_t b = 0; b < blocks_;) {
      const Absmaxes::Run run = absmaxes.run_at(first_ + b);
      const int64_t end = std::min(blocks_, run.end - first_);
      const uint8_t* code = run.codes;
      for (; b + 2 <= end; b += 2, code += 2) add(b, kBoth, run.values[code[0]], run.values[code[1]]);
      if (b == end) continue;
      const bool last = b + 1 == blocks_;
      add(b, last ? kFirst : kBoth, run.values[code[0]], last ? 0 : absmaxes[first_ + b + 1]);
      b += 2;
    }
  }

  inline __attribute__((always_inline)) void add(int64_t b, __mmask8 mask, float first, float second) {
    constexpr int64_t kAhead = 2048;  // bytes; nothing is read that is not there
    _mm_prefetch(reinterpret_cast<const char*>(packed_ + b * 32 + kAhead), _MM_HINT_T0);
    const Nf4Pair pair(packed_ + b * 32, mask, codes_);
    const __m512 scale = _mm512_mask_broadcastss_ps(_mm512_set1_ps(first), 0xff00, _mm_set_ss(second));
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) totals_[r] = _mm512_fmadd_ps(pair.times(x_ + b * 64 + r * width_), scale, totals_[r]);
  }

  const bf16* x_;
  const int64_t width_, blocks_, first_;
  const uint8_t* packed_;
  const Nf4Codes& codes_;
  __m512 totals_[R];
};

template <int R>
void few_rows_nf4_rows(const bf16* x, const Nf4& w, const Nf4Codes& codes, int64_t first, int64_t end, float* sums, int64_t stride) {
  Absmaxes absmaxes(w);
  for (int64_t row = first; row < end; ++row) Nf4Row<R>(x, w, codes, absmaxes, row).put(sums + row, stride);
}

// R rows of x with U rows of the weight from `first` on, whose absmaxes are `scales` (U, padded).
template <int R, int U>
void few_rows_nf4_strip(const bf16* x, const Nf4& w, const Nf4Codes& codes, const float* scales, int64_t padded, int64_t first, float* sums,
                        int64_t stride) {
  const __m512i halves = _mm512_set_epi32(1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0);
  const int64_t blocks = w.columns / 64;
  const int64_t width = nf4_width(w.columns);
  const uint8_t* packed = w.packed + first * blocks * 32;
  constexpr int64_t kAhead = 16384;  // bytes; nothing is read that is not there
  __m512 totals[U][R];
#pragma GCC unroll 8
  for (int u = 0; u < U; ++u)
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) totals[u][r] = _mm512_setzero_ps();
  for (int64_t b = 0; b < blocks; b += 2) {
    const __mmask8 mask = b + 1 < blocks ? kBoth : kFirst;
#pragma GCC unroll 8
    for (int u = 0; u < U; ++u) {
      const uint8_t* from = packed + (u * blocks + b) * 32;
      _mm_prefetch(reinterpret_cast<const char*>(from + kAhead), _MM_HINT_T0);
      const Nf4Pair pair(from, mask, codes);
      const __m128 both = (__m128)_mm_load_sd(reinterpret_cast<const double*>(scales + u * padded + b));
      const __m512 scale = _mm512_permutexvar_ps(halves, _mm512_castps128_ps512(both));
#pragma GCC unroll 8
      for (int r = 0; r < R; ++r) totals[u][r] = _mm512_fmadd_ps(pair.times(x + b * 64 + r * width), scale, totals[u][r]);
    }
  }
#pragma GCC unroll 8
  for (int u = 0; u < U; ++u)
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) sums[r * stride + first + u] = _mm512_reduce_add_ps(totals[u][r]);
}

// The same with the rows of the weight in [first, end), U at a time. The absmaxes of some are found while those before them are multiplied.
template <int R, int U>
void few_rows_nf4_strips(const bf16* x, const Nf4& w, const Nf4Codes& codes, int64_t first, int64_t end, float* sums, int64_t stride) {
  const int64_t blocks = w.columns / 64;
  const int64_t padded = (blocks + 1) / 2 * 2;
  Absmaxes absmaxes(w);
  Scratch<float> scales(2 * U * padded);
  std::fill(scales.data(), scales.data() + 2 * U * padded, 0.0f);
  const auto scales_of = [&](int64_t row) { return scales.data() + (row - first) / U % 2 * U * padded; };
  const auto find_scales = [&](int64_t row) {
    for (int64_t u = 0; u < std::min<int64_t>(U, end - row); ++u) absmaxes.copy((row + u) * blocks, blocks, scales_of(row) + u * padded);
  };
  find_scales(first);
  for (int64_t row = first; row < end; row += U) {
    find_scales(row + U);
    if (row + U <= end) {
      few_rows_nf4_strip<R, U>(x, w, codes, scales_of(row), padded, row, sums, stride);
    } else {
      for (int64_t u = 0; row + u < end; ++u)
        few_rows_nf4_strip<R, 1>(x, w, codes, scales_of(row) + u * padded, padded, row + u, sums, stride);
    }
  }
}

// A single stream of memory is read fastest, as long as x stays in the first cache; else several rows share what is read of it.
template <int R>
void few_rows_nf4(const bf16* x, const Nf4& w, const Nf4Codes& codes, int64_t first, int64_t end, float* sums, int64_t stride) {
  constexpr int64_t kSmall = 16 << 10;  // bytes
  if (R * nf4_width(w.columns) * 2 <= kSmall) few_rows_nf4_rows<R>(x, w, codes, first, end, sums, stride);
  else few_rows_nf4_strips<R, R <= 4 ? 4 : 2>(x, w, codes, first, end, sums, stride);
}

}  // namespace moslora
#endif
