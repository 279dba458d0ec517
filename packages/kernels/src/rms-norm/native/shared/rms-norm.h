// What RMSNorm and its gradient take.
#pragma once
#include "core/require.h"
#include "core/rows.h"

namespace moslora {

inline const Signature kRmsNorm{"MosloraRmsNorm",
                                {"x: T", "weight: float"},
                                {"y: Y", "r: float"},
                                {"T: {float, bfloat16}", "Y: {float, bfloat16}", "low: bool", "eps: float"}};
inline const Signature kRmsNormGradient{"MosloraRmsNormGradient",
                                        {"g: G", "x: T", "weight: float", "r: float"},
                                        {"dx: T", "dw: W * float"},
                                        {"G: {float, bfloat16}", "T: {float, bfloat16}", "W: int >= 0"}};

struct RmsNorm {
  const Array &x, &w;
  Rows rows;
  float eps;
  TF_DataType type;  // of y

  explicit RmsNorm(const Call& call)
      : x(call.input(0)), w(call.input(1)), rows(x), eps(static_cast<float>(call.real("eps"))),
        type(call.flag("low") ? TF_BFLOAT16 : TF_FLOAT) {
    require_size(w, rows.width, "the weight");
  }
};

struct RmsNormGradient {
  const Array &g, &x, &w, &r;
  Rows rows;
  bool learns;

  explicit RmsNormGradient(const Call& call)
      : g(call.input(0)), x(call.input(1)), w(call.input(2)), r(call.input(3)), rows(x), learns(call.integer("W") == 1) {
    require_same(g, x, "the gradient");
    require_size(w, rows.width, "the weight");
    require_size(r, rows.count, "r");
  }
};

}  // namespace moslora
