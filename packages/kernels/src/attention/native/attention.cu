// Attention on the device; see attention.cc.
#include "attend.h"
#include "shared/calls.h"

namespace moslora {
namespace {

void compute(Call& call) {
  const AttentionForward op(call);
  const Attention& a = op.a;
  const Array y = call.output(0, op.heads.arrays[0]->type, {a.batch * a.tokens, a.heads * a.width});
  const Array lse = call.output(1, TF_FLOAT, {a.batch, a.heads, a.tokens});
  Gpu gpu(call);
  attend(gpu, a, y.data, lse.as<float>());
}

const Declare declared(kAttention, compute);

}  // namespace
}  // namespace moslora
