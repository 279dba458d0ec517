// One AdamW step of a list of tensors, as PyTorch defines it, in place: parameters and moments are inputs and are written to. That goes
// past TensorFlow, for which an op's inputs do not change: the caller sees to it that nothing else uses their memory.
// settings (8): β₁, 1 - β₁, β₂, 1 - β₂, 1 - η λ, η / (1 - β₁ᵗ), 1 / √(1 - β₂ᵗ), ε; gradient_scale (1).
#include <set>

#include "core/elements.h"
#include "core/views.h"
#include "simd/over.h"
#include "simd/sqrt.h"

namespace moslora {
namespace {

struct Tensors {
  float* parameter;
  const float* gradient;
  float* first;
  float* second;
};

struct Piece {
  int64_t tensor, first, end;
};

void update(const Tensors& t, int64_t first, int64_t end, const float* s, float scale) {
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
  const int count = static_cast<int>(call.integer("N"));
  const Array& settings = call.input(4 * count);
  const Array& scale = call.input(4 * count + 1);
  require_size(settings, 8, "settings");
  require_size(scale, 1, "gradient_scale");
  std::vector<Tensors> all;
  std::vector<Piece> pieces;
  std::set<const void*> written;
  for (int i = 0; i < count; ++i) {
    const Array& parameter = call.input(i);
    for (int kind = 1; kind < 4; ++kind) require_same(call.input(kind * count + i), parameter, "a gradient or moment");
    const auto at = [&](int kind) { return call.input(kind * count + i).as<float>(); };
    all.push_back({at(0), at(1), at(2), at(3)});
    const int64_t size = parameter.size();
    if (size == 0) continue;
    for (int kind : {0, 2, 3})
      require(written.insert(at(kind)).second, "a parameter or moment shares its memory with another one");
    for (int64_t first = 0; first < size; first += kChunk) pieces.push_back({i, first, std::min(size, first + kChunk)});
  }
  for (const Tensors& t : all) require(written.count(t.gradient) == 0, "a gradient shares its memory with a parameter or moment");
  parallel_for(static_cast<int64_t>(pieces.size()), [&](int64_t task, int) {
    const Piece& piece = pieces[task];
    update(all[piece.tensor], piece.first, piece.end, settings.as<float>(), *scale.as<float>());
  });
}

const Declare declared({"MosloraAdamW",
                        {"parameters: N * float", "gradients: N * float", "first: N * float", "second: N * float",
                         "settings: float", "gradient_scale: float"},
                        {},
                        {"N: int >= 1"},
                        compute});

}  // namespace
}  // namespace moslora
