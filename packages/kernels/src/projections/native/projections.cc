// y = x [W_1, ..., W_P]ᵀ + s x (M_i A_i)ᵀ B_iᵀ beside each, + bias + residual: linear layers of one input as one op. x (N, in) ->
// y (N, sum of outputs); v_i = x (M_i A_i)ᵀ (N, R_i) is given out for the gradient.
#include "members.h"

namespace moslora {
namespace {

template <class P>
void compute_as(Call& call) {
  const Array& x = call.input(0);
  require(x.shape.size() == 2, "x is " + x.describe() + ", expected two axes");
  const int64_t n = x.shape[0], in = x.shape[1];
  const int64_t biases = call.integer("B"), residuals = call.integer("S");
  const bool round = x.is_bf16();
  int at = 1;
  const Members members(call, at, in, true, round);
  const Array y = call.output(0, call.flag("wide") ? TF_FLOAT : x.type, {n, members.outputs});
  const Left<P> left(matrix_of(x, in), true, n, in, 1, round);
  for (size_t i = 0; i < members.all.size(); ++i) {
    const Member& member = members.all[i];
    std::vector<Term<P>> terms{{&left, member.weight}};
    std::vector<Left<P>> adapter;
    if (members.adapted) {
      const int64_t rank = member.rank();
      Scratch<float> memory(mixed_down_size(member, in));
      const Matrix down = mixed_down(member, in, memory);
      const Array v = call.output(1 + static_cast<int>(i), x.type, {n, rank});
      Right right;
      right.dense = down;
      right.round = round;
      product<P>(rank, {{&left, right}}, {v.data, v.is_bf16(), rank});
      adapter.emplace_back(matrix_of(v, rank), true, n, rank, 1, round);
      right.dense = matrix_of(*member.b, rank);
      right.factor = members.scale;
      terms.push_back({&adapter[0], right});
    }
    Target target{y.as<char>() + member.first * (y.is_bf16() ? 2 : 4), y.is_bf16(), members.outputs};
    if (biases > 0) {
      const Array& bias = call.input(at + static_cast<int>(i));
      require_size(bias, member.outputs, "a bias");
      target.bias = bias.as<float>();
    }
    if (residuals > 0) {
      const Array& residual = call.input(at + static_cast<int>(biases));
      require_matrix(residual, n, members.outputs, "the residual");
      target.residual = matrix_of(residual, members.outputs, member.first);
    }
    product<P>(member.outputs, terms, target);
  }
}

void compute(Call& call) {
  if (call.input(0).is_bf16()) compute_as<Bfloat16>(call);
  else compute_as<Float32>(call);
}

const Declare declared({"MosloraProjections",
                        {"x: T", MOSLORA_MEMBER_INPUTS, "biases: B * float", "residual: S * float"},
                        {"y: Y", "v: V * T"},
                        {MOSLORA_MEMBER_ATTRIBUTES, "B: int >= 0", "S: int >= 0", "V: int >= 0", "Y: {float, bfloat16}", "wide: bool"},
                        compute});

}  // namespace
}  // namespace moslora
