// Σ over rows of -log softmax(h Wᵀ)[target], and its gradient for h, in one pass over chunks of rows: the logits (n, V) of all rows never
// exist at once. h (n, D), W (V, D) frozen, targets (n) in [0, V) -> the sum (), ∂h (n, D) of that sum.
#include <cmath>

#include "../../projections/native/members.h"
#include "simd/exp.h"

namespace moslora {
namespace {

constexpr int64_t kMostLogits = 8 << 20;  // values of a chunk: 32 MB
constexpr int64_t kLeastRows = 4 * kRows;

int64_t chunk_rows(int64_t vocabulary) {
  const int64_t rows = kMostLogits / vocabulary / kRows * kRows;
  return std::max(kLeastRows, std::min<int64_t>(rows, 40 * kRows));
}

// Puts softmax - one-hot in place of a row of logits, and gives -log softmax at the target.
double loss_of(float* row, int64_t count, int64_t target) {
  float most = row[0];
  vf wide = splat(most);
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) wide = maximum(wide, load(row + i));
  for (int j = 0; j < kLanes; ++j) most = std::max(most, wide[j]);
  for (; i < count; ++i) most = std::max(most, row[i]);
  const float wanted = row[target] - most;
  double total = 0;
  vf sums = {};
  for (i = 0; i + kLanes <= count; i += kLanes) {
    const vf e = exp(load(row + i) - most);
    store(row + i, e);
    sums += e;
    if (i % (64 * kLanes) == 0) {
      total += sum(sums);
      sums = vf{};
    }
  }
  total += sum(sums);
  for (; i < count; ++i) total += row[i] = std::exp(row[i] - most);
  const float inverse = static_cast<float>(1 / total);
  for (i = 0; i + kLanes <= count; i += kLanes) store(row + i, load(row + i) * inverse);
  for (; i < count; ++i) row[i] *= inverse;
  row[target] -= 1;
  return std::log(total) - wanted;
}

template <class P>
void compute_as(Call& call) {
  const Array& h = call.input(0);
  const Array& targets = call.input(1);
  require(h.shape.size() == 2, "h is " + h.describe() + ", expected two axes");
  const int64_t n = h.shape[0], width = h.shape[1];
  require_size(targets, n, "targets");
  const bool round = h.is_bf16();
  int at = 2;
  Members forward(call, at, width, true, round);
  require(forward.all.size() == 1 && !forward.adapted, "the head is one weight without an adapter");
  const int64_t vocabulary = forward.outputs;
  for (int64_t i = 0; i < n; ++i) {
    const int32_t target = targets.as<int32_t>()[i];
    require(target >= 0 && target < vocabulary, "target " + std::to_string(target) + " of " + std::to_string(vocabulary) + " words");
  }
  Right backward = forward.all[0].weight;
  backward.by_rows = false;

  const Array loss = call.output(0, TF_FLOAT, {});
  const Array dh = call.output(1, h.type, {n, width});
  const int64_t rows = std::min(n, chunk_rows(vocabulary));
  Scratch<float> logits(rows * vocabulary);
  std::vector<double> losses(n);
  for (int64_t first = 0; first < n; first += rows) {
    const int64_t count = std::min(rows, n - first);
    const int64_t place = first * width * (round ? 2 : 4);
    {
      const Left<P> left({h.as<char>() + place, round, width}, true, count, width, 1, round);
      product<P>(vocabulary, {{&left, forward.all[0].weight}}, {logits.data(), false, vocabulary});
    }
    parallel_for(count, [&](int64_t i, int) {
      losses[first + i] = loss_of(logits.data() + i * vocabulary, vocabulary, targets.as<int32_t>()[first + i]);
    });
    const Left<P> slope({logits.data(), false, vocabulary}, true, count, vocabulary, 1, round);
    product<P>(width, {{&slope, backward}}, {dh.as<char>() + place, round, width});
  }
  double total = 0;
  for (double one : losses) total += one;
  *loss.as<float>() = static_cast<float>(total);
}

void compute(Call& call) {
  if (call.input(0).is_bf16()) compute_as<Bfloat16>(call);
  else compute_as<Float32>(call);
}

const Declare declared({"MosloraHeadLoss",
                        {"h: T", "targets: int32", MOSLORA_MEMBER_INPUTS},
                        {"loss: float", "dh: T"},
                        {MOSLORA_MEMBER_ATTRIBUTES},
                        compute});

}  // namespace
}  // namespace moslora
