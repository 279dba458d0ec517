// y = n w + b with n = (x - mean) r and r = 1 / sqrt(variance + eps) over the last axis: x (..., D), w and b (D) -> y (..., D), and mean
// and r (N) for the gradient.
#include <cmath>

#include "core/elements.h"
#include "shared/layer-norm.h"
#include "simd/over.h"

namespace moslora {
namespace {

struct Moments {
  float mean, r;
};

template <class X>
Moments moments_of(const X* x, int64_t width, float eps) {
  vf total = {};
  over(0, width, [&](int64_t i, auto access) { total += access.get(x + i); });
  const float mean = sum(total) / width;
  vf squares = {};
  over(0, width, [&](int64_t i, auto access) {
    const vf d = access.only(access.get(x + i) - mean);
    squares += d * d;
  });
  return {mean, 1 / std::sqrt(sum(squares) / width + eps)};
}

void compute(Call& call) {
  const LayerNorm op(call);
  const Rows& rows = op.rows;
  const float *w = op.w.as<float>(), *b = op.b.as<float>();
  const Array y = call.output(0, op.type, op.x.shape);
  const Array mean = call.output(1, TF_FLOAT, {rows.count});
  const Array r = call.output(2, TF_FLOAT, {rows.count});
  const int64_t some = rows_of_task(rows.width);
  with_type(op.x.type, [&](auto x_type) {
    with_type(y.type, [&](auto y_type) {
      parallel_for((rows.count + some - 1) / some, [&](int64_t task, int) {
        for (int64_t n = task * some; n < std::min(rows.count, (task + 1) * some); ++n) {
          const auto* from = op.x.as<decltype(x_type)>() + n * rows.width;
          auto* to = y.as<decltype(y_type)>() + n * rows.width;
          const Moments of = moments_of(from, rows.width, op.eps);
          mean.as<float>()[n] = of.mean;
          r.as<float>()[n] = of.r;
          over(0, rows.width, [&](int64_t i, auto access) {
            const vf v = (access.get(from + i) - of.mean) * of.r;
            access.put(to + i, v * access.get(w + i) + access.get(b + i));
          });
        }
      });
    });
  });
}

const Declare declared(kLayerNorm, compute);

}  // namespace
}  // namespace moslora
