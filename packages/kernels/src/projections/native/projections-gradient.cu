// The gradients of MosloraProjections on the device; the formulas stand in projections-gradient.cc.
#include "device-members.h"
#include "shared/projections.h"

namespace moslora {
namespace {

// What a layer's adapter gives to the gradient of x: ∂v (N, R) and M A (R, in).
struct Narrow {
  Factor dv, down;
};

struct Work {
  Call& call;
  Gpu& gpu;
  const ProjectionsGradient& op;
  Precision precision;
  int next;  // output

  Array output(const Shape& shape) { return call.output(next++, TF_FLOAT, shape); }

  // Of the factors of layer i.
  Narrow adapter(size_t i, const Factor& g) {
    const MemberArrays& member = op.members.all[i];
    const int64_t rank = member.rank(), n = op.n, in = op.in, outputs = member.outputs;
    Target to_dv;
    to_dv.is_bf16 = precision == Precision::bfloat16;
    to_dv.stride = rank;
    to_dv.out = to_dv.is_bf16 ? static_cast<void*>(gpu.memory<bf16>(n * rank)) : gpu.memory<float>(n * rank);
    Factor b = factor_of(*member.b, rank, false);
    b.factor = op.members.scale;
    product(gpu, precision, n, rank, {{g, b, outputs}}, to_dv);
    Factor dv;
    dv.data = to_dv.out;
    dv.is_bf16 = to_dv.is_bf16;
    dv.stride = rank;

    const Array da = output({rank, in});
    const Array db = output({outputs, rank});
    Target to_db = target_of(db, rank);
    to_db.transposed = true;
    to_db.factor = op.members.scale;
    product(gpu, precision, rank, outputs, {{across(factor_of(*op.products[i], rank)), across(g), n}}, to_db);
    const Factor x = factor_of(op.x, in, false);
    if (member.mixer == nullptr) {
      product(gpu, precision, rank, in, {{across(dv), x, n}}, target_of(da, in));
    } else {
      float* p = gpu.memory<float>(rank * in);
      product(gpu, precision, rank, in, {{across(dv), x, n}}, target_of(p, in));
      const Array dm = output({rank, rank});
      product(gpu, Precision::float32, rank, rank, {{factor_of(p, in), factor_of(*member.a, in), in}}, target_of(dm, rank));
      product(gpu, Precision::float32, rank, in, {{factor_of(*member.mixer, rank, false), factor_of(p, in, false), rank}}, target_of(da, in));
    }
    return {dv, op.wanted ? factor_of(mixed_down(gpu, member, in), in, false) : Factor{}};
  }

 private:
  // The same array with its rows as k's.
  static Factor across(Factor x) {
    x.along = false;
    return x;
  }
};

void compute(Call& call) {
  const ProjectionsGradient op(call);
  require(op.members.dropout == 0, "dropout is not made by the CUDA form of this op");
  Gpu gpu(call);
  Work work{call, gpu, op, op.g.is_bf16() ? Precision::bfloat16 : Precision::float32, op.wanted ? 1 : 0};
  std::vector<Term> terms;
  for (size_t i = 0; i < op.members.all.size(); ++i) {
    const MemberArrays& member = op.members.all[i];
    const Factor g = factor_of(op.g, op.members.outputs, true, member.first);
    terms.push_back({g, weight_of(member, op.in, false), member.outputs});
    if (!op.members.adapted) continue;
    const Narrow narrow = work.adapter(i, g);
    terms.push_back({narrow.dv, narrow.down, member.rank()});
  }
  if (!op.wanted) return;
  const Array dx = call.output(0, op.g.type, {op.n, op.in});
  product(gpu, work.precision, op.n, op.in, terms, target_of(dx, op.in));
}

const Declare declared(kProjectionsGradient, compute);

}  // namespace
}  // namespace moslora
