// op(a) op(b) + bias on the device; see mat-mul.cc.
#include "cuda/product.h"
#include "cuda/views.h"
#include "shared/mat-mul.h"

namespace moslora {
namespace {

void compute(Call& call) {
  const MatMul op(call);
  const Array y = call.output(0, op.type, {op.m, op.n});
  Target target = target_of(y, op.n);
  if (op.bias != nullptr) target.bias = op.bias->as<const float>();
  Gpu gpu(call);
  product(gpu, op.low ? Precision::bfloat16 : Precision::float32, op.m, op.n,
          {{factor_of(op.a, op.a.shape[1], !op.ta), factor_of(op.b, op.b.shape[1], op.tb), op.k}}, target);
}

const Declare declared(kMatMul, compute);

}  // namespace
}  // namespace moslora
