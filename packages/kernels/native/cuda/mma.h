// Tensor cores: fragments of bfloat16 from shared memory, and their products.
//
// A warp holds a fragment together. Of A (16 x 16, rows by k) a lane has pairs (row, k), (row + 8, k), (row, k + 8), (row + 8, k + 8) with
// row = lane / 4 and k = 2 (lane % 4); of B (16 x 8, k by columns) pairs (k, column), (k + 8, column) with column = lane / 4; of the sums
// (16 x 8) two neighbours of row and two of row + 8, from column 2 (lane % 4) on.
#pragma once
#include "cuda/numbers.h"

namespace moslora {

// Four 8 x 8 matrices of bfloat16, turned or not: lane i gives where row i % 8 of matrix i / 8 begins (16 bytes, aligned) and gets of each
// matrix the elements (lane / 4, 2 (lane % 4)) and the one beside.
template <bool kTurned>
__device__ __forceinline__ void load_matrices(const bf16* row, uint32_t (&to)[4]) {
#if defined(__CUDACC__)
  const unsigned address = static_cast<unsigned>(__cvta_generic_to_shared(row));
  if constexpr (kTurned)
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                 : "r"(address)
                 : "memory");
  else
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                 : "r"(address)
                 : "memory");
#else
  const bf16* const* rows = emulation::all_of_warp(row);
  const int first = lane_of() / 4, second = 2 * (lane_of() % 4);
  for (int i = 0; i < 4; ++i) {
    const bf16 one = kTurned ? rows[8 * i + second][first] : rows[8 * i + first][second];
    const bf16 two = kTurned ? rows[8 * i + second + 1][first] : rows[8 * i + first][second + 1];
    to[i] = static_cast<uint32_t>(two) << 16 | one;
  }
#endif
}

// sums += A B.
__device__ __forceinline__ void multiply_add(float (&sums)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
#if defined(__CUDACC__)
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
#else
  struct Fragments {
    uint32_t a[4], b[2];
  };
  const Fragments* lanes = emulation::all_of_warp(Fragments{{a[0], a[1], a[2], a[3]}, {b0, b1}});
  const auto half = [](uint32_t pair, int k) { return to_float(static_cast<bf16>(k % 2 == 0 ? pair & 0xffff : pair >> 16)); };
  for (int i = 0; i < 4; ++i) {
    const int row = lane_of() / 4 + 8 * (i / 2), column = 2 * (lane_of() % 4) + i % 2;
    for (int k = 0; k < 16; ++k)
      sums[i] += half(lanes[row % 8 * 4 + k % 8 / 2].a[k / 8 * 2 + row / 8], k) * half(lanes[column * 4 + k % 8 / 2].b[k / 8], k);
  }
#endif
}

}  // namespace moslora
