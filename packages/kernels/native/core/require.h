// What ops ask of their arrays.
#pragma once
#include "core/op.h"

namespace moslora {

inline void require_same(const Array& array, const Array& like, const char* what) {
  require(array.shape == like.shape, std::string(what) + " is " + array.describe() + ", expected the shape of " + like.describe());
}

inline void require_matrix(const Array& array, int64_t rows, int64_t columns, const char* what) {
  require(array.shape.size() == 2 && array.shape[0] == rows && array.shape[1] == columns,
          std::string(what) + " is " + array.describe() + ", expected (" + std::to_string(rows) + ", " + std::to_string(columns) + ")");
}

inline void require_size(const Array& array, int64_t size, const char* what) {
  require(array.size() == size, std::string(what) + " is " + array.describe() + ", expected " + std::to_string(size) + " values");
}

}  // namespace moslora
