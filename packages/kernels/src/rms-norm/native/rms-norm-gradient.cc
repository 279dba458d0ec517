// The gradients of MosloraRmsNorm from g (..., D), x (..., D), w (D) and r (N): ∂x = r (g w) - x r³ mean(g w x), in x's type, and where
// it is wanted ∂w = Σ g x r.
#include "core/row-sums.h"
#include "shared/rms-norm.h"
#include "simd/over.h"

namespace moslora {
namespace {

template <class G, class X>
void gradient_row(const G* g, const X* x, const float* w, float r, int64_t width, X* dx, float* dw) {
  vf products = {};
  over(0, width, [&](int64_t i, auto access) {
    const vf gx = access.get(g + i) * access.get(x + i);
    products += gx * access.get(w + i);
    if (dw != nullptr) access.put(dw + i, access.get(dw + i) + gx * r);
  });
  const float coefficient = sum(products) * (r * r * r / width);
  over(0, width, [&](int64_t i, auto access) {
    access.put(dx + i, access.get(g + i) * access.get(w + i) * r - access.get(x + i) * coefficient);
  });
}

void compute(Call& call) {
  const RmsNormGradient op(call);
  const Rows& rows = op.rows;
  const Array dx = call.output(0, op.x.type, op.x.shape);
  RowSums sums(rows, op.learns ? rows.width : 0);
  with_type(op.g.type, [&](auto g_type) {
    with_type(op.x.type, [&](auto x_type) {
      using X = decltype(x_type);
      sums.run([&](int64_t n, float* dw) {
        gradient_row(op.g.as<decltype(g_type)>() + n * rows.width, op.x.as<X>() + n * rows.width, op.w.as<float>(), op.r.as<float>()[n],
                     rows.width, dx.as<X>() + n * rows.width, op.learns ? dw : nullptr);
      });
    });
  });
  if (op.learns) sums.write(0, call.output(1, TF_FLOAT, op.w.shape));
}

const Declare declared(kRmsNormGradient, compute);

}  // namespace
}  // namespace moslora
