// The values of an NF4 weight on the device, bit for bit as dequantize-nf4.cc gives them.
#include "cuda/launch.h"
#include "cuda/nf4.h"
#include "cuda/with-type.h"
#include "shared/nf4.h"

namespace moslora {
namespace {

constexpr int kThreads = 256;

struct Weight {
  const uint8_t* packed;
  const float* code;
  Nf4Scales scales;
  int64_t count, block;
  int round;
};

// A byte to a thread: an even value and the next one, which are of one block.
template <class T>
__global__ void decode(Weight w, T* x) {
  for (int64_t i = first_element(); 2 * i < w.count; i += element_stride()) {
    const uint8_t byte = w.packed[i];
    const float scale = w.scales.of(2 * i / w.block);
    put(x + 2 * i, rounded_as(__fmul_rn(w.code[byte >> 4], scale), w.round));
    if (2 * i + 1 < w.count) put(x + 2 * i + 1, rounded_as(__fmul_rn(w.code[byte & 15], scale), w.round));
  }
}

void compute(Call& call) {
  const DequantizeNf4 op(call);
  const auto floats = [](const Array* array) { return array == nullptr ? nullptr : array->as<const float>(); };
  const Weight w{op.packed.as<const uint8_t>(),
                 op.code.as<const float>(),
                 {floats(op.absmax), op.codes == nullptr ? nullptr : op.codes->as<const uint8_t>(), floats(op.map), floats(op.scales),
                  floats(op.offset), op.nested_block},
                 op.count,
                 op.block,
                 op.round};
  const Array x = call.output(0, op.type, op.shape);
  Gpu gpu(call);
  with_type(x.type, [&](auto type) {
    using T = decltype(type);
    gpu.launch(blocks_for((op.count + 1) / 2, kThreads), kThreads, 0, decode<T>, w, x.as<T>());
  });
}

const Declare declared(kDequantizeNf4, compute);

}  // namespace
}  // namespace moslora
