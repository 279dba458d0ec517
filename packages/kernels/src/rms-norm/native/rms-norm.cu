// RMSNorm and its gradient on the device, a block a row; the formulas stand in rms-norm.cc and rms-norm-gradient.cc.
#include "cuda/column-sums.h"
#include "cuda/reduce.h"
#include "cuda/with-type.h"
#include "shared/rms-norm.h"

namespace moslora {
namespace {

constexpr int kThreads = 256;
constexpr size_t kRoom = kThreads / kWarp * sizeof(float);

template <class X, class Y>
__global__ void norm(const X* x, const float* w, int64_t width, float eps, Y* y, float* r) {
  const int64_t n = blockIdx.x;
  const X* from = x + n * width;
  float squares = 0;
  for (int64_t i = threadIdx.x; i < width; i += kThreads) squares += to_float(from[i]) * to_float(from[i]);
  const float factor = 1 / sqrtf(block_sum(squares, shared_memory<float>()) / width + eps);
  for (int64_t i = threadIdx.x; i < width; i += kThreads) put(y + n * width + i, to_float(from[i]) * factor * w[i]);
  if (threadIdx.x == 0) r[n] = factor;
}

template <class G, class X>
__global__ void slope(const G* g, const X* x, const float* w, const float* r, int64_t width, X* dx) {
  const int64_t n = blockIdx.x, first = n * width;
  float products = 0;
  for (int64_t i = threadIdx.x; i < width; i += kThreads) products += to_float(g[first + i]) * to_float(x[first + i]) * w[i];
  const float factor = r[n];
  const float coefficient = block_sum(products, shared_memory<float>()) * (factor * factor * factor / width);
  for (int64_t i = threadIdx.x; i < width; i += kThreads)
    put(dx + first + i, to_float(g[first + i]) * w[i] * factor - to_float(x[first + i]) * coefficient);
}

template <class G, class X>
struct OfWeight {
  const G* g;
  const X* x;
  const float* r;
  int64_t width;
  __device__ float operator()(int64_t row, int64_t column) const {
    return to_float(g[row * width + column]) * to_float(x[row * width + column]) * r[row];
  }
};

void forward(Call& call) {
  const RmsNorm op(call);
  const Array y = call.output(0, op.type, op.x.shape);
  const Array r = call.output(1, TF_FLOAT, {op.rows.count});
  Gpu gpu(call);
  with_type(op.x.type, [&](auto x_type) {
    with_type(y.type, [&](auto y_type) {
      using X = decltype(x_type);
      using Y = decltype(y_type);
      gpu.launch(static_cast<unsigned>(op.rows.count), kThreads, kRoom, norm<X, Y>, op.x.as<const X>(), op.w.as<const float>(),
                 op.rows.width, op.eps, y.as<Y>(), r.as<float>());
    });
  });
}

void backward(Call& call) {
  const RmsNormGradient op(call);
  const Array dx = call.output(0, op.x.type, op.x.shape);
  Gpu gpu(call);
  with_type(op.g.type, [&](auto g_type) {
    with_type(op.x.type, [&](auto x_type) {
      using G = decltype(g_type);
      using X = decltype(x_type);
      const G* g = op.g.as<G>();
      const X* x = op.x.as<X>();
      gpu.launch(static_cast<unsigned>(op.rows.count), kThreads, kRoom, slope<G, X>, g, x, op.w.as<const float>(), op.r.as<const float>(),
                 op.rows.width, dx.as<X>());
      if (!op.learns) return;
      const Array dw = call.output(1, TF_FLOAT, op.w.shape);
      column_sums(gpu, OfWeight<G, X>{g, x, op.r.as<float>(), op.rows.width}, op.rows.count, op.rows.width, dw.as<float>());
    });
  });
}

const Declare declared_forward(kRmsNorm, forward);
const Declare declared_backward(kRmsNormGradient, backward);

}  // namespace
}  // namespace moslora
