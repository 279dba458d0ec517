// Σ over rows of -log softmax(h Wᵀ)[target], and its gradient for h. h (n, D), W (V, D) frozen, targets (n) in [0, V) -> the sum (),
// ∂h (n, D) of that sum.
//
// Logits never exist: a tile of them becomes p = e^(logit - r) while it is in the first cache, r being the row's most among the first
// words, and p goes, rounded, to where the product with W reads it. All rows take some words at a time, so that panels of W are made once
// for all of them: ∂h = Σ p W / Σp - W[target]. Where a logit lies too far above r the rows begin again with their true most.
#include <atomic>
#include <cmath>

#include "../../projections/native/members.h"
#include "shared/head-loss.h"
#include "simd/exp.h"

namespace moslora {
namespace {

constexpr int64_t kSums = 8 << 20;    // bytes of Σ p W at a time, which is how many rows there are at a time
constexpr int64_t kPowers = 4 << 20;  // bytes of p at a time
constexpr int64_t kFirstWords = 4 * kColumns;
constexpr float kTooFar = 60;         // e^60 of all words times any weight is still a float32

// How many of `all` to take at a time where `most` are wanted at most: about as many each time, and a multiple of `unit`.
int64_t even_part(int64_t all, int64_t most, int64_t unit) {
  const int64_t units = std::max<int64_t>(1, ceil_div(all, unit));
  return ceil_div(units, ceil_div(units, std::max<int64_t>(1, most / unit))) * unit;
}

// Some rows: their hidden states as a factor, their targets, and what is known of each row.
template <class P>
class Rows {
 public:
  // `sums`: memory of (rows, D).
  Rows(const Left<P>& hidden, const Right& head, int64_t vocabulary, const int32_t* targets, bool round, float* sums)
      : hidden_(hidden), head_(head), vocabulary_(vocabulary), targets_(targets), round_(round), sums_(sums), most_(rows()), wanted_(rows()),
        totals_(rows()) {}

  // The summed loss; ∂h goes to `dh`.
  template <class Out>
  double compute(Out* dh) {
    find_most(std::min(vocabulary_, kFirstWords));
    if (!add_words()) {
      find_most(vocabulary_);
      add_words();
    }
    return finish(dh);
  }

 private:
  int64_t rows() const { return hidden_.rows(); }
  int64_t width() const { return hidden_.k(); }

  // r of each row: its most among the first `words`.
  void find_most(int64_t words) {
    Scratch<float> parts(rows() * ceil_div(words, kColumns));
    product_tiles<P>(words, {{&hidden_, head_}}, [&](const float* sums, int64_t tile, int64_t n0, int columns) {
      for (int i = 0; i < hidden_.height(tile); ++i)
        parts[n0 / kColumns * rows() + tile * kRows + i] = *std::max_element(sums + i * kColumns, sums + i * kColumns + columns);
    });
    for (int64_t m = 0; m < rows(); ++m) {
      most_[m] = parts[m];
      for (int64_t panel = 1; panel < ceil_div(words, kColumns); ++panel) most_[m] = std::max(most_[m], parts[panel * rows() + m]);
    }
  }

  // Σ p W and Σp of all words, or false as soon as a logit lies too far above its row's r.
  bool add_words() {
    const int64_t bytes = sizeof(typename P::Element) / P::kStep;
    const int64_t words = even_part(vocabulary_, kPowers / (rows() * bytes), kBlock);
    std::fill(totals_.data(), totals_.data() + rows(), 0.0);
    for (int64_t first = 0; first < vocabulary_; first += words) {
      Left<P> powers(rows(), std::min(words, vocabulary_ - first));
      if (!exponentiate(first, powers)) return false;
      Right back = head_;
      back.by_rows = false;
      back.first = first;
      Target target{sums_, false, width()};
      if (first > 0) target.residual = {sums_, false, width()};
      product<P>(width(), {{&powers, back}}, target);
    }
    return true;
  }

