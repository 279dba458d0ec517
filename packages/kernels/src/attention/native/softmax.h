// What stands between the two products of an attention: exponentials, and which query sees which key. Queries stand side by side in vectors.
#pragma once
#include <limits>

#include "gemm/product.h"
#include "shared/geometry.h"

namespace moslora {

constexpr float kLog2e = 1.44269504088896340736f;
constexpr float kNone = -std::numeric_limits<float>::infinity();

inline vf larger(vf a, vf b) {
#if defined(__AVX512F__)
  return (vf)_mm512_max_ps((__m512)a, (__m512)b);
#elif defined(__AVX2__)
  return (vf)_mm256_max_ps((__m256)a, (__m256)b);
#else
  return a > b ? a : b;
#endif
}

// 2^x for x up to 127, to 2e-7 of its value; 0 below 2^-126, also for -infinity.
inline vf exp2_of(vf x) {
  // Adding this leaves round(x) + 127, the exponent's bits, in the lowest bits of the sum.
  constexpr float kRounder = 12582912.0f + 127.0f;
  x = larger(x, splat(-127.0f));
  const vf sum = x + kRounder;
  const vf f = x - (sum - kRounder);
  vf p = splat(1.3276466634124517e-3f);
  p = p * f + 9.675540961325169e-3f;
  p = p * f + 5.550713464617729e-2f;
  p = p * f + 2.4022120237350464e-1f;
  p = p * f + 6.931469440460205e-1f;
  p = p * f + 1.0000001192092896f;
  return p * (vf)((vu)sum << 23);
}

// A panel of queries, one to a lane.
struct Queries {
  int64_t first;   // position of the first one among the keys
  int count;       // how many are there; the lanes behind see no key
  vi marks[kVectors];
  int32_t low, high;  // bounds of the marks
};

inline Queries queries_at(const Attention& a, int64_t b, int64_t t0) {
  Queries q{};
  q.first = a.offset() + t0;
  q.count = int(std::min<int64_t>(kColumns, a.tokens - t0));
  if (a.query_marks == nullptr) return q;
  const int32_t* marks = a.query_marks + b * a.tokens + t0;
  q.low = q.high = marks[0];
  for (int i = 0; i < q.count; ++i) {
    q.marks[i / kLanes][i % kLanes] = marks[i];
    q.low = std::min(q.low, marks[i]);
    q.high = std::max(q.high, marks[i]);
  }
  return q;
}

// What the marks of some keys have in common.
struct KeyMarks {
  bool all = true;         // every key is seen by all
  bool some = false;       // at least one is
  int32_t low = 1, high = 0;  // bounds of the marks above 0, none where low > high
};

inline KeyMarks marks_of_keys(const Attention& a, int64_t b, int64_t s0, int64_t count) {
  KeyMarks k;
  if (a.key_marks == nullptr) return k.some = true, k;
  for (int64_t s = s0; s < s0 + count; ++s) {
    const int32_t mark = a.key_marks[b * a.seen + s];
    if (mark == 0 || (mark > 0 && a.query_marks == nullptr)) {
      k.some = true;
      continue;
    }
    k.all = false;
    if (mark < 0) continue;
    k.low = k.low > k.high ? mark : std::min(k.low, mark);
    k.high = std::max(k.high, mark);
  }
  return k;
}

// Whether some of these queries may see some of these keys, going by their marks.
inline bool may_see(const KeyMarks& k, int32_t low, int32_t high) { return k.some || (k.low <= k.high && k.low <= high && low <= k.high); }

// Which lanes see key s: all bits set or none. `s` is one of the keys there are.
inline void lanes_that_see(const Attention& a, int64_t b, const Queries& q, int64_t s, vi (&sees)[kVectors]) {
  vi lane;
  for (int i = 0; i < kLanes; ++i) lane[i] = i;
  const int32_t mark = a.key_marks == nullptr ? 0 : a.key_marks[b * a.seen + s];
  const int32_t ahead = a.causal ? static_cast<int32_t>(std::min<int64_t>(std::max<int64_t>(s - q.first, 0), kColumns)) : 0;
  for (int j = 0; j < kVectors; ++j) {
    sees[j] = (lane + j * kLanes >= ahead) & (lane + j * kLanes < q.count);
    if (mark < 0) sees[j] = vi{};
    else if (mark > 0 && a.query_marks != nullptr) sees[j] &= q.marks[j] == mark;
  }
}

// How many of the keys s0 ... s0 + count - 1 come before or at the last of these queries (all of them where nothing is causal).
inline int64_t keys_in_reach(const Attention& a, int64_t last, int64_t s0, int64_t count) {
  const int64_t keys = std::min(count, a.seen - s0);
  return a.causal ? std::min(keys, std::max<int64_t>(last + 1 - s0, 0)) : keys;
}

inline bool all_seen(const Attention& a, const Queries& q, const KeyMarks& marks, int64_t s0, int64_t count) {
  return marks.all && s0 + count <= a.seen && (!a.causal || s0 + count - 1 <= q.first);
}

}  // namespace moslora
