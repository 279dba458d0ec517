// Arrays of a call as the products see them.
#pragma once
#include "core/op.h"
#include "gemm/operands.h"

namespace moslora {

inline Matrix matrix_of(const Array& array, int64_t stride, int64_t column = 0) {
  char* data = array.as<char>() + column * (array.is_bf16() ? 2 : 4);
  return Matrix{data, array.is_bf16(), stride};
}

inline void require_matrix(const Array& array, int64_t rows, int64_t columns, const char* what) {
  require(array.shape.size() == 2 && array.shape[0] == rows && array.shape[1] == columns,
          std::string(what) + " is " + array.describe() + ", expected (" + std::to_string(rows) + ", " + std::to_string(columns) + ")");
}

inline void require_size(const Array& array, int64_t size, const char* what) {
  require(array.size() == size, std::string(what) + " is " + array.describe() + ", expected " + std::to_string(size) + " values");
}

}  // namespace moslora
