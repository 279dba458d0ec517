// What an attention reads and where it lies: heads in one joint matrix, or in three, addressed by strides.
#pragma once
#include <cmath>

#include "core/op.h"

namespace moslora {

// The heads of queries, keys or values: element (b, t, d) of member i of group g at data[b * batch + t * row + g * group + i * member + d].
struct Operand {
  char* data;
  bool is_bf16;
  int64_t batch, row, group, member;

  int64_t place(int64_t b, int64_t t, int64_t g, int64_t i = 0) const { return b * batch + t * row + g * group + i * member; }
};

// Rotary tables, (T, K) or one of them per sample; nothing is rotated where cos is null.
struct Tables {
  const float* cos = nullptr;
  const float* sin = nullptr;
  int64_t batch = 0;
};

// Queries (B, T, H, K), keys and values (B, S, H', K). Query t stands at position S - T + t.
struct Attention {
  int64_t batch, tokens, seen, heads, groups, share, width;  // B, T, S, H, H', H / H', K
  bool causal;
  float scale;
  Operand q, k, v;
  Tables query_tables, key_tables;
  const int32_t* key_marks = nullptr;    // (B, S): < 0 hidden, 0 seen by all, else by the queries of the same mark
  const int32_t* query_marks = nullptr;  // (B, T); without it the marks of keys only hide

  int64_t offset() const { return seen - tokens; }
};

// What the ops declare for the arrays that describe an attention, after its own inputs.
#define MOSLORA_ATTENTION_INPUTS "tables: R * float", "marks: M * int32"
#define MOSLORA_ATTENTION_ATTRIBUTES                                                                                       \
  "T: {float, bfloat16}", "N: int >= 1", "R: int >= 0", "M: int >= 0", "batch: int", "heads: int", "kv_heads: int",        \
      "grouped: bool", "causal: bool", "rotate_keys: bool", "scale: float"

// The three operands of `arrays`: one joint matrix (B T, (H + 2 H') K), or q (B T, H K), k and v (B S, H' K). Reads the tables and marks from
// input `at` on and moves it behind them; marks are there for `past` earlier keys as well.
Attention read_attention(const Call& call, const Array* const* arrays, int count, int& at, int64_t past = 0);

// The operands with the same layout in other arrays, for the gradients of `a`.
void lay_out(Attention& a, void* const* data, int count, bool grouped);

}  // namespace moslora
