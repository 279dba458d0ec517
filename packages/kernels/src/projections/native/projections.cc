// y = x [W_1, ..., W_P]ᵀ + s d_i (M_i A_i)ᵀ B_iᵀ beside each, d_i = what dropout leaves of x, + bias + residual: linear layers of one input as one op. x (N, in) ->
// y (N, sum of outputs); v_i = d_i (M_i A_i)ᵀ (N, R_i) is given out for the gradient.
#include "dropout.h"
#include "gemm/few-rows.h"
#include "members.h"
#include "shared/projections.h"

namespace moslora {
namespace {

// v = x (M A)ᵀ (N, R). With fewer rows than R it is cheaper to go through u = x Aᵀ than to make M A.
template <class P>
void narrow(const Left<P>& left, const Member& member, int64_t in, bool round, const Array& v) {
  const int64_t rank = member.rank();
  const Target target{v.data, v.is_bf16(), rank};
  Right right;
  right.round = round;
  if (member.mixer == nullptr || left.rows() >= rank) {
    Scratch<float> memory(mixed_down_size(member, in));
    right.dense = mixed_down(member, in, memory);
    return product<P>(rank, {{&left, right}}, target);
  }
  Scratch<float> u(left.rows() * rank);
  right.dense = matrix_of(*member.a, in);
  product<P>(rank, {{&left, right}}, {u.data(), false, rank});
  const Left<Float32> narrowed({u.data(), false, rank}, true, left.rows(), rank);
  Right mixer;
  mixer.dense = matrix_of(*member.mixer, rank);
  product<Float32>(rank, {{&narrowed, mixer}}, target);
}

template <class P>
void compute_as(Call& call) {
  const Projections op(call);
  const Array& x = op.x;
  const int64_t n = op.n, in = op.in;
  const bool round = x.is_bf16();
  const Members members(op.members, in, true, round);
  const Array y = call.output(0, op.type, {n, members.outputs});
  const Matrix rows = matrix_of(x, in);
  bool few = P::kPairs;
  for (const Member& member : members.all) few = few && few_rows_fit(member.weight, n);
  const Left<P> left(rows, true, n, few && !members.adapted ? 0 : in, 1, round);
  for (size_t i = 0; i < members.all.size(); ++i) {
    const Member& member = members.all[i];
    std::vector<Term<P>> terms;
    std::vector<Left<P>> adapter;
    if (!few) terms.push_back({&left, member.weight});
    if (members.adapted) {
      const int64_t rank = member.rank();
      const Array v = call.output(1 + static_cast<int>(i), x.type, {n, rank});
      if (members.dropout > 0) {
        const Scratch<char> kept = Dropout(members.dropout, member.seed).of(rows, n, in);
        narrow<P>(Left<P>({kept.data(), round, in}, true, n, in, 1, round), member, in, round, v);
      } else {
        narrow<P>(left, member, in, round, v);
      }
      adapter.emplace_back(matrix_of(v, rank), true, n, rank, 1, round);
      Right up;
      up.round = round;
      up.dense = matrix_of(*member.b, rank);
      up.factor = members.scale;
      terms.push_back({&adapter[0], up});
    }
    Target target{y.as<char>() + member.first * (y.is_bf16() ? 2 : 4), y.is_bf16(), members.outputs};
    if (const Array* bias = op.bias(call, static_cast<int64_t>(i))) target.bias = bias->as<float>();
    if (op.residual != nullptr) target.residual = matrix_of(*op.residual, members.outputs, member.first);
    if (!few) {
      product<P>(member.outputs, terms, target);
      continue;
    }
    Scratch<float> sums(n * member.outputs);
    few_rows(rows, n, in, member.weight, member.outputs, sums.data());
    const Matrix so_far{sums.data(), false, member.outputs};
    if (!terms.empty()) product<P>(member.outputs, terms, {sums.data(), false, member.outputs, false, 1, nullptr, so_far});
    for (int64_t m = 0; m < n; ++m) write_row(sums.data() + m * member.outputs, m, 0, member.outputs, target);
  }
}

void compute(Call& call) {
  if (call.input(0).is_bf16()) compute_as<Bfloat16>(call);
  else compute_as<Float32>(call);
}

const Declare declared(kProjections, compute);

}  // namespace
}  // namespace moslora
