// One AdamW step of a list of tensors, as PyTorch defines it, in place: parameters and moments are inputs and are written to. That goes
// past TensorFlow, for which an op's inputs do not change: the caller sees to it that nothing else uses their memory.
// settings (8): β₁, 1 - β₁, β₂, 1 - β₂, 1 - η λ, η / (1 - β₁ᵗ), 1 / √(1 - β₂ᵗ), ε; gradient_scale (1).
#include "core/elements.h"
#include "shared/adamw.h"
#include "simd/over.h"
#include "simd/sqrt.h"

namespace moslora {
namespace {

struct Piece {
  int64_t tensor, first, end;
};

void update(const AdamWTensor& t, int64_t first, int64_t end, const float* s, float scale) {
  over(first, end, [&](int64_t i, auto access) {
    const vf g = access.get(t.gradient + i) * scale;
    const vf m = access.get(t.first + i) * s[0] + g * s[1];
    const vf v = access.get(t.second + i) * s[2] + g * g * s[3];
    access.put(t.first + i, m);
    access.put(t.second + i, v);
    access.put(t.parameter + i, access.get(t.parameter + i) * s[4] - m / (square_root(v) * s[6] + s[7]) * s[5]);
  });
}

void compute(Call& call) {
  const AdamW op(call);
  std::vector<Piece> pieces;
  for (size_t i = 0; i < op.tensors.size(); ++i) {
    const int64_t size = op.tensors[i].size;
    for (int64_t first = 0; first < size; first += kChunk)
      pieces.push_back({static_cast<int64_t>(i), first, std::min(size, first + kChunk)});
  }
  parallel_for(static_cast<int64_t>(pieces.size()), [&](int64_t task, int) {
    const Piece& piece = pieces[task];
    update(op.tensors[piece.tensor], piece.first, piece.end, op.settings, *op.scale);
  });
}

const Declare declared(kAdamW, compute);

}  // namespace
}  // namespace moslora
