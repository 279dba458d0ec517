// Elementwise ops: their types, and their elements in chunks for the threads.
#pragma once
#include <algorithm>

#include "core/parallel.h"
#include "core/require.h"
#include "simd/vector.h"

namespace moslora {

// Elements of one task: a multiple of every vector's length, some tens of microseconds of work.
constexpr int64_t kChunk = 32768;

// Calls work(first, end) for chunks of [0, count). The chunks do not depend on the number of threads.
template <class Work>
void in_chunks(int64_t count, const Work& work) {
  parallel_for((count + kChunk - 1) / kChunk,
               [&](int64_t task, int) { work(task * kChunk, std::min(count, (task + 1) * kChunk)); });
}

// Rows of `width` elements that make one task.
inline int64_t rows_of_task(int64_t width) { return std::max<int64_t>(1, kChunk / std::max<int64_t>(1, width)); }

// Calls use(float{}) or use(bf16{}): the element type of a floating-point array.
template <class Use>
void with_type(TF_DataType type, const Use& use) {
  if (type == TF_BFLOAT16) use(bf16{});
  else use(float{});
}

}  // namespace moslora
