// The gradients of MosloraProjections on the device; the formulas stand in projections-gradient.cc.
#include "device-members.h"
#include "shared/projections.h"

namespace moslora {
namespace {

// What a layer's adapter gives to the gradient of x: ∂u (N, R) and A (R, in).
struct Narrow {
  Factor du, down;
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
    Factor b = factor_of(*member.b, rank, false);
    b.factor = op.members.scale;
    const Factor dv = narrow(n, rank, {g, b, outputs});

    const Array da = output({rank, in});
    const Array db = output({outputs, rank});
    Target to_db = target_of(db, rank);
    to_db.transposed = true;
    to_db.factor = op.members.scale;
    product(gpu, precision, rank, outputs, {{across(factor_of(*op.products[i], rank)), across(g), n}}, to_db);
    Factor du = dv;
    if (member.mixer != nullptr) {
      const Array dm = output({rank, rank});
      product(gpu, precision, rank, rank, {{across(dv), factor_of(*op.narrowed[i], rank, false), n}}, target_of(dm, rank));
      du = narrow(n, rank, {dv, factor_of(*member.mixer, rank, false), rank});
    }
    product(gpu, precision, rank, in, {{across(du), factor_of(op.x, in, false), n}}, target_of(da, in));
    return {du, op.wanted ? factor_of(*member.a, in, false) : Factor{}};
  }

 private:
  // A product (N, R) in the type of the others.
  Factor narrow(int64_t n, int64_t rank, const Term& term) {
    Target to;
    to.is_bf16 = precision == Precision::bfloat16;
    to.stride = rank;
    to.out = to.is_bf16 ? static_cast<void*>(gpu.memory<bf16>(n * rank)) : gpu.memory<float>(n * rank);
    product(gpu, precision, n, rank, {term}, to);
    Factor made;
    made.data = to.out;
    made.is_bf16 = to.is_bf16;
    made.stride = rank;
    return made;
  }
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
    terms.push_back({narrow.du, narrow.down, member.rank()});
  }
  if (!op.wanted) return;
  const Array dx = call.output(0, op.g.type, {op.n, op.in});
  product(gpu, work.precision, op.n, op.in, terms, target_of(dx, op.in));
}

const Declare declared(kProjectionsGradient, compute);

}  // namespace
}  // namespace moslora
