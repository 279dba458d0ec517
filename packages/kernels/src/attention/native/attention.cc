// y = softmax(scale q kᵀ) v over the keys that each query sees, (B T, H K), and the logarithms of the sums of exponentials (B, H, T);
// q and k are rotated first where tables are given.
#include "forward.h"
#include "shared/calls.h"

namespace moslora {
namespace {

void compute(Call& call) {
  const AttentionForward op(call);
  const Attention& a = op.a;
  const Array y = call.output(0, op.heads.arrays[0]->type, {a.batch * a.tokens, a.heads * a.width});
  const Array lse = call.output(1, TF_FLOAT, {a.batch, a.heads, a.tokens});
  if (y.is_bf16()) attend_all<Bfloat16>(a, y.as<bf16>(), lse.as<float>());
  else attend_all<Float32>(a, y.as<float>(), lse.as<float>());
}

const Declare declared(kAttention, compute);

}  // namespace
}  // namespace moslora
