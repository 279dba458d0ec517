#include "member-arrays.h"

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

int64_t blocks_of(int64_t count, int bits) { return (count + (int64_t{1} << bits) - 1) >> bits; }

Nf4Arrays read_nf4(const Call& call, const Array& packed, int64_t count, int& floats, int& codes, bool nested) {
  require(packed.size() * 2 * 2 >= count, "a weight of " + std::to_string(count) + " values is packed in " + packed.describe());
  Nf4Arrays w;
  w.block_bits = power_of_two(call.size("block"), "block");
  const int64_t blocks = blocks_of(count, w.block_bits);
  const int64_t round = call.integer("round");
  require(round >= 0 && round <= 2, "round is " + std::to_string(round) + ", expected 0, 1 or 2");
  w.round = static_cast<int>(round);
  w.code = &call.input(floats++);
  require_size(*w.code, kCode, "the code");
  if (!nested) {
    w.absmax = &call.input(floats++);
    require(w.absmax->size() >= blocks, "absmax is " + w.absmax->describe() + ", expected " + std::to_string(blocks) + " values");
    return w;
  }
  w.nested_bits = power_of_two(call.size("nested_block"), "nested_block");
  w.map = &call.input(floats++);
  w.scales = &call.input(floats++);
  w.offset = &call.input(floats++);
  w.codes = &call.input(codes++);
  require_size(*w.map, kMap, "the map of absmax codes");
  require(w.scales->size() >= blocks_of(blocks, w.nested_bits), "the scales of absmax are " + w.scales->describe());
  require_size(*w.offset, 1, "the offset of absmax");
  require(w.codes->size() >= blocks, "the codes of absmax are " + w.codes->describe() + ", expected " + std::to_string(blocks));
  return w;
}

}  // namespace

AllMemberArrays::AllMemberArrays(const Call& call, int& at, int64_t in)
    : scale(static_cast<float>(call.real("scale"))), dropout(static_cast<float>(call.real("dropout"))) {
  require_side(in, "the width of x");
  const std::vector<int64_t>& sizes = call.sizes("outputs");
  const int count = static_cast<int>(call.integer("P"));
  const int float_count = static_cast<int>(call.integer("F"));
  const int code_count = static_cast<int>(call.integer("C"));
  const int factor_count = static_cast<int>(call.integer("A"));
  mixed = call.flag("mixed");
  require(static_cast<int>(sizes.size()) == count, "outputs has " + std::to_string(sizes.size()) + " sizes for " + std::to_string(count) + " weights");
  const int weights = at;
  int floats = weights + count;
  int codes = floats + float_count;
  int factors = codes + code_count;
  const int seed_count = static_cast<int>(call.integer("K"));
  at = factors + factor_count + seed_count;
  adapted = factor_count > 0;
  require(!adapted || factor_count == count * (mixed ? 3 : 2), std::to_string(factor_count) + " factors for " + std::to_string(count) + " weights");
  const bool nested = code_count > 0;
  require(!nested || code_count == count, std::to_string(code_count) + " arrays of absmax codes for " + std::to_string(count) + " weights");
  require(dropout >= 0 && dropout < 1, "dropout is " + std::to_string(dropout) + ", expected 0 or more and less than 1");
  require(seed_count == (dropout > 0 ? 1 : 0), std::to_string(seed_count) + " arrays of seeds");
  if (seed_count > 0) {
    seeds = &call.input(factors + factor_count);
    require_size(*seeds, count, "the seeds");
  }
  for (int i = 0; i < count; ++i) {
    MemberArrays member;
    member.outputs = sizes[i];
    member.first = outputs;
    outputs += sizes[i];
    member.weight = &call.input(weights + i);
    member.quantized = member.weight->type == TF_UINT16;
    if (member.quantized) {
      require(float_count == count * (nested ? 4 : 2), std::to_string(float_count) + " arrays of scales for " + std::to_string(count) + " weights");
      member.nf4 = read_nf4(call, *member.weight, sizes[i] * in, floats, codes, nested);
    } else {
      require_matrix(*member.weight, sizes[i], in, "a weight");
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

}  // namespace moslora
