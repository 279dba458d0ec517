// Attention of T new positions to all that came before, whose keys (rotated) and values stand in caches (B, H', C, K), C >= past + T. Writes
// the new ones into the caches, in place: the caches are inputs that only this op and MosloraCache ever touch.
#include <memory>

#include "forward.h"
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
void compute_as(Call& call, Attention& a, const Array& keys, const Array& values, int64_t past) {
  const int64_t capacity = keys.shape[2];
  append(a, a.k, a.key_tables, past, capacity, keys.as<T>());
  append(a, a.v, Tables{}, past, capacity, values.as<T>());
  a.seen = past + a.tokens;
  a.key_tables = Tables{};
  a.k = Operand{keys.as<char>(), a.q.is_bf16, a.groups * capacity * a.width, a.width, capacity * a.width, 0};
  a.v = a.k;
  a.v.data = values.as<char>();
  const Array y = call.output(0, keys.type, {a.batch * a.tokens, a.heads * a.width});
  attend<P>(a, y.as<T>());
}

void compute(Call& call) {
  const int count = static_cast<int>(call.integer("N"));
  require(count <= 3, std::to_string(count) + " arrays of heads");
  const Array& keys = call.input(0);
  const Array& values = call.input(1);
  const Array& past = call.input(2);
  const Array* arrays[3] = {};
  for (int i = 0; i < count; ++i) arrays[i] = &call.input(3 + i);
  int at = 3 + count;
  require(past.size() == 1, "the number of earlier positions is " + past.describe());
  const int64_t earlier = *past.as<int32_t>();
  require(earlier >= 0, std::to_string(earlier) + " earlier positions");
  Attention a = read_attention(call, arrays, count, at, earlier);
  require(a.seen == a.tokens, std::to_string(a.tokens) + " new queries, but " + std::to_string(a.seen) + " new keys");
  const Shape expected{a.batch, a.groups, keys.shape.size() == 4 ? keys.shape[2] : 0, a.width};
  require(keys.shape == expected && values.shape == expected && expected[2] >= earlier + a.tokens,
          "the caches are " + keys.describe() + " and " + values.describe() + ", expected (" + std::to_string(a.batch) + ", " +
              std::to_string(a.groups) + ", at least " + std::to_string(earlier + a.tokens) + ", " + std::to_string(a.width) + ")");
  if (keys.is_bf16()) compute_as<Bfloat16, bf16>(call, a, keys, values, earlier);
  else compute_as<Float32, float>(call, a, keys, values, earlier);
}

// Room for keys or values: (rows, H', capacity, K) that begins with the given rows of an earlier cache, or with nothing.
void make_cache(Call& call) {
  const int64_t capacity = call.size("capacity"), groups = call.size("kv_heads"), width = call.size("width");
  const bool follows = call.integer("N") > 0;
  const Array& rows = call.input(0);
  require(rows.shape.size() == 1, "the rows are " + rows.describe());
  const int64_t batch = rows.shape[0];
  const Array to = call.output(0, call.flag("narrow") ? TF_BFLOAT16 : TF_FLOAT, {batch, groups, capacity, width});
  if (!follows) return;
  require(call.integer("N") == 1, "there is more than one earlier cache");
  const Array& from = call.input(1);
  require(from.shape.size() == 4 && from.shape[1] == groups && from.shape[3] == width && from.type == to.type,
          "the earlier cache is " + from.describe() + ", expected (rows, " + std::to_string(groups) + ", capacity, " + std::to_string(width) + ")");
  const int64_t size = width * (to.is_bf16() ? 2 : 4), kept = std::min(capacity, from.shape[2]);
  for (int64_t b = 0; b < batch; ++b) {
    const int64_t row = rows.as<int32_t>()[b];
    require(row >= 0 && row < from.shape[0], "row " + std::to_string(row) + " of " + from.describe());
    for (int64_t g = 0; g < groups; ++g)
      std::memcpy(to.as<char>() + (b * groups + g) * capacity * size, from.as<char>() + (row * groups + g) * from.shape[2] * size, kept * size);
  }
}

const Declare attention({"MosloraCachedAttention",
                         {"keys: T", "values: T", "past: int32", "heads_in: N * T", MOSLORA_ATTENTION_INPUTS},
                         {"y: T"},
                         {MOSLORA_ATTENTION_ATTRIBUTES},
                         compute});
const Declare cache({"MosloraCache",
                     {"rows: int32", "earlier: N * T"},
                     {"cache: T"},
                     {"T: {float, bfloat16}", "N: int >= 0", "kv_heads: int", "capacity: int", "width: int", "narrow: bool"},
                     make_cache});

}  // namespace
}  // namespace moslora
