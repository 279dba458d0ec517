// Arrays of a call as products on the device see them.
#pragma once
#include "core/op.h"
#include "cuda/operands.h"

namespace moslora {

// Rows `stride` apart, from a column on; along k unless said otherwise.
inline Factor factor_of(const Array& array, int64_t stride, bool along = true, int64_t column = 0) {
  Factor x;
  x.data = array.as<char>() + column * (array.is_bf16() ? 2 : 4);
  x.is_bf16 = array.is_bf16();
  x.stride = stride;
  x.along = along;
  return x;
}
inline Factor factor_of(const float* values, int64_t stride, bool along = true) {
  Factor x;
  x.data = values;
  x.stride = stride;
  x.along = along;
  return x;
}

inline Target target_of(const Array& array, int64_t stride, int64_t column = 0) {
  Target to;
  to.out = array.as<char>() + column * (array.is_bf16() ? 2 : 4);
  to.is_bf16 = array.is_bf16();
  to.stride = stride;
  return to;
}
inline Target target_of(float* values, int64_t stride) {
  Target to;
  to.out = values;
  to.stride = stride;
  return to;
}

}  // namespace moslora
