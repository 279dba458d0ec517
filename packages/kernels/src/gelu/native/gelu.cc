// The variants of GELU, elementwise, and their gradients: 0: x Φ(x); 1: x σ(1.702 x);
// 2: x (1 + tanh(√(2 / π) (x + 0.044715 x³))) / 2 = x σ(2 √(2 / π) (x + 0.044715 x³)).
#include "core/elements.h"
#include "shared/gelu.h"
#include "simd/exp.h"
#include "simd/over.h"

namespace moslora {
namespace {

inline vf sigmoid(vf z) { return 1.0f / (1.0f + exp(-z)); }

// Φ(x) = erfc(-x / √2) / 2, with erfc(z) = t exp(-z² + p(t)), t = 1 / (1 + z / 2) for z >= 0: relative error below 1.2e-7 (Numerical
// Recipes, erfcc; a Chebyshev fit).
inline vf normal_distribution(vf x) {
  const vf z = (vf)((vi)(x * 0.70710678f) & 0x7fffffff);
  const vf t = 1.0f / (1.0f + 0.5f * z);
  vf p = splat(0.17087277f);
  p = p * t - 0.82215223f;
  p = p * t + 1.48851587f;
  p = p * t - 1.13520398f;
  p = p * t + 0.27886807f;
  p = p * t - 0.18628806f;
  p = p * t + 0.09678418f;
  p = p * t + 0.37409196f;
  p = p * t + 1.00002368f;
  p = p * t - 1.26551223f;
  const vf tail = 0.5f * t * exp(p - z * z);
  return select(x < vf{}, tail, 1.0f - tail);
}

struct Erf {
  static vf value(vf x) { return x * normal_distribution(x); }
  static vf slope(vf x) { return normal_distribution(x) + x * 0.398942280f * exp(x * x * -0.5f); }
};

struct Quick {
  static vf value(vf x) { return x * sigmoid(1.702f * x); }
  static vf slope(vf x) {
    const vf z = 1.702f * x;
    const vf s = sigmoid(z);
    return s * (1.0f + z * (1.0f - s));
  }
};

struct Tanh {
  static constexpr float kTwice = 1.59576912f, kCubic = 0.044715f;
  static vf value(vf x) { return x * sigmoid(kTwice * x * (1.0f + kCubic * x * x)); }
  static vf slope(vf x) {
    const vf s = sigmoid(kTwice * x * (1.0f + kCubic * x * x));
    return s + x * s * (1.0f - s) * kTwice * (1.0f + 3 * kCubic * x * x);
  }
};

template <class Use>
void with_variant(Call& call, const Use& use) {
  const int variant = gelu_form(call);
  if (variant == 0) use(Erf());
  else if (variant == 1) use(Quick());
  else use(Tanh());
}

void forward(Call& call) {
  const Array& x = call.input(0);
  const Array y = call.output(0, x.type, x.shape);
  with_variant(call, [&](auto variant) {
    with_type(x.type, [&](auto type) {
      using T = decltype(type);
      in_chunks(x.size(), [&](int64_t first, int64_t end) {
        over(first, end, [&](int64_t i, auto access) { access.put(y.as<T>() + i, variant.value(access.get(x.as<T>() + i))); });
      });
    });
  });
}

void backward(Call& call) {
  const Array& g = call.input(0);
  const Array& x = call.input(1);
  require_same(g, x, "the gradient");
  const Array dx = call.output(0, x.type, x.shape);
  with_variant(call, [&](auto variant) {
    with_type(x.type, [&](auto type) {
      using T = decltype(type);
      in_chunks(x.size(), [&](int64_t first, int64_t end) {
        over(first, end, [&](int64_t i, auto access) {
          access.put(dx.as<T>() + i, access.get(g.as<T>() + i) * variant.slope(access.get(x.as<T>() + i)));
        });
      });
    });
  });
}

const Declare declared_forward(kGelu, forward);
const Declare declared_backward(kGeluGradient, backward);

}  // namespace
}  // namespace moslora
