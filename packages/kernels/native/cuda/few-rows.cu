#include "cuda/few-rows.h"

#include "cuda/reduce.h"

namespace moslora {
namespace {

constexpr int kThreads = 256;
constexpr int kMostRows = 8;
constexpr int kRun = 16;  // values of a lane at a time: 8 bytes of the weight, 32 of a row of x
constexpr int kCode = 16;

struct alignas(16) Eight {
  uint32_t pairs[4];
};

__device__ __forceinline__ float low_half(uint32_t pair) { return float_of(pair << 16); }
__device__ __forceinline__ float high_half(uint32_t pair) { return float_of(pair & 0xffff0000u); }

template <int kRows>
__global__ void run(const bf16* x, Nf4Weight w, int64_t outputs, float* sums) {
  float* code = shared_memory<float>();
  if (threadIdx.x < kCode) code[threadIdx.x] = w.code[threadIdx.x];
  __syncthreads();
  const int64_t output = static_cast<int64_t>(blockIdx.x) * (kThreads / kWarp) + warp_of();
  if (output >= outputs) return;
  float totals[kRows] = {};
  for (int64_t k = lane_of() * kRun; k < w.columns; k += kWarp * kRun) {
    const int64_t element = output * w.columns + k;
    const uint32_t* packed = reinterpret_cast<const uint32_t*>(w.packed + element / 2);
    const uint32_t words[2] = {packed[0], packed[1]};
    const float scale = w.scales.of(element >> w.block_bits);
    float values[kRun];
#pragma unroll
    for (int i = 0; i < kRun / 2; ++i) {
      const uint32_t byte = words[i / 4] >> (8 * (i % 4)) & 0xff;
      values[2 * i] = to_float(to_bf16(rounded_as(__fmul_rn(code[byte >> 4], scale), w.round)));
      values[2 * i + 1] = to_float(to_bf16(rounded_as(__fmul_rn(code[byte & 15], scale), w.round)));
    }
#pragma unroll
    for (int r = 0; r < kRows; ++r) {
      const Eight* from = reinterpret_cast<const Eight*>(x + r * w.columns + k);
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        const Eight eight = from[half];
#pragma unroll
        for (int i = 0; i < 4; ++i) {
          totals[r] += low_half(eight.pairs[i]) * values[8 * half + 2 * i];
          totals[r] += high_half(eight.pairs[i]) * values[8 * half + 2 * i + 1];
        }
      }
    }
  }
#pragma unroll
  for (int r = 0; r < kRows; ++r) {
    const float total = warp_sum(totals[r]);
    if (lane_of() == 0) sums[r * outputs + output] = total;
  }
}

template <int kRows>
void launch(Gpu& gpu, const Array& x, int64_t first, const Nf4Weight& w, int64_t outputs, float* sums) {
  gpu.launch(static_cast<unsigned>(ceil_div(outputs, kThreads / kWarp)), kThreads, kCode * sizeof(float), run<kRows>,
             static_cast<const bf16*>(x.as<const bf16>() + first * w.columns), w, outputs, sums + first * outputs);
}

bool aligned(const void* data, uintptr_t to) { return reinterpret_cast<uintptr_t>(data) % to == 0; }

}  // namespace

bool few_rows_fit(const Array& x, int64_t rows, const Factor& weight) {
  const Nf4Weight& w = weight.nf4;
  return weight.quantized && x.is_bf16() && rows > 0 && rows <= kMostRows && w.columns % kRun == 0 && w.block_bits >= 4 && aligned(x.data, 16) &&
         aligned(w.packed, 4);
}

void few_rows(Gpu& gpu, const Array& x, int64_t rows, const Nf4Weight& weight, int64_t outputs, float* sums) {
  int64_t first = 0;
  for (; first + 4 <= rows; first += 4) launch<4>(gpu, x, first, weight, outputs, sums);
  for (; first + 2 <= rows; first += 2) launch<2>(gpu, x, first, weight, outputs, sums);
  if (first < rows) launch<1>(gpu, x, first, weight, outputs, sums);
}

}  // namespace moslora
