// Sums over rows for each column, in an order that depends on the shape alone: parts of the rows first, then the parts.
#pragma once
#include "cuda/launch.h"
#include "cuda/numbers.h"

namespace moslora {

constexpr int kSumColumns = 32;  // of a block, beside kSumLanes rows at a time
constexpr int kSumLanes = 8;
constexpr int64_t kMostParts = 64;

// partial[part * columns + c] = sum of value(row, c) over the part's rows. Value: a struct with `float operator()(row, column)`.
template <class Value>
__global__ void partial_sums(Value value, int64_t rows, int64_t columns, int64_t rows_a_part, double* partial) {
  double* room = shared_memory<double>();
  const int column = static_cast<int>(threadIdx.x) % kSumColumns, lane = static_cast<int>(threadIdx.x) / kSumColumns;
  const int64_t c = static_cast<int64_t>(blockIdx.x) * kSumColumns + column;
  const int64_t first = blockIdx.y * rows_a_part;
  const int64_t end = first + rows_a_part < rows ? first + rows_a_part : rows;
  double sum = 0;
  if (c < columns)
    for (int64_t row = first + lane; row < end; row += kSumLanes) sum += value(row, c);
  room[threadIdx.x] = sum;
  __syncthreads();
  if (lane != 0 || c >= columns) return;
  for (int i = 1; i < kSumLanes; ++i) sum += room[i * kSumColumns + column];
  partial[blockIdx.y * columns + c] = sum;
}

static __global__ void total_sums(const double* partial, int64_t parts, int64_t columns, float* sums) {
  for (int64_t c = first_element(); c < columns; c += element_stride()) {
    double sum = 0;
    for (int64_t part = 0; part < parts; ++part) sum += partial[part * columns + c];
    sums[c] = static_cast<float>(sum);
  }
}

template <class Value>
void column_sums(Gpu& gpu, const Value& value, int64_t rows, int64_t columns, float* sums) {
  const int64_t rows_a_part = ceil_div(rows, kMostParts) > 4 * kSumLanes ? ceil_div(rows, kMostParts) : 4 * kSumLanes;
  const int64_t parts = ceil_div(rows, rows_a_part);
  double* partial = gpu.memory<double>(parts * columns);
  constexpr int kThreads = kSumColumns * kSumLanes;
  gpu.launch(dim3(static_cast<unsigned>(ceil_div(columns, kSumColumns)), static_cast<unsigned>(parts)), kThreads, kThreads * sizeof(double),
             partial_sums<Value>, value, rows, columns, rows_a_part, partial);
  gpu.launch(blocks_for(columns, kThreads), kThreads, 0, total_sums, static_cast<const double*>(partial), parts, columns, sums);
}

}  // namespace moslora
