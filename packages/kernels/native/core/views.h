// Arrays of a call as the products see them.
#pragma once
#include "core/require.h"
#include "gemm/operands.h"

namespace moslora {

inline Matrix matrix_of(const Array& array, int64_t stride, int64_t column = 0) {
  char* data = array.as<char>() + column * (array.is_bf16() ? 2 : 4);
  return Matrix{data, array.is_bf16(), stride};
}

}  // namespace moslora
