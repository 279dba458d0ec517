// √ Σ over all tensors of Σ x² as a scalar, added up in float64 in an order that does not depend on the number of threads.
#include <cmath>

#include "core/elements.h"
#include "shared/adamw.h"
#include "simd/over.h"

namespace moslora {
namespace {

typedef double vd __attribute__((vector_size(kLanes * 8)));

struct Piece {
  const float* data;
  int64_t count;
};

double squares(const Piece& piece) {
  vd total = {};
  over(0, piece.count, [&](int64_t i, auto access) {
    const vd x = __builtin_convertvector(access.get(piece.data + i), vd);
    total += x * x;
  });
  double sum = 0;
  for (int i = 0; i < kLanes; ++i) sum += total[i];
  return sum;
}

void compute(Call& call) {
  std::vector<Piece> pieces;
  for (int i = 0; i < call.inputs(); ++i) {
    const Array& x = call.input(i);
    for (int64_t first = 0, size = x.size(); first < size; first += kChunk)
      pieces.push_back({x.as<float>() + first, std::min(size - first, kChunk)});
  }
  std::vector<double> sums(pieces.size());
  parallel_for(static_cast<int64_t>(pieces.size()), [&](int64_t task, int) { sums[task] = squares(pieces[task]); });
  double total = 0;
  for (double one : sums) total += one;
  *call.output(0, TF_FLOAT, {}).as<float>() = static_cast<float>(std::sqrt(total));
}

const Declare declared(kGlobalNorm, compute);

}  // namespace
}  // namespace moslora
