// The linear layers of one call as products on the device see them.
#pragma once
#include "cuda/product.h"
#include "cuda/views.h"
#include "shared/member-arrays.h"

namespace moslora {

inline Nf4Weight nf4_of(const MemberArrays& member, int64_t inputs) {
  const auto floats = [](const Array* array) { return array == nullptr ? nullptr : array->as<const float>(); };
  const Nf4Arrays& of = member.nf4;
  Nf4Weight w{};
  w.packed = member.weight->as<const uint8_t>();
  w.code = floats(of.code);
  w.scales = {floats(of.absmax), of.codes == nullptr ? nullptr : of.codes->as<const uint8_t>(), floats(of.map), floats(of.scales),
              floats(of.offset), int64_t{1} << of.nested_bits};
  w.columns = inputs;
  w.block_bits = of.block_bits;
  w.round = of.round;
  return w;
}

// W as B[k][n] = W[n][k] (along its rows: forward), or W[k][n].
inline Factor weight_of(const MemberArrays& member, int64_t inputs, bool along) {
  if (!member.quantized) return factor_of(*member.weight, inputs, along);
  Factor x;
  x.quantized = true;
  x.nf4 = nf4_of(member, inputs);
  x.stride = inputs;
  x.along = along;
  return x;
}

}  // namespace moslora
