// y = x [W_1, ..., W_P]ᵀ + s v_i B_iᵀ beside each + bias + residual: linear layers of one input as one op. x (N, in) -> y (N, sum of outputs).
// v_i = u_i M_iᵀ and u_i = d_i A_iᵀ (N, R_i), with d_i = what dropout leaves of x, are given out for the gradient.
#include "dropout.h"
#include "few-rows-members.h"
#include "members.h"
#include "narrow.h"
#include "shared/projections.h"

namespace moslora {
namespace {

// u = x Aᵀ, and v = u Mᵀ where there is a mixer: v as a factor.
template <class P>
Left<P> adapt(const Left<P>& left, const Member& member, int64_t in, bool round, const Projections::Products& to) {
  const int64_t rank = member.rank();
  const auto factor = [round](const Array& array, int64_t stride) {
    Right right;
    right.round = round;
    right.dense = matrix_of(array, stride);
    return right;
  };
  Narrow<P> u(to.u.data, round, left.rows(), rank, false);
  const Right down = factor(*member.a, in);
  if (member.mixer == nullptr) {
    narrow(left, down, u);
    return std::move(u.rows);
  }
  Narrow<P> v(to.v.data, round, left.rows(), rank, false);
  const Right mixer = factor(*member.mixer, rank);
  narrow(left, down, u, &mixer, &v);
  return std::move(v.rows);
}

// The op's arrays, and where what it makes of them goes.
struct Work {
  const Projections op;
  const Members members;
  Matrix rows;
  std::vector<Target> targets;                   // of each member
  std::vector<Projections::Products> products;   // of each, where they have adapters

  explicit Work(Call& call) : op(call), members(op.members, op.in, true, op.x.is_bf16()), rows(matrix_of(op.x, op.in)) {
    const Array y = call.output(0, op.type, {op.n, members.outputs});
    for (size_t i = 0; i < members.all.size(); ++i) {
      const Member& member = members.all[i];
      Target target{y.as<char>() + member.first * (y.is_bf16() ? 2 : 4), y.is_bf16(), members.outputs};
      if (const Array* bias = op.bias(call, static_cast<int64_t>(i))) target.bias = bias->as<float>();
      if (op.residual != nullptr) target.residual = matrix_of(*op.residual, members.outputs, member.first);
      targets.push_back(target);
      if (members.adapted) products.push_back(op.products(call, i));
    }
  }
};

// In as few rounds of the threads as can be, where the rows are few.
template <class P>
bool compute_few(const Work& work) {
#if defined(__AVX512BF16__)
  const auto& [op, members, rows, targets, products] = work;
  if (!P::kPairs || members.dropout > 0) return false;
  for (const Member& member : members.all)
    if (!few_rows_fit(member.weight, op.n)) return false;
  FewRowsOfMembers(rows, op.n, members, targets, products).compute();
  return true;
#else
  return false;
#endif
}

template <class P>
void compute_as(Call& call) {
  const Work work(call);
  if (compute_few<P>(work)) return;
  const auto& [op, members, rows, targets, products] = work;
  const int64_t n = op.n, in = op.in;
  const bool round = op.x.is_bf16();
  const Left<P> left(rows, true, n, in, 1, round);
  for (size_t i = 0; i < members.all.size(); ++i) {
    const Member& member = members.all[i];
    std::vector<Term<P>> terms{{&left, member.weight}};
    std::vector<Left<P>> adapter;
    if (members.adapted) {
      const int64_t rank = member.rank();
      if (members.dropout > 0) {
        const Scratch<char> kept = Dropout(members.dropout, member.seed).of(rows, n, in);
        adapter.push_back(adapt(Left<P>({kept.data(), round, in}, true, n, in, 1, round), member, in, round, products[i]));
      } else {
        adapter.push_back(adapt(left, member, in, round, products[i]));
      }
      Right up;
      up.round = round;
      up.dense = matrix_of(*member.b, rank);
      up.factor = members.scale;
      terms.push_back({&adapter[0], up});
    }
    product<P>(member.outputs, terms, targets[i]);
  }
}

void compute(Call& call) {
  if (call.input(0).is_bf16()) compute_as<Bfloat16>(call);
  else compute_as<Float32>(call);
}

const Declare declared(kProjections, compute);

}  // namespace
}  // namespace moslora
