// After Dao et al. 2022 (FlashAttention): a block of threads has some queries of one key head, members side by side; blocks of keys and values
// go by in shared memory, and of the scores only a tile is ever there, in registers.
#include "attend.h"

#include "device-tiles.h"

namespace moslora {
namespace {

template <class P, int kWidth>
__global__ void __launch_bounds__(Tiles<P, kWidth>::kThreads) forward(Heads<typename P::Element> a, typename P::Element* y, float* lse) {
  using T = Tiles<P, kWidth>;
  using Element = typename P::Element;
  Element* queries = shared_memory<Element>();
  Element* keys = queries + T::kLines;
  Element* values = keys + T::kLines;
  Element* weights = values + T::kLines;
  int32_t* marks = reinterpret_cast<int32_t*>(weights + T::kWeights);
  const int64_t r0 = static_cast<int64_t>(blockIdx.x) * T::kBlock, g = blockIdx.y, b = blockIdx.z;
  const int64_t count = a.rows() - r0 < T::kBlock ? a.rows() - r0 : T::kBlock;
  const int64_t last = a.last_token(r0, count);
  const float factor = a.scale * kLog2e;

  T::load(a.q.of(b, g) + r0 * a.q.row, a.q.row, count, queries);
  // Of this lane's two rows.
  int64_t token[2];
  int32_t mark[2] = {};
  float most[2] = {kNone, kNone}, total[2] = {};
  for (int h = 0; h < 2; ++h) {
    const int64_t row = r0 + warp_of() * 16 + row_of_sum(2 * h);
    token[h] = row % a.tokens;
    if (a.query_marks != nullptr && row < a.rows()) mark[h] = a.query_marks[b * a.tokens + token[h]];
  }
  typename T::Wide out = {};
  for (int64_t s0 = 0; s0 < a.seen && a.reached(s0, last); s0 += T::kBlock) {
    const int64_t some = a.seen - s0 < T::kBlock ? a.seen - s0 : T::kBlock;
    __syncthreads();  // the block before has been used
    T::load(a.k.of(b, g) + s0 * a.k.row, a.k.row, some, keys);
    T::load(a.v.of(b, g) + s0 * a.v.row, a.v.row, some, values);
    for (int i = static_cast<int>(threadIdx.x); i < T::kBlock; i += T::kThreads)
      marks[i] = a.key_marks != nullptr && i < some ? a.key_marks[b * a.seen + s0 + i] : 0;
    __syncthreads();
    typename T::Sums scores;
    T::score(queries, keys, scores);
    float highest[2] = {most[0], most[1]};
#pragma unroll
    for (int j = 0; j < T::kBlock / 8; ++j)
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const int key = 8 * j + column_of_sum(i);
        float& score = scores[0][j][i];
        score = a.sees(token[i / 2], s0 + key, mark[i / 2], marks[key]) ? score * factor : kNone;
        highest[i / 2] = larger(highest[i / 2], score);
      }
    float base[2], correction[2];
#pragma unroll
    for (int h = 0; h < 2; ++h) {
      // The four lanes that share a row.
      highest[h] = larger(highest[h], __shfl_xor_sync(kAllLanes, highest[h], 1));
      highest[h] = larger(highest[h], __shfl_xor_sync(kAllLanes, highest[h], 2));
      base[h] = highest[h] > kNone ? highest[h] : 0.0f;
      correction[h] = exp2f(most[h] - base[h]);
      most[h] = highest[h];
      total[h] *= correction[h];
    }
#pragma unroll
    for (int j = 0; j < T::kBlock / 8; ++j)
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        scores[0][j][i] = exp2f(scores[0][j][i] - base[i / 2]);
        total[i / 2] += scores[0][j][i];
      }
    T::put_down(scores, weights);
#pragma unroll
    for (int j = 0; j < kWidth / 8; ++j)
#pragma unroll
      for (int i = 0; i < 4; ++i) out[0][j][i] *= correction[i / 2];
    T::weigh(weights, values, out);
  }

  float inverse[2];
  for (int h = 0; h < 2; ++h) {
    total[h] += __shfl_xor_sync(kAllLanes, total[h], 1);
    total[h] += __shfl_xor_sync(kAllLanes, total[h], 2);
    inverse[h] = total[h] > 0 ? 1.0f / total[h] : 0.0f;
    const int64_t row = r0 + warp_of() * 16 + row_of_sum(2 * h);
    // Infinite where no key is seen: its weights are then 0 in the backward pass too.
    if (lane_of() % 4 == 0 && row < a.rows())
      lse[(b * a.groups + g) * a.rows() + row] = total[h] > 0 ? most[h] * kLn2 + logf(total[h]) : INFINITY;
  }
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const int64_t row = r0 + warp_of() * 16 + row_of_sum(i);
    if (row >= a.rows()) continue;
    const int64_t head = g * a.share + row / a.tokens;
    Element* to = y + ((b * a.tokens + token[i / 2]) * a.groups * a.share + head) * a.width;
#pragma unroll
    for (int j = 0; j < kWidth / 8; ++j) {
      const int d = 8 * j + column_of_sum(i);
      if (d < a.width) put(to + d, out[0][j][i] * inverse[i / 2]);
    }
  }
}

template <class P>
void attend_as(Gpu& gpu, const Attention& a, void* y, float* lse) {
  using Element = typename P::Element;
  const Heads<Element> heads = heads_of<Element>(gpu, a);
  with_width(padded_width(a.width), [&](auto width) {
    using T = Tiles<P, decltype(width)::value>;
    const dim3 grid(static_cast<unsigned>(ceil_div(heads.rows(), T::kBlock)), static_cast<unsigned>(a.groups), static_cast<unsigned>(a.batch));
    gpu.launch(grid, T::kThreads, T::bytes(3, 1), forward<P, decltype(width)::value>, heads, static_cast<Element*>(y), lse);
  });
}

}  // namespace

void attend(Gpu& gpu, const Attention& a, void* y, float* lse) {
  if (a.q.is_bf16) attend_as<Bfloat16>(gpu, a, y, lse);
  else attend_as<Float32>(gpu, a, y, lse);
}

}  // namespace moslora
