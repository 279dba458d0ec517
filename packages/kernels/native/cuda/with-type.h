#pragma once
#include "core/op.h"
#include "cuda/numbers.h"

namespace moslora {

// Calls use(float{}) or use(bf16{}): the element type of a floating-point array.
template <class Use>
void with_type(TF_DataType type, const Use& use) {
  if (type == TF_BFLOAT16) use(bf16{});
  else use(float{});
}

}  // namespace moslora
