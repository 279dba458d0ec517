// NF4 quantisation on the device, bit for bit as quantize-nf4.cc and nested-absmax.cc do it.
#include "cuda/launch.h"
#include "cuda/reduce.h"
#include "pairwise-sum.cuh"
#include "shared/nf4.h"

namespace moslora {
namespace {

constexpr int kThreads = 256;
constexpr int kInfinity = 0x7f800000;

// 1 / absmax, finite for a block of zeros.
__device__ __forceinline__ float reciprocal(float absmax) {
  return static_cast<float>(1.0 / (absmax < 1e-38f ? 1e-38f : absmax));
}

__device__ __forceinline__ int code_of(float scaled, const float* halfway) {
  int index = 0;
  for (int i = 0; i < 15; ++i) index += scaled > halfway[i];
  return index;
}

// A warp to a block of x.
__global__ void encode(const float* x, const float* code, int64_t count, int64_t block, uint8_t* packed, float* absmax) {
  float* halfway = shared_memory<float>();
  if (threadIdx.x < 15) halfway[threadIdx.x] = static_cast<float>((static_cast<double>(code[threadIdx.x]) + code[threadIdx.x + 1]) / 2);
  __syncthreads();
  const int64_t b = static_cast<int64_t>(blockIdx.x) * (kThreads / kWarp) + warp_of();
  const int64_t first = b * block;
  if (first >= count) return;
  const int64_t here = count - first < block ? count - first : block;
  int bits = 0;  // of magnitudes, which rise with them; those of infinities and NaN are the largest
  for (int64_t i = lane_of(); i < here; i += kWarp) {
    const int of_value = static_cast<int>(bits_of(x[first + i]) & 0x7fffffff);
    bits = of_value > bits ? of_value : bits;
  }
  for (int lanes = kWarp / 2; lanes > 0; lanes /= 2) {
    const int other = __shfl_xor_sync(kAllLanes, bits, lanes);
    bits = other > bits ? other : bits;
  }
  const float most = bits < kInfinity ? float_of(static_cast<uint32_t>(bits)) : float_of(0x7fc00000u);
  if (lane_of() == 0) absmax[b] = most;
  const float factor = reciprocal(most);
  for (int64_t i = lane_of(); 2 * i < here; i += kWarp) {
    const int even = code_of(__fmul_rn(x[first + 2 * i], factor), halfway);
    const int odd = 2 * i + 1 < here ? code_of(__fmul_rn(x[first + 2 * i + 1], factor), halfway) : kZeroCode;
    packed[first / 2 + i] = static_cast<uint8_t>(even << 4 | odd);
  }
}

// One block.
__global__ void mean(const float* absmax, int64_t count, float* offset) {
  float* sums = shared_memory<float>();
  const float total = pairwise_sum(absmax, count, sums, reinterpret_cast<int*>(sums + kHalves));
  if (threadIdx.x == 0) *offset = count == 0 ? 0.0f : static_cast<float>(static_cast<double>(total) / static_cast<double>(count));
}

// A warp to a block of absmax.
__global__ void encode_absmax(const float* absmax, const float* map, const float* offset, int64_t count, int64_t block, uint8_t* codes,
                              float* scales) {
  float* halfway = shared_memory<float>();
  for (int i = static_cast<int>(threadIdx.x); i < 255; i += kThreads) halfway[i] = __fadd_rn(map[i], map[i + 1]) / 2;
  __syncthreads();
  const int64_t b = static_cast<int64_t>(blockIdx.x) * (kThreads / kWarp) + warp_of();
  const int64_t first = b * block;
  if (first >= count) return;
  const int64_t end = count < first + block ? count : first + block;
  float most = 0;
  for (int64_t i = first + lane_of(); i < end; i += kWarp) most = larger(most, fabsf(__fadd_rn(absmax[i], -*offset)));
  most = warp_max(most);
  if (lane_of() == 0) scales[b] = most;
  const float factor = reciprocal(most);
  for (int64_t i = first + lane_of(); i < end; i += kWarp) {
    const float value = __fmul_rn(__fadd_rn(absmax[i], -*offset), factor);
    int low = 0, high = 255;  // the first boundary that is not below the value
    while (low < high) {
      const int middle = (low + high) / 2;
      if (halfway[middle] < value) low = middle + 1;
      else high = middle;
    }
    codes[i] = static_cast<uint8_t>(low);
  }
}

void compute(Call& call) {
  const QuantizeNf4 op(call);
  const Array packed = call.output(0, TF_UINT8, {(op.count + 1) / 2});
  const Array absmax = call.output(1, TF_FLOAT, {op.blocks});
  Gpu gpu(call);
  const auto grid = [](int64_t blocks) { return static_cast<unsigned>(ceil_div(blocks, kThreads / kWarp)); };
  gpu.launch(grid(op.blocks), kThreads, 15 * sizeof(float), encode, op.x.as<const float>(), op.code.as<const float>(), op.count, op.block,
             packed.as<uint8_t>(), absmax.as<float>());
  if (op.map == nullptr) return;
  const Array codes = call.output(2, TF_UINT8, {op.blocks});
  const Array scales = call.output(3, TF_FLOAT, {op.nested_blocks});
  const Array offset = call.output(4, TF_FLOAT, {});
  gpu.launch(1, kHalves, kHalves * (sizeof(float) + sizeof(int)), mean, absmax.as<const float>(), op.blocks, offset.as<float>());
  gpu.launch(grid(op.nested_blocks), kThreads, 255 * sizeof(float), encode_absmax, absmax.as<const float>(), op.map->as<const float>(),
             offset.as<const float>(), op.blocks, op.nested_block, codes.as<uint8_t>(), scales.as<float>());
}

const Declare declared(kQuantizeNf4, compute);

}  // namespace
}  // namespace moslora
