// The linear layers of one call, which share their input: weights (dense or NF4), and adapters beside all of them or none.
#pragma once
#include "core/require.h"

namespace moslora {

// What the ops declare for the layers, and the order in which the arrays stand among the inputs.
#define MOSLORA_MEMBER_INPUTS "weights: P * W", "floats: F * float", "codes: C * uint8", "factors: A * float", "seeds: K * int32"
#define MOSLORA_MEMBER_ATTRIBUTES                                                                                          \
  "T: {float, bfloat16}", "W: {float, bfloat16, uint16}", "P: int >= 1", "F: int >= 0", "C: int >= 0", "A: int >= 0",      \
      "outputs: list(int)", "block: int", "nested_block: int", "round: int", "mixed: bool", "scale: float",   \
      "dropout: float", "K: int >= 0"

// The arrays of an NF4 weight: its code (16), then absmax (blocks), or map (256), scales (blocks of blocks), offset (1) and codes.
struct Nf4Arrays {
  const Array *code = nullptr, *absmax = nullptr, *map = nullptr, *scales = nullptr, *offset = nullptr, *codes = nullptr;
  int block_bits = 0, nested_bits = 0;  // a block is 2^block_bits values, one of blocks 2^nested_bits blocks
  int round = 0;                        // what a value is rounded to: 0 nothing, 1 bfloat16, 2 float16
};

struct MemberArrays {
  int64_t outputs;
  int64_t first;  // column of its first output in the joint output
  const Array* weight = nullptr;  // (out, in), or its packed bytes
  bool quantized = false;
  Nf4Arrays nf4;
  const Array* a = nullptr;      // (R, in)
  const Array* b = nullptr;      // (out, R)
  const Array* mixer = nullptr;  // (R, R)
  int64_t rank() const { return a->shape[0]; }
};

struct AllMemberArrays {
  std::vector<MemberArrays> all;
  int64_t outputs = 0;
  bool adapted = false;
  bool mixed = false;
  float scale = 1;
  float dropout = 0;             // the probability with which an element of an adapter's input is dropped
  const Array* seeds = nullptr;  // (P), what is dropped of each, where anything is

  // Arrays of each adapter's that the forward pass gives out for the gradient: v, and u where there is a mixer.
  int64_t saved() const { return adapted ? static_cast<int64_t>(all.size()) * (mixed ? 2 : 1) : 0; }

  // Reads the arrays from input `at` on and moves it behind them.
  AllMemberArrays(const Call& call, int& at, int64_t in);
};

}  // namespace moslora
