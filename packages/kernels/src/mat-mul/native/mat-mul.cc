// op(a) op(b) + bias, op(x) = x or xᵀ: (M, K) x (K, N) -> (M, N). Factors of either type; `low` rounds them to bfloat16 on the way.
#include "core/views.h"
#include "gemm/product.h"

namespace moslora {
namespace {

template <class P>
void compute_as(Call& call) {
  const Array& a = call.input(0);
  const Array& b = call.input(1);
  require(a.shape.size() == 2 && b.shape.size() == 2, "both factors must have two axes");
  const bool ta = call.flag("transpose_a"), tb = call.flag("transpose_b");
  const int64_t m = a.shape[ta ? 1 : 0], k = a.shape[ta ? 0 : 1], n = b.shape[tb ? 0 : 1];
  require(b.shape[tb ? 1 : 0] == k, "the factors do not fit together");
  const bool low = call.flag("low");
  const Array y = call.output(0, call.flag("wide") ? TF_FLOAT : TF_BFLOAT16, {m, n});
  const Left<P> left(matrix_of(a, a.shape[1]), !ta, m, k, 1, low);
  Right right;
  right.dense = matrix_of(b, b.shape[1]);
  right.by_rows = tb;
  right.round = low;
  Target target{y.data, y.is_bf16(), n};
  if (call.integer("B") > 0) {
    require(call.integer("B") == 1, "there is more than one bias");
    require_size(call.input(2), n, "the bias");
    target.bias = call.input(2).as<float>();
  }
  product<P>(n, {{&left, right}}, target);
}

void compute(Call& call) {
  if (call.flag("low")) compute_as<Bfloat16>(call);
  else compute_as<Float32>(call);
}

const Declare declared({"MosloraMatMul",
                        {"a: TA", "b: TB", "bias: B * float"},
                        {"y: Y"},
                        {"TA: {float, bfloat16}", "TB: {float, bfloat16}", "Y: {float, bfloat16}", "B: int >= 0", "transpose_a: bool",
                         "transpose_b: bool", "low: bool", "wide: bool"},
                        compute});

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
  const Array& x = call.input(0);
  require(x.shape.size() == 2, "x is " + x.describe() + ", expected two axes");
  const int64_t rows = x.shape[0], columns = x.shape[1];
  const Array y = call.output(0, TF_FLOAT, {columns});
  constexpr int64_t kColumnsAtATime = 256;
  parallel_for(ceil_div(columns, kColumnsAtATime), [&](int64_t task, int) {
    const int64_t first = task * kColumnsAtATime;
    const int64_t count = std::min(kColumnsAtATime, columns - first);
    if (x.is_bf16()) add_columns(x.as<bf16>() + first, rows, columns, count, y.as<float>() + first);
    else add_columns(x.as<float>() + first, rows, columns, count, y.as<float>() + first);
  });
}

const Declare declared_sums({"MosloraColumnSums", {"x: T"}, {"y: float"}, {"T: {float, bfloat16}"}, column_sums});

}  // namespace
}  // namespace moslora
