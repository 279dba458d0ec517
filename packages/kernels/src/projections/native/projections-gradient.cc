// The gradients of MosloraProjections from g (N, sum of outputs), x (N, in) and the v_i (N, R): of x, where it is wanted, and of each
// A, B and mixer. With ∂v = s g B and P = ∂vᵀx: ∂B = s gᵀv, ∂M = P Aᵀ, ∂A = MᵀP, ∂x = sum of g W + ∂v M A.
#include "members.h"

namespace moslora {
namespace {

template <class P>
void compute_as(Call& call) {
  const Array& g = call.input(0);
  const Array& x = call.input(1);
  require(g.shape.size() == 2, "the gradient is " + g.describe() + ", expected two axes");
  const int64_t n = g.shape[0], in = call.size("inputs");
  const bool round = g.is_bf16();
  const int64_t saved = call.integer("V");
  int at = 2 + static_cast<int>(saved);
  const Members members(call, at, in, false, round);
  require_matrix(g, n, members.outputs, "the gradient");
  if (members.adapted) require_matrix(x, n, in, "x");
  require(saved == (members.adapted ? static_cast<int64_t>(members.all.size()) : 0), std::to_string(saved) + " saved products");
  const bool wanted = call.flag("input_gradient");
  require(call.integer("D") == (wanted ? 1 : 0), "the gradient of x is not the first output, or there is one too many");
  const int size = round ? 2 : 4;
  int next = wanted ? 1 : 0;

  std::vector<Term<P>> terms;
  std::vector<Left<P>> gs, dvs;
  std::vector<Scratch<float>> memories;
  gs.reserve(members.all.size());
  dvs.reserve(members.all.size());
  memories.reserve(members.all.size());
  for (size_t i = 0; i < members.all.size(); ++i) {
    const Member& member = members.all[i];
    const Matrix g_i = matrix_of(g, members.outputs, member.first);
    gs.emplace_back(g_i, true, n, member.outputs, 1.0f, round);
    terms.push_back({&gs.back(), member.weight});
    if (!members.adapted) continue;
    const int64_t rank = member.rank();
    const Array& v = call.input(2 + static_cast<int>(i));
    require_matrix(v, n, rank, "a saved product");

    Scratch<char> dv(n * rank * size);
    Right b;
    b.dense = matrix_of(*member.b, rank);
    b.by_rows = false;
    b.round = round;
    b.factor = members.scale;
    product<P>(rank, {{&gs.back(), b}}, {dv.data(), round, rank});
    const Matrix dv_m{dv.data(), round, rank};

    const Array da = call.output(next++, TF_FLOAT, {rank, in});
    const Array db = call.output(next++, TF_FLOAT, {member.outputs, rank});
    {
      const Left<P> vt(matrix_of(v, rank), false, rank, n, 1, round);
      Right right;
      right.dense = g_i;
      right.by_rows = false;
      right.round = round;
      product<P>(member.outputs, {{&vt, right}}, {db.data, false, rank, true, members.scale});
    }
    {
      const Left<P> dvt(dv_m, false, rank, n, 1, round);
      Right right;
      right.dense = matrix_of(x, in);
      right.by_rows = false;
      right.round = round;
      if (member.mixer == nullptr) {
        product<P>(in, {{&dvt, right}}, {da.data, false, in});
      } else {
        Scratch<float> p(rank * in);
        product<P>(in, {{&dvt, right}}, {p.data(), false, in});
        const Matrix p_m{p.data(), false, in};
        const Array dm = call.output(next++, TF_FLOAT, {rank, rank});
        Right of_a;
        of_a.dense = matrix_of(*member.a, in);
        const Left<Float32> p_left(p_m, true, rank, in);
        product<Float32>(rank, {{&p_left, of_a}}, {dm.data, false, rank});
        const Left<Float32> mt(matrix_of(*member.mixer, rank), false, rank, rank);
        Right of_p;
        of_p.dense = p_m;
        of_p.by_rows = false;
        product<Float32>(in, {{&mt, of_p}}, {da.data, false, in});
      }
    }
    if (!wanted) continue;
    memories.emplace_back(mixed_down_size(member, in));
    Right down;
    down.dense = mixed_down(member, in, memories.back());
    down.by_rows = false;
    down.round = round;
    dvs.emplace_back(dv_m, true, n, rank, 1.0f, round);
    terms.push_back({&dvs.back(), down});
  }
  if (!wanted) return;
  const Array dx = call.output(0, g.type, {n, in});
  product<P>(in, terms, {dx.data, dx.is_bf16(), in});
}

void compute(Call& call) {
  if (call.input(0).is_bf16()) compute_as<Bfloat16>(call);
  else compute_as<Float32>(call);
}

const Declare declared({"MosloraProjectionsGradient",
                        {"g: T", "x: T", "v: V * T", MOSLORA_MEMBER_INPUTS},
                        {"dx: D * T", "gradients: G * float"},
                        {MOSLORA_MEMBER_ATTRIBUTES, "V: int >= 0", "D: int >= 0", "G: int >= 0", "inputs: int", "input_gradient: bool"},
                        compute});

}  // namespace
}  // namespace moslora
