// y = x [W_1, ..., W_P]ᵀ + s d_i (M_i A_i)ᵀ B_iᵀ beside each, d_i = what dropout leaves of x, + bias + residual: linear layers of one input as one op. x (N, in) ->
// y (N, sum of outputs); v_i = d_i (M_i A_i)ᵀ (N, R_i) is given out for the gradient.
#include "dropout.h"
#include "few-rows-members.h"
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

// The op's arrays, and where what it makes of them goes.
struct Work {
  const Projections op;
  const Members members;
  Matrix rows;
  std::vector<Target> targets;   // of each member
  std::vector<Array> products;   // v (N, R) of each, where they have adapters

  explicit Work(Call& call) : op(call), members(op.members, op.in, true, op.x.is_bf16()), rows(matrix_of(op.x, op.in)) {
    const Array y = call.output(0, op.type, {op.n, members.outputs});
    for (size_t i = 0; i < members.all.size(); ++i) {
      const Member& member = members.all[i];
      Target target{y.as<char>() + member.first * (y.is_bf16() ? 2 : 4), y.is_bf16(), members.outputs};
      if (const Array* bias = op.bias(call, static_cast<int64_t>(i))) target.bias = bias->as<float>();
      if (op.residual != nullptr) target.residual = matrix_of(*op.residual, members.outputs, member.first);
      targets.push_back(target);
      if (members.adapted) products.push_back(call.output(1 + static_cast<int>(i), op.x.type, {op.n, member.rank()}));
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
        narrow<P>(Left<P>({kept.data(), round, in}, true, n, in, 1, round), member, in, round, products[i]);
      } else {
        narrow<P>(left, member, in, round, products[i]);
      }
      adapter.emplace_back(matrix_of(products[i], rank), true, n, rank, 1, round);
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
