// Attention over caches on the device, which are written in place; see cached-attention.cc.
#include "attend.h"
#include "device-lines.h"
#include "shared/calls.h"

namespace moslora {
namespace {

// New positions (B, T, H', K) of keys or values to their places in a cache (B, H', capacity, K).
template <class E>
void append(Gpu& gpu, const Attention& a, const Operand& x, const Tables& tables, int64_t past, int64_t capacity, const Array& cache) {
  const int64_t count = a.batch * a.groups * a.tokens * a.width;
  E* rows = gpu.memory<E>(count);
  gpu.launch(blocks_for(count, kLineThreads), kLineThreads, 0, gather<E>, x, tables, int64_t{1}, a.groups, a.tokens, a.width,
             static_cast<int>(a.width), count, rows);
  const size_t head = a.tokens * a.width * sizeof(E);
  gpu.copy_rows(cache.as<E>() + past * a.width, capacity * a.width * sizeof(E), rows, head, head, a.batch * a.groups);
}

template <class E>
void compute_as(Call& call, const CachedAttention& op) {
  const Attention& a = op.a;
  const Array y = call.output(0, op.keys.type, {a.batch * a.tokens, a.heads * a.width});
  Gpu gpu(call);
  append<E>(gpu, a, a.k, a.key_tables, op.earlier, op.capacity(), op.keys);
  append<E>(gpu, a, a.v, Tables{}, op.earlier, op.capacity(), op.values);
  attend(gpu, op.over_caches(), y.data, gpu.memory<float>(a.batch * a.heads * a.tokens));
}

void compute(Call& call) {
  const CachedAttention op(call);
  if (op.keys.is_bf16()) compute_as<bf16>(call, op);
  else compute_as<float>(call, op);
}

void make_cache(Call& call) {
  const CacheRoom op(call);
  const Array to = call.output(0, op.type, {op.batch, op.groups, op.capacity, op.width});
  if (op.from == nullptr) return;
  Gpu gpu(call);
  const int64_t size = op.width * (to.is_bf16() ? 2 : 4), earlier = op.from->shape[2];
  for (int64_t b = 0; b < op.batch; ++b)
    gpu.copy_rows(to.as<char>() + b * op.groups * op.capacity * size, op.capacity * size,
                  op.from->as<char>() + op.row(b) * op.groups * earlier * size, earlier * size, op.kept * size, op.groups);
}

const Declare attention(kCachedAttention, compute);
const Declare cache(kCache, make_cache);

}  // namespace
}  // namespace moslora
