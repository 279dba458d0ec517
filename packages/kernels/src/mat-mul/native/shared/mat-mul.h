// The factors of a product, and the rows of a sum.
#pragma once
#include "core/require.h"

namespace moslora {

inline const Signature kMatMul{"MosloraMatMul",
                               {"a: TA", "b: TB", "bias: B * float"},
                               {"y: Y"},
                               {"TA: {float, bfloat16}", "TB: {float, bfloat16}", "Y: {float, bfloat16}", "B: int >= 0", "transpose_a: bool",
                                "transpose_b: bool", "low: bool", "wide: bool"}};
inline const Signature kColumnSums{"MosloraColumnSums", {"x: T"}, {"y: float"}, {"T: {float, bfloat16}"}};

struct MatMul {
  const Array &a, &b;
  const Array* bias = nullptr;  // (N)
  bool ta, tb, low;             // low: factors are rounded to bfloat16
  int64_t m, k, n;
  TF_DataType type;

  explicit MatMul(const Call& call)
      : a(call.input(0)), b(call.input(1)), ta(call.flag("transpose_a")), tb(call.flag("transpose_b")), low(call.flag("low")),
        type(call.flag("wide") ? TF_FLOAT : TF_BFLOAT16) {
    require(a.shape.size() == 2 && b.shape.size() == 2, "both factors must have two axes");
    m = a.shape[ta ? 1 : 0];
    k = a.shape[ta ? 0 : 1];
    n = b.shape[tb ? 0 : 1];
    require(b.shape[tb ? 1 : 0] == k, "the factors do not fit together");
    if (call.integer("B") == 0) return;
    require(call.integer("B") == 1, "there is more than one bias");
    bias = &call.input(2);
    require_size(*bias, n, "the bias");
  }
};

struct ColumnSums {
  const Array& x;
  int64_t rows, columns;

  explicit ColumnSums(const Call& call) : x(call.input(0)) {
    require(x.shape.size() == 2, "x is " + x.describe() + ", expected two axes");
    rows = x.shape[0];
    columns = x.shape[1];
  }
};

}  // namespace moslora
