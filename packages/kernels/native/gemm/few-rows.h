// Products of very few rows, as in generation: bound by reading the weight, so it is read once, in order, and never written anywhere.
#pragma once
#include <memory>

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

// Rows of a weight that a thread takes at a time, of `all` that the threads share: enough for memory to be read in long runs, and few enough
// for the threads to end together.
inline int64_t few_rows_at_once(int64_t columns, int64_t bits, int64_t all) {
  constexpr int64_t kRun = 128 << 10;  // bytes
  const int64_t even = ceil_div(all, 4 * threads());
  return std::max<int64_t>(16, std::min(even, kRun * 8 / (std::max<int64_t>(columns, 1) * bits)));
}

// x (rows, columns) as the products below read it: laid out for weights of each kind, once.
class FewRows {
 public:
  FewRows(const Matrix& x, int64_t rows, int64_t columns) : x_(x), rows_(rows), columns_(columns) {}

  // To be called before the threads use it.
  void lay_for(const Right& w) {
    if (w.quantized && nf4_ == nullptr) nf4_ = std::make_unique<Scratch<bf16>>(laid_for_nf4(x_, rows_, columns_));
    if (!w.quantized && dense_ == nullptr) dense_ = std::make_unique<Scratch<bf16>>(laid_for_dense(x_, rows_, columns_));
  }

  // sums (rows, outputs of the weight) = x Wᵀ in float32 for the rows of W in [from, to), of factors in bfloat16.
  void times(const Right& w, const Nf4Codes& codes, int64_t from, int64_t to, float* sums, int64_t stride) const {
    with_few_rows(rows_, [&](auto r) {
      constexpr int R = decltype(r)::value;
      if (w.quantized) few_rows_nf4<R>(nf4_->data(), w.nf4, codes, from, to, sums, stride);
      else if (w.dense.is_bf16) few_rows_dense<R>(dense_->data(), w.dense, columns_, from, to, sums, stride);
      else few_rows_floats<R>(dense_->data(), w.dense, columns_, w.factor, from, to, sums, stride);
    });
  }

  int64_t rows() const { return rows_; }

 private:
  Matrix x_;
  int64_t rows_, columns_;
  std::unique_ptr<Scratch<bf16>> nf4_, dense_;
};

#else

inline bool few_rows_fit(const Right&, int64_t) { return false; }

#endif

}  // namespace moslora
