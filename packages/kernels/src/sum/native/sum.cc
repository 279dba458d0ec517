// The sum of arrays of one shape, float32 and bfloat16 mixed: added up in float32, in one pass.
#include "core/elements.h"
#include "simd/over.h"

namespace moslora {
namespace {

void compute(Call& call) {
  const int64_t wide = call.integer("W"), low = call.integer("L");
  require(wide + low > 0, "there is nothing to add");
  const Array& like = call.input(0);
  for (int i = 1; i < call.inputs(); ++i) require_same(call.input(i), like, "an array");
  const Array y = call.output(0, wide > 0 ? TF_FLOAT : TF_BFLOAT16, like.shape);
  with_type(y.type, [&](auto type) {
    using Y = decltype(type);
    in_chunks(y.size(), [&](int64_t first, int64_t end) {
      over(first, end, [&](int64_t i, auto access) {
        vf total;
        if (wide > 0) {
          total = access.get(like.as<float>() + i);
          for (int a = 1; a < wide; ++a) total += access.get(call.input(a).as<float>() + i);
          for (int a = 0; a < low; ++a) total += access.get(call.input(static_cast<int>(wide) + a).template as<bf16>() + i);
        } else {
          total = access.get(like.as<bf16>() + i);
          for (int a = 1; a < low; ++a) total += access.get(call.input(a).as<bf16>() + i);
        }
        access.put(y.as<Y>() + i, total);
      });
    });
  });
}

const Declare declared({"MosloraSum",
                        {"wide: W * float", "low: L * bfloat16"},
                        {"y: Y"},
                        {"W: int >= 0", "L: int >= 0", "Y: {float, bfloat16}"},
                        compute});

}  // namespace
}  // namespace moslora
