// The place of each row's greatest value: x (N, V) -> (N), the first of equals. What is no number is never the greatest; of a row of nothing else,
// or of minus infinity alone, it is 0.
#pragma once
#include "core/require.h"
#include "core/rows.h"

namespace moslora {

inline const Signature kArgMax{"MosloraArgMax", {"x: T"}, {"places: int32"}, {"T: {float, bfloat16}"}};

struct ArgMax {
  const Array& x;
  Rows rows;

  explicit ArgMax(const Call& call) : x(call.input(0)), rows(x) { require_side(rows.width, "the last axis of x"); }
};

}  // namespace moslora