  // p of the words from `first` on, as many as `powers` is deep, and their part of Σp.
  bool exponentiate(int64_t first, Left<P>& powers) {
    std::atomic<bool> far{false};
    Scratch<float> parts(rows() * ceil_div(powers.k(), kColumns));
    Right words = head_;
    words.first = first;
    product_tiles<P>(powers.k(), {{&hidden_, words}}, [&](float* sums, int64_t tile, int64_t n0, int columns) {
      const int height = hidden_.height(tile);
      vf highest = splat(-INFINITY);
      for (int i = 0; i < height; ++i) {
        const int64_t m = tile * kRows + i;
        float* row = sums + i * kColumns;
        const int64_t target = targets_[m] - first - n0;
        if (target >= 0 && target < columns) wanted_[m] = row[target];
        for (int j = columns; j < kColumns; ++j) row[j] = -INFINITY;
        vf total = {};
        for (int j = 0; j < kColumns; j += kLanes) {
          const vf x = load(row + j) - most_[m];
          highest = maximum(x, highest);
          const vf power = exp(x);
          total += power;
          store(row + j, power);
        }
        parts[n0 / kColumns * rows() + m] = sum(total);
      }
      for (int j = 0; j < kLanes; ++j)
        if (highest[j] > kTooFar) far.store(true, std::memory_order_relaxed);
      typename P::Element* to = powers.at(tile, n0 / kBlock) + n0 % kBlock / P::kStep * height;
      pack_rows<P>(sums, kColumns, 0, height, 0, columns, height, 1, round_, to);
    });
    for (int64_t panel = 0; panel < ceil_div(powers.k(), kColumns); ++panel)
      for (int64_t m = 0; m < rows(); ++m) totals_[m] += parts[panel * rows() + m];
    return !far.load();
  }

  template <class Out>
  double finish(Out* dh) {
    Right back = head_;
    back.by_rows = false;
    parallel_for(ceil_div(rows(), kRows), [&](int64_t task, int) {
      float weights[kColumns];
      for (int64_t m = task * kRows; m < std::min(rows(), (task + 1) * kRows); ++m) {
        const float inverse = static_cast<float>(1 / totals_[m]);
        for (int64_t n0 = 0; n0 < width(); n0 += kColumns) {
          const int columns = static_cast<int>(std::min<int64_t>(kColumns, width() - n0));
          back.pack<Float32>(n0, columns, targets_[m], 1, weights);
          for (int j = 0; j < columns; ++j) put(dh + m * width() + n0 + j, sums_[m * width() + n0 + j] * inverse - weights[j]);
        }
      }
    });
    double loss = 0;
    for (int64_t m = 0; m < rows(); ++m) loss += std::log(totals_[m]) - (static_cast<double>(wanted_[m]) - most_[m]);
    return loss;
  }

  const Left<P>& hidden_;
  const Right& head_;
  const int64_t vocabulary_;
  const int32_t* targets_;
  const bool round_;
  float* sums_;                     // Σ p W
  Scratch<float> most_, wanted_;    // r, the target's logit
  Scratch<double> totals_;          // Σp
};

// T: what h, ∂h and, before they are multiplied, p are rounded to.
template <class P, class T>
void compute_as(Call& call) {
  const HeadLoss op(call);
  constexpr bool kRound = sizeof(T) == 2;
  const int64_t width = op.width;
  const Members members(op.members, width, true, kRound);
  const Array loss = call.output(0, TF_FLOAT, {});
  const Array dh = call.output(1, op.h.type, {op.n, width});
  const int64_t rows = even_part(op.n, kSums / std::max<int64_t>(1, width * 4), kRows);
  Scratch<float> sums(kRound ? rows * width : 0);
  double total = 0;
  for (int64_t first = 0; first < op.n; first += rows) {
    const Left<P> hidden({op.h.as<T>() + first * width, kRound, width}, true, std::min(rows, op.n - first), width, 1, kRound);
    T* to = dh.as<T>() + first * width;
    float* unrounded = kRound ? sums.data() : reinterpret_cast<float*>(to);
    total += Rows<P>(hidden, members.all[0].weight, op.vocabulary, op.targets.as<int32_t>() + first, kRound, unrounded).compute(to);
  }
  *loss.as<float>() = static_cast<float>(total);
}

void compute(Call& call) {
  if (call.input(0).is_bf16()) compute_as<Bfloat16, bf16>(call);
  else compute_as<Float32, float>(call);
}

const Declare declared(kHeadLoss, compute);

}  // namespace
}  // namespace moslora
