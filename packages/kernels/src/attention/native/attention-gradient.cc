// The gradients of MosloraAttention from that of its output, in the arrangement of its inputs.
#include <memory>

#include "backward.h"

namespace moslora {
namespace {

template <class P>
void attend(const Gradients& to) {
  const Attention& a = to.a;
  const int64_t blocks = ceil_div(a.tokens, kQueries), units = blocks * a.share;
  const int64_t heads = a.batch * a.groups, parts = parts_of(heads, units);
  std::vector<std::unique_ptr<BackwardWork<P>>> works(threads());
  // Each part sums its own gradients of keys, and the sums are added in one order: the result is the same each time.
  std::vector<std::unique_ptr<KeyGradients>> sums(parts == 1 ? threads() : heads * parts);
  parallel_for(heads * parts, [&](int64_t task, int thread) {
    auto& work = works[thread];
    if (work == nullptr) work = std::make_unique<BackwardWork<P>>(to);
    auto& own = sums[parts == 1 ? thread : task];
    if (own == nullptr) own = std::make_unique<KeyGradients>(a);
    own->dk.clear();
    own->dv.clear();
    const int64_t b = task / parts / a.groups, g = task / parts % a.groups;
    work->take_keys(b, g);
    for (int64_t unit = task % parts; unit < units; unit += parts) work->attend(unit / blocks, unit % blocks * kQueries, *own);
    if (parts == 1) save_keys(to, *own, b, g);
  });
  if (parts == 1) return;
  parallel_for(heads, [&](int64_t head, int) {
    KeyGradients& all = *sums[head * parts];
    for (int64_t part = 1; part < parts; ++part) {
      all.dk.add(sums[head * parts + part]->dk);
      all.dv.add(sums[head * parts + part]->dv);
    }
    save_keys(to, all, head / a.groups, head % a.groups);
  });
}

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
  if (g.is_bf16()) attend<Bfloat16>(to);
  else attend<Float32>(to);
}

const Declare declared({"MosloraAttentionGradient",
                        {"g: T", "y: T", "lse: float", "heads_in: N * T", MOSLORA_ATTENTION_INPUTS},
                        {"gradients: N * T"},
                        {MOSLORA_ATTENTION_ATTRIBUTES},
                        compute});

}  // namespace
}  // namespace moslora
