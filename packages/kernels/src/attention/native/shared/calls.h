// The attention ops' inputs, read and checked.
#pragma once
#include "core/require.h"
#include "geometry.h"

namespace moslora {

inline const Signature kAttention{
    "MosloraAttention", {"heads_in: N * T", MOSLORA_ATTENTION_INPUTS}, {"y: T", "lse: float"}, {MOSLORA_ATTENTION_ATTRIBUTES}};
inline const Signature kAttentionGradient{"MosloraAttentionGradient",
                                          {"g: T", "y: T", "lse: float", "heads_in: N * T", MOSLORA_ATTENTION_INPUTS},
                                          {"gradients: N * T"},
                                          {MOSLORA_ATTENTION_ATTRIBUTES}};
inline const Signature kCachedAttention{"MosloraCachedAttention",
                                        {"keys: T", "values: T", "past: int32", "heads_in: N * T", MOSLORA_ATTENTION_INPUTS},
                                        {"y: T"},
                                        {MOSLORA_ATTENTION_ATTRIBUTES},
                                        {"past"}};
inline const Signature kCache{"MosloraCache",
                              {"rows: int32", "earlier: N * T"},
                              {"cache: T"},
                              {"T: {float, bfloat16}", "N: int >= 0", "kv_heads: int", "capacity: int", "width: int", "narrow: bool"},
                              {"rows"}};

// The arrays of heads from input `first` on: a joint one or three.
struct HeadArrays {
  const Array* arrays[3] = {};
  int count;

  HeadArrays(const Call& call, int first) : count(static_cast<int>(call.integer("N"))) {
    require(count <= 3, std::to_string(count) + " arrays of heads");
    for (int i = 0; i < count; ++i) arrays[i] = &call.input(first + i);
  }
  // `past` earlier keys are described by the marks as well.
  Attention read(const Call& call, int first, int64_t past = 0) const {
    int at = first + count;
    return read_attention(call, arrays, count, at, past);
  }
};

struct AttentionForward {
  HeadArrays heads;
  Attention a;

  explicit AttentionForward(const Call& call) : heads(call, 0), a(heads.read(call, 0)) {}
};

struct AttentionBackward {
  const Array &g, &y, &lse;
  HeadArrays heads;
  Attention a;
  Operand output;    // how y and g lie

  explicit AttentionBackward(const Call& call)
      : g(call.input(0)), y(call.input(1)), lse(call.input(2)), heads(call, 3), a(heads.read(call, 3)) {
    const int64_t row = a.heads * a.width;
    for (const Array* array : {&g, &y})
      require(array->shape.size() == 2 && array->shape[0] == a.batch * a.tokens && array->shape[1] == row,
              std::string(array == &g ? "the gradient is " : "the output is ") + array->describe() + ", expected (" +
                  std::to_string(a.batch * a.tokens) + ", " + std::to_string(row) + ")");
    require(lse.size() == a.batch * a.heads * a.tokens, "lse is " + lse.describe());
    output = Operand{y.as<char>(), y.is_bf16(), a.tokens * row, row, a.share * a.width, a.width};
  }
  // Outputs for the gradients, and where they lie in them.
  Attention gradients(Call& call) const {
    Attention d = a;
    void* data[3] = {};
    for (int i = 0; i < heads.count; ++i) data[i] = call.output(i, g.type, heads.arrays[i]->shape).data;
    lay_out(d, data, heads.count, call.flag("grouped"));
    return d;
  }
};

// The caches (B, H', C, K) hold `earlier` positions.
struct CachedAttention {
  const Array &keys, &values;
  int64_t earlier;
  HeadArrays heads;
  Attention a;  // of the new positions

  explicit CachedAttention(const Call& call)
      : keys(call.input(0)), values(call.input(1)), earlier(past_of(call.input(2))), heads(call, 3), a(heads.read(call, 3, earlier)) {
    require(a.seen == a.tokens, std::to_string(a.tokens) + " new queries, but " + std::to_string(a.seen) + " new keys");
    const Shape expected{a.batch, a.groups, keys.shape.size() == 4 ? keys.shape[2] : 0, a.width};
    require(keys.shape == expected && values.shape == expected && expected[2] >= earlier + a.tokens,
            "the caches are " + keys.describe() + " and " + values.describe() + ", expected (" + std::to_string(a.batch) + ", " +
                std::to_string(a.groups) + ", at least " + std::to_string(earlier + a.tokens) + ", " + std::to_string(a.width) + ")");
  }
  int64_t capacity() const { return keys.shape[2]; }
  // The attention over the caches, once the new positions have been added to them.
  Attention over_caches() const {
    Attention all = a;
    all.seen = earlier + a.tokens;
    all.key_tables = Tables{};
    all.k = Operand{keys.as<char>(), a.q.is_bf16, a.groups * capacity() * a.width, a.width, capacity() * a.width, 0};
    all.v = all.k;
    all.v.data = values.as<char>();
    return all;
  }

 private:
  static int64_t past_of(const Array& past) {
    require(past.size() == 1, "the number of earlier positions is " + past.describe());
    const int64_t earlier = *past.as<int32_t>();
    require(earlier >= 0, std::to_string(earlier) + " earlier positions");
    return earlier;
  }
};

// Room for keys or values: (rows, H', capacity, K) that begins with the given rows of an earlier cache, or with nothing.
struct CacheRoom {
  const Array& rows;
  const Array* from = nullptr;
  int64_t batch, groups, capacity, width, kept = 0;  // kept: positions
  TF_DataType type;

  explicit CacheRoom(const Call& call)
      : rows(call.input(0)), groups(call.size("kv_heads")), capacity(call.size("capacity")), width(call.size("width")),
        type(call.flag("narrow") ? TF_BFLOAT16 : TF_FLOAT) {
    require(rows.shape.size() == 1, "the rows are " + rows.describe());
    batch = rows.shape[0];
    if (call.integer("N") == 0) return;
    require(call.integer("N") == 1, "there is more than one earlier cache");
    from = &call.input(1);
    require(from->shape.size() == 4 && from->shape[1] == groups && from->shape[3] == width && from->type == type,
            "the earlier cache is " + from->describe() + ", expected (rows, " + std::to_string(groups) + ", capacity, " +
                std::to_string(width) + ")");
    kept = capacity < from->shape[2] ? capacity : from->shape[2];
    for (int64_t b = 0; b < batch; ++b)
      require(row(b) >= 0 && row(b) < from->shape[0], "row " + std::to_string(row(b)) + " of " + from->describe());
  }
  int64_t row(int64_t b) const { return rows.as<int32_t>()[b]; }
};

}  // namespace moslora
