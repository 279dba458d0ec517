// The gradients of MosloraLayerNorm from g and x (..., D), w (D), mean and r (N). With n = (x - mean) r and h = w g:
// ∂x = r (h - mean(h) - n mean(h n)), in x's type, and where they are wanted ∂w = Σ g n and ∂b = Σ g.
#include "core/row-sums.h"
#include "shared/layer-norm.h"
#include "simd/over.h"

namespace moslora {
namespace {

template <class G, class X>
void gradient_row(const G* g, const X* x, const float* w, float mean, float r, int64_t width, X* dx, float* sums) {
  vf of_h = {}, of_hn = {};
  over(0, width, [&](int64_t i, auto access) {
    const vf dy = access.get(g + i);
    const vf n = (access.get(x + i) - mean) * r;
    const vf h = dy * access.get(w + i);
    of_h += h;
    of_hn += h * n;
    if (sums == nullptr) return;
    access.put(sums + i, access.get(sums + i) + dy * n);
    access.put(sums + width + i, access.get(sums + width + i) + dy);
  });
  const float mean_h = sum(of_h) / width, mean_hn = sum(of_hn) / width;
  over(0, width, [&](int64_t i, auto access) {
    const vf n = (access.get(x + i) - mean) * r;
    access.put(dx + i, (access.get(g + i) * access.get(w + i) - mean_h - n * mean_hn) * r);
  });
}

void compute(Call& call) {
  const LayerNormGradient op(call);
  const Rows& rows = op.rows;
  const Array dx = call.output(0, op.x.type, op.x.shape);
  RowSums sums(rows, op.learns ? 2 * rows.width : 0);
  with_type(op.g.type, [&](auto g_type) {
    with_type(op.x.type, [&](auto x_type) {
      using X = decltype(x_type);
      sums.run([&](int64_t n, float* of_task) {
        gradient_row(op.g.as<decltype(g_type)>() + n * rows.width, op.x.as<X>() + n * rows.width, op.w.as<float>(),
                     op.mean.as<float>()[n], op.r.as<float>()[n], rows.width, dx.as<X>() + n * rows.width,
                     op.learns ? of_task : nullptr);
      });
    });
  });
  if (!op.learns) return;
  sums.write(0, call.output(1, TF_FLOAT, op.w.shape));
  sums.write(rows.width, call.output(2, TF_FLOAT, op.w.shape));
}

const Declare declared(kLayerNormGradient, compute);

}  // namespace
}  // namespace moslora
