// NF4 quantisation, bit for bit as bitsandbytes' CPU path and quantized-base's own code do it: absmax of each block of x (n) in row-major
// order, then the nearest of the 16 values of `code` to x / absmax, two to a byte, the even one in the upper half. An odd tail is padded with
// the code of zero. A block with a value that is not finite gets absmax NaN. With D = 1 the absmax are quantised too (nested-absmax.h).
#include "core/elements.h"
#include "nested-absmax.h"
#include "shared/nf4.h"
#include "simd/half.h"
#include "simd/over.h"

namespace moslora {
namespace {

constexpr int32_t kInfinity = 0x7f800000;

// max |x| as bits, which rise with the magnitude; those of infinities and NaN are the largest.
int32_t absmax_bits(const float* x, int64_t count) {
  vi most = {};
  over(0, count, [&](int64_t i, auto access) {
    const vi bits = (vi)access.get(x + i) & 0x7fffffff;
    const vi above = bits > most;
    most = (bits & above) | (most & ~above);
  });
  int32_t one = 0;
  for (int i = 0; i < kLanes; ++i) one = std::max(one, most[i]);
  return one;
}

struct Boundaries {
  float halfway[15];
  explicit Boundaries(const float* code) {
    for (int i = 0; i < 15; ++i) halfway[i] = static_cast<float>((static_cast<double>(code[i]) + code[i + 1]) / 2);
  }
};

// The codes of up to `kMostBlock` values, their number even or padded to it.
void encode(const float* x, int64_t count, float factor, const Boundaries& boundaries, uint8_t* to) {
  alignas(64) int32_t codes[kMostBlock + kLanes];
  over(0, count, [&](int64_t i, auto access) {
    const vf scaled = access.get(x + i) * factor;
    vi index = {};
    for (float boundary : boundaries.halfway) index -= scaled > boundary;
    std::memcpy(codes + i, &index, sizeof(index));
  });
  if (count % 2 == 1) codes[count] = kZeroCode;
  for (int64_t i = 0; i < count; i += 2) to[i / 2] = static_cast<uint8_t>(codes[i] << 4 | codes[i + 1]);
}

void compute(Call& call) {
  const QuantizeNf4 op(call);
  const int64_t count = op.count, block = op.block, blocks = op.blocks;
  const Array packed = call.output(0, TF_UINT8, {(count + 1) / 2});
  const Array absmax = call.output(1, TF_FLOAT, {blocks});
  const Boundaries boundaries(op.code.as<float>());
  const int64_t some = std::max<int64_t>(1, kChunk / block);
  parallel_for((blocks + some - 1) / some, [&](int64_t task, int) {
    const ExactDenormals exact;
    for (int64_t b = task * some; b < std::min(blocks, (task + 1) * some); ++b) {
      const float* from = op.x.as<float>() + b * block;
      const int64_t here = std::min(block, count - b * block);
      const int32_t bits = absmax_bits(from, here);
      float most = __builtin_nanf("");
      if (bits < kInfinity) std::memcpy(&most, &bits, 4);
      absmax.as<float>()[b] = most;
      encode(from, here, reciprocal(most), boundaries, packed.as<uint8_t>() + b * block / 2);
    }
  });
  if (op.map == nullptr) return;
  const Array codes = call.output(2, TF_UINT8, {blocks});
  const Array scales = call.output(3, TF_FLOAT, {op.nested_blocks});
  const Array offset = call.output(4, TF_FLOAT, {});
  const ExactDenormals exact;
  *offset.as<float>() = quantize_absmax(absmax.as<float>(), blocks, op.nested_block, op.map->as<float>(), codes.as<uint8_t>(), scales.as<float>());
}

const Declare declared(kQuantizeNf4, compute);

}  // namespace
}  // namespace moslora
