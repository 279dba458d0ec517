// op(a) op(b) + bias, op(x) = x or xᵀ: (M, K) x (K, N) -> (M, N). Factors of either type; `low` rounds them to bfloat16 on the way.
#include "core/views.h"
#include "gemm/product.h"
#include "shared/mat-mul.h"

namespace moslora {
namespace {

template <class P>
void compute_as(Call& call, const MatMul& op) {
  const Array y = call.output(0, op.type, {op.m, op.n});
  const Left<P> left(matrix_of(op.a, op.a.shape[1]), !op.ta, op.m, op.k, 1, op.low);
  Right right;
  right.dense = matrix_of(op.b, op.b.shape[1]);
  right.by_rows = op.tb;
  right.round = op.low;
  Target target{y.data, y.is_bf16(), op.n};
  if (op.bias != nullptr) target.bias = op.bias->as<float>();
  product<P>(op.n, {{&left, right}}, target);
}

void compute(Call& call) {
  const MatMul op(call);
  if (op.low) compute_as<Bfloat16>(call, op);
  else compute_as<Float32>(call, op);
}

const Declare declared(kMatMul, compute);

// Sums over the rows: x (N, D) -> (D) in float32.
template <class T>
void add_columns(const T* x, int64_t rows, int64_t stride, int64_t columns, float* sums) {
  std::vector<double> totals(columns, 0.0);
  constexpr int64_t kRun = 64;  // rows added up in float32 at a time
  std::vector<float> run(columns);
  for (int64_t first = 0; first < rows; first += kRun) {
    std::fill(run.begin(), run.end(), 0.0f);
    for (int64_t i = first; i < rows && i < first + kRun; ++i) {
      const T* row = x + i * stride;
      int64_t j = 0;
      for (; j + kLanes <= columns; j += kLanes) store(&run[j], load(&run[j]) + load(row + j));
      for (; j < columns; ++j) run[j] += to_float(row[j]);
    }
    for (int64_t j = 0; j < columns; ++j) totals[j] += run[j];
  }
  for (int64_t j = 0; j < columns; ++j) sums[j] = static_cast<float>(totals[j]);
}

void column_sums(Call& call) {
  const ColumnSums op(call);
  const Array& x = op.x;
  const int64_t rows = op.rows, columns = op.columns;
  const Array y = call.output(0, TF_FLOAT, {columns});
  constexpr int64_t kColumnsAtATime = 256;
  parallel_for(ceil_div(columns, kColumnsAtATime), [&](int64_t task, int) {
    const int64_t first = task * kColumnsAtATime;
    const int64_t count = std::min(kColumnsAtATime, columns - first);
    if (x.is_bf16()) add_columns(x.as<bf16>() + first, rows, columns, count, y.as<float>() + first);
    else add_columns(x.as<float>() + first, rows, columns, count, y.as<float>() + first);
  });
}

const Declare declared_sums(kColumnSums, column_sums);

}  // namespace
}  // namespace moslora
