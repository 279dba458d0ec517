// The gradients of MosloraAttention on the device, from its output's. The weights P are made again from the saved logarithms of their sums;
// with G the gradient of the output and δ = Σ G O over the width: dV = Pᵀ G, dS = P (G Vᵀ - δ), dQ = scale dS K, dK = scale dSᵀ Q. A block
// of threads has some keys and goes over all their queries, another has some queries and goes over their keys: nothing is added up by
// several blocks.
#include "device-tiles.h"
#include "shared/calls.h"

namespace moslora {
namespace {

template <class E>
struct Slopes {
  Heads<E> a;
  Lines<E> g;          // of the output, as the queries lie
  const float* lse;    // (B, H, T)
  const float* delta;  // (B, H, T)
  float *dq, *dk, *dv; // rows of the padded width: (B, H', queries of a group), (B, H', S)
};

// A warp a row.
template <class E>
__global__ void deltas(Operand g, Operand y, int64_t share, int64_t groups, int64_t tokens, int64_t width, int64_t rows, float* delta) {
  const int64_t row = static_cast<int64_t>(blockIdx.x) * (kLineThreads / kWarp) + warp_of();
  if (row >= rows) return;
  const int64_t t = row % tokens, member = row / tokens % share, head = row / tokens / share;
  const int64_t place = y.batch * (head / groups) + y.row * t + y.group * (head % groups) + y.member * member;
  float total = 0;
  for (int64_t d = lane_of(); d < width; d += kWarp)
    total += to_float(reinterpret_cast<const E*>(g.data)[place + d]) * to_float(reinterpret_cast<const E*>(y.data)[place + d]);
  total = warp_sum(total);
  if (lane_of() == 0) delta[row] = total;
}

template <class P, int kWidth>
__global__ void __launch_bounds__(Tiles<P, kWidth>::kThreads) of_queries(Slopes<typename P::Element> x) {
  using T = Tiles<P, kWidth>;
  using Element = typename P::Element;
  const Heads<Element>& a = x.a;
  Element* queries = shared_memory<Element>();
  Element* slopes = queries + T::kLines;
  Element* keys = slopes + T::kLines;
  Element* values = keys + T::kLines;
  Element* weights = values + T::kLines;
  int32_t* marks = reinterpret_cast<int32_t*>(weights + T::kWeights);
  const int64_t r0 = static_cast<int64_t>(blockIdx.x) * T::kBlock, g = blockIdx.y, b = blockIdx.z;
  const int64_t count = a.rows() - r0 < T::kBlock ? a.rows() - r0 : T::kBlock, last = a.last_token(r0, count);
  const int64_t line = (b * a.groups + g) * a.rows() + r0;
  const float factor = a.scale * kLog2e;

  T::load(a.q.of(b, g) + r0 * a.q.row, a.q.row, count, queries);
  T::load(x.g.of(b, g) + r0 * x.g.row, x.g.row, count, slopes);
  int64_t token[2];
  int32_t mark[2] = {};
  float base[2], delta[2] = {};
  for (int h = 0; h < 2; ++h) {
    const int row = warp_of() * 16 + row_of_sum(2 * h);
    token[h] = (r0 + row) % a.tokens;
    base[h] = INFINITY;
    if (row >= count) continue;
    base[h] = x.lse[line + row] * kLog2e;
    delta[h] = x.delta[line + row];
    if (a.query_marks != nullptr) mark[h] = a.query_marks[b * a.tokens + token[h]];
  }
  typename T::Wide dq = {};
  for (int64_t s0 = 0; s0 < a.seen && a.reached(s0, last); s0 += T::kBlock) {
    const int64_t some = a.seen - s0 < T::kBlock ? a.seen - s0 : T::kBlock;
    __syncthreads();
    T::load(a.k.of(b, g) + s0 * a.k.row, a.k.row, some, keys);
    T::load(a.v.of(b, g) + s0 * a.v.row, a.v.row, some, values);
    for (int i = static_cast<int>(threadIdx.x); i < T::kBlock; i += T::kThreads)
      marks[i] = a.key_marks != nullptr && i < some ? a.key_marks[b * a.seen + s0 + i] : 0;
    __syncthreads();
    typename T::Sums scores, ds;
    T::score(queries, keys, scores);
    T::score(slopes, values, ds);
#pragma unroll
    for (int j = 0; j < T::kBlock / 8; ++j)
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const int key = 8 * j + column_of_sum(i), h = i / 2;
        const float p = a.sees(token[h], s0 + key, mark[h], marks[key]) ? exp2f(scores[0][j][i] * factor - base[h]) : 0.0f;
        ds[0][j][i] = p * (ds[0][j][i] - delta[h]);
      }
    T::put_down(ds, weights);
    T::weigh(weights, keys, dq);
  }
  T::save(dq, count, x.dq + line * kWidth);
}

// kKeys, kValues: which gradients it makes; both take more registers than there are where heads are wide.
template <class P, int kWidth, bool kKeys, bool kValues>
__global__ void __launch_bounds__(Tiles<P, kWidth>::kThreads) of_keys(Slopes<typename P::Element> x) {
  using T = Tiles<P, kWidth>;
  using Element = typename P::Element;
  const Heads<Element>& a = x.a;
  Element* keys = shared_memory<Element>();
  Element* values = keys + T::kLines;
  Element* queries = values + T::kLines;
  Element* slopes = queries + T::kLines;
  Element* weights = slopes + T::kLines;
  float* bases = reinterpret_cast<float*>(weights + T::kWeights);
  float* deltas = bases + T::kBlock;
  int32_t* tokens = reinterpret_cast<int32_t*>(deltas + T::kBlock);
  int32_t* marks = tokens + T::kBlock;
  const int64_t s0 = static_cast<int64_t>(blockIdx.x) * T::kBlock, g = blockIdx.y, b = blockIdx.z;
  const int64_t count = a.seen - s0 < T::kBlock ? a.seen - s0 : T::kBlock;
  const float factor = a.scale * kLog2e;

  T::load(a.k.of(b, g) + s0 * a.k.row, a.k.row, count, keys);
  T::load(a.v.of(b, g) + s0 * a.v.row, a.v.row, count, values);
  int64_t key[2];
  int32_t mark[2] = {};
  for (int h = 0; h < 2; ++h) {
    key[h] = s0 + warp_of() * 16 + row_of_sum(2 * h);
    if (a.key_marks != nullptr && key[h] < a.seen) mark[h] = a.key_marks[b * a.seen + key[h]];
  }
  typename T::Wide dk = {}, dv = {};
  for (int64_t r0 = 0; r0 < a.rows(); r0 += T::kBlock) {
    const int64_t some = a.rows() - r0 < T::kBlock ? a.rows() - r0 : T::kBlock;
    if (!a.reached(s0, a.last_token(r0, some))) continue;
    const int64_t line = (b * a.groups + g) * a.rows() + r0;
    __syncthreads();
    T::load(a.q.of(b, g) + r0 * a.q.row, a.q.row, some, queries);
    T::load(x.g.of(b, g) + r0 * x.g.row, x.g.row, some, slopes);
    for (int i = static_cast<int>(threadIdx.x); i < T::kBlock; i += T::kThreads) {
      const bool there = i < some;
      tokens[i] = static_cast<int32_t>((r0 + i) % a.tokens);
      bases[i] = there ? x.lse[line + i] * kLog2e : INFINITY;
      deltas[i] = there ? x.delta[line + i] : 0.0f;
      marks[i] = there && a.query_marks != nullptr ? a.query_marks[b * a.tokens + tokens[i]] : 0;
    }
    __syncthreads();
    typename T::Sums p;
    T::score(keys, queries, p);
#pragma unroll
    for (int j = 0; j < T::kBlock / 8; ++j)
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const int query = 8 * j + column_of_sum(i), h = i / 2;
        p[0][j][i] = a.sees(tokens[query], key[h], marks[query], mark[h]) ? exp2f(p[0][j][i] * factor - bases[query]) : 0.0f;
      }
    if constexpr (kValues) {
      T::put_down(p, weights);
      T::weigh(weights, slopes, dv);
    }
    if constexpr (kKeys) {
      typename T::Sums ds;
      T::score(values, slopes, ds);
#pragma unroll
      for (int j = 0; j < T::kBlock / 8; ++j)
#pragma unroll
        for (int i = 0; i < 4; ++i) ds[0][j][i] = p[0][j][i] * (ds[0][j][i] - deltas[8 * j + column_of_sum(i)]);
      T::put_down(ds, weights);
      T::weigh(weights, queries, dk);
    }
  }
  const int64_t line = ((b * a.groups + g) * a.seen + s0) * kWidth;
  if constexpr (kKeys) T::save(dk, count, x.dk + line);
  if constexpr (kValues) T::save(dv, count, x.dv + line);
}

