// What the attention's kernels have in common: blocks of lines in shared memory, and the warps' scores. A warp has 16 lines of its block.
#pragma once
#include "cuda/reduce.h"
#include "cuda/warp-tile.h"
#include "device-lines.h"

namespace moslora {

constexpr float kNone = -INFINITY;

template <class P, int kWidth>
struct Tiles {
  using Element = typename P::Element;
  static constexpr int kBlock = sizeof(Element) == 2 ? 64 : 32;  // lines
  static constexpr int kThreads = kBlock / 16 * kWarp;
  static constexpr int kStride = kWidth + P::kPad;    // between lines
  static constexpr int kScores = kBlock + P::kPad;    // between rows of weights
  static constexpr int kLines = kBlock * kStride;     // elements of a block of lines
  static constexpr int kWeights = kBlock * kScores;
  using Sums = float[1][kBlock / 8][4];
  using Wide = float[1][kWidth / 8][4];

  // Shared memory for some blocks of lines, one of weights and `values` words for each line of a block.
  static size_t bytes(int blocks, int values) { return (blocks * kLines + kWeights) * sizeof(Element) + values * kBlock * 4; }

  // Lines of `from`, `row` apart; zeros behind the first `count`.
  static __device__ __forceinline__ void load(const Element* from, int64_t row, int64_t count, Element* to) {
    constexpr int kChunk = 16 / sizeof(Element), kChunks = kWidth / kChunk;
    struct alignas(16) Chunk {
      uint32_t words[4];
    };
    for (int i = static_cast<int>(threadIdx.x); i < kBlock * kChunks; i += kThreads) {
      const int line = i / kChunks, place = i % kChunks * kChunk;
      Chunk chunk{};
      if (line < count) chunk = *reinterpret_cast<const Chunk*>(from + line * row + place);
      *reinterpret_cast<Chunk*>(to + line * kStride + place) = chunk;
    }
  }

  // The products of this warp's lines with all of another block.
  static __device__ __forceinline__ void score(const Element* own, const Element* others, Sums& sums) {
#pragma unroll
    for (int j = 0; j < kBlock / 8; ++j)
#pragma unroll
      for (int i = 0; i < 4; ++i) sums[0][j][i] = 0;
    multiply<P, false, false>(sums, own + warp_of() * 16 * kStride, kStride, others, kStride, kWidth);
  }

  // Puts a warp's scores down as factors of the next product.
  static __device__ __forceinline__ void put_down(const Sums& sums, Element* weights) {
    __syncwarp();  // those before have been read
    Element* own = weights + warp_of() * 16 * kScores;
#pragma unroll
    for (int j = 0; j < kBlock / 8; ++j)
#pragma unroll
      for (int i = 0; i < 4; ++i) put(own + row_of_sum(i) * kScores + 8 * j + column_of_sum(i), sums[0][j][i]);
    __syncwarp();
  }

  // sums += what was put down times a block of lines.
  static __device__ __forceinline__ void weigh(const Element* weights, const Element* lines, Wide& sums) {
    multiply<P, false, true>(sums, weights + warp_of() * 16 * kScores, kScores, lines, kStride, kBlock);
  }

  // A warp's sums to rows of kWidth from its first line on.
  static __device__ __forceinline__ void save(const Wide& sums, int64_t count, float* to) {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const int row = warp_of() * 16 + row_of_sum(i);
      if (row >= count) continue;
#pragma unroll
      for (int j = 0; j < kWidth / 8; ++j) to[static_cast<int64_t>(row) * kWidth + 8 * j + column_of_sum(i)] = sums[0][j][i];
    }
  }
};

// Calls use(P, width) for the precision and padded width of an attention: both as types with a value.
template <int kWidth>
struct Width {
  static constexpr int value = kWidth;
};
template <class Use>
void with_width(int padded, const Use& use) {
  if (padded == 64) use(Width<64>());
  else if (padded == 128) use(Width<128>());
  else use(Width<256>());
}

}  // namespace moslora
