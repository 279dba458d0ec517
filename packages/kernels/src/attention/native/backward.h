// The gradients of one key head and of the queries that share it. A block of queries meets a block of keys at a time; the weights are made
// again from the saved logarithms of their sums. With P the weights, G the gradient of the output, δ = sum over d of G O:
//   dP = V Gᵀ, dS = P (dP - δ), dQᵀ += Kᵀ dS, dV += P G, dK += dS Q  (P, dP and dS with keys as rows, queries as columns);
// the scale enters where dQ and dK are written.
#pragma once
#include "forward.h"

namespace moslora {

constexpr int kPanels = 4;                     // panels of queries in a block
constexpr int64_t kQueries = kPanels * kColumns;

struct Gradients {
  const Attention& a;
  Attention d;        // where the gradients of q, k and v go
  Operand y, g;       // the output and its gradient, laid out as separate queries
  const float* lse;   // (B, H, T)
};

// The sums of dK or dV of one key head: for each panel of columns of the width, all tiles of keys.
class KeySums {
 public:
  KeySums(int64_t seen, int64_t width)
      : tiles_(ceil_div(seen, kRows)), panels_(ceil_div(width, kColumns)), data_(tiles_ * panels_ * kRows * kColumns) {}
  void clear() { std::memset(data_.data(), 0, size() * sizeof(float)); }
  int64_t size() const { return tiles_ * panels_ * kRows * kColumns; }
  float* tile(int64_t panel, int64_t i) { return data_.data() + (panel * tiles_ + i) * kRows * kColumns; }
  void add(KeySums& other) {
    for (int64_t i = 0; i < size(); i += kColumns)
      for (int j = 0; j < kVectors; ++j) {
        float* at = data_.data() + i + j * kLanes;
        store(at, load(at) + load(other.data_.data() + i + j * kLanes));
      }
  }
  // Key s, times `factor`, as a row (its width filled up to whole panels).
  void row(int64_t s, float factor, float* to) {
    for (int64_t p = 0; p < panels_; ++p)
      for (int j = 0; j < kVectors; ++j)
        store(to + p * kColumns + j * kLanes, load(tile(p, s / kRows) + s % kRows * kColumns + j * kLanes) * factor);
  }

 private:
  int64_t tiles_, panels_;
  Scratch<float> data_;
};

struct KeyGradients {
  KeyGradients(const Attention& a) : dk(a.seen, a.width), dv(a.seen, a.width) {}
  KeySums dk, dv;
};

inline void save_keys(const Gradients& to, KeyGradients& sums, int64_t b, int64_t g) {
  Scratch<float> row(row_stride(to.a.width));
  for (int64_t s = 0; s < to.a.seen; ++s) {
    sums.dk.row(s, to.a.scale, row.data());
    save_row(row.data(), to.d.k, to.a.key_tables, b, s, g, 0, to.a.width);
    sums.dv.row(s, 1, row.data());
    save_row(row.data(), to.d.v, Tables{}, b, s, g, 0, to.a.width);
  }
}

template <class P>
class BackwardWork {
  using Element = typename P::Element;
  // A tile of keys with its steps over all queries of a block, and room behind it.
  static constexpr int64_t kTurned = kQueries / P::kStep * kRows + kSpare;

 public:
  explicit BackwardWork(const Gradients& to)
      : to_(to), a_(to.a), widths_(a_.width), stride_(row_stride(a_.width)), panels_(ceil_div(a_.width, kColumns)),
        keys_(a_.seen, a_.width), values_(a_.seen, a_.width), turned_(a_.seen, a_.width), rows_(std::max(kKeys, kQueries) * stride_ + kSpare),
        q_(kPanels * keys_.steps() * kColumns + kSpare), g_(kPanels * keys_.steps() * kColumns + kSpare),
        q_columns_(panels_ * kQueries / P::kStep * kColumns + kSpare), g_columns_(panels_ * kQueries / P::kStep * kColumns + kSpare),
        scores_(kKeys * kColumns), slopes_(kKeys * kColumns), steps_(kKeys / P::kStep * kColumns),
        p_(kKeys / kRows * kTurned), ds_(kKeys / kRows * kTurned), dq_(kPanels * a_.width * kColumns),
        out_(kColumns * stride_ + kSpare), marks_(ceil_div(a_.seen, kKeys)) {}