template <class P, int kWidth>
void launch(Gpu& gpu, const Slopes<typename P::Element>& x) {
  using T = Tiles<P, kWidth>;
  const auto grid = [&](int64_t lines) {
    return dim3(static_cast<unsigned>(ceil_div(lines, T::kBlock)), static_cast<unsigned>(x.a.groups), static_cast<unsigned>(x.a.batch));
  };
  gpu.launch(grid(x.a.rows()), T::kThreads, T::bytes(4, 1), of_queries<P, kWidth>, x);
  const auto keys = [&](auto kernel) { gpu.launch(grid(x.a.seen), T::kThreads, T::bytes(4, 4), kernel, x); };
  if constexpr (kWidth <= 128) {
    keys(of_keys<P, kWidth, true, true>);
  } else {
    keys(of_keys<P, kWidth, true, false>);
    keys(of_keys<P, kWidth, false, true>);
  }
}

template <class P>
void compute_as(Call& call, const AttentionBackward& op, const Attention& to) {
  using Element = typename P::Element;
  const Attention& a = op.a;
  Gpu gpu(call);
  Operand g = op.output;
  g.data = op.g.as<char>();
  const int padded = padded_width(a.width);
  const int64_t queries = a.batch * a.heads * a.tokens, keys = a.batch * a.groups * a.seen;
  Slopes<Element> x{heads_of<Element>(gpu, a), lines_of<Element>(gpu, g, Tables{}, a, a.share, a.tokens), op.lse.as<const float>(),
                    gpu.memory<float>(queries), gpu.memory<float>(queries * padded), gpu.memory<float>(keys * padded),
                    gpu.memory<float>(keys * padded)};
  gpu.launch(static_cast<unsigned>(ceil_div(queries, kLineThreads / kWarp)), kLineThreads, 0, deltas<Element>, g, op.output, a.share, a.groups,
             a.tokens, a.width, queries, const_cast<float*>(x.delta));
  with_width(padded, [&](auto width) { launch<P, decltype(width)::value>(gpu, x); });
  const auto save = [&](const float* from, const Operand& where, const Tables& tables, float factor, int64_t share, int64_t tokens) {
    const int64_t count = a.batch * a.groups * share * tokens * a.width;
    gpu.launch(blocks_for(count, kLineThreads), kLineThreads, 0, scatter<Element>, from, where, tables, factor, share, a.groups, tokens, a.width,
               padded, count);
  };
  save(x.dq, to.q, a.query_tables, a.scale, a.share, a.tokens);
  save(x.dk, to.k, a.key_tables, a.scale, 1, a.seen);
  save(x.dv, to.v, Tables{}, 1, 1, a.seen);
}

void compute(Call& call) {
  const AttentionBackward op(call);
  const Attention to = op.gradients(call);
  if (op.g.is_bf16()) compute_as<Bfloat16>(call, op, to);
  else compute_as<Float32>(call, op, to);
}

const Declare declared(kAttentionGradient, compute);

}  // namespace
}  // namespace moslora
