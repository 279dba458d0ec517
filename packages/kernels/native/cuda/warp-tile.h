// What one warp multiplies: 16 kHigh rows by 8 kWide columns from panels in shared memory. The sums lie as those of mma.h for either type:
// sums[i][j] of a lane are the elements (16 i + lane / 4, 8 j + 2 (lane % 4)), the one beside, and both of row + 8.
#pragma once
#include "cuda/mma.h"

namespace moslora {

struct Bfloat16 {
  using Element = bf16;
  static constexpr int kStep = 16;  // k's at a time
  static constexpr int kPad = 8;    // between rows of a panel: keeps the rows of one read on different banks, and 16-byte aligned
};
struct Float32 {
  using Element = float;
  static constexpr int kStep = 4;
  static constexpr int kPad = 4;
};

// Where element i of a lane's four lies.
__device__ __forceinline__ int row_of_sum(int i) { return lane_of() / 4 + 8 * (i / 2); }
__device__ __forceinline__ int column_of_sum(int i) { return 2 * (lane_of() % 4) + i % 2; }

// sums += A B over `depth` k's (whole steps): A[r][k] at a[r * a_stride + k], or at a[k * a_stride + r] where it is turned; B[k][c] at
// b[c * b_stride + k], or at b[k * b_stride + c] where it is turned.
template <class P, bool kATurned, bool kBTurned, int kHigh, int kWide>
__device__ __forceinline__ void multiply(float (&sums)[kHigh][kWide][4], const typename P::Element* a, int a_stride,
                                         const typename P::Element* b, int b_stride, int depth) {
  if constexpr (sizeof(typename P::Element) == 2) {
    static_assert(kWide % 2 == 0, "columns are loaded 16 at a time");
    const int row = lane_of() % 8, low = lane_of() / 8 % 2 * 8, high = lane_of() / 16 * 8;
    for (int k = 0; k < depth; k += 16) {
      uint32_t left[kHigh][4];
#pragma unroll
      for (int i = 0; i < kHigh; ++i)
        load_matrices<kATurned>(kATurned ? a + (k + high + row) * a_stride + 16 * i + low : a + (16 * i + low + row) * a_stride + k + high,
                                left[i]);
#pragma unroll
      for (int j = 0; j < kWide; j += 2) {
        uint32_t right[4];
        load_matrices<kBTurned>(
            kBTurned ? b + (k + low + row) * b_stride + 8 * j + high : b + (8 * j + high + row) * b_stride + k + low, right);
#pragma unroll
        for (int i = 0; i < kHigh; ++i) {
          multiply_add(sums[i][j], left[i], right[0], right[1]);
          multiply_add(sums[i][j + 1], left[i], right[2], right[3]);
        }
      }
    }
  } else {
    for (int k = 0; k < depth; ++k) {
      float right[kWide][2];
#pragma unroll
      for (int j = 0; j < kWide; ++j)
#pragma unroll
        for (int c = 0; c < 2; ++c) {
          const int column = 8 * j + column_of_sum(c);
          right[j][c] = kBTurned ? b[k * b_stride + column] : b[column * b_stride + k];
        }
#pragma unroll
      for (int i = 0; i < kHigh; ++i)
#pragma unroll
        for (int r = 0; r < 2; ++r) {
          const int row = 16 * i + row_of_sum(2 * r);
          const float left = kATurned ? a[k * a_stride + row] : a[row * a_stride + k];
#pragma unroll
          for (int j = 0; j < kWide; ++j) {
            sums[i][j][2 * r] += left * right[j][0];
            sums[i][j][2 * r + 1] += left * right[j][1];
          }
        }
    }
  }
}

}  // namespace moslora
