#include "members.h"

namespace moslora {
namespace {

constexpr int kCode = 16;
constexpr int kMap = 256;

int power_of_two(int64_t size, const char* what) {
  int bits = 0;
  while (int64_t{1} << bits < size && bits < 32) ++bits;
  require(int64_t{1} << bits == size, std::string(what) + " is " + std::to_string(size) + ", expected a power of two");
  return bits;
}

// The floats of an NF4 weight: its code (16), then absmax (blocks), or map (256), scales (blocks of blocks) and offset (1).
Nf4 read_nf4(Call& call, const Array& packed, int64_t outputs, int64_t inputs, int& floats, int& codes, bool nested) {
  require_side(inputs, "the width of x");
  const int64_t count = outputs * inputs;
  const int64_t block = call.size("block");
  Nf4 w{};
  w.block_bits = power_of_two(block, "block");
  const int64_t blocks = ceil_div(count, block);
  require(packed.size() * 2 * 2 >= count, "a weight of " + std::to_string(count) + " values is packed in " + packed.describe());
  w.packed = packed.as<uint8_t>();
  w.columns = inputs;
  const int64_t round = call.integer("round");
  require(round >= 0 && round <= 2, "round is " + std::to_string(round) + ", expected 0, 1 or 2");
  w.round = static_cast<Nf4::Round>(round);
  const Array& table = call.input(floats++);
  require_size(table, kCode, "the code");
  w.table = table.as<float>();
  if (!nested) {
    const Array& absmax = call.input(floats++);
    require(absmax.size() >= blocks, "absmax is " + absmax.describe() + ", expected " + std::to_string(blocks) + " values");
    w.absmax = absmax.as<float>();
    return w;
  }
  w.nested_bits = power_of_two(call.size("nested_block"), "nested_block");
  const Array& map = call.input(floats++);
  const Array& scales = call.input(floats++);
  const Array& offset = call.input(floats++);
  const Array& bytes = call.input(codes++);
  require_size(map, kMap, "the map of absmax codes");
  require(scales.size() >= ceil_div(blocks, int64_t{1} << w.nested_bits), "the scales of absmax are " + scales.describe());
  require_size(offset, 1, "the offset of absmax");
  require(bytes.size() >= blocks, "the codes of absmax are " + bytes.describe() + ", expected " + std::to_string(blocks));
  w.map = map.as<float>();
  w.scales = scales.as<float>();
  w.offset = *offset.as<float>();
  w.codes = bytes.as<uint8_t>();
  return w;
}

}  // namespace

Members::Members(Call& call, int& at, int64_t in, bool by_rows, bool round) : inputs(in), scale(static_cast<float>(call.real("scale"))) {
  const std::vector<int64_t>& sizes = call.sizes("outputs");
  const int count = static_cast<int>(call.integer("P"));
  const int float_count = static_cast<int>(call.integer("F"));
  const int code_count = static_cast<int>(call.integer("C"));
  const int factor_count = static_cast<int>(call.integer("A"));
  const bool mixed = call.flag("mixed");
  require(static_cast<int>(sizes.size()) == count, "outputs has " + std::to_string(sizes.size()) + " sizes for " + std::to_string(count) + " weights");
  const int weights = at;
  int floats = weights + count;
  int codes = floats + float_count;
  int factors = codes + code_count;
  at = factors + factor_count;
  adapted = factor_count > 0;
  require(!adapted || factor_count == count * (mixed ? 3 : 2), std::to_string(factor_count) + " factors for " + std::to_string(count) + " weights");
  const bool nested = code_count > 0;
  require(!nested || code_count == count, std::to_string(code_count) + " arrays of absmax codes for " + std::to_string(count) + " weights");
  for (int i = 0; i < count; ++i) {
    Member member{};
    member.outputs = sizes[i];
    member.first = outputs;
    outputs += sizes[i];
    const Array& weight = call.input(weights + i);
    member.weight.by_rows = by_rows;
    member.weight.round = round;
    if (weight.type == TF_UINT16) {
      require(float_count == count * (nested ? 4 : 2), std::to_string(float_count) + " arrays of scales for " + std::to_string(count) + " weights");
      member.weight.quantized = true;
      member.weight.nf4 = read_nf4(call, weight, sizes[i], in, floats, codes, nested);
    } else {
      require_matrix(weight, sizes[i], in, "a weight");
      member.weight.dense = matrix_of(weight, in);
    }
    if (adapted) {
      member.a = &call.input(factors++);
      member.b = &call.input(factors++);
      if (mixed) member.mixer = &call.input(factors++);
      require(member.a->shape.size() == 2, "A is " + member.a->describe());
      const int64_t rank = member.rank();
      require_matrix(*member.a, rank, in, "A");
      require_matrix(*member.b, sizes[i], rank, "B");
      if (mixed) require_matrix(*member.mixer, rank, rank, "the mixer");
    }
    all.push_back(member);
  }
}

size_t mixed_down_size(const Member& member, int64_t inputs) { return member.mixer == nullptr ? 0 : member.rank() * inputs; }

Matrix mixed_down(const Member& member, int64_t inputs, Scratch<float>& memory) {
  const Matrix a = matrix_of(*member.a, inputs);
  if (member.mixer == nullptr) return a;
  const int64_t rank = member.rank();
  const Left<Float32> mixer(matrix_of(*member.mixer, rank), true, rank, rank);
  Right right;
  right.dense = a;
  right.by_rows = false;
  product<Float32>(inputs, {{&mixer, right}}, {memory.data(), false, inputs});
  return {memory.data(), false, inputs};
}

}  // namespace moslora
