// Arrays of one shape: `wide` ones in float32 before the others in bfloat16.
#pragma once
#include "core/require.h"

namespace moslora {

inline const Signature kSum{"MosloraSum",
                            {"wide: W * float", "low: L * bfloat16"},
                            {"y: Y"},
                            {"W: int >= 0", "L: int >= 0", "Y: {float, bfloat16}"}};

struct Summands {
  int count, wide;  // all, and of these in float32
  const Array& like;

  explicit Summands(const Call& call) : count(call.inputs()), wide(static_cast<int>(call.integer("W"))), like(first(call)) {
    for (int i = 1; i < count; ++i) require_same(call.input(i), like, "an array");
  }
  TF_DataType type() const { return wide > 0 ? TF_FLOAT : TF_BFLOAT16; }

 private:
  static const Array& first(const Call& call) {
    require(call.inputs() > 0, "there is nothing to add");
    return call.input(0);
  }
};

}  // namespace moslora
