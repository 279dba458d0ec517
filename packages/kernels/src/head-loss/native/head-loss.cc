// Σ over rows of -log softmax(h Wᵀ)[target], and its gradient for h. h (n, D), W (V, D) frozen, targets (n) in [0, V) -> the sum (),
// ∂h (n, D) of that sum.
//
// Logits never exist: a tile of them becomes p = e^(logit - r) while it is in the first cache, r being the row's most among the first
// words, and p goes, rounded, to where the product ∂h = (p / Σp - [target]) W reads it. Rows of which a logit lies too far above r are
// found on the way; their chunk is computed again with their true most.
#include <atomic>
#include <cmath>

#include "../../projections/native/members.h"
#include "shared/head-loss.h"
#include "simd/exp.h"

namespace moslora {
namespace {

constexpr int64_t kChunk = 16 << 20;          // bytes of powers of a chunk of rows
constexpr int64_t kFirstWords = 4 * kColumns;
constexpr float kTooFar = 60;                 // e^60 of all words times any weight is still a float32

// Chunks of about as many rows each.
int64_t chunk_rows(int64_t n, int64_t vocabulary, int64_t bytes) {
  const int64_t tiles = ceil_div(n, kRows);
  const int64_t most = std::max<int64_t>(8, kChunk / (vocabulary * bytes * kRows));
  return ceil_div(tiles, std::max<int64_t>(1, ceil_div(tiles, most))) * kRows;
}

bool any(vi mask) {
  int32_t together = 0;
  for (int i = 0; i < kLanes; ++i) together |= mask[i];
  return together != 0;
}

// A chunk of rows: its hidden states as a factor, its targets, and what is known of each row.
template <class P>
struct Chunk {
  const Left<P>& hidden;
  const Right& head;
  const int32_t* targets;
  Left<P>& powers;
  bool round;
  Scratch<float> most, wanted, inverses;  // r, the target's logit, 1 / Σp
  Scratch<float> parts;                   // of a row's words, kColumns at a time: their sum, or their most

  Chunk(const Left<P>& hidden, const Right& head, const int32_t* targets, Left<P>& powers, bool round)
      : hidden(hidden), head(head), targets(targets), powers(powers), round(round), most(rows()), wanted(rows()), inverses(rows()),
        parts(rows() * panels(vocabulary())) {}

  int64_t rows() const { return hidden.rows(); }
  int64_t vocabulary() const { return powers.k(); }
  static int64_t panels(int64_t words) { return ceil_div(words, kColumns); }
  float* parts_of(int64_t n0) { return parts.data() + n0 / kColumns * rows(); }

  // r of each row: its most among the first `words`.
  void find_most(int64_t words) {
    product_tiles<P>(words, {{&hidden, head}}, [&](const float* sums, int64_t tile, int64_t n0, int columns) {
      for (int i = 0; i < hidden.height(tile); ++i)
        parts_of(n0)[tile * kRows + i] = *std::max_element(sums + i * kColumns, sums + i * kColumns + columns);
    });
    for (int64_t m = 0; m < rows(); ++m) {
      most[m] = parts[m];
      for (int64_t panel = 1; panel < panels(words); ++panel) most[m] = std::max(most[m], parts[panel * rows() + m]);
    }
  }

  // All powers and their sums, or whether a logit lay too far above its row's r.
  bool exponentiate() {
    std::atomic<bool> far{false};
    product_tiles<P>(vocabulary(), {{&hidden, head}}, [&](float* sums, int64_t tile, int64_t n0, int columns) {
      const int height = hidden.height(tile);
      vi above = {};
      for (int i = 0; i < height; ++i) {
        const int64_t m = tile * kRows + i;
        float* row = sums + i * kColumns;
        const int64_t target = targets[m] - n0;
        if (target >= 0 && target < columns) wanted[m] = row[target];
        for (int j = columns; j < kColumns; ++j) row[j] = -INFINITY;
        vf total = {};
        for (int j = 0; j < kColumns; j += kLanes) {
          const vf x = load(row + j) - most[m];
          above |= x > kTooFar;
          const vf power = exp(x);
          total += power;
          store(row + j, power);
        }
        parts_of(n0)[m] = sum(total);
      }
      if (any(above)) far.store(true, std::memory_order_relaxed);
      pack_rows<P>(sums, kColumns, 0, height, 0, columns, height, 1, round, place(tile, n0));
    });
    return !far.load();
  }

  // The summed loss. Takes each row's sum off its target's power, after which powers / Σp are the gradient of the logits.
  double finish() {
    double loss = 0;
    for (int64_t m = 0; m < rows(); ++m) {
      double total = 0;
      for (int64_t panel = 0; panel < panels(vocabulary()); ++panel) total += parts[panel * rows() + m];
      const double beyond = static_cast<double>(wanted[m]) - most[m];
      loss += std::log(total) - beyond;
      inverses[m] = static_cast<float>(1 / total);
      set_power(m, targets[m], static_cast<float>(std::exp(beyond) - total));
    }
    return loss;
  }

 private:
  typename P::Element* place(int64_t tile, int64_t n0) const {
    return powers.at(tile, n0 / kBlock) + n0 % kBlock / P::kStep * powers.height(tile);
  }

  void set_power(int64_t m, int64_t word, float value) {
    const int64_t tile = m / kRows;
    typename P::Element* element = place(tile, word / P::kStep * P::kStep) + m % kRows;
    if constexpr (P::kPairs) {
      const bf16 half = to_bf16(value);
      std::memcpy(reinterpret_cast<char*>(element) + word % P::kStep * sizeof(half), &half, sizeof(half));
    } else {
      *element = rounded(value, round);
    }
  }
};

template <class P>
void compute_as(Call& call) {
  const HeadLoss op(call);
  const bool round = op.h.is_bf16();
  const Members members(op.members, op.width, true, round);
  const Right& forward = members.all[0].weight;
  Right backward = forward;
  backward.by_rows = false;

  const Array loss = call.output(0, TF_FLOAT, {});
  const Array dh = call.output(1, op.h.type, {op.n, op.width});
  const int64_t rows = chunk_rows(op.n, op.vocabulary, sizeof(typename P::Element) / P::kStep);
  double total = 0;
  for (int64_t first = 0; first < op.n; first += rows) {
    const int64_t count = std::min(rows, op.n - first);
    const int64_t place = first * op.width * (round ? 2 : 4);
    const Left<P> hidden({op.h.as<char>() + place, round, op.width}, true, count, op.width, 1, round);
    Left<P> powers(count, op.vocabulary);
    Chunk<P> chunk(hidden, forward, op.targets.as<int32_t>() + first, powers, round);
    chunk.find_most(std::min(op.vocabulary, kFirstWords));
    if (!chunk.exponentiate()) {
      chunk.find_most(op.vocabulary);
      chunk.exponentiate();
    }
    total += chunk.finish();
    Target target{dh.as<char>() + place, round, op.width};
    target.row_factors = chunk.inverses.data();
    product<P>(op.width, {{&powers, backward}}, target);
  }
  *loss.as<float>() = static_cast<float>(total);
}

void compute(Call& call) {
  if (call.input(0).is_bf16()) compute_as<Bfloat16>(call);
  else compute_as<Float32>(call);
}

const Declare declared(kHeadLoss, compute);

}  // namespace
}  // namespace moslora
