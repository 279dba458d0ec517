// What the variants of GELU and their gradients take.
#pragma once
#include "core/require.h"

namespace moslora {

inline const Signature kGelu{"MosloraGelu", {"x: T"}, {"y: T"}, {"T: {float, bfloat16}", "form: int"}};
inline const Signature kGeluGradient{"MosloraGeluGradient", {"g: T", "x: T"}, {"dx: T"}, {"T: {float, bfloat16}", "form: int"}};

// 0: erf, 1: quick, 2: tanh.
inline int gelu_form(const Call& call) {
  const int64_t form = call.integer("form");
  require(form >= 0 && form < 3, "there is no form " + std::to_string(form));
  return static_cast<int>(form);
}

}  // namespace moslora