  void take_keys(int64_t b, int64_t g) {
    b_ = b;
    group_ = g;
    for (int64_t s0 = 0; s0 < a_.seen; s0 += kKeys) {
      const int64_t count = std::min(kKeys, a_.seen - s0), whole = round_up(count, kRows);
      load_rows<P>(a_.k, a_.key_tables, b, g, 0, s0, count, kKeys, a_.width, rows_.data());
      keys_.pack(rows_.data(), stride_, s0, whole);
      turned_.pack(rows_.data(), stride_, s0);
      load_rows<P>(a_.v, Tables{}, b, g, 0, s0, count, whole, a_.width, rows_.data());
      values_.pack(rows_.data(), stride_, s0, whole);
      marks_[s0 / kKeys] = marks_of_keys(a_, b, s0, count);
    }
  }

  // The block of queries from t0 on of member i: writes their gradient, adds to those of the keys.
  void attend(int64_t i, int64_t t0, KeyGradients& sums) {
    const int64_t count = std::min(kQueries, a_.tokens - t0);
    const int panels = int(ceil_div(count, kColumns));
    take_queries(i, t0, count, panels);
    bool begun = false;
    int32_t low = queries_[0].low, high = queries_[0].high;
    for (int p = 1; p < panels; ++p) low = std::min(low, queries_[p].low), high = std::max(high, queries_[p].high);
    for (int64_t s0 = 0; s0 < a_.seen; s0 += kKeys) {
      if (keys_in_reach(a_, a_.offset() + t0 + count - 1, s0, kKeys) == 0) break;
      if (!may_see(marks_[s0 / kKeys], low, high)) continue;
      take_block(s0, panels, count, begun, sums);
      begun = true;
    }
    save_queries(i, t0, count, begun);
  }

 private:
  void take_queries(int64_t i, int64_t t0, int64_t count, int panels) {
    const int64_t room = panels * kColumns, depth = keys_.steps() * kColumns, block = kQueries / P::kStep * kColumns;
    const auto pack = [&](Element* across, Element* along) {
      for (int p = 0; p < panels; ++p)
        pack_across<P>(rows_.data() + p * kColumns * stride_, stride_, kColumns, kColumns, keys_.steps(), across + p * depth);
      for (int64_t p = 0; p < panels_; ++p)
        pack_along<P>(rows_.data(), stride_, room, p * kColumns, kColumns, along + p * block);
    };
    load_rows<P>(a_.q, a_.query_tables, b_, group_, i, t0, count, room, a_.width, rows_.data());
    pack(q_.data(), q_columns_.data());
    load_rows<P>(to_.g, Tables{}, b_, group_, i, t0, count, room, a_.width, rows_.data());
    pack(g_.data(), g_columns_.data());
    const float* lse = to_.lse + (b_ * a_.heads + group_ * a_.share + i) * a_.tokens + t0;
    for (int64_t r = 0; r < room; ++r) {
      const int p = int(r / kColumns), c = int(r % kColumns);
      if (c == 0) queries_[p] = queries_at(a_, b_, t0 + r);
      const bool there = r < count;
      logs_[p][c / kLanes][c % kLanes] = there ? lse[r] * kLog2e : -kNone;
      means_[p][c / kLanes][c % kLanes] = there ? mean_of(i, t0 + r) : 0.0f;
    }
  }

  // δ of one query.
  float mean_of(int64_t i, int64_t t) const {
    const int64_t place = to_.g.place(b_, t, group_, i);
    const auto dot = [&](auto* g, auto* y) {
      vf total{};
      for (int64_t d = 0; d < a_.width; d += kLanes) total += load_some(g + d, a_.width - d) * load_some(y + d, a_.width - d);
      return sum(total);
    };
    if (to_.g.is_bf16) return dot(reinterpret_cast<const bf16*>(to_.g.data) + place, reinterpret_cast<const bf16*>(to_.y.data) + place);
    return dot(reinterpret_cast<const float*>(to_.g.data) + place, reinterpret_cast<const float*>(to_.y.data) + place);
  }

