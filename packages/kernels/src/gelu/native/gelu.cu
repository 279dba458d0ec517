// The variants of GELU on the device; the formulas stand in gelu.cc.
#include "cuda/launch.h"
#include "cuda/with-type.h"
#include "shared/gelu.h"

namespace moslora {
namespace {

constexpr int kThreads = 256;

__device__ __forceinline__ float sigmoid(float z) { return 1.0f / (1.0f + expf(-z)); }
__device__ __forceinline__ float normal_distribution(float x) { return 0.5f * erfcf(x * -0.70710678f); }

__device__ __forceinline__ float value_of(int form, float x) {
  if (form == 0) return x * normal_distribution(x);
  if (form == 1) return x * sigmoid(1.702f * x);
  return x * sigmoid(1.59576912f * x * (1.0f + 0.044715f * x * x));
}

__device__ __forceinline__ float slope_of(int form, float x) {
  if (form == 0) return normal_distribution(x) + x * 0.398942280f * expf(x * x * -0.5f);
  if (form == 1) {
    const float z = 1.702f * x, s = sigmoid(z);
    return s * (1.0f + z * (1.0f - s));
  }
  const float s = sigmoid(1.59576912f * x * (1.0f + 0.044715f * x * x));
  return s + x * s * (1.0f - s) * 1.59576912f * (1.0f + 3 * 0.044715f * x * x);
}

template <class T>
__global__ void values(int form, const T* x, int64_t count, T* y) {
  for (int64_t i = first_element(); i < count; i += element_stride()) put(y + i, value_of(form, to_float(x[i])));
}

template <class T>
__global__ void slopes(int form, const T* g, const T* x, int64_t count, T* dx) {
  for (int64_t i = first_element(); i < count; i += element_stride()) put(dx + i, to_float(g[i]) * slope_of(form, to_float(x[i])));
}

void forward(Call& call) {
  const int form = gelu_form(call);
  const Array& x = call.input(0);
  const Array y = call.output(0, x.type, x.shape);
  Gpu gpu(call);
  with_type(x.type, [&](auto type) {
    using T = decltype(type);
    gpu.launch(blocks_for(x.size(), kThreads), kThreads, 0, values<T>, form, x.as<const T>(), x.size(), y.as<T>());
  });
}

void backward(Call& call) {
  const int form = gelu_form(call);
  const Array& g = call.input(0);
  const Array& x = call.input(1);
  require_same(g, x, "the gradient");
  const Array dx = call.output(0, x.type, x.shape);
  Gpu gpu(call);
  with_type(x.type, [&](auto type) {
    using T = decltype(type);
    gpu.launch(blocks_for(x.size(), kThreads), kThreads, 0, slopes<T>, form, g.as<const T>(), x.as<const T>(), x.size(), dx.as<T>());
  });
}

const Declare declared_forward(kGelu, forward);
const Declare declared_backward(kGeluGradient, backward);

}  // namespace
}  // namespace moslora
