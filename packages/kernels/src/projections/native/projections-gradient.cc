// The gradients of MosloraProjections from g (N, sum of outputs), x (N, in) and the u_i and v_i (N, R): of x, where it is wanted, and of each
// A, B and mixer. With d = what dropout leaves of x, ∂v = s g B and ∂u = ∂v M: ∂B = s gᵀv, ∂M = ∂vᵀu, ∂A = ∂uᵀd, ∂x = sum of g W and what
// dropout leaves of ∂u A. A mixer costs three products of (N, R) with R, which is little beside those with the layer's sides.
#include "dropout.h"
#include "members.h"
#include "narrow.h"
#include "shared/projections.h"

namespace moslora {
namespace {

// Adds what dropout leaves of ∂u A to `sums` (N, in); the first one begins them.
template <class P>
void add_kept(const Left<P>& du, const Right& down, int64_t in, const Dropout& dropout, bool first, float* sums) {
  product_tiles<P>(in, {{&du, down}}, [&](float* tile_sums, int64_t tile, int64_t n0, int columns) {
    for (int i = 0; i < du.height(tile); ++i) {
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
  std::vector<Left<P>> gs, dus;
  gs.reserve(members.all.size());
  dus.reserve(members.all.size());
  const bool dropping = members.adapted && members.dropout > 0;
  Scratch<float> dropped_dx(dropping && wanted ? n * in : 0);  // what the adapters give to ∂x
  // The array as B[k][n] of a product, its rows being the k's.
  const auto rows_of = [round](const Matrix& m, float factor = 1) {
    Right right;
    right.dense = m;
    right.by_rows = false;
    right.round = round;
    right.factor = factor;
    return right;
  };
  for (size_t i = 0; i < members.all.size(); ++i) {
    const Member& member = members.all[i];
    const Matrix g_i = matrix_of(g, members.outputs, member.first);
    gs.emplace_back(g_i, true, n, member.outputs, 1.0f, round);
    terms.push_back({&gs.back(), member.weight});
    if (!members.adapted) continue;
    const int64_t rank = member.rank();
    const Matrix u = matrix_of(*op.narrowed[i], rank), v = matrix_of(*op.products[i], rank);
    const bool mixed = member.mixer != nullptr;
    Scratch<char> dv_memory(n * rank * size), du_memory(mixed ? n * rank * size : 0);
    Narrow<P> dv(dv_memory.data(), round, n, rank, true), mixed_du(du_memory.data(), round, mixed ? n : 0, rank, mixed);
    const Right up = rows_of(matrix_of(*member.b, rank), members.scale);
    const Right mixer = mixed ? rows_of(matrix_of(*member.mixer, rank)) : Right{};
    narrow(gs.back(), up, dv, mixed ? &mixer : nullptr, &mixed_du);
    Narrow<P>& du = mixed ? mixed_du : dv;
    const Array da = call.output(next++, TF_FLOAT, {rank, in});
    const Array db = call.output(next++, TF_FLOAT, {member.outputs, rank});
    {
      const Left<P> vt(v, false, rank, n, 1, round);
      product<P>(member.outputs, {{&vt, rows_of(g_i)}}, {db.data, false, rank, true, members.scale});
    }
    if (mixed) {
      const Array dm = call.output(next++, TF_FLOAT, {rank, rank});
      product<P>(rank, {{&dv.columns, rows_of(u)}}, {dm.data, false, rank});
    }
    {
      const Scratch<char> kept = dropping ? Dropout(members.dropout, member.seed).of(matrix_of(x, in), n, in) : Scratch<char>(0);
      product<P>(in, {{&du.columns, rows_of(dropping ? Matrix{kept.data(), round, in} : matrix_of(x, in))}}, {da.data, false, in});
    }
    if (!wanted) continue;
    const Right down = rows_of(matrix_of(*member.a, in));
    dus.push_back(std::move(du.rows));
    if (dropping) add_kept<P>(dus.back(), down, in, Dropout(members.dropout, member.seed), i == 0, dropped_dx.data());
    else terms.push_back({&dus.back(), down});
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
