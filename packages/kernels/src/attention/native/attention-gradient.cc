// The gradients of MosloraAttention from that of its output, in the arrangement of its inputs.
#include "backward.h"
#include "shared/calls.h"

namespace moslora {
namespace {

void compute(Call& call) {
  const AttentionBackward op(call);
  Gradients to{op.a, op.gradients(call), op.output, op.output, op.lse.as<float>()};
  to.g.data = op.g.as<char>();
  if (op.g.is_bf16()) attend_gradients<Bfloat16>(to);
  else attend_gradients<Float32>(to);
}

const Declare declared(kAttentionGradient, compute);

}  // namespace
}  // namespace moslora
