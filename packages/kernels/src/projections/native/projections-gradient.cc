// The gradients of MosloraProjections from g (N, sum of outputs), x (N, in) and the v_i (N, R): of x, where it is wanted, and of each
// A, B and mixer. With d = what dropout leaves of x, ∂v = s g B and P = ∂vᵀd: ∂B = s gᵀv, ∂M = P Aᵀ, ∂A = MᵀP, ∂x = sum of g W and what
// dropout leaves of ∂v M A.
#include "dropout.h"
#include "members.h"
#include "shared/projections.h"

namespace moslora {
namespace {

// Adds what dropout leaves of ∂v M A to `sums` (N, in); the first one begins them.
template <class P>
void add_kept(const Left<P>& dv, const Right& down, int64_t in, const Dropout& dropout, bool first, float* sums) {
  product_tiles<P>(in, {{&dv, down}}, [&](float* tile_sums, int64_t tile, int64_t n0, int columns) {
    for (int i = 0; i < dv.height(tile); ++i) {
      const int64_t row = tile * kRows + i;
      float* from = tile_sums + i * kColumns;
      float* to = sums + row * in + n0;
      dropout.apply(from, row, n0, columns, from);
      for (int j = 0; j < columns; ++j) to[j] = first ? from[j] : to[j] + from[j];
    }
  });
}

template <class P>
void compute_as(Call& call) {
  const ProjectionsGradient op(call);
  const Array &g = op.g, &x = op.x;
  const int64_t n = op.n, in = op.in;
  const bool round = g.is_bf16(), wanted = op.wanted;
  const Members members(op.members, in, false, round);
  const int size = round ? 2 : 4;
  int next = wanted ? 1 : 0;

  std::vector<Term<P>> terms;
  std::vector<Left<P>> gs, dvs;
  std::vector<Scratch<float>> memories;
  gs.reserve(members.all.size());
  dvs.reserve(members.all.size());
  memories.reserve(members.all.size());
  const bool dropping = members.adapted && members.dropout > 0;
  Scratch<float> dropped_dx(dropping && wanted ? n * in : 0);  // what the adapters give to ∂x
  for (size_t i = 0; i < members.all.size(); ++i) {
    const Member& member = members.all[i];
    const Matrix g_i = matrix_of(g, members.outputs, member.first);
    gs.emplace_back(g_i, true, n, member.outputs, 1.0f, round);
    terms.push_back({&gs.back(), member.weight});
    if (!members.adapted) continue;
    const int64_t rank = member.rank();
    const Array& v = *op.products[i];

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
      const Scratch<char> kept = dropping ? Dropout(members.dropout, member.seed).of(matrix_of(x, in), n, in) : Scratch<char>(0);
      Right right;
      right.dense = dropping ? Matrix{kept.data(), round, in} : matrix_of(x, in);
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
    if (dropping) add_kept<P>(dvs.back(), down, in, Dropout(members.dropout, member.seed), i == 0, dropped_dx.data());
    else terms.push_back({&dvs.back(), down});
  }
  if (!wanted) return;
  const Array dx = call.output(0, g.type, {n, in});
  Target target{dx.data, dx.is_bf16(), in};
  if (dropping) target.residual = {dropped_dx.data(), false, in};
  product<P>(in, terms, target);
}

void compute(Call& call) {
  if (call.input(0).is_bf16()) compute_as<Bfloat16>(call);
  else compute_as<Float32>(call);
}

const Declare declared(kProjectionsGradient, compute);

}  // namespace
}  // namespace moslora
