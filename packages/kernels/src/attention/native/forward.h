// One head's attention, after Dao et al. 2022 (FlashAttention): for a panel of queries, blocks of keys go by; of the scores only one block is
// ever there. Everything is computed with the queries side by side in vectors, so that maxima and sums need nothing across lanes and the
// weights are written as panels of the next product in the order they stand: scores (keys, queries) = K Qᵀ, output (K, queries) += Vᵀ P.
#pragma once
#include <memory>

#include "panels.h"
#include "softmax.h"

namespace moslora {

constexpr int64_t kKeys = 96;  // keys of a block; whole tiles of them
static_assert(kKeys % kRows == 0 && kRows % 2 == 0, "blocks are made of whole tiles, and tiles of pairs");

// Tiles over the width of a head, as rows of A: of equal height but the last.
struct Widths {
  explicit Widths(int64_t width) : width(width), tiles(ceil_div(width, kRows)), height(int(ceil_div(width, tiles))) {}
  int64_t width, tiles;
  int height;
  int at(int64_t tile) const { return int(std::min<int64_t>(height, width - tile * height)); }
};

// The keys (or values) of one head as A: for each tile of keys its rows, the steps running over the width.
template <class P>
class KeyRows {
 public:
  KeyRows(int64_t seen, int64_t width)
      : steps_(steps_of_depth<P>(width)), data_(round_up(seen, kKeys) * steps_ + kSpare) {}
  void pack(const Value<P>* rows, int64_t stride, int64_t s0, int64_t count) {
    for (int64_t r = 0; r < count; r += kRows)
      pack_across<P>(rows + r * stride, stride, int(std::min<int64_t>(kRows, count - r)), kRows, steps_, tile((s0 + r) / kRows));
  }
  typename P::Element* tile(int64_t i) { return data_.data() + i * kRows * steps_; }
  int64_t steps() const { return steps_; }

 private:
  int64_t steps_;
  Scratch<typename P::Element> data_;
};

// The same transposed: for each block of keys, tiles of the width, the steps running over the block's keys.
template <class P>
class KeyColumns {
 public:
  KeyColumns(int64_t seen, int64_t width)
      : widths_(width), block_(kKeys / P::kStep * width), data_(ceil_div(seen, kKeys) * block_ + kSpare) {}
  void pack(const Value<P>* rows, int64_t stride, int64_t s0) {
    for (int64_t t = 0; t < widths_.tiles; ++t) pack_along<P>(rows, stride, kKeys, t * widths_.height, widths_.at(t), tile(s0 / kKeys, t));
  }
  typename P::Element* tile(int64_t block, int64_t t) { return data_.data() + block * block_ + t * widths_.height * (kKeys / P::kStep); }

 private:
  Widths widths_;
  int64_t block_;
  Scratch<typename P::Element> data_;
};

// What a thread needs for one key head: keys and values as panels, and room for a panel of queries.
template <class P>
class ForwardWork {
 public:
  explicit ForwardWork(const Attention& a)
      : a_(a), widths_(a.width), stride_(row_stride(a.width)), keys_(a.seen, a.width), values_(a.seen, a.width),
        rows_(kKeys * stride_ + kSpare), panel_(steps_of_depth<P>(a.width) * kColumns + kSpare), scores_(kKeys * kColumns),
        sums_(a.width * kColumns), out_(kColumns * stride_ + kSpare), marks_(ceil_div(a.seen, kKeys)) {}

  void take_keys(int64_t b, int64_t g) {
    b_ = b;
    g_ = g;
    for (int64_t s0 = 0; s0 < a_.seen; s0 += kKeys) {
      const int64_t count = std::min(kKeys, a_.seen - s0);
      load_rows<P>(a_.k, a_.key_tables, b, g, 0, s0, count, round_up(count, kRows), a_.width, rows_.data());
      keys_.pack(rows_.data(), stride_, s0, round_up(count, kRows));
      load_rows<P>(a_.v, Tables{}, b, g, 0, s0, count, kKeys, a_.width, rows_.data());
      values_.pack(rows_.data(), stride_, s0);
      marks_[s0 / kKeys] = marks_of_keys(a_, b, s0, count);
    }
  }

  // Queries t0 ... of member i: their output to y, rows `row` apart, and the logarithms of their sums of exponentials to lse.
  template <class T>
  void attend(int64_t i, int64_t t0, T* y, int64_t row, float* lse) {
    const Queries q = queries_at(a_, b_, t0);
    load_rows<P>(a_.q, a_.query_tables, b_, g_, i, t0, q.count, q.count, a_.width, rows_.data());
    pack_across<P>(rows_.data(), stride_, q.count, kColumns, keys_.steps(), panel_.data());
    for (int j = 0; j < kVectors; ++j) most_[j] = splat(kNone), total_[j] = vf{};
    begun_ = false;
    for (int64_t s0 = 0; s0 < a_.seen; s0 += kKeys) {
      const int64_t reach = keys_in_reach(a_, q.first + q.count - 1, s0, kKeys);
      if (reach == 0) break;
      if (!may_see(marks_[s0 / kKeys], q.low, q.high)) continue;
      if (q.count <= kLanes) take_block<1>(q, s0, reach);
      else take_block<kVectors>(q, s0, reach);
    }
    finish(q.count, y, row, lse);
  }

