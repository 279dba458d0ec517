// Attention of T new positions to all that came before, whose keys (rotated) and values stand in caches (B, H', C, K), C >= past + T. Writes
// the new ones into the caches, in place: the caches are inputs that only this op and MosloraCache ever touch.
#include <memory>

#include "forward.h"
#include "shared/calls.h"
#include "single.h"

namespace moslora {
namespace {

// The new positions of key head g in sample b, into a cache.
template <class T>
void append(const CachedAttention& op, const Operand& x, const Tables& tables, int64_t b, int64_t g, T* cache) {
  const Attention& a = op.a;
  T* to = cache + ((b * a.groups + g) * op.capacity() + op.earlier) * a.width;
  for (int64_t t = 0; t < a.tokens; ++t, to += a.width) {
    const int64_t row = tables.batch * b + t * a.width;
    load_row<false>(reinterpret_cast<const T*>(x.data) + x.place(b, t, g), a.width, tables.cos == nullptr ? nullptr : tables.cos + row,
                    tables.sin == nullptr ? nullptr : tables.sin + row, to);
  }
}

template <class P, class T>
void compute_as(Call& call, const CachedAttention& op) {
  const Attention all = op.over_caches();
  const int64_t row = all.heads * all.width;
  T* y = call.output(0, op.keys.type, {all.batch * all.tokens, row}).as<T>();
  std::vector<std::unique_ptr<SingleWork>> works(static_cast<size_t>(threads()));
  parallel_for(all.batch * all.groups, [&](int64_t task, int thread) {
    const int64_t b = task / all.groups, g = task % all.groups;
    append(op, op.a.k, op.a.key_tables, b, g, op.keys.as<T>());
    append(op, op.a.v, Tables{}, b, g, op.values.as<T>());
    if (all.tokens > 1) return;
    auto& work = works[static_cast<size_t>(thread)];
    if (work == nullptr) work = std::make_unique<SingleWork>(all);
    work->attend(b, g, y + b * row + g * all.share * all.width);
  });
  if (all.tokens == 1) return;
  Scratch<float> lse(all.batch * all.heads * all.tokens);
  attend_all<P>(all, y, lse.data());
}

void compute(Call& call) {
  const CachedAttention op(call);
  if (op.keys.is_bf16()) compute_as<Bfloat16, bf16>(call, op);
  else compute_as<Float32, float>(call, op);
}

void make_cache(Call& call) {
  const CacheRoom op(call);
  const Array to = call.output(0, op.type, {op.batch, op.groups, op.capacity, op.width});
  if (op.from == nullptr) return;
  const int64_t size = op.width * (to.is_bf16() ? 2 : 4), earlier = op.from->shape[2];
  for (int64_t b = 0; b < op.batch; ++b)
    for (int64_t g = 0; g < op.groups; ++g)
      std::memcpy(to.as<char>() + (b * op.groups + g) * op.capacity * size,
                  op.from->as<char>() + (op.row(b) * op.groups + g) * earlier * size, op.kept * size);
}

const Declare attention(kCachedAttention, compute);
const Declare cache(kCache, make_cache);

}  // namespace
}  // namespace moslora
