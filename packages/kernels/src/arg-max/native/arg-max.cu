// A block a row: the greatest of keys that are ordered by value, then by who stands first.
#include "cuda/launch.h"
#include "cuda/reduce.h"
#include "cuda/with-type.h"
#include "shared/arg-max.h"

namespace moslora {
namespace {

constexpr int kThreads = 256;
constexpr size_t kRoom = kThreads / kWarp * sizeof(int64_t);
constexpr int64_t kPlaces = int64_t{1} << 32, kLast = 0x7fffffff;

// The bits of a float32 as a whole number of the same order; both zeros are one.
__device__ __forceinline__ int64_t ordered(float value) {
  value += 0.0f;
  int32_t bits;
  memcpy(&bits, &value, sizeof(bits));
  return bits < 0 ? bits ^ 0x7fffffff : bits;
}

template <class X>
__global__ void find(const X* x, int64_t width, int32_t* places) {
  const int64_t n = blockIdx.x;
  int64_t most = ordered(-INFINITY) * kPlaces + kLast;
  for (int64_t i = threadIdx.x; i < width; i += kThreads) {
    const float value = to_float(x[n * width + i]);
    if (value == value) most = larger(most, ordered(value) * kPlaces + (kLast - i));
  }
  most = block_max(most, shared_memory<int64_t>());
  if (threadIdx.x == 0) places[n] = static_cast<int32_t>(kLast - (most & kLast));
}

void compute(Call& call) {
  const ArgMax op(call);
  const Array places = call.output(0, TF_INT32, {op.rows.count});
  Gpu gpu(call);
  with_type(op.x.type, [&](auto type) {
    using X = decltype(type);
    gpu.launch(static_cast<unsigned>(op.rows.count), kThreads, kRoom, find<X>, op.x.as<const X>(), op.rows.width, places.as<int32_t>());
  });
}

const Declare declared(kArgMax, compute);

}  // namespace
}  // namespace moslora
