// Arrays as rows along their last axis.
#pragma once
#include "core/op.h"

namespace moslora {

struct Rows {
  int64_t count, width;

  explicit Rows(const Array& x) : count(0), width(x.shape.empty() ? 0 : x.shape.back()) {
    require(width > 0, "x is " + x.describe() + ", expected a last axis that is not empty");
    count = x.size() / width;
  }
};

}  // namespace moslora
