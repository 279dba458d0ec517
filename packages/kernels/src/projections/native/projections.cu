// Linear layers of one input as one op on the device; the formulas stand in projections.cc.
#include "cuda/few-rows.h"
#include "device-members.h"
#include "shared/projections.h"

namespace moslora {
namespace {

// u = x Aᵀ, and v = u Mᵀ where there is a mixer.
void narrow(Gpu& gpu, Precision precision, const Projections& op, const MemberArrays& member, const Projections::Products& to) {
  const int64_t rank = member.rank();
  product(gpu, precision, op.n, rank, {{factor_of(op.x, op.in), factor_of(*member.a, op.in), op.in}}, target_of(to.u, rank));
  if (member.mixer == nullptr) return;
  product(gpu, precision, op.n, rank, {{factor_of(to.u, rank), factor_of(*member.mixer, rank), rank}}, target_of(to.v, rank));
}

Target target_of_member(const Call& call, const Projections& op, size_t i, const Array& y) {
  const MemberArrays& member = op.members.all[i];
  Target target = target_of(y, op.members.outputs, member.first);
  if (const Array* bias = op.bias(call, static_cast<int64_t>(i))) target.bias = bias->as<const float>();
  if (op.residual == nullptr) return target;
  target.residual = op.residual->as<char>() + member.first * (op.residual->is_bf16() ? 2 : 4);
  target.residual_is_bf16 = op.residual->is_bf16();
  target.residual_stride = op.members.outputs;
  return target;
}

void compute(Call& call) {
  const Projections op(call);
  require(op.members.dropout == 0, "dropout is not made by the CUDA form of this op");
  const Precision precision = op.x.is_bf16() ? Precision::bfloat16 : Precision::float32;
  const Array y = call.output(0, op.type, {op.n, op.members.outputs});
  Gpu gpu(call);
  for (size_t i = 0; i < op.members.all.size(); ++i) {
    const MemberArrays& member = op.members.all[i];
    const Target target = target_of_member(call, op, i, y);
    std::vector<Term> adapter;
    if (op.members.adapted) {
      const int64_t rank = member.rank();
      const Projections::Products products = op.products(call, i);
      narrow(gpu, precision, op, member, products);
      Factor up = factor_of(*member.b, rank);
      up.factor = op.members.scale;
      adapter.push_back({factor_of(products.v, rank), up, rank});
    }
    const Factor weight = weight_of(member, op.in, true);
    if (!few_rows_fit(op.x, op.n, weight)) {
      std::vector<Term> terms{{factor_of(op.x, op.in), weight, op.in}};
      terms.insert(terms.end(), adapter.begin(), adapter.end());
      product(gpu, precision, op.n, member.outputs, terms, target);
      continue;
    }
    float* sums = gpu.memory<float>(op.n * member.outputs);
    few_rows(gpu, op.x, op.n, weight.nf4, member.outputs, sums);
    if (!adapter.empty()) {
      Target so_far = target_of(sums, member.outputs);
      so_far.residual = sums;
      so_far.residual_stride = member.outputs;
      product(gpu, precision, op.n, member.outputs, adapter, so_far);
    }
    write_sums(gpu, sums, 1, op.n, member.outputs, target);
  }
}

const Declare declared(kProjections, compute);

}  // namespace
}  // namespace moslora
