// y = x r w with r = 1 / sqrt(mean(x²) + eps) over the last axis: x (..., D), w (D) -> y (..., D), r (N) for the gradient.
#include <cmath>

#include "core/elements.h"
#include "shared/rms-norm.h"
#include "simd/over.h"

namespace moslora {
namespace {

template <class X, class Y>
float norm_row(const X* x, const float* w, int64_t width, float eps, Y* y) {
  vf squares = {};
  over(0, width, [&](int64_t i, auto access) {
    const vf v = access.get(x + i);
    squares += v * v;
  });
  const float r = 1 / std::sqrt(sum(squares) / width + eps);
  over(0, width, [&](int64_t i, auto access) { access.put(y + i, access.get(x + i) * r * access.get(w + i)); });
  return r;
}

void compute(Call& call) {
  const RmsNorm op(call);
  const Rows& rows = op.rows;
  const Array y = call.output(0, op.type, op.x.shape);
  const Array r = call.output(1, TF_FLOAT, {rows.count});
  const int64_t some = rows_of_task(rows.width);
  with_type(op.x.type, [&](auto x_type) {
    with_type(y.type, [&](auto y_type) {
      parallel_for((rows.count + some - 1) / some, [&](int64_t task, int) {
        for (int64_t n = task * some; n < std::min(rows.count, (task + 1) * some); ++n)
          r.as<float>()[n] = norm_row(op.x.as<decltype(x_type)>() + n * rows.width, op.w.as<float>(), rows.width, op.eps,
                                      y.as<decltype(y_type)>() + n * rows.width);
      });
    });
  });
}

const Declare declared(kRmsNorm, compute);

}  // namespace
}  // namespace moslora
