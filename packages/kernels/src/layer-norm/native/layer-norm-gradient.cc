// The gradients of MosloraLayerNorm from g and x (..., D), w (D), mean and r (N). With n = (x - mean) r and h = w g:
// ∂x = r (h - mean(h) - n mean(h n)), in x's type, and where they are wanted ∂w = Σ g n and ∂b = Σ g.
#include "core/row-sums.h"
#include "core/views.h"
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
  const Array& g = call.input(0);
  const Array& x = call.input(1);
  const Array& w = call.input(2);
  const Array& mean = call.input(3);
  const Array& r = call.input(4);
  const Rows rows(x);
  require_same(g, x, "the gradient");
  require_size(w, rows.width, "the weight");
  require_size(mean, rows.count, "mean");
  require_size(r, rows.count, "r");
  const bool learns = call.integer("W") == 2;
  const Array dx = call.output(0, x.type, x.shape);
  RowSums sums(rows, learns ? 2 * rows.width : 0);
  with_type(g.type, [&](auto g_type) {
    with_type(x.type, [&](auto x_type) {
      using X = decltype(x_type);
      sums.run([&](int64_t n, float* of_task) {
        gradient_row(g.as<decltype(g_type)>() + n * rows.width, x.as<X>() + n * rows.width, w.as<float>(), mean.as<float>()[n],
                     r.as<float>()[n], rows.width, dx.as<X>() + n * rows.width, learns ? of_task : nullptr);
      });
    });
  });
  if (!learns) return;
  sums.write(0, call.output(1, TF_FLOAT, w.shape));
  sums.write(rows.width, call.output(2, TF_FLOAT, w.shape));
}

const Declare declared({"MosloraLayerNormGradient",
                        {"g: G", "x: T", "weight: float", "mean: float", "r: float"},
                        {"dx: T", "gradients: W * float"},
                        {"G: {float, bfloat16}", "T: {float, bfloat16}", "W: int >= 0"},
                        compute});

}  // namespace
}  // namespace moslora
