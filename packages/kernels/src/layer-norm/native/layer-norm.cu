// LayerNorm and its gradients on the device, a block a row; the formulas stand in layer-norm.cc and layer-norm-gradient.cc.
#include "cuda/column-sums.h"
#include "cuda/reduce.h"
#include "cuda/with-type.h"
#include "shared/layer-norm.h"

namespace moslora {
namespace {

constexpr int kThreads = 256;
constexpr size_t kRoom = kThreads / kWarp * sizeof(float);

template <class X, class Y>
__global__ void norm(const X* x, const float* w, const float* b, int64_t width, float eps, Y* y, float* means, float* rs) {
  float* room = shared_memory<float>();
  const int64_t n = blockIdx.x, first = n * width;
  float total = 0, squares = 0;
  for (int64_t i = threadIdx.x; i < width; i += kThreads) total += to_float(x[first + i]);
  const float mean = block_sum(total, room) / width;
  for (int64_t i = threadIdx.x; i < width; i += kThreads) {
    const float d = to_float(x[first + i]) - mean;
    squares += d * d;
  }
  const float r = 1 / sqrtf(block_sum(squares, room) / width + eps);
  for (int64_t i = threadIdx.x; i < width; i += kThreads) put(y + first + i, (to_float(x[first + i]) - mean) * r * w[i] + b[i]);
  if (threadIdx.x != 0) return;
  means[n] = mean;
  rs[n] = r;
}

template <class G, class X>
__global__ void slope(const G* g, const X* x, const float* w, const float* means, const float* rs, int64_t width, X* dx) {
  float* room = shared_memory<float>();
  const int64_t n = blockIdx.x, first = n * width;
  const float mean = means[n], r = rs[n];
  float of_h = 0, of_hn = 0;
  for (int64_t i = threadIdx.x; i < width; i += kThreads) {
    const float h = to_float(g[first + i]) * w[i];
    of_h += h;
    of_hn += h * ((to_float(x[first + i]) - mean) * r);
  }
  const float mean_h = block_sum(of_h, room) / width, mean_hn = block_sum(of_hn, room) / width;
  for (int64_t i = threadIdx.x; i < width; i += kThreads)
    put(dx + first + i, (to_float(g[first + i]) * w[i] - mean_h - (to_float(x[first + i]) - mean) * r * mean_hn) * r);
}

template <class G, class X>
struct OfWeight {
  const G* g;
  const X* x;
  const float *mean, *r;
  int64_t width;
  __device__ float operator()(int64_t row, int64_t column) const {
    return to_float(g[row * width + column]) * ((to_float(x[row * width + column]) - mean[row]) * r[row]);
  }
};

template <class G>
struct OfBias {
  const G* g;
  int64_t width;
  __device__ float operator()(int64_t row, int64_t column) const { return to_float(g[row * width + column]); }
};

void forward(Call& call) {
  const LayerNorm op(call);
  const Array y = call.output(0, op.type, op.x.shape);
  const Array mean = call.output(1, TF_FLOAT, {op.rows.count});
  const Array r = call.output(2, TF_FLOAT, {op.rows.count});
  Gpu gpu(call);
  with_type(op.x.type, [&](auto x_type) {
    with_type(y.type, [&](auto y_type) {
      using X = decltype(x_type);
      using Y = decltype(y_type);
      gpu.launch(static_cast<unsigned>(op.rows.count), kThreads, kRoom, norm<X, Y>, op.x.as<const X>(), op.w.as<const float>(),
                 op.b.as<const float>(), op.rows.width, op.eps, y.as<Y>(), mean.as<float>(), r.as<float>());
    });
  });
}

void backward(Call& call) {
  const LayerNormGradient op(call);
  const int64_t rows = op.rows.count, width = op.rows.width;
  const Array dx = call.output(0, op.x.type, op.x.shape);
  Gpu gpu(call);
  with_type(op.g.type, [&](auto g_type) {
    with_type(op.x.type, [&](auto x_type) {
      using G = decltype(g_type);
      using X = decltype(x_type);
      const G* g = op.g.as<G>();
      const X* x = op.x.as<X>();
      const float *mean = op.mean.as<float>(), *r = op.r.as<float>();
      gpu.launch(static_cast<unsigned>(rows), kThreads, kRoom, slope<G, X>, g, x, op.w.as<const float>(), mean, r, width, dx.as<X>());
      if (!op.learns) return;
      column_sums(gpu, OfWeight<G, X>{g, x, mean, r, width}, rows, width, call.output(1, TF_FLOAT, op.w.shape).as<float>());
      column_sums(gpu, OfBias<G>{g, width}, rows, width, call.output(2, TF_FLOAT, op.w.shape).as<float>());
    });
  });
}

const Declare declared_forward(kLayerNorm, forward);
const Declare declared_backward(kLayerNormGradient, backward);

}  // namespace
}  // namespace moslora