  void take_block(int64_t s0, int panels, int64_t count, bool begun, KeyGradients& sums) {
    const int64_t block = kKeys / kRows;
    int first[kKeys / kRows];  // of each tile of keys, the first panel that sees it
    for (int64_t t = 0; t < block; ++t) first[t] = panels;
    for (int p = 0; p < panels; ++p) {
      const Queries& q = queries_[p];
      const int tiles = int(ceil_div(keys_in_reach(a_, q.first + q.count - 1, s0, kKeys), kRows));
      for (int t = 0; t < tiles; ++t) first[t] = std::min(first[t], p);
      if (q.count <= kLanes) take_panel<1>(p, s0, tiles, begun);
      else take_panel<kVectors>(p, s0, tiles, begun);
    }
    for (int64_t d = 0; d < panels_; ++d)
      for (int64_t t = 0; t < block; ++t) {
        if (first[t] == panels) continue;
        const int64_t from = first[t] * (kColumns / P::kStep), steps = steps_of_depth<P>(count) - from;
        if (a_.width - d * kColumns <= kLanes) add_keys<1>(d, s0, t, from, steps, sums);
        else add_keys<kVectors>(d, s0, t, from, steps, sums);
      }
  }

  // A panel of queries, in V vectors, and the tiles of keys within its reach.
  template <int V>
  void take_panel(int p, int64_t s0, int tiles, bool begun) {
    const int64_t depth = keys_.steps() * kColumns;
    for (int t = 0; t < tiles; ++t) {
      const int64_t tile = s0 / kRows + t, place = t * kRows * kColumns;
      run_tile<P, V>(kRows, keys_.tile(tile), q_.data() + p * depth, keys_.steps(), scores_.data() + place, true);
      run_tile<P, V>(kRows, values_.tile(tile), g_.data() + p * depth, keys_.steps(), slopes_.data() + place, true);
    }
    const bool plain = all_seen(a_, queries_[p], marks_[s0 / kKeys], s0, tiles * kRows);
    for (int t = 0; t < tiles; ++t) weigh<V>(p, s0, t, plain);
    if (tiles == 0 && begun) return;
    float* dq = dq_.data() + p * a_.width * kColumns;
    for (int64_t t = 0; t < widths_.tiles; ++t)
      run_tile<P, V>(widths_.at(t), turned_.tile(s0 / kKeys, t), steps_.data(), tiles * kRows / P::kStep, dq + t * widths_.height * kColumns,
                     !begun);
  }

  // The steps of a block's queries for one tile of keys and one panel of the width.
  template <int V>
  void add_keys(int64_t d, int64_t s0, int64_t t, int64_t from, int64_t steps, KeyGradients& sums) {
    const int64_t place = t * kTurned + from * kRows, panel = d * (kQueries / P::kStep) * kColumns + from * kColumns;
    run_tile<P, V>(kRows, p_.data() + place, g_columns_.data() + panel, steps, sums.dv.tile(d, s0 / kRows + t), false);
    run_tile<P, V>(kRows, ds_.data() + place, q_columns_.data() + panel, steps, sums.dk.tile(d, s0 / kRows + t), false);
  }

