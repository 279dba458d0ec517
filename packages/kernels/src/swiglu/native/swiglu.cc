// silu(gate) up with silu(z) = z σ(z), elementwise, and its gradients, computed from gate and up alone. These come as two arrays (..., F) or
// as one (..., 2 F) = [gate | up]; the gradients go back in the same way.
#include "core/elements.h"
#include "simd/exp.h"
#include "simd/over.h"
#include "shared/swiglu.h"

namespace moslora {
namespace {

inline vf sigmoid(vf z) { return 1.0f / (1.0f + exp(-z)); }

// Calls work(row, first, end) for parts of rows.
template <class Work>
void in_parts(const Halves& x, const Work& work) {
  const int64_t parts = (x.width + kChunk - 1) / kChunk;
  const int64_t some = rows_of_task(x.width);
  parallel_for((x.rows + some - 1) / some * parts, [&](int64_t task, int) {
    const int64_t first = task % parts * kChunk;
    const int64_t row = task / parts * some;
    for (int64_t n = row; n < std::min(x.rows, row + some); ++n) work(n, first, std::min(x.width, first + kChunk));
  });
}

void forward(Call& call) {
  const Halves x(call, 0);
  const Array y = call.output(0, x.gate.type, x.shape());
  with_type(y.type, [&](auto type) {
    using T = decltype(type);
    in_parts(x, [&](int64_t n, int64_t first, int64_t end) {
      const T* gate = x.gates<T>(x.gate, n);
      const T* up = x.ups<T>(x.up, n);
      T* to = y.as<T>() + n * x.width;
      over(first, end, [&](int64_t i, auto access) {
        const vf z = access.get(gate + i);
        access.put(to + i, z * sigmoid(z) * access.get(up + i));
      });
    });
  });
}

// ∂up = g silu(gate), ∂gate = g up s (1 + gate (1 - s)) with s = σ(gate).
void backward(Call& call) {
  const Array& g = call.input(0);
  const Halves x(call, 1);
  x.require_gradient(g);
  const bool joint = x.first > 0;
  const Array dgate = call.output(0, g.type, x.gate.shape);
  const Array dup = joint ? dgate : call.output(1, g.type, x.up.shape);
  with_type(g.type, [&](auto type) {
    using T = decltype(type);
    in_parts(x, [&](int64_t n, int64_t first, int64_t end) {
      const T* from = g.as<T>() + n * x.width;
      const T* gate = x.gates<T>(x.gate, n);
      const T* up = x.ups<T>(x.up, n);
      T* to_gate = x.gates<T>(dgate, n);
      T* to_up = x.ups<T>(dup, n);
      over(first, end, [&](int64_t i, auto access) {
        const vf z = access.get(gate + i);
        const vf s = sigmoid(z);
        const vf dy = access.get(from + i);
        access.put(to_up + i, dy * z * s);
        access.put(to_gate + i, dy * access.get(up + i) * s * (1.0f + z * (1.0f - s)));
      });
    });
  });
}

const Declare declared_forward(kSwiglu, forward);
const Declare declared_backward(kSwigluGradient, backward);

}  // namespace
}  // namespace moslora
