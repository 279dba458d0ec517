// The gradients of MosloraRmsNorm from g (..., D), x (..., D), w (D) and r (N): ∂x = r (g w) - x r³ mean(g w x), in x's type, and where
// it is wanted ∂w = Σ g x r.
#include "core/row-sums.h"
#include "core/views.h"
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
  const Array& g = call.input(0);
  const Array& x = call.input(1);
  const Array& w = call.input(2);
  const Array& r = call.input(3);
  const Rows rows(x);
  require_same(g, x, "the gradient");
  require_size(w, rows.width, "the weight");
  require_size(r, rows.count, "r");
  const bool learns = call.integer("W") == 1;
  const Array dx = call.output(0, x.type, x.shape);
  RowSums sums(rows, learns ? rows.width : 0);
  with_type(g.type, [&](auto g_type) {
    with_type(x.type, [&](auto x_type) {
      using X = decltype(x_type);
      sums.run([&](int64_t n, float* dw) {
        gradient_row(g.as<decltype(g_type)>() + n * rows.width, x.as<X>() + n * rows.width, w.as<float>(), r.as<float>()[n],
                     rows.width, dx.as<X>() + n * rows.width, learns ? dw : nullptr);
      });
    });
  });
  if (learns) sums.write(0, call.output(1, TF_FLOAT, w.shape));
}

const Declare declared({"MosloraRmsNormGradient",
                        {"g: G", "x: T", "weight: float", "r: float"},
                        {"dx: T", "dw: W * float"},
                        {"G: {float, bfloat16}", "T: {float, bfloat16}", "W: int >= 0"},
                        compute});

}  // namespace
}  // namespace moslora
