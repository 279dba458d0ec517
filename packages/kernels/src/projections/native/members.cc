#include "members.h"

namespace moslora {
namespace {

Nf4 nf4_of(const MemberArrays& arrays, int64_t inputs) {
  const auto floats = [](const Array* array) { return array == nullptr ? nullptr : array->as<float>(); };
  const Nf4Arrays& of = arrays.nf4;
  Nf4 w{};
  w.packed = arrays.weight->as<uint8_t>();
  w.columns = inputs;
  w.block_bits = of.block_bits;
  w.nested_bits = of.nested_bits;
  w.round = static_cast<Nf4::Round>(of.round);
  w.table = floats(of.code);
  w.absmax = floats(of.absmax);
  w.map = floats(of.map);
  w.scales = floats(of.scales);
  if (of.offset != nullptr) w.offset = *floats(of.offset);
  if (of.codes != nullptr) w.codes = of.codes->as<uint8_t>();
  return w;
}

}  // namespace

Members::Members(const AllMemberArrays& arrays, int64_t in, bool by_rows, bool round)
    : inputs(in), outputs(arrays.outputs), adapted(arrays.adapted), scale(arrays.scale), dropout(arrays.dropout) {
  for (const MemberArrays& of : arrays.all) {
    Member member{of.outputs, of.first, {}, of.a, of.b, of.mixer};
    if (arrays.seeds != nullptr) member.seed = static_cast<uint32_t>(arrays.seeds->as<int32_t>()[all.size()]);
    member.weight.by_rows = by_rows;
    member.weight.round = round;
    member.weight.quantized = of.quantized;
    if (of.quantized) member.weight.nf4 = nf4_of(of, in);
    else member.weight.dense = matrix_of(*of.weight, in);
    all.push_back(member);
  }
}

}  // namespace moslora
