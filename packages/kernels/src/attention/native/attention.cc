// y = softmax(scale q kᵀ) v over the keys that each query sees, (B T, H K), and the logarithms of the sums of exponentials (B, H, T);
// q and k are rotated first where tables are given.
#include <memory>

#include "forward.h"

namespace moslora {
namespace {

template <class P, class T>
void attend(const Attention& a, T* y, float* lse) {
  const int64_t panels = ceil_div(a.tokens, kColumns), units = panels * a.share;
  const int64_t parts = parts_of(a.batch * a.groups, units);
  std::vector<std::unique_ptr<ForwardWork<P>>> works(threads());
  parallel_for(a.batch * a.groups * parts, [&](int64_t task, int thread) {
    auto& work = works[thread];
    if (work == nullptr) work = std::make_unique<ForwardWork<P>>(a);
    const int64_t b = task / parts / a.groups, g = task / parts % a.groups;
    work->take_keys(b, g);
    for (int64_t unit = task % parts; unit < units; unit += parts) {
      const int64_t i = unit / panels, t0 = unit % panels * kColumns, head = g * a.share + i;
      work->attend(i, t0, y + (b * a.tokens + t0) * a.heads * a.width + head * a.width, a.heads * a.width,
                   lse + (b * a.heads + head) * a.tokens + t0);
    }
  });
}

void compute(Call& call) {
  const int count = static_cast<int>(call.integer("N"));
  const Array* arrays[3] = {};
  require(count <= 3, std::to_string(count) + " arrays of heads");
  for (int i = 0; i < count; ++i) arrays[i] = &call.input(i);
  int at = count;
  const Attention a = read_attention(call, arrays, count, at);
  const Array y = call.output(0, arrays[0]->type, {a.batch * a.tokens, a.heads * a.width});
  const Array lse = call.output(1, TF_FLOAT, {a.batch, a.heads, a.tokens});
  if (y.is_bf16()) attend<Bfloat16>(a, y.as<bf16>(), lse.as<float>());
  else attend<Float32>(a, y.as<float>(), lse.as<float>());
}

const Declare declared({"MosloraAttention",
                        {"heads_in: N * T", MOSLORA_ATTENTION_INPUTS},
                        {"y: T", "lse: float"},
                        {MOSLORA_ATTENTION_ATTRIBUTES},
                        compute});

}  // namespace
}  // namespace moslora
