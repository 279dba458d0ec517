// Heads on the device as its attention reads and writes them: rows in the type of the products, filled up with zeros to a width that the code
// is compiled for, where they do not lie so already; keys and queries are rotated on the way, gradients back.
#pragma once
#include "cuda/launch.h"
#include "cuda/views.h"
#include "shared/geometry.h"

namespace moslora {

// Row r of group g in sample b at data[b * batch + g * group + r * row]. The queries of a group follow each other: those of its first
// member, of its second, ...
template <class E>
struct Lines {
  const E* data;
  int64_t batch, group, row;

  __device__ __forceinline__ const E* of(int64_t b, int64_t g) const { return data + b * batch + g * group; }
};

// What all the attention's kernels are told.
template <class E>
struct Heads {
  Lines<E> q, k, v;
  int64_t batch, groups, share, tokens, seen, width;
  bool causal;
  float scale;
  const int32_t* key_marks;
  const int32_t* query_marks;

  __host__ __device__ int64_t rows() const { return share * tokens; }  // queries of a group

  // Whether the query at token t sees key s, by their places and marks.
  __device__ __forceinline__ bool sees(int64_t t, int64_t s, int32_t query_mark, int32_t key_mark) const {
    if (s >= seen || key_mark < 0 || (causal && s > seen - tokens + t)) return false;
    return key_mark == 0 || query_marks == nullptr || query_mark == key_mark;
  }
  // The last token among the queries r0 ... r0 + count - 1 of a group.
  __device__ __forceinline__ int64_t last_token(int64_t r0, int64_t count) const {
    const int64_t first = r0 % tokens;
    return first + count > tokens ? tokens - 1 : first + count - 1;
  }
  __device__ __forceinline__ bool reached(int64_t s, int64_t last) const { return !causal || s <= seen - tokens + last; }
};

constexpr int kLineThreads = 256;

// x rotated by the tables: (x1 cos - x2 sin, x2 cos + x1 sin) with the halves x1, x2 of x.
template <class E>
__global__ void gather(Operand x, Tables tables, int64_t share, int64_t groups, int64_t tokens, int64_t width, int padded, int64_t count, E* to) {
  for (int64_t i = first_element(); i < count; i += element_stride()) {
    const int64_t d = i % padded, t = i / padded % tokens, member = i / padded / tokens % share, head = i / padded / tokens / share;
    const int64_t b = head / groups;
    const E* from = reinterpret_cast<const E*>(x.data) + x.batch * b + x.row * t + x.group * (head % groups) + x.member * member;
    float value = d < width ? to_float(from[d]) : 0.0f;
    if (tables.cos != nullptr && d < width) {
      const int64_t half = width / 2, place = tables.batch * b + t * width + d;
      const float other = d < half ? -to_float(from[d + half]) : to_float(from[d - half]);
      value = value * tables.cos[place] + other * tables.sin[place];
    }
    put(to + i, value);
  }
}

// The other way, for gradients in float32: factor x, rotated back.
template <class E>
__global__ void scatter(const float* x, Operand to, Tables tables, float factor, int64_t share, int64_t groups, int64_t tokens, int64_t width,
                        int padded, int64_t count) {
  for (int64_t i = first_element(); i < count; i += element_stride()) {
    const int64_t d = i % width, row = i / width;
    const int64_t t = row % tokens, member = row / tokens % share, head = row / tokens / share, b = head / groups;
    const float* from = x + row * padded;
    float value = from[d];
    if (tables.cos != nullptr) {
      const int64_t half = width / 2, place = tables.batch * b + t * width;
      const int64_t e = d < half ? d + half : d - half;
      value = value * tables.cos[place + d] + (d < half ? from[e] * tables.sin[place + e] : -from[e] * tables.sin[place + e]);
    }
    put(reinterpret_cast<E*>(to.data) + to.batch * b + to.row * t + to.group * (head % groups) + to.member * member + d, value * factor);
  }
}

// The width that heads are filled up to.
inline int padded_width(int64_t width) {
  require(width <= 256, "heads of width " + std::to_string(width) + ", expected 256 at most");
  return width <= 64 ? 64 : width <= 128 ? 128 : 256;
}

template <class E>
Lines<E> lines_of(Gpu& gpu, const Operand& x, const Tables& tables, const Attention& a, int64_t share, int64_t tokens) {
  const int padded = padded_width(a.width);
  constexpr int64_t kAligned = 16 / sizeof(E);
  const bool fits = tables.cos == nullptr && share == 1 && a.width == padded && x.row % kAligned == 0 && x.group % kAligned == 0 &&
                    x.batch % kAligned == 0 && reinterpret_cast<uintptr_t>(x.data) % 16 == 0;
  if (fits) return {reinterpret_cast<const E*>(x.data), x.batch, x.group, x.row};
  const int64_t group = share * tokens * padded, count = a.batch * a.groups * group;
  E* lines = gpu.memory<E>(count);
  gpu.launch(blocks_for(count, kLineThreads), kLineThreads, 0, gather<E>, x, tables, share, a.groups, tokens, a.width, padded, count, lines);
  return {lines, a.groups * group, group, padded};
}

template <class E>
Heads<E> heads_of(Gpu& gpu, const Attention& a) {
  return {lines_of<E>(gpu, a.q, a.query_tables, a, a.share, a.tokens),
          lines_of<E>(gpu, a.k, a.key_tables, a, 1, a.seen),
          lines_of<E>(gpu, a.v, Tables{}, a, 1, a.seen),
          a.batch, a.groups, a.share, a.tokens, a.seen, a.width, a.causal, a.scale, a.key_marks, a.query_marks};
}

}  // namespace moslora
