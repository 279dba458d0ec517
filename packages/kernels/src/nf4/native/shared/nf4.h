// What NF4 quantisation and its inverse take.
#pragma once
#include "core/require.h"

namespace moslora {

inline const Signature kQuantizeNf4{"MosloraQuantizeNf4",
                                    {"x: float", "code: float", "map: D * float"},
                                    {"packed: uint8", "absmax: float", "codes: D * uint8", "scales: D * float", "offset: D * float"},
                                    {"D: int >= 0", "block: int", "nested_block: int"}};
inline const Signature kDequantizeNf4{"MosloraDequantizeNf4",
                                      {"packed: W", "floats: F * float", "codes: C * uint8"},
                                      {"x: T"},
                                      {"W: {uint8, uint16}", "T: {float, bfloat16}", "F: int >= 1", "C: int >= 0", "block: int",
                                       "nested_block: int", "round: int", "shape: list(int)", "low: bool"}};

constexpr int64_t kMostBlock = 4096;  // values of a block when it is quantised
constexpr int kZeroCode = 7;          // pads an odd tail

// x (n) in blocks; with `nested` the absmax (blocks) are quantised in blocks of their own.
struct QuantizeNf4 {
  const Array &x, &code;
  const Array* map = nullptr;
  int64_t count, block, blocks, nested_block = 0, nested_blocks = 0;

  explicit QuantizeNf4(const Call& call) : x(call.input(0)), code(call.input(1)), count(x.size()), block(call.size("block")) {
    require_size(code, 16, "the code");
    require(block > 0 && block % 2 == 0 && block <= kMostBlock, "blocks of " + std::to_string(block) + " values");
    blocks = (count + block - 1) / block;
    if (call.integer("D") == 0) return;
    require(call.integer("D") == 1, "there is more than one map of absmax");
    map = &call.input(2);
    nested_block = call.size("nested_block");
    require_size(*map, 256, "the map of absmax");
    require(nested_block > 0, "blocks of " + std::to_string(nested_block) + " absmax");
    nested_blocks = (blocks + nested_block - 1) / nested_block;
  }
};

// floats: code (16) and absmax (blocks); or code, the map (256) of the `codes` of absmax, their scales and offset.
struct DequantizeNf4 {
  const Array &packed, &code;
  const Array *absmax = nullptr, *map = nullptr, *scales = nullptr, *offset = nullptr, *codes = nullptr;
  const Shape& shape;
  int64_t count = 1, block, blocks, nested_block;
  int round;  // 0 float32, 1 bfloat16, 2 float16
  TF_DataType type;

  explicit DequantizeNf4(const Call& call)
      : packed(call.input(0)), code(call.input(1)), shape(call.integers("shape")), block(call.size("block")),
        nested_block(call.size("nested_block")), round(static_cast<int>(call.integer("round"))),
        type(call.flag("low") ? TF_BFLOAT16 : TF_FLOAT) {
    count = elements(shape);
    require(block > 0 && block % 2 == 0, "blocks of " + std::to_string(block) + " values");
    require(round >= 0 && round <= 2, "round is 0, 1 or 2");
    const int64_t bytes = packed.size() * static_cast<int64_t>(TF_DataTypeSize(packed.type));
    require(2 * bytes >= count, "the packed bytes are too few for " + std::to_string(count) + " values");
    require_size(code, 16, "the code");
    blocks = (count + block - 1) / block;
    const bool nested = call.integer("C") > 0;
    require(call.integer("C") <= 1, "there are more codes of absmax than one array");
    require(call.integer("F") == (nested ? 4 : 2), "floats are code and absmax, or code, map, scales and offset beside codes");
    if (!nested) {
      absmax = &call.input(2);
      require_size(*absmax, blocks, "absmax");
      return;
    }
    require(nested_block > 0, "blocks of " + std::to_string(nested_block) + " absmax");
    map = &call.input(2);
    scales = &call.input(3);
    offset = &call.input(4);
    codes = &call.input(5);
    require_size(*map, 256, "the map of absmax");
    require_size(*scales, (blocks + nested_block - 1) / nested_block, "the scales of absmax");
    require_size(*offset, 1, "the offset of absmax");
    require(codes->size() >= blocks, "the codes of absmax are " + codes->describe());
  }
};

}  // namespace moslora