 private:
  // V: the vectors that hold queries.
  template <int V>
  void take_block(const Queries& q, int64_t s0, int64_t reach) {
    const int tiles = int(ceil_div(reach, kRows));
    float* scores = scores_.data();
    for (int t = 0; t < tiles; ++t)
      run_tile<P, V>(kRows, keys_.tile(s0 / kRows + t), panel_.data(), keys_.steps(), scores + t * kRows * kColumns, true);
    const int rows = tiles * kRows;
    if (!all_seen(a_, q, marks_[s0 / kKeys], s0, rows)) hide<V>(q, s0, rows);
    const bool changed = weigh<V>(rows);
    float* sums = sums_.data();
    if (begun_ && changed)
      for (int64_t d = 0; d < a_.width; ++d)
        for (int j = 0; j < V; ++j) {
          float* at = sums + d * kColumns + j * kLanes;
          store(at, load(at) * correction_[j]);
        }
    const auto* weights = reinterpret_cast<const typename P::Element*>(scores);
    for (int64_t t = 0; t < widths_.tiles; ++t)
      run_tile<P, V>(widths_.at(t), values_.tile(s0 / kKeys, t), weights, rows / P::kStep, sums + t * widths_.height * kColumns, !begun_);
    begun_ = true;
  }

  template <int V>
  void hide(const Queries& q, int64_t s0, int rows) {
    for (int r = 0; r < rows; ++r) {
      vi sees[kVectors] = {};
      if (s0 + r < a_.seen) lanes_that_see(a_, b_, q, s0 + r, sees);
      for (int j = 0; j < V; ++j) {
        float* at = scores_.data() + r * kColumns + j * kLanes;
        store(at, sees[j] ? load(at) : splat(kNone));
      }
    }
  }

  // Scores to weights, in place as steps of B; whether the earlier sums have to be corrected.
  template <int V>
  bool weigh(int rows) {
    const float factor = a_.scale * kLog2e;
    float* scores = scores_.data();
    vf most[kVectors], base[kVectors], total[kVectors] = {};
    for (int j = 0; j < V; ++j) most[j] = most_[j];
    for (int r = 0; r < rows; ++r)
      for (int j = 0; j < V; ++j) most[j] = larger(most[j], load(scores + r * kColumns + j * kLanes));
    bool changed = false;
    for (int j = 0; j < V; ++j) {
      base[j] = most[j] > kNone ? most[j] * factor : vf{};
      correction_[j] = exp2_of(most_[j] * factor - base[j]);
      const vi differs = most[j] != most_[j];
      for (int i = 0; i < kLanes; ++i) changed |= differs[i] != 0;
      most_[j] = most[j];
    }
    auto* steps = reinterpret_cast<typename P::Element*>(scores);
    for (int r = 0; r < rows; r += 2) {
      vf p[2][kVectors] = {};
      for (int i = 0; i < 2; ++i)
        for (int j = 0; j < V; ++j) {
          p[i][j] = exp2_of(load(scores + (r + i) * kColumns + j * kLanes) * factor - base[j]);
          total[j] += p[i][j];
        }
      put_steps<P>(p, steps + r / P::kStep * kColumns);
    }
    for (int j = 0; j < V; ++j) total_[j] = total_[j] * correction_[j] + total[j];
    return changed;
  }

  template <class T>
  void finish(int count, T* y, int64_t row, float* lse) {
    float* sums = sums_.data();
    vf inverse[kVectors];
    for (int j = 0; j < kVectors; ++j) inverse[j] = total_[j] > 0 ? 1.0f / total_[j] : vf{};
    if (!begun_) std::memset(sums, 0, a_.width * kColumns * sizeof(float));
    for (int64_t d = 0; d < a_.width; ++d)
      for (int j = 0; j < kVectors; ++j) {
        float* at = sums + d * kColumns + j * kLanes;
        store(at, load(at) * inverse[j]);
      }
    turn_sums(sums, a_.width, out_.data(), stride_);
    for (int c = 0; c < count; ++c) {
      store_row(out_.data() + c * stride_, a_.width, nullptr, nullptr, y + c * row);
      const float total = total_[c / kLanes][c % kLanes];
      // Infinite where no key is seen: its weights are then 0 in the backward pass too.
      lse[c] = total > 0 ? most_[c / kLanes][c % kLanes] * a_.scale + std::log(total) : -kNone;
    }
  }

  const Attention& a_;
  Widths widths_;
  int64_t stride_;
  KeyRows<P> keys_;
  KeyColumns<P> values_;
  Scratch<Value<P>> rows_;
  Scratch<typename P::Element> panel_;
  Scratch<float> scores_, sums_, out_;
  std::vector<KeyMarks> marks_;
  int64_t b_ = 0, g_ = 0;
  bool begun_ = false;
  vf most_[kVectors], total_[kVectors], correction_[kVectors];
};

// Into how many parts the queries of a key head are dealt, so that all threads have work.
inline int64_t parts_of(int64_t tasks, int64_t most) {
  int64_t parts = 1;
  while (parts < most && tasks * parts < 4 * threads() && tasks * parts % threads() != 0) ++parts;
  return parts;
}

// All of an attention: y (B T, H K) and lse (B, H, T).
template <class P, class T>
void attend_all(const Attention& a, T* y, float* lse) {
  const int64_t panels = ceil_div(a.tokens, kColumns), units = panels * a.share;
  const int64_t parts = parts_of(a.batch * a.groups, units);
  std::vector<std::unique_ptr<ForwardWork<P>>> works(threads());
  parallel_for(a.batch * a.groups * parts, [&](int64_t task, int thread) {
    auto& work = works[thread];
    if (work == nullptr) work = std::make_unique<ForwardWork<P>>(a);
    const int64_t b = task / parts / a.groups, g = task / parts % a.groups;
    work->take_keys(b, g);
    for (int64_t unit = task % parts; unit < units; unit += parts) {
      const int64_t i = unit / panels, t0 = unit % panels * kColumns, head = g * a.share + i;
      work->attend(i, t0, y + (b * a.tokens + t0) * a.heads * a.width + head * a.width, a.heads * a.width,
                   lse + (b * a.heads + head) * a.tokens + t0);
    }
  });
}

}  // namespace moslora
