// Head, cross-entropy and the gradient of the hidden states on the device, some rows at a time; the formulas stand in head-loss.cc.
#include <algorithm>

#include "../../projections/native/device-members.h"
#include "cuda/reduce.h"
#include "shared/head-loss.h"

namespace moslora {
namespace {

constexpr int kThreads = 256;
constexpr size_t kRoom = kThreads / kWarp * sizeof(double);
constexpr int64_t kMostLogits = 64 << 20;  // values of a chunk: 256 MB
constexpr int64_t kLeastRows = 128;

// A block a row: e^(logit - the largest) to `powers`, 1 over their sum, and the loss.
template <class T>
__global__ void weigh(const float* logits, const int32_t* targets, int64_t vocabulary, T* powers, float* inverses, double* losses) {
  const int64_t row = blockIdx.x;
  const float* from = logits + row * vocabulary;
  float most = from[0];
  for (int64_t i = threadIdx.x; i < vocabulary; i += kThreads) most = larger(most, from[i]);
  most = block_max(most, shared_memory<float>());
  double total = 0;
  for (int64_t i = threadIdx.x; i < vocabulary; i += kThreads) {
    const float power = expf(from[i] - most);
    total += power;
    put(powers + row * vocabulary + i, power);
  }
  total = block_sum(total, shared_memory<double>());
  if (threadIdx.x != 0) return;
  inverses[row] = static_cast<float>(1 / total);
  losses[row] = log(total) + most - from[targets[row]];
}

// The negatives of the head's rows of the targets, a block a row.
__global__ void minus_rows(Factor head, const int32_t* targets, int64_t width, float* minus) {
  for (int64_t i = threadIdx.x; i < width; i += kThreads)
    minus[blockIdx.x * width + i] = -head.at(targets[blockIdx.x] * head.stride + i);
}

// One block.
__global__ void total_loss(const double* losses, int64_t count, float* loss) {
  double total = 0;
  for (int64_t i = threadIdx.x; i < count; i += kThreads) total += losses[i];
  total = block_sum(total, shared_memory<double>());
  if (threadIdx.x == 0) *loss = static_cast<float>(total);
}

// T: what the powers are rounded to, the type of the products.
template <class T>
void compute_as(Call& call, const HeadLoss& op) {
  constexpr Precision kPrecision = sizeof(T) == 2 ? Precision::bfloat16 : Precision::float32;
  const int64_t n = op.n, width = op.width, vocabulary = op.vocabulary;
  const Factor head = weight_of(op.members.all[0], width, true);
  Factor back = head;
  back.along = false;
  const Array loss = call.output(0, TF_FLOAT, {});
  const Array dh = call.output(1, op.h.type, {n, width});
  const int64_t rows = std::min(n, std::max(kLeastRows, kMostLogits / std::max<int64_t>(1, vocabulary)));
  Gpu gpu(call);
  int32_t* targets = gpu.copied(op.targets.as<const int32_t>(), n);
  float* logits = gpu.memory<float>(rows * vocabulary);
  T* powers = gpu.memory<T>(rows * vocabulary);
  float *minus = gpu.memory<float>(rows * width), *inverses = gpu.memory<float>(rows);
  double* losses = gpu.memory<double>(n);
  for (int64_t first = 0; first < n; first += rows) {
    const int64_t count = std::min(rows, n - first);
    const unsigned blocks = static_cast<unsigned>(count);
    const int32_t* wanted = targets + first;
    Factor h = factor_of(op.h, width);
    h.data = op.h.as<const T>() + first * width;
    product(gpu, kPrecision, count, vocabulary, {{h, head, width}}, target_of(logits, vocabulary));
    gpu.launch(blocks, kThreads, kRoom, weigh<T>, static_cast<const float*>(logits), wanted, vocabulary, powers, inverses, losses + first);
    gpu.launch(blocks, kThreads, 0, minus_rows, head, wanted, width, minus);
    // ∂h = (powers / sum) W - W[target]
    Factor weights;
    weights.data = powers;
    weights.is_bf16 = sizeof(T) == 2;
    weights.stride = vocabulary;
    Target target = target_of(dh, width);
    target.out = dh.as<T>() + first * width;
    target.row_factors = inverses;
    target.residual = minus;
    target.residual_stride = width;
    product(gpu, kPrecision, count, width, {{weights, back, vocabulary}}, target);
  }
  gpu.launch(1, kThreads, kRoom, total_loss, static_cast<const double*>(losses), n, loss.as<float>());
}

void compute(Call& call) {
  const HeadLoss op(call);
  if (op.h.is_bf16()) compute_as<bf16>(call, op);
  else compute_as<float>(call, op);
}

const Declare declared(kHeadLoss, compute);

}  // namespace
}  // namespace moslora
