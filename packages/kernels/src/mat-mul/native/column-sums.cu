// Sums over the rows on the device: x (N, D) -> (D) in float32.
#include "cuda/column-sums.h"
#include "cuda/with-type.h"
#include "shared/mat-mul.h"

namespace moslora {
namespace {

template <class T>
struct Values {
  const T* x;
  int64_t columns;
  __device__ float operator()(int64_t row, int64_t column) const { return to_float(x[row * columns + column]); }
};

void compute(Call& call) {
  const ColumnSums op(call);
  const Array y = call.output(0, TF_FLOAT, {op.columns});
  Gpu gpu(call);
  with_type(op.x.type, [&](auto type) {
    using T = decltype(type);
    column_sums(gpu, Values<T>{op.x.as<const T>(), op.columns}, op.rows, op.columns, y.as<float>());
  });
}

const Declare declared(kColumnSums, compute);

}  // namespace
}  // namespace moslora
