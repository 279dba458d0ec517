// y = n w + b with n = (x - mean) r and r = 1 / sqrt(variance + eps) over the last axis: x (..., D), w and b (D) -> y (..., D), and mean
// and r (N) for the gradient.
#include <cmath>

#include "core/elements.h"
#include "core/rows.h"
#include "core/views.h"
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
  const Array& x = call.input(0);
  const Array& w = call.input(1);
  const Array& b = call.input(2);
  const Rows rows(x);
  require_size(w, rows.width, "the weight");
  require_size(b, rows.width, "the bias");
  const float eps = static_cast<float>(call.real("eps"));
  const Array y = call.output(0, call.flag("low") ? TF_BFLOAT16 : TF_FLOAT, x.shape);
  const Array mean = call.output(1, TF_FLOAT, {rows.count});
  const Array r = call.output(2, TF_FLOAT, {rows.count});
  const int64_t some = rows_of_task(rows.width);
  with_type(x.type, [&](auto x_type) {
    with_type(y.type, [&](auto y_type) {
      parallel_for((rows.count + some - 1) / some, [&](int64_t task, int) {
        for (int64_t n = task * some; n < std::min(rows.count, (task + 1) * some); ++n) {
          const auto* from = x.as<decltype(x_type)>() + n * rows.width;
          auto* to = y.as<decltype(y_type)>() + n * rows.width;
          const Moments of = moments_of(from, rows.width, eps);
          mean.as<float>()[n] = of.mean;
          r.as<float>()[n] = of.r;
          over(0, rows.width, [&](int64_t i, auto access) {
            const vf v = (access.get(from + i) - of.mean) * of.r;
            access.put(to + i, v * access.get(w.as<float>() + i) + access.get(b.as<float>() + i));
          });
        }
      });
    });
  });
}

const Declare declared({"MosloraLayerNorm",
                        {"x: T", "weight: float", "bias: float"},
                        {"y: Y", "mean: float", "r: float"},
                        {"T: {float, bfloat16}", "Y: {float, bfloat16}", "low: bool", "eps: float"},
                        compute});

}  // namespace
}  // namespace moslora
