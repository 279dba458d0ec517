// One AdamW step of a list of tensors on the device, in place (see adamw.cc).
#include "cuda/tensor-blocks.h"
#include "shared/adamw.h"

namespace moslora {
namespace {

__global__ void update(TensorBlocks<AdamWTensor> some, const float* s, const float* scale) {
  int64_t from = 0;
  const AdamWTensor& tensor = some.of_block(from);
  for (int64_t i = from + threadIdx.x; i < from + kOfBlock && i < tensor.size; i += kTensorThreads) {
    const float g = tensor.gradient[i] * *scale;
    const float m = tensor.first[i] * s[0] + g * s[1];
    const float v = tensor.second[i] * s[2] + g * g * s[3];
    tensor.first[i] = m;
    tensor.second[i] = v;
    tensor.parameter[i] = tensor.parameter[i] * s[4] - m / (sqrtf(v) * s[6] + s[7]) * s[5];
  }
}

void compute(Call& call) {
  const AdamW op(call);
  Gpu gpu(call);
  in_tensor_blocks(op.tensors, [&](const TensorBlocks<AdamWTensor>& some) {
    gpu.launch(static_cast<unsigned>(some.blocks), kTensorThreads, 0, update, some, op.settings, op.scale);
  });
}

const Declare declared(kAdamW, compute);

}  // namespace
}  // namespace moslora
