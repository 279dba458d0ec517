// What LayerNorm and its gradient take.
#pragma once
#include "core/require.h"
#include "core/rows.h"

namespace moslora {

inline const Signature kLayerNorm{"MosloraLayerNorm",
                                  {"x: T", "weight: float", "bias: float"},
                                  {"y: Y", "mean: float", "r: float"},
                                  {"T: {float, bfloat16}", "Y: {float, bfloat16}", "low: bool", "eps: float"}};
inline const Signature kLayerNormGradient{"MosloraLayerNormGradient",
                                          {"g: G", "x: T", "weight: float", "mean: float", "r: float"},
                                          {"dx: T", "gradients: W * float"},
                                          {"G: {float, bfloat16}", "T: {float, bfloat16}", "W: int >= 0"}};

struct LayerNorm {
  const Array &x, &w, &b;
  Rows rows;
  float eps;
  TF_DataType type;  // of y

  explicit LayerNorm(const Call& call)
      : x(call.input(0)), w(call.input(1)), b(call.input(2)), rows(x), eps(static_cast<float>(call.real("eps"))),
        type(call.flag("low") ? TF_BFLOAT16 : TF_FLOAT) {
    require_size(w, rows.width, "the weight");
    require_size(b, rows.width, "the bias");
  }
};

struct LayerNormGradient {
  const Array &g, &x, &w, &mean, &r;
  Rows rows;
  bool learns;

  explicit LayerNormGradient(const Call& call)
      : g(call.input(0)), x(call.input(1)), w(call.input(2)), mean(call.input(3)), r(call.input(4)), rows(x),
        learns(call.integer("W") == 2) {
    require_same(g, x, "the gradient");
    require_size(w, rows.width, "the weight");
    require_size(mean, rows.count, "mean");
    require_size(r, rows.count, "r");
  }
};

}  // namespace moslora
