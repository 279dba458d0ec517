// The sum of arrays of one shape on the device, added up in float32.
#include <algorithm>

#include "cuda/launch.h"
#include "cuda/numbers.h"
#include "shared/sum.h"

namespace moslora {
namespace {

constexpr int kThreads = 256;
constexpr int kMostAtOnce = 64;

// Some of the arrays, of which the first `wide` are float32; `so_far` is added to them where it is given, and y is bfloat16 where `low`.
struct Some {
  const void* arrays[kMostAtOnce];
  int count, wide;
  const float* so_far;
  void* y;
  bool low;
};

__global__ void add(Some some, int64_t count) {
  for (int64_t i = first_element(); i < count; i += element_stride()) {
    float total = some.so_far == nullptr ? 0.0f : some.so_far[i];
    for (int a = 0; a < some.count; ++a)
      total += a < some.wide ? static_cast<const float*>(some.arrays[a])[i] : to_float(static_cast<const bf16*>(some.arrays[a])[i]);
    if (some.low) put(static_cast<bf16*>(some.y) + i, total);
    else put(static_cast<float*>(some.y) + i, total);
  }
}

void compute(Call& call) {
  const Summands op(call);
  const Array y = call.output(0, op.type(), op.like.shape);
  Gpu gpu(call);
  float* sums = op.count > kMostAtOnce ? gpu.memory<float>(y.size()) : nullptr;
  for (int first = 0; first < op.count; first += kMostAtOnce) {
    Some some{};
    some.count = std::min(kMostAtOnce, op.count - first);
    some.wide = std::min(some.count, std::max(0, op.wide - first));
    for (int a = 0; a < some.count; ++a) some.arrays[a] = call.input(first + a).data;
    const bool last = first + some.count == op.count;
    some.so_far = first > 0 ? sums : nullptr;
    some.y = last ? y.data : sums;
    some.low = last && y.is_bf16();
    gpu.launch(blocks_for(y.size(), kThreads), kThreads, 0, add, some, y.size());
  }
}

const Declare declared(kSum, compute);

}  // namespace
}  // namespace moslora
