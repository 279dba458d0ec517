// One query for each head, as when a text is written token by token: keys and values are read once, where they lie, for all queries that share
// them. Nothing is packed; what this costs is reading them.
#pragma once
#include "rows.h"
#include "softmax.h"

namespace moslora {

constexpr int64_t kTogether = 4;  // queries that a key (or value) serves each time it is read

class SingleWork {
 public:
  explicit SingleWork(const Attention& a)
      : a_(a), stride_(row_stride(a.width)), room_(round_up(a.seen, kLanes)), queries_(a.share * stride_), sums_(kTogether * stride_),
        weights_(a.share * room_) {}

  // The queries of key head g in sample b; y is the first one's output, the others follow it.
  template <class T>
  void attend(int64_t b, int64_t g, T* y) {
    for (int64_t i = 0; i < a_.share; ++i) load_rows<Float32>(a_.q, a_.query_tables, b, g, i, 0, 1, 1, a_.width, queries_.data() + i * stride_);
    const T* keys = reinterpret_cast<const T*>(a_.k.data) + a_.k.place(b, 0, g);
    const T* values = reinterpret_cast<const T*>(a_.v.data) + a_.v.place(b, 0, g);
    for (int64_t i = 0; i < a_.share; i += kTogether)
      together(i, [&](auto count) { score<count>(keys, queries_.data() + i * stride_, weights_.data() + i * room_); });
    if (a_.key_marks != nullptr) hide(b, queries_at(a_, b, 0));
    float inverse[kTogether];
    for (int64_t i = 0; i < a_.share; i += kTogether)
      together(i, [&](auto count) {
        for (int c = 0; c < count; ++c) inverse[c] = weigh(weights_.data() + (i + c) * room_);
        mix<count>(values, weights_.data() + i * room_);
        for (int c = 0; c < count; ++c) {
          float* row = sums_.data() + c * stride_;
          for (int64_t d = 0; d < a_.width; d += kLanes) store(row + d, load(row + d) * inverse[c]);
          store_row(row, a_.width, nullptr, nullptr, y + (i + c) * a_.width);
        }
      });
  }

 private:
  // Calls use(how many of the queries from i on are taken together), the number known when compiling.
  template <class Use>
  void together(int64_t i, const Use& use) const {
    switch (std::min(kTogether, a_.share - i)) {
      case 1: return use(std::integral_constant<int, 1>());
      case 2: return use(std::integral_constant<int, 2>());
      case 3: return use(std::integral_constant<int, 3>());
      default: return use(std::integral_constant<int, 4>());
    }
  }

  // scores[c * room + s] = scale q_c k_s.
  template <int C, class T>
  void score(const T* keys, const float* queries, float* scores) const {
    for (int64_t s0 = 0; s0 < a_.seen; s0 += kLanes) {
      vu squares[C][kLanes] = {};
      const int64_t count = std::min<int64_t>(kLanes, a_.seen - s0);
      for (int64_t s = 0; s < count; ++s) {
        const T* key = keys + (s0 + s) * a_.k.row;
        vf totals[C] = {};
        for (int64_t d = 0; d < a_.width; d += kLanes) {
          const vf k = load_some(key + d, a_.width - d);
          for (int c = 0; c < C; ++c) totals[c] += load(queries + c * stride_ + d) * k;
        }
        for (int c = 0; c < C; ++c) squares[c][s] = (vu)totals[c];
      }
      for (int c = 0; c < C; ++c) {
        transpose(squares[c]);
        vf total{};
        for (int r = 0; r < kLanes; ++r) total += (vf)squares[c][r];
        store(scores + c * room_ + s0, total * a_.scale);
      }
    }
  }

  void hide(int64_t b, const Queries& lane) {
    for (int64_t s = 0; s < a_.seen; ++s) {
      vi sees[kVectors];
      lanes_that_see(a_, b, lane, s, sees);
      if (sees[0][0] == 0)
        for (int64_t i = 0; i < a_.share; ++i) weights_[i * room_ + s] = kNone;
    }
  }

  // Scores to exponentials; 1 over their sum, or 0 where no key is seen.
  float weigh(float* scores) const {
    for (int64_t s = a_.seen; s < room_; ++s) scores[s] = kNone;
    vf most = splat(kNone), total{};
    for (int64_t s = 0; s < room_; s += kLanes) most = larger(most, load(scores + s));
    float highest = kNone;
    for (int j = 0; j < kLanes; ++j) highest = std::max(highest, most[j]);
    const float base = highest == kNone ? 0 : highest;
    for (int64_t s = 0; s < room_; s += kLanes) {
      const vf p = exp2_of((load(scores + s) - base) * kLog2e);
      total += p;
      store(scores + s, p);
    }
    return highest == kNone ? 0 : 1 / sum(total);
  }

  // sums[c * stride + d] = sum over s of weights[c * room + s] v[s][d].
  template <int C, class T>
  void mix(const T* values, const float* weights) {
    constexpr int kFew = 4, kMany = C == 1 ? 8 : kFew;  // vectors of a value that fit in registers
    if (a_.width <= kFew * kLanes) mix_by<C, kFew>(values, weights, sums_.data());
    else mix_by<C, kMany>(values, weights, sums_.data());
  }

  template <int C, int kAtOnce, class T>
  void mix_by(const T* values, const float* weights, float* to) const {
    for (int64_t d0 = 0; d0 < a_.width; d0 += kAtOnce * kLanes) {
      const int64_t left = a_.width - d0;
      vf totals[C][kAtOnce] = {};
      const auto add = [&](auto&& at) {
        for (int64_t s = 0; s < a_.seen; ++s)
#pragma GCC unroll 8
          for (int j = 0; j < kAtOnce; ++j) {
            const vf v = at(values + s * a_.v.row + d0 + j * kLanes, left - j * kLanes);
#pragma GCC unroll 4
            for (int c = 0; c < C; ++c) totals[c][j] += v * weights[c * room_ + s];
          }
      };
      if (left >= kAtOnce * kLanes) add([](const T* v, int64_t) { return load(v); });
      else add([](const T* v, int64_t count) { return count > 0 ? load_some(v, count) : vf{}; });
      for (int c = 0; c < C; ++c)
        for (int j = 0; j < kAtOnce && d0 + j * kLanes < stride_; ++j) store(to + c * stride_ + d0 + j * kLanes, totals[c][j]);
    }
  }

  const Attention& a_;
  int64_t stride_, room_;
  Scratch<float> queries_, sums_, weights_;
};

}  // namespace moslora
