// One query for each head, as when a text is written token by token: keys and values are read once, where they lie, for all queries that share
// them. Nothing is packed; what this costs is reading them.
#pragma once
#include "rows.h"
#include "softmax.h"

namespace moslora {

inline float total_of(vf v) {
#if defined(__AVX512F__)
  return _mm512_reduce_add_ps((__m512)v);
#else
  return sum(v);
#endif
}

class SingleWork {
 public:
  explicit SingleWork(const Attention& a)
      : a_(a), stride_(row_stride(a.width)), queries_(a.share * stride_), sums_(a.share * stride_), weights_(a.share * a.seen) {}

  // The queries of key head g in sample b; y is the first one's output, the others follow it.
  template <class T>
  void attend(int64_t b, int64_t g, T* y) {
    const Queries lane = queries_at(a_, b, 0);
    for (int64_t i = 0; i < a_.share; ++i) load_rows<Float32>(a_.q, a_.query_tables, b, g, i, 0, 1, 1, a_.width, queries_.data() + i * stride_);
    const T* keys = reinterpret_cast<const T*>(a_.k.data);
    for (int64_t s = 0; s < a_.seen; ++s) {
      vi sees[kVectors];
      if (a_.key_marks != nullptr) lanes_that_see(a_, b, lane, s, sees);
      const bool hidden = a_.key_marks != nullptr && sees[0][0] == 0;
      for (int64_t i = 0; i < a_.share; ++i)
        weights_[i * a_.seen + s] = hidden ? kNone : dot(queries_.data() + i * stride_, keys + a_.k.place(b, s, g)) * a_.scale;
    }
    for (int64_t i = 0; i < a_.share; ++i) {
      const float inverse = weigh(weights_.data() + i * a_.seen);
      mix(reinterpret_cast<const T*>(a_.v.data) + a_.v.place(b, 0, g), weights_.data() + i * a_.seen, sums_.data());
      for (int64_t d = 0; d < stride_; d += kLanes) store(sums_.data() + d, load(sums_.data() + d) * inverse);
      store_row(sums_.data(), a_.width, nullptr, nullptr, y + i * a_.width);
    }
  }

 private:
  template <class T>
  float dot(const float* q, const T* k) const {
    vf total{};
    for (int64_t d = 0; d < a_.width; d += kLanes) total += load(q + d) * load_some(k + d, a_.width - d);
    return total_of(total);
  }

  // Scores to exponentials; 1 over their sum, or 0 where no key is seen.
  float weigh(float* scores) const {
    vf most = splat(kNone), total{};
    for (int64_t s = 0; s < a_.seen; s += kLanes)
      for (int64_t j = s; j < std::min(s + kLanes, a_.seen); ++j) most[j - s] = std::max(most[j - s], scores[j]);
    float highest = kNone;
    for (int j = 0; j < kLanes; ++j) highest = std::max(highest, most[j]);
    if (highest == kNone) {
      std::memset(scores, 0, a_.seen * sizeof(float));
      return 0;
    }
    for (int64_t s = 0; s < a_.seen; s += kLanes) {
      const int64_t n = a_.seen - s;
      vf p = exp2_of((load_some(scores + s, n) - highest) * kLog2e);
      for (int64_t j = n; j < kLanes; ++j) p[j] = 0;
      total += p;
      store_some(scores + s, p, n);
    }
    return 1 / total_of(total);
  }

  // to = sum over s of weights[s] v[s].
  template <class T>
  void mix(const T* v, const float* weights, float* to) const {
    constexpr int kAtOnce = 8;
    for (int64_t d0 = 0; d0 < a_.width; d0 += kAtOnce * kLanes) {
      const int vectors = int(std::min<int64_t>(kAtOnce, ceil_div(a_.width - d0, kLanes)));
      vf totals[kAtOnce] = {};
      const bool whole = vectors == kAtOnce && a_.width - d0 >= kAtOnce * kLanes;
      for (int64_t s = 0; s < a_.seen; ++s) {
        const T* row = v + s * a_.v.row + d0;
        const float w = weights[s];
        if (w == 0) continue;
        if (whole)
          for (int j = 0; j < kAtOnce; ++j) totals[j] += load(row + j * kLanes) * w;
        else
          for (int j = 0; j < vectors; ++j) totals[j] += load_some(row + j * kLanes, a_.width - d0 - j * kLanes) * w;
      }
      for (int j = 0; j < vectors; ++j) store(to + d0 + j * kLanes, totals[j]);
    }
  }

  const Attention& a_;
  int64_t stride_;
  Scratch<float> queries_, sums_, weights_;
};

}  // namespace moslora
