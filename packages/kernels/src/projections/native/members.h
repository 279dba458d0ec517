// The linear layers of one call, which share their input: weights (dense or NF4), and adapters beside all of them or none.
#pragma once
#include <vector>

#include "core/op.h"
#include "core/views.h"
#include "gemm/product.h"
#include "shared/member-arrays.h"

namespace moslora {

struct Member {
  int64_t outputs;
  int64_t first;  // column of its first output in the joint output
  Right weight;
  const Array* a = nullptr;      // (R, in)
  const Array* b = nullptr;      // (out, R)
  const Array* mixer = nullptr;  // (R, R)
  uint32_t seed = 0;
  int64_t rank() const { return a->shape[0]; }
};

struct Members {
  std::vector<Member> all;
  int64_t inputs = 0;
  int64_t outputs = 0;
  bool adapted = false;
  float scale = 1;
  float dropout = 0;

  // `by_rows`: the weights as B[k][n] = W[n][k] (forward).
  Members(const AllMemberArrays& arrays, int64_t in, bool by_rows, bool round);
};

}  // namespace moslora