  // Scores and slopes of a tile to weights and their gradients, as A with the steps over the queries, and as steps of B over the keys.
  template <int V>
  void weigh(int p, int64_t s0, int t, bool plain) {
    const float factor = a_.scale * kLog2e;
    const Queries& q = queries_[p];
    vf weights[kRows][kVectors], gradients[kRows][kVectors];
    for (int r = 0; r < kRows; ++r) {
      const int64_t place = (t * kRows + r) * kColumns;
      vi sees[kVectors] = {};
      const int64_t s = s0 + t * kRows + r;
      if (!plain && s < a_.seen) lanes_that_see(a_, b_, q, s, sees);
      for (int j = 0; j < V; ++j) {
        vf w = exp2_of(load(scores_.data() + place + j * kLanes) * factor - logs_[p][j]);
        if (!plain) w = sees[j] ? w : vf{};
        const vf d = w * (load(slopes_.data() + place + j * kLanes) - means_[p][j]);
        weights[r][j] = kRounds<P> && !P::kPairs ? round_to_bf16(w) : w;
        gradients[r][j] = kRounds<P> && !P::kPairs ? round_to_bf16(d) : d;
      }
      for (int j = V; j < kVectors; ++j) weights[r][j] = gradients[r][j] = vf{};
    }
    const int64_t across = t * kTurned + p * (kColumns / P::kStep) * kRows;
    turn_tile<P>(weights, p_.data() + across);
    turn_tile<P>(gradients, ds_.data() + across);
    for (int r = 0; r < kRows; r += 2) put_steps<P>(gradients + r, steps_.data() + (t * kRows + r) / P::kStep * kColumns);
  }

  void save_queries(int64_t i, int64_t t0, int64_t count, bool begun) {
    if (!begun) std::memset(dq_.data(), 0, kPanels * a_.width * kColumns * sizeof(float));
    for (int64_t r = 0; r < count; ++r) {
      if (r % kColumns == 0) turn_sums(dq_.data() + r * a_.width, a_.width, out_.data(), stride_);
      float* row = out_.data() + r % kColumns * stride_;
      for (int64_t d = 0; d < stride_; d += kLanes) store(row + d, load(row + d) * a_.scale);
      save_row(row, to_.d.q, a_.query_tables, b_, t0 + r, group_, i, a_.width);
    }
  }

  const Gradients& to_;
  const Attention& a_;
  Widths widths_;
  int64_t stride_, panels_;
  KeyRows<P> keys_, values_;
  KeyColumns<P> turned_;
  Scratch<Value<P>> rows_;
  Scratch<Element> q_, g_, q_columns_, g_columns_;
  Scratch<float> scores_, slopes_;
  Scratch<Element> steps_, p_, ds_;
  Scratch<float> dq_, out_;
  std::vector<KeyMarks> marks_;
  int64_t b_ = 0, group_ = 0;
  Queries queries_[kPanels];
  vf logs_[kPanels][kVectors], means_[kPanels][kVectors];
};

// All gradients.
template <class P>
void attend_gradients(const Gradients& to) {
  const Attention& a = to.a;
  const int64_t blocks = ceil_div(a.tokens, kQueries), units = blocks * a.share;
  const int64_t heads = a.batch * a.groups, parts = parts_of(heads, units);
  std::vector<std::unique_ptr<BackwardWork<P>>> works(threads());
  // Each part sums its own gradients of keys, and the sums are added in one order: the result is the same each time.
  std::vector<std::unique_ptr<KeyGradients>> sums(parts == 1 ? threads() : heads * parts);
  parallel_for(heads * parts, [&](int64_t task, int thread) {
    auto& work = works[thread];
    if (work == nullptr) work = std::make_unique<BackwardWork<P>>(to);
    auto& own = sums[parts == 1 ? thread : task];
    if (own == nullptr) own = std::make_unique<KeyGradients>(a);
    own->dk.clear();
    own->dv.clear();
    const int64_t b = task / parts / a.groups, g = task / parts % a.groups;
    work->take_keys(b, g);
    for (int64_t unit = task % parts; unit < units; unit += parts) work->attend(unit / blocks, unit % blocks * kQueries, *own);
    if (parts == 1) save_keys(to, *own, b, g);
  });
  if (parts == 1) return;
  parallel_for(heads, [&](int64_t head, int) {
    KeyGradients& all = *sums[head * parts];
    for (int64_t part = 1; part < parts; ++part) {
      all.dk.add(sums[head * parts + part]->dk);
      all.dv.add(sums[head * parts + part]->dv);
    }
    save_keys(to, all, head / a.groups, head % a.groups);
  });
}

}  // namespace moslora
