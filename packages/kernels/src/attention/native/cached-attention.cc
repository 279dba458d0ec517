// Attention of T new positions to all that came before, whose keys (rotated) and values stand in caches (B, H', C, K), C >= past + T. Writes
// the new ones into the caches, in place: the caches are inputs that only this op and MosloraCache ever touch.
#include <memory>

#include "forward.h"
#include "shared/calls.h"
#include "single.h"

namespace moslora {
namespace {

template <class T>
void append(const Attention& a, const Operand& x, const Tables& tables, int64_t past, int64_t capacity, T* cache) {
  parallel_for(a.batch * a.groups, [&](int64_t task, int) {
    const int64_t b = task / a.groups, g = task % a.groups;
    T* to = cache + (task * capacity + past) * a.width;
    for (int64_t t = 0; t < a.tokens; ++t, to += a.width) {
      const int64_t row = tables.batch * b + t * a.width;
      load_row<false>(reinterpret_cast<const T*>(x.data) + x.place(b, t, g), a.width, tables.cos == nullptr ? nullptr : tables.cos + row,
                      tables.sin == nullptr ? nullptr : tables.sin + row, to);
    }
  });
}

template <class P, class T>
void attend(const Attention& a, T* y) {
  const int64_t row = a.heads * a.width;
  if (a.tokens == 1) {
    std::vector<std::unique_ptr<SingleWork>> works(threads());
    parallel_for(a.batch * a.groups, [&](int64_t task, int thread) {
      auto& work = works[thread];
      if (work == nullptr) work = std::make_unique<SingleWork>(a);
      const int64_t b = task / a.groups, g = task % a.groups;
      work->attend(b, g, y + b * row + g * a.share * a.width);
    });
    return;
  }
  Scratch<float> lse(a.batch * a.heads * a.tokens);
  attend_all<P>(a, y, lse.data());
}

template <class P, class T>
void compute_as(Call& call, const CachedAttention& op) {
  append(op.a, op.a.k, op.a.key_tables, op.earlier, op.capacity(), op.keys.as<T>());
  append(op.a, op.a.v, Tables{}, op.earlier, op.capacity(), op.values.as<T>());
  const Array y = call.output(0, op.keys.type, {op.a.batch * op.a.tokens, op.a.heads * op.a.width});
  attend<P>(op.over_caches(), y.as<T>());
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
