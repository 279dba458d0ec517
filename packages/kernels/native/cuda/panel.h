// Panels of a product's factors in shared memory: 128 rows (of A, or columns of B) by kDepth k's, as they lie in their array: along k or
// across it. A block's threads read their share of the next panel into registers while they multiply the one before, and put it down after.
#pragma once
#include "cuda/operands.h"
#include "cuda/warp-tile.h"

namespace moslora {

constexpr int kPanelRows = 128;
constexpr int kTileThreads = 256;

template <class P>
struct Panel {
  using Element = typename P::Element;
  static constexpr int kDepth = sizeof(Element) == 2 ? 32 : 16;
  static constexpr int kOfThread = kPanelRows * kDepth / kTileThreads;  // neighbours
  __host__ __device__ static constexpr int stride(bool along) { return (along ? kDepth : kPanelRows) + P::kPad; }
  static constexpr int kSize = kPanelRows * stride(true) > kDepth * stride(false) ? kPanelRows * stride(true) : kDepth * stride(false);
};

// The row and k of a run of `count` neighbours, the `index`th of its panel.
template <class P, bool kAlong>
struct Run {
  int row, k;
  __device__ __forceinline__ Run(int index, int count) {
    constexpr int kLine = kAlong ? Panel<P>::kDepth : kPanelRows;
    const int line = index * count / kLine, place = index * count % kLine;
    row = kAlong ? line : place;
    k = kAlong ? place : line;
  }
  __device__ __forceinline__ int64_t place(const Factor& x, int64_t row0, int64_t k0) const {
    return kAlong ? (row0 + row) * x.stride + k0 + k : (k0 + k) * x.stride + row0 + row;
  }
  __device__ __forceinline__ typename P::Element* in(typename P::Element* panel) const {
    constexpr int kStride = Panel<P>::stride(kAlong);
    return panel + (kAlong ? row * kStride + k : k * kStride + row);
  }
};

struct alignas(16) Words {
  uint32_t w[4];
};

// A thread's share of a panel of bfloat16: two runs of 8 that are copied, or one of 16: NF4 as it is packed, or values.
template <bool kAlong>
struct Bf16Share {
  using P = Bfloat16;
  Words words[2];

  // `rows` and `depth`: how many there are in the array.
  __device__ __forceinline__ void load(const Factor& x, int64_t row0, int64_t rows, int64_t k0, int64_t depth) {
    const Run<P, kAlong> whole(static_cast<int>(threadIdx.x), 16);
    const bool there = row0 + whole.row < rows && k0 + whole.k < depth;
    if (x.quick && x.quantized) {
      words[0] = Words{};
      if (!there) return;
      const int64_t element = whole.place(x, row0, k0);
      const uint32_t* packed = reinterpret_cast<const uint32_t*>(x.nf4.packed + element / 2);
      words[0].w[0] = packed[0];
      words[0].w[1] = packed[1];
      words[0].w[2] = bits_of(x.nf4.scales.of(element >> x.nf4.block_bits));
      return;
    }
    if (x.quick) {
#pragma unroll
      for (int i = 0; i < 2; ++i) {
        const Run<P, kAlong> run(static_cast<int>(threadIdx.x) + i * kTileThreads, 8);
        words[i] = Words{};
        if (row0 + run.row < rows && k0 + run.k < depth)
          words[i] = *reinterpret_cast<const Words*>(static_cast<const bf16*>(x.data) + run.place(x, row0, k0));
      }
      return;
    }
    const int64_t left = kAlong ? depth - k0 - whole.k : rows - row0 - whole.row;  // in the array, of the 16
    const int64_t place = whole.place(x, row0, k0);
#pragma unroll
    for (int i = 0; i < 8; ++i)
      words[i / 4].w[i % 4] = pair_of(there && 2 * i < left ? x.at(place + 2 * i) : 0.0f, there && 2 * i + 1 < left ? x.at(place + 2 * i + 1) : 0.0f);
  }

  // `code`: the 16 values of an NF4 factor's code, in shared memory.
  __device__ __forceinline__ void put_down(const Factor& x, const float* code, bf16* panel) const {
    Words values[2] = {words[0], words[1]};
    const bool two = x.quick && !x.quantized;
    if (x.quick && x.quantized) {
      const float scale = float_of(words[0].w[2]);
#pragma unroll
      for (int i = 0; i < 8; ++i) {
        const uint32_t byte = words[0].w[i / 4] >> (8 * (i % 4)) & 0xff;
        values[i / 4].w[i % 4] =
            pair_of(rounded_as(__fmul_rn(code[byte >> 4], scale), x.nf4.round), rounded_as(__fmul_rn(code[byte & 15], scale), x.nf4.round));
      }
    }
    const Run<P, kAlong> first(static_cast<int>(threadIdx.x), two ? 8 : 16), second(static_cast<int>(threadIdx.x) + kTileThreads, 8);
    bf16* to = first.in(panel);
    *reinterpret_cast<Words*>(to) = values[0];
    *reinterpret_cast<Words*>(two ? second.in(panel) : to + 8) = values[1];
  }
};

template <bool kAlong>
struct Float32Share {
  using P = Float32;
  static constexpr int kCount = Panel<P>::kOfThread;
  float values[kCount];

  __device__ __forceinline__ void load(const Factor& x, int64_t row0, int64_t rows, int64_t k0, int64_t depth) {
    const Run<P, kAlong> run(static_cast<int>(threadIdx.x), kCount);
    const int64_t left = kAlong ? depth - k0 - run.k : rows - row0 - run.row;
    const bool there = row0 + run.row < rows && k0 + run.k < depth;
    const int64_t place = run.place(x, row0, k0);
#pragma unroll
    for (int i = 0; i < kCount; ++i) values[i] = there && i < left ? x.at(place + i) : 0.0f;
  }
  __device__ __forceinline__ void put_down(const Factor&, const float*, float* panel) const {
    float* to = Run<P, kAlong>(static_cast<int>(threadIdx.x), kCount).in(panel);
#pragma unroll
    for (int i = 0; i < kCount; ++i) to[i] = values[i];
  }
};

template <class P, bool kAlong>
struct ShareOf;
template <bool kAlong>
struct ShareOf<Bfloat16, kAlong> {
  using Type = Bf16Share<kAlong>;
};
template <bool kAlong>
struct ShareOf<Float32, kAlong> {
  using Type = Float32Share<kAlong>;
};

}  // namespace moslora
