// Products of very few rows, as in generation: bound by reading the weight, so it is read once, in order, and never written anywhere.
#pragma once
#include "gemm/few-rows-dense.h"
#include "gemm/few-rows-nf4.h"
#include "gemm/product.h"

namespace moslora {

constexpr int64_t kFewRows = 8;

#if defined(__AVX512BF16__)

inline bool few_rows_fit(const Right& w, int64_t rows) {
  if (rows > kFewRows || !w.by_rows) return false;
  return w.quantized ? few_rows_fit(w.nf4) : w.dense.is_bf16;
}

// Calls `work` with the number of rows as a constant.
template <class Work>
void with_few_rows(int64_t rows, const Work& work) {
  switch (rows) {
#define MOSLORA_ROWS(R) \
  case R:               \
    return work(std::integral_constant<int, R>());
    MOSLORA_ROWS(1) MOSLORA_ROWS(2) MOSLORA_ROWS(3) MOSLORA_ROWS(4)
    MOSLORA_ROWS(5) MOSLORA_ROWS(6) MOSLORA_ROWS(7) MOSLORA_ROWS(8)
#undef MOSLORA_ROWS
  }
}

// sums (rows, outputs) = x (rows, columns) Wᵀ in float32, of factors in bfloat16.
inline void few_rows(const Matrix& x, int64_t rows, int64_t columns, const Right& w, int64_t outputs, float* sums) {
  constexpr int64_t kTask = 64;  // rows of the weight
  const Scratch<bf16> laid = w.quantized ? laid_for_nf4(x, rows, columns) : laid_for_dense(x, rows, columns);
  const Nf4Codes codes(w.quantized ? w.nf4.table : nullptr);
  parallel_for(ceil_div(outputs, kTask), [&](int64_t task, int) {
    const int64_t to = std::min(outputs, (task + 1) * kTask);
    with_few_rows(rows, [&](auto r) {
      constexpr int R = decltype(r)::value;
      if (w.quantized) few_rows_nf4<R>(laid.data(), w.nf4, codes, task * kTask, to, sums, outputs);
      else few_rows_dense<R>(laid.data(), w.dense, columns, task * kTask, to, sums, outputs);
    });
  });
}

#else

inline bool few_rows_fit(const Right&, int64_t) { return false; }
inline void few_rows(const Matrix&, int64_t, int64_t, const Right&, int64_t, float*) {}

#endif

}  // namespace moslora
