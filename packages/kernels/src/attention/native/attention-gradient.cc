// The gradients of MosloraAttention from that of its output, in the arrangement of its inputs.
#include "backward.h"

namespace moslora {
namespace {

void compute(Call& call) {
  const int count = static_cast<int>(call.integer("N"));
  require(count <= 3, std::to_string(count) + " arrays of heads");
  const Array& g = call.input(0);
  const Array& y = call.input(1);
  const Array& lse = call.input(2);
  const Array* arrays[3] = {};
  for (int i = 0; i < count; ++i) arrays[i] = &call.input(3 + i);
  int at = 3 + count;
  const Attention a = read_attention(call, arrays, count, at);
  const int64_t row = a.heads * a.width;
  for (const Array* array : {&g, &y})
    require(array->shape.size() == 2 && array->shape[0] == a.batch * a.tokens && array->shape[1] == row,
            std::string(array == &g ? "the gradient is " : "the output is ") + array->describe() + ", expected (" +
                std::to_string(a.batch * a.tokens) + ", " + std::to_string(row) + ")");
  require(lse.size() == a.batch * a.heads * a.tokens, "lse is " + lse.describe());
  Gradients to{a, a, {}, {}, lse.as<float>()};
  void* data[3] = {};
  for (int i = 0; i < count; ++i) data[i] = call.output(i, g.type, arrays[i]->shape).data;
  lay_out(to.d, data, count, call.flag("grouped"));
  to.y = Operand{y.as<char>(), y.is_bf16(), a.tokens * row, row, a.share * a.width, a.width};
  to.g = to.y;
  to.g.data = g.as<char>();
  if (g.is_bf16()) attend_gradients<Bfloat16>(to);
  else attend_gradients<Float32>(to);
}

const Declare declared({"MosloraAttentionGradient",
                        {"g: T", "y: T", "lse: float", "heads_in: N * T", MOSLORA_ATTENTION_INPUTS},
                        {"gradients: N * T"},
                        {MOSLORA_ATTENTION_ATTRIBUTES},
                        compute});

}  // namespace
}  // namespace moslora
