// silu(gate) up and its gradients on the device; the formulas stand in swiglu.cc.
#include "cuda/launch.h"
#include "cuda/with-type.h"
#include "shared/swiglu.h"

namespace moslora {
namespace {

constexpr int kThreads = 256;

// gate, up and what goes back to them lie in rows `stride` apart, the others in rows of `width`.
template <class T>
struct Operands {
  const T *g, *gate, *up;
  T *y, *dgate, *dup;
  int64_t rows, width, stride;
};

__device__ __forceinline__ float sigmoid(float z) { return 1.0f / (1.0f + expf(-z)); }

template <class T>
__global__ void values(Operands<T> x) {
  for (int64_t i = first_element(); i < x.rows * x.width; i += element_stride()) {
    const int64_t at = i / x.width * x.stride + i % x.width;
    const float z = to_float(x.gate[at]);
    put(x.y + i, z * sigmoid(z) * to_float(x.up[at]));
  }
}

template <class T>
__global__ void slopes(Operands<T> x) {
  for (int64_t i = first_element(); i < x.rows * x.width; i += element_stride()) {
    const int64_t at = i / x.width * x.stride + i % x.width;
    const float z = to_float(x.gate[at]), s = sigmoid(z), dy = to_float(x.g[i]);
    put(x.dup + at, dy * z * s);
    put(x.dgate + at, dy * to_float(x.up[at]) * s * (1.0f + z * (1.0f - s)));
  }
}

template <class T>
Operands<T> operands_of(const Halves& x) {
  Operands<T> to{};
  to.gate = x.gates<T>(x.gate, 0);
  to.up = x.ups<T>(x.up, 0);
  to.rows = x.rows;
  to.width = x.width;
  to.stride = x.stride;
  return to;
}

void forward(Call& call) {
  const Halves x(call, 0);
  const Array y = call.output(0, x.gate.type, x.shape());
  Gpu gpu(call);
  with_type(y.type, [&](auto type) {
    using T = decltype(type);
    auto operands = operands_of<T>(x);
    operands.y = y.as<T>();
    gpu.launch(blocks_for(y.size(), kThreads), kThreads, 0, values<T>, operands);
  });
}

void backward(Call& call) {
  const Array& g = call.input(0);
  const Halves x(call, 1);
  x.require_gradient(g);
  const bool joint = x.first > 0;
  const Array dgate = call.output(0, g.type, x.gate.shape);
  const Array dup = joint ? dgate : call.output(1, g.type, x.up.shape);
  Gpu gpu(call);
  with_type(g.type, [&](auto type) {
    using T = decltype(type);
    auto operands = operands_of<T>(x);
    operands.g = g.as<const T>();
    operands.dgate = x.gates<T>(dgate, 0);
    operands.dup = x.ups<T>(dup, 0);
    gpu.launch(blocks_for(g.size(), kThreads), kThreads, 0, slopes<T>, operands);
  });
}

const Declare declared_forward(kSwiglu, forward);
const Declare declared_backward(kSwigluGradient, backward);

}  // namespace
}  // namespace moslora
