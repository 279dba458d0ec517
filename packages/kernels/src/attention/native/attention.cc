// y = softmax(scale q kᵀ) v over the keys that each query sees, (B T, H K), and the logarithms of the sums of exponentials (B, H, T);
// q and k are rotated first where tables are given.
#include "forward.h"

namespace moslora {
namespace {

void compute(Call& call) {
  const int count = static_cast<int>(call.integer("N"));
  const Array* arrays[3] = {};
  require(count <= 3, std::to_string(count) + " arrays of heads");
  for (int i = 0; i < count; ++i) arrays[i] = &call.input(i);
  int at = count;
  const Attention a = read_attention(call, arrays, count, at);
  const Array y = call.output(0, arrays[0]->type, {a.batch * a.tokens, a.heads * a.width});
  const Array lse = call.output(1, TF_FLOAT, {a.batch, a.heads, a.tokens});
  if (y.is_bf16()) attend_all<Bfloat16>(a, y.as<bf16>(), lse.as<float>());
  else attend_all<Float32>(a, y.as<float>(), lse.as<float>());
}

const Declare declared({"MosloraAttention",
                        {"heads_in: N * T", MOSLORA_ATTENTION_INPUTS},
                        {"y: T", "lse: float"},
                        {MOSLORA_ATTENTION_ATTRIBUTES},
                        compute});

}  // namespace
}  // namespace moslora
