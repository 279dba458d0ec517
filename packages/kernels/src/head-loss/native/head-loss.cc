// Σ over rows of -log softmax(h Wᵀ)[target], and its gradient for h, in one pass over chunks of rows: the logits (n, V) of all rows never
// exist at once. h (n, D), W (V, D) frozen, targets (n) in [0, V) -> the sum (), ∂h (n, D) of that sum.
#include <cmath>

#include "../../projections/native/members.h"
#include "shared/head-loss.h"
#include "simd/exp.h"

namespace moslora {
namespace {

constexpr int64_t kMostLogits = 8 << 20;  // values of a chunk: 32 MB
constexpr int64_t kLeastRows = 4 * kRows;

int64_t chunk_rows(int64_t vocabulary) {
  const int64_t rows = kMostLogits / vocabulary / kRows * kRows;
  return std::max(kLeastRows, std::min<int64_t>(rows, 40 * kRows));
}

float largest(const float* row, int64_t count) {
  float most = row[0];
  vf wide = splat(most);
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) wide = maximum(wide, load(row + i));
  for (int j = 0; j < kLanes; ++j) most = std::max(most, wide[j]);
  for (; i < count; ++i) most = std::max(most, row[i]);
  return most;
}

// Puts e^(x - max) of a row of logits to `powers`, which may begin where the row does, and gives their sum.
template <class T>
double exponentials(const float* row, int64_t count, float most, T* powers) {
  constexpr int64_t kRun = 64 * kLanes;  // values added up in float32 at a time
  double total = 0;
  int64_t i = 0;
  for (; i + kLanes <= count;) {
    vf sums = {};
    const int64_t end = std::min(count, i + kRun);
    for (; i + kLanes <= end; i += kLanes) {
      const vf e = exp(load(row + i) - most);
      sums += e;
      store(powers + i, e);
    }
    total += sum(sums);
  }
  for (; i < count; ++i) {
    const float e = std::exp(row[i] - most);
    total += e;
    put(powers + i, e);
  }
  return total;
}

// The negative of row `target` of the head.
void minus_row(const Right& head, int64_t width, int64_t target, bool round, float* to) {
  for (int64_t j = 0; j < width; ++j) {
    const int64_t element = target * width + j;
    const float x = head.quantized         ? weight_at(head.nf4, element, round)
                    : head.dense.is_bf16 ? to_float(static_cast<const bf16*>(head.dense.data)[element])
                                         : static_cast<const float*>(head.dense.data)[element];
    to[j] = -x;
  }
}

// T: what the powers are rounded to, the type of the products.
template <class P, class T>
void compute_as(Call& call) {
  const HeadLoss op(call);
  const Array& h = op.h;
  const int64_t n = op.n, width = op.width, vocabulary = op.vocabulary;
  const bool round = h.is_bf16();
  const Members members(op.members, width, true, round);
  const int32_t* wanted = op.targets.as<int32_t>();
  const Right& forward = members.all[0].weight;
  Right backward = forward;
  backward.by_rows = false;

  const Array loss = call.output(0, TF_FLOAT, {});
  const Array dh = call.output(1, h.type, {n, width});
  const int64_t rows = std::min(n, chunk_rows(vocabulary));
  Scratch<float> logits(rows * vocabulary);
  Scratch<float> minus(rows * width), inverses(rows);
  double total = 0;
  for (int64_t first = 0; first < n; first += rows) {
    const int64_t count = std::min(rows, n - first);
    const int64_t place = first * width * (round ? 2 : 4);
    {
      const Left<P> left({h.as<char>() + place, round, width}, true, count, width, 1, round);
      product<P>(vocabulary, {{&left, forward}}, {logits.data(), false, vocabulary});
    }
    std::vector<double> losses(count);
    parallel_for(count, [&](int64_t i, int) {
      float* row = logits.data() + i * vocabulary;
      const float logit = row[wanted[first + i]];
      const float most = largest(row, vocabulary);
      const double sum = exponentials(row, vocabulary, most, reinterpret_cast<T*>(row));
      losses[i] = std::log(sum) + most - logit;
      inverses[i] = static_cast<float>(1 / sum);
      minus_row(forward, width, wanted[first + i], round, minus.data() + i * width);
    });
    for (double one : losses) total += one;
    // ∂h = (powers / sum) W - W[target]
    const int64_t stride = vocabulary * (sizeof(float) / sizeof(T));
    const Left<P> left({logits.data(), sizeof(T) == 2, stride}, true, count, vocabulary, 1, round);
    Target target{dh.as<char>() + place, round, width};
    target.row_factors = inverses.data();
    target.residual = {minus.data(), false, width};
    product<P>(width, {{&left, backward}}, target);
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
