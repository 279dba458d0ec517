// √ Σ over all tensors of Σ x² on the device, added up in float64 in an order that depends on the shapes alone.
#include "cuda/reduce.h"
#include "cuda/tensor-blocks.h"
#include "shared/adamw.h"

namespace moslora {
namespace {

constexpr size_t kRoom = kTensorThreads / kWarp * sizeof(double);

struct Values {
  const float* x;
  int64_t size;
};

__global__ void squares(TensorBlocks<Values> some, double* sums) {
  int64_t from = 0;
  const Values& values = some.of_block(from);
  double total = 0;
  for (int64_t i = from + threadIdx.x; i < from + kOfBlock && i < values.size; i += kTensorThreads) {
    const double x = values.x[i];
    total += x * x;
  }
  total = block_sum(total, shared_memory<double>());
  if (threadIdx.x == 0) sums[blockIdx.x] = total;
}

// One block.
__global__ void root(const double* sums, int64_t count, float* y) {
  double total = 0;
  for (int64_t i = threadIdx.x; i < count; i += kTensorThreads) total += sums[i];
  total = block_sum(total, shared_memory<double>());
  if (threadIdx.x == 0) *y = static_cast<float>(sqrt(total));
}

void compute(Call& call) {
  std::vector<Values> all;
  int64_t blocks = 0;
  for (int i = 0; i < call.inputs(); ++i) {
    all.push_back({call.input(i).as<float>(), call.input(i).size()});
    blocks += (all.back().size + kOfBlock - 1) / kOfBlock;
  }
  const Array y = call.output(0, TF_FLOAT, {});
  Gpu gpu(call);
  double* sums = gpu.memory<double>(blocks);
  double* next = sums;
  in_tensor_blocks(all, [&](const TensorBlocks<Values>& some) {
    gpu.launch(static_cast<unsigned>(some.blocks), kTensorThreads, kRoom, squares, some, next);
    next += some.blocks;
  });
  gpu.launch(1, kTensorThreads, kRoom, root, static_cast<const double*>(sums), blocks, y.as<float>());
}

const Declare declared(kGlobalNorm, compute);

}  // namespace
}  // namespace moslora
