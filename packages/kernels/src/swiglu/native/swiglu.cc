// silu(gate) up with silu(z) = z σ(z), elementwise, and its gradients, computed from gate and up alone. These come as two arrays (..., F) or
// as one (..., 2 F) = [gate | up]; the gradients go back in the same way.
#include "core/elements.h"
#include "core/rows.h"
#include "simd/exp.h"
#include "simd/over.h"

namespace moslora {
namespace {

inline vf sigmoid(vf z) { return 1.0f / (1.0f + exp(-z)); }

// Where gate and up lie, and how far apart their rows are.
struct Halves {
  const Array& gate;
  const Array& up;
  int64_t rows, width, stride, first;  // first: of up in its array

  Halves(const Array& one, const Array& two, bool joint)
      : gate(one), up(two), rows(Rows(one).count), width(one.shape.back()), stride(width), first(0) {
    require_same(two, one, "up");
    if (!joint) return;
    require(width % 2 == 0, "gate and up are one array " + one.describe() + ", expected an even last axis");
    first = width /= 2;
  }
  template <class T>
  T* gates(const Array& array, int64_t row) const {
    return array.as<T>() + row * stride;
  }
  template <class T>
  T* ups(const Array& array, int64_t row) const {
    return array.as<T>() + row * stride + first;
  }
};

Halves halves_of(Call& call, int at) {
  const bool joint = call.integer("P") == 1;
  require(joint || call.integer("P") == 2, "gate and up are one array or two");
  return Halves(call.input(at), call.input(joint ? at : at + 1), joint);
}

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
  const Halves x = halves_of(call, 0);
  Shape shape = x.gate.shape;
  shape.back() = x.width;
  const Array y = call.output(0, x.gate.type, shape);
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
  const Halves x = halves_of(call, 1);
  Shape shape = x.gate.shape;
  shape.back() = x.width;
  require(g.shape == shape, "the gradient is " + g.describe() + ", which is not of the op's output");
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

const Declare declared_forward({"MosloraSwiglu", {"x: P * T"}, {"y: T"}, {"T: {float, bfloat16}", "P: int >= 1"}, forward});
const Declare declared_backward(
    {"MosloraSwigluGradient", {"g: T", "x: P * T"}, {"dx: P * T"}, {"T: {float, bfloat16}", "P: int >= 1"}, backward});

}  // namespace
}  // namespace moslora
